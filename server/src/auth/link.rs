//! Links by which a provider fetches a file without a session: each is good for one file, for a while,
//! and for nothing else.

use std::sync::Arc;

use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use protocol::ids::AttachmentId;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use url::Url;

use crate::clock::Clock;

/// How long a link is good: as long as a message may wait at its provider for the customer's phone, and up
/// to an hour less than this, so that it is the same when it is made again soon.
const LIFETIME: TimeDelta = TimeDelta::hours(25);
const STEP_SECONDS: i64 = 60 * 60;

/// What of a file a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    File,
    /// The small picture of it.
    Thumbnail,
}

impl Part {
    fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Thumbnail => "thumbnail",
        }
    }
}

/// Makes links and knows them again. Clones are the same.
#[derive(Clone)]
pub struct Links {
    key: Arc<SecretSlice<u8>>,
    public_url: Url,
    clock: Clock,
}

impl Links {
    /// Makes links below a public URL, signed with the key that all nodes have.
    pub fn new(key: Vec<u8>, public_url: Url, clock: Clock) -> Self {
        Self { key: Arc::new(key.into()), public_url, clock }
    }

    /// Returns a link to a file, as the world reaches it.
    pub fn url(&self, id: AttachmentId, part: Part) -> Url {
        let mut url = self.public_url.clone();
        // Below the public URL's own path, where a proxy serves us under one.
        let path = format!("{}{}", url.path().trim_end_matches('/'), self.path(id, part));
        url.set_path(&path);
        url
    }

    /// Returns a link to a file, as our own pages reach it.
    pub fn path(&self, id: AttachmentId, part: Part) -> String {
        let until = (self.clock.now() + LIFETIME).timestamp();
        let until = until - until.rem_euclid(STEP_SECONDS);
        let signature = hex::encode(self.mac(id, part, until).finalize().into_bytes());
        format!("/files/{id}/{}/{until}-{signature}", part.word())
    }

    /// Says whether a link is ours and still good.
    pub fn is_good(&self, id: AttachmentId, part: Part, pass: &str) -> bool {
        let read = || {
            let (until, signature) = pass.split_once('-')?;
            // One spelling a number: no plus, no zeros in front.
            let until: i64 = until.parse().ok().filter(|it: &i64| it.to_string() == until)?;
            Some((until, hex::decode(signature).ok()?))
        };
        let Some((until, signature)) = read() else { return false };
        // In constant time.
        let ours = self.mac(id, part, until).verify_slice(&signature).is_ok();
        ours && self.clock.now().timestamp() < until
    }

    fn mac(&self, id: AttachmentId, part: Part, until: i64) -> Hmac<Sha256> {
        let key = self.key.expose_secret();
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("a key of any length");
        mac.chain_update(format!("{id}/{}/{until}", part.word()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_link_is_good_for_its_file_and_its_time() {
        let clock = Clock::system();
        let base = |key: u8| {
            let url = "https://inbox.example/desk/".parse().unwrap();
            Links::new(vec![key; 32], url, clock.clone())
        };
        let links = base(1);
        let (id, other) = (AttachmentId::from(Uuid::from_u128(1)), Uuid::from_u128(2).into());
        let url = links.url(id, Part::File);
        let start = format!("https://inbox.example/desk/files/{id}/file/");
        let pass = url.as_str().strip_prefix(&start).expect("a link").to_owned();
        assert!(links.is_good(id, Part::File, &pass));
        assert!(!links.is_good(other, Part::File, &pass), "another file");
        assert!(!links.is_good(id, Part::Thumbnail, &pass), "another part");
        assert!(!base(2).is_good(id, Part::File, &pass), "another key");
        let (until, signature) = pass.split_once('-').expect("two parts");
        let later = until.parse::<i64>().unwrap() + 1;
        for forged in [
            format!("{later}-{signature}"),
            format!("+{until}-{signature}"),
            pass.chars().take(pass.len() - 2).collect(),
            format!("{until}-"),
            format!("{until}{signature}"),
            String::new(),
        ] {
            assert!(!links.is_good(id, Part::File, &forged), "{forged}");
        }
        clock.advance(Duration::from_hours(25));
        assert!(!links.is_good(id, Part::File, &pass), "too late");
    }
}
