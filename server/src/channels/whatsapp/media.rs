//! Where a customer's file is: Meta is asked for its address, which is good for five minutes and wants
//! the same token ("Media").

use serde::Deserialize;
use url::Url;

use super::client::WhatsappClient;
use crate::channels::fetch::{Credentials, FetchError, FetchRequest, Fetcher};

/// Answers are a few hundred bytes.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
/// Where Meta keeps files, beside the API itself.
const FILE_HOSTS: [&str; 2] = [".fbsbx.com", ".facebook.com"];

#[derive(Deserialize)]
struct Answer {
    url: String,
}

impl WhatsappClient {
    /// Returns what to ask for a file that is known by its id.
    pub async fn locate(&self, id: &str, fetcher: &Fetcher) -> Result<FetchRequest, FetchError> {
        let bearer = || Some(Credentials::Bearer(self.access_token.clone()));
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(FetchError::refused("bad_address"));
        }
        let mut url = self.base.clone();
        let bad = |()| FetchError::refused("bad_address");
        url.path_segments_mut().map_err(bad)?.push(id);
        let asked = FetchRequest { url, credentials: bearer() };
        let answer = fetcher.small(asked, ANSWER_BYTES_MAX).await?;
        let Answer { url } = serde_json::from_slice(&answer)
            .map_err(|_unreadable| FetchError::later("answer_unreadable"))?;
        let url: Url = url.parse().map_err(|_no_url| FetchError::refused("bad_address"))?;
        let credentials = if self.is_ours(&url) { bearer() } else { None };
        Ok(FetchRequest { url, credentials })
    }

    fn is_ours(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        url.origin() == self.base.origin()
            || (url.scheme() == "https" && FILE_HOSTS.iter().any(|end| host.ends_with(end)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::client::WhatsappSettings, *};

    #[test]
    fn the_token_goes_to_meta_alone() {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let client = WhatsappClient::new(WhatsappSettings {
            base_url: "https://graph.facebook.com".parse().unwrap(),
            version: "v23.0".to_owned(),
            access_token: "a-token".into(),
            business_account_id: None,
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
        })
        .unwrap();
        let ours = |url: &str| client.is_ours(&url.parse().unwrap());
        assert!(ours("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"));
        assert!(ours("https://graph.facebook.com/v23.0/1"));
        for other in [
            "https://example.com/",
            "https://fbsbx.com.example.com/",
            "https://evilfbsbx.com/",
            "http://lookaside.fbsbx.com/",
            "https://example.com/?.fbsbx.com",
        ] {
            assert!(!ours(other), "{other}");
        }
    }
}
