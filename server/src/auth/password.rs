//! Passwords, as argon2id hashes (OWASP's first recommendation: 19 MiB, 2 passes, 1 lane).

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// How many hashes are computed at a time. More would let sign-ins take the cores from everyone.
const AT_A_TIME: usize = 2;

/// Computes and checks hashes away from the async threads, a few at a time.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    /// Checked when nobody has the address, so that both cases take the same time.
    nobody: Arc<str>,
}

impl Default for Passwords {
    fn default() -> Self {
        let nobody = compute("nobody has this password").into();
        Self { permits: Arc::new(Semaphore::new(AT_A_TIME)), nobody }
    }
}

impl Passwords {
    /// Returns the hash of a password, in PHC string format.
    pub async fn hash(&self, password: String) -> String {
        self.away(move || compute(&password)).await
    }

    /// Says whether a password belongs to a hash. Without a hash it takes as long and says no.
    pub async fn verify(&self, password: String, hash: Option<String>) -> bool {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.as_ref().to_owned());
        let matches = self
            .away(move || {
                PasswordHash::new(&hash).is_ok_and(|hash| {
                    argon2().verify_password(password.as_bytes(), &hash).is_ok()
                })
            })
            .await;
        known && matches
    }

    async fn away<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(work).await.expect("hashing does not panic")
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("the parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn compute(password: &str) -> String {
    argon2().hash_password(password.as_bytes()).expect("a password can be hashed").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_its_own_hash_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash("right".to_owned()).await;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("right".to_owned(), Some(hash.clone())).await);
        assert!(!passwords.verify("wrong".to_owned(), Some(hash)).await);
        assert!(!passwords.verify("nobody has this password".to_owned(), None).await);
    }
}
