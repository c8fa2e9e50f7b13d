//! The templates of a Twilio account: asked for, and read.
//!
//! Source: "Content API" (`docs/content/content-api-resources`, "Fetch all Content and Approvals"). A
//! content has one shape for each kind of channel; only those that are a text are filled from here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::client::TwilioClient;
use crate::{
    channels::{answers::retry, provider::SendError},
    store::templates::Listed,
};

const PAGE_SIZE: &str = "100";
/// Twilio keeps thousands of contents an account; nobody picks from more.
const PAGES_MAX: usize = 60;
/// The shapes that are a text, with or without buttons of fixed words.
const TEXTS: [&str; 2] = ["twilio/text", "twilio/quick-reply"];

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    contents: Vec<One>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
struct Meta {
    next_page_url: Option<String>,
}

#[derive(Deserialize)]
struct One {
    sid: String,
    friendly_name: String,
    language: String,
    #[serde(default)]
    types: BTreeMap<String, Value>,
    approval_requests: Option<Approval>,
}

#[derive(Deserialize)]
struct Approval {
    name: Option<String>,
    category: Option<String>,
    status: Option<String>,
    rejection_reason: Option<String>,
}

impl TwilioClient {
    /// Lists the account's templates.
    pub async fn templates(&self) -> Result<Vec<Listed>, SendError> {
        let mut url = self.content.clone();
        url.set_path("/v1/ContentAndApprovals");
        url.query_pairs_mut().append_pair("PageSize", PAGE_SIZE);
        let mut listed = Vec::new();
        for _page in 0..PAGES_MAX {
            let page: Page = self.call(self.http.get(url)).await?;
            listed.extend(page.contents.into_iter().map(read));
            let Some(next) = page.meta.next_page_url else { return Ok(listed) };
            // It gets the password, so it is on the same server.
            let next = Url::parse(&next).ok().filter(|it| it.origin() == self.content.origin());
            url = next.ok_or_else(|| retry("next_page_elsewhere"))?;
        }
        Err(retry("list_too_long"))
    }
}

fn read(it: One) -> Listed {
    let body = TEXTS.iter().find_map(|kind| it.types.get(*kind)?.get("body")?.as_str());
    let approval = it.approval_requests;
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (mut name, mut category, mut state, mut reason) = (None, None, None, None);
    if let Some(approval) = approval {
        name = filled(approval.name);
        category = filled(approval.category);
        state = filled(approval.status);
        reason = filled(approval.rejection_reason);
    }
    Listed {
        name: name.unwrap_or(it.friendly_name),
        language: it.language,
        provider_id: Some(it.sid),
        state: state.unwrap_or_else(|| "unsubmitted".to_owned()).to_lowercase(),
        reason,
        category: category.map(|category| category.to_lowercase()),
        text: body.unwrap_or_default().to_owned(),
        obstacle: body.is_none().then(|| "more than a text".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_content_is_a_template_where_it_is_a_text() {
        let content = |types: Value, approval: Value| {
            let one = json!({ "sid": "HX1", "friendly_name": "parcel", "language": "en",
                "types": types, "approval_requests": approval });
            read(serde_json::from_value(one).unwrap())
        };
        let text = json!({ "twilio/text": { "body": "Hi {{1}}" } });
        let approved = json!({ "name": "parcel_2", "category": "UTILITY", "status": "approved",
            "rejection_reason": "" });
        let read = content(text.clone(), approved);
        assert_eq!((&*read.name, &*read.state, &*read.text), ("parcel_2", "approved", "Hi {{1}}"));
        assert_eq!((read.category.as_deref(), read.reason), (Some("utility"), None));
        assert_eq!(content(text, Value::Null).state, "unsubmitted");
        let media = json!({ "twilio/media": { "body": "Hi", "media": ["https://a.example"] } });
        assert_eq!(content(media, Value::Null).obstacle.as_deref(), Some("more than a text"));
    }
}
