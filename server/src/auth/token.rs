//! Session tokens: 256 random bits, of which only the hash is kept.

use secrecy::SecretString;
use sha2::{Digest, Sha256};

/// Marks our tokens, so that a leaked one is recognised by scanners.
const PREFIX: &str = "tds_";

/// A new token and what is stored of it.
pub struct Minted {
    /// What the client keeps.
    pub token: SecretString,
    /// What the database keeps.
    pub hash: [u8; 32],
}

/// Makes a token.
pub fn mint() -> Minted {
    let token = format!("{PREFIX}{}", random_hex::<32>());
    Minted { hash: hash(&token), token: token.into() }
}

/// Returns what is stored of a token. A plain hash is enough: 256 random bits cannot be guessed.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Returns `N` random bytes, in hexadecimal.
pub fn random_hex<const N: usize>() -> String {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    hex::encode(bytes)
}
