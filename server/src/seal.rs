//! Sealing of secrets at rest. The keys are known here and nowhere else; the database has what was sealed.
//!
//! What is sealed is bound to its owner and its name, so that a row cannot be put in another's place.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

/// The length of a key.
const KEY_BYTES: usize = 32;
/// What sealed bytes begin with.
const VERSION: u8 = 1;
/// The file in the data folder.
const KEY_FILE: &str = "seal.key";

/// Why a secret cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Several nodes must have the same key, so it cannot be one of this machine's.
    #[error("TANDEM_SEAL_KEY is not set; with several nodes it has to be, and the same for all")]
    NoKey,
    /// None of our keys has sealed it, or not for this owner and name.
    #[error(
        "a secret cannot be opened: it was sealed with another key than TANDEM_SEAL_KEY or the key file has"
    )]
    Sealed,
    /// The key file.
    #[error("the key file {path} cannot be used")]
    File {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: io::Error,
    },
}

/// Where the keys come from.
#[derive(Clone)]
pub enum Keys {
    /// From the settings: the first one seals, each one opens.
    Set(Vec<SecretString>),
    /// From a file in this folder, which is made when it is needed.
    File(PathBuf),
    /// From nowhere: there are several nodes, and no key was set.
    None,
}

/// Seals and opens.
#[derive(Clone)]
pub struct Sealer {
    keys: Keys,
    read: Arc<OnceLock<Vec<LessSafeKey>>>,
}

impl Sealer {
    /// Makes one. No file is touched yet.
    pub fn new(keys: Keys) -> Self {
        Self { keys, read: Arc::default() }
    }

    /// Seals a secret for its owner, under its name.
    pub fn seal(
        &self,
        owner: Uuid,
        name: &str,
        secret: &SecretString,
    ) -> Result<Vec<u8>, SealError> {
        let key = self.keys()?.first().ok_or(SealError::NoKey)?;
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).expect("the system gives random bytes");
        let mut text = secret.expose_secret().as_bytes().to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            bound(owner, name),
            &mut text,
        )
        .expect("a secret is shorter than what the cipher takes");
        Ok([&[VERSION], &nonce[..], &text].concat())
    }

    /// Opens what was sealed.
    pub fn open(&self, owner: Uuid, name: &str, sealed: &[u8]) -> Result<SecretString, SealError> {
        let keys = self.keys()?;
        let (version, rest) = sealed.split_first().ok_or(SealError::Sealed)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Sealed)?;
        let opened = keys.iter().filter(|_key| *version == VERSION).find_map(|key| {
            let mut text = text.to_vec();
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let opened = key.open_in_place(nonce, bound(owner, name), &mut text).ok()?;
            String::from_utf8(opened.to_vec()).ok()
        });
        opened.map(SecretString::from).ok_or(SealError::Sealed)
    }

    fn keys(&self) -> Result<&[LessSafeKey], SealError> {
        if let Some(keys) = self.read.get() {
            return Ok(keys);
        }
        let keys = match &self.keys {
            Keys::None => return Err(SealError::NoKey),
            Keys::Set(texts) => texts.iter().filter_map(|it| key(it.expose_secret())).collect(),
            Keys::File(folder) => {
                let path = folder.join(KEY_FILE);
                let read = read_or_make(folder, &path).and_then(|text| {
                    key(&text).ok_or_else(|| io::Error::other("it is not the base64 of 32 bytes"))
                });
                vec![read.map_err(|source| SealError::File { path, source })?]
            }
        };
        Ok(self.read.get_or_init(|| keys))
    }
}

fn key(text: &str) -> Option<LessSafeKey> {
    let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() == KEY_BYTES)?;
    UnboundKey::new(&CHACHA20_POLY1305, &bytes).ok().map(LessSafeKey::new)
}

fn bound(owner: Uuid, name: &str) -> Aad<Vec<u8>> {
    Aad::from([owner.as_bytes().as_slice(), name.as_bytes()].concat())
}

/// Two processes may come at the same time: the file appears whole, and whoever was first has made it.
fn read_or_make(folder: &Path, path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    let fresh = folder.join(format!("{KEY_FILE}.{}", Uuid::now_v7().simple()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    file.write_all(STANDARD.encode(bytes).as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&fresh, path);
    fs::remove_file(&fresh)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::read_to_string(path),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const OWNER: Uuid = Uuid::from_u128(7);

    fn set(bytes: &[u8]) -> Sealer {
        let keys = bytes.iter().map(|it| STANDARD.encode([*it; KEY_BYTES]).into()).collect();
        Sealer::new(Keys::Set(keys))
    }

    fn opened(by: &Sealer, owner: Uuid, name: &str, bytes: &[u8]) -> Option<String> {
        by.open(owner, name, bytes).ok().map(|it| it.expose_secret().to_owned())
    }

    #[test]
    fn what_was_sealed_is_opened_for_its_owner_under_its_name_and_not_otherwise() {
        let one = set(&[1]);
        let secret = SecretString::from("tok€n");
        let sealed = one.seal(OWNER, "auth_token", &secret).unwrap();
        assert_ne!(sealed, one.seal(OWNER, "auth_token", &secret).unwrap());
        assert_eq!(opened(&one, OWNER, "auth_token", &sealed).as_deref(), Some("tok€n"));
        assert_eq!(opened(&one, OWNER, "other", &sealed), None);
        assert_eq!(opened(&one, Uuid::from_u128(8), "auth_token", &sealed), None);
        for index in 0..sealed.len() {
            let mut other = sealed.clone();
            other[index] ^= 1;
            assert_eq!(opened(&one, OWNER, "auth_token", &other), None, "byte {index}");
            assert_eq!(opened(&one, OWNER, "auth_token", &sealed[..index]), None);
        }
    }

    #[test]
    fn the_first_key_seals_and_each_one_opens() {
        let sealed = set(&[1]).seal(OWNER, "n", &"s".into()).unwrap();
        assert_eq!(opened(&set(&[2, 1]), OWNER, "n", &sealed).as_deref(), Some("s"));
        assert_eq!(opened(&set(&[2]), OWNER, "n", &sealed), None);
        let sealed = set(&[2, 1]).seal(OWNER, "n", &"s".into()).unwrap();
        assert_eq!(opened(&set(&[1]), OWNER, "n", &sealed), None, "the first one has sealed");
        let none = Sealer::new(Keys::None).seal(OWNER, "n", &"s".into()).unwrap_err();
        assert!(none.to_string().contains("TANDEM_SEAL_KEY"));
    }

    #[test]
    fn the_file_is_made_once_for_its_owner_alone() {
        let folder = std::env::temp_dir().join(format!("tandem-{}", Uuid::now_v7().simple()));
        let make = || Sealer::new(Keys::File(folder.clone()));
        let first = make();
        assert!(!folder.exists(), "nothing was sealed yet");
        let sealed = first.seal(OWNER, "n", &"s".into()).unwrap();
        assert_eq!(opened(&make(), OWNER, "n", &sealed).as_deref(), Some("s"));
        let mode = fs::metadata(folder.join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::write(folder.join(KEY_FILE), "short").unwrap();
        let said = make().seal(OWNER, "n", &"s".into()).unwrap_err().to_string();
        assert!(said.contains("seal.key"), "{said}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
