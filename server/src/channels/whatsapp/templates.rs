//! The templates of a WhatsApp business account: asked for, and read.
//!
//! Source: "Message templates" of the Business Management API. A template has a header, a body, a
//! footer and buttons; from here only the gaps of a body can be filled.

use secrecy::ExposeSecret;
use serde::Deserialize;

use super::client::{WhatsappClient, refusal};
use crate::{
    channels::{
        answers::{retry, unanswered},
        provider::SendError,
    },
    domain::template,
    store::templates::Listed,
    web_client::read_bounded,
};

/// A page of 100 templates with all their parts.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
const FIELDS: &str = "id,name,language,status,category,rejected_reason,components";
const PAGE_SIZE: &str = "100";
/// An account has at most 6,000 templates ("Template limits").
const PAGES_MAX: usize = 60;

/// A page of the list.
#[derive(Deserialize)]
struct Page {
    data: Vec<One>,
    #[serde(default)]
    paging: Paging,
}

#[derive(Default, Deserialize)]
struct Paging {
    cursors: Option<Cursors>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    after: Option<String>,
}

#[derive(Deserialize)]
struct One {
    id: Option<String>,
    name: String,
    language: String,
    status: String,
    category: Option<String>,
    rejected_reason: Option<String>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "type")]
    kind: String,
    format: Option<String>,
    text: Option<String>,
    #[serde(default)]
    buttons: Vec<Button>,
}

#[derive(Deserialize)]
struct Button {
    #[serde(rename = "type")]
    kind: String,
    url: Option<String>,
}

impl WhatsappClient {
    /// Lists the templates of the business account; `None` where it is not known which one that is.
    pub async fn templates(&self) -> Result<Option<Vec<Listed>>, SendError> {
        let Some(account) = &self.business_account_id else { return Ok(None) };
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| SendError::Credentials { code: "no_address".to_owned() })?
            .extend([account, "message_templates"]);
        let (mut listed, mut after) = (Vec::new(), None::<String>);
        for _page in 0..PAGES_MAX {
            let mut request = self
                .http
                .get(url.clone())
                .bearer_auth(self.access_token.expose_secret())
                .query(&[("fields", FIELDS), ("limit", PAGE_SIZE)]);
            if let Some(after) = &after {
                request = request.query(&[("after", after)]);
            }
            let response = request.send().await.map_err(|error| unanswered(&error))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = read_bounded(response, ANSWER_BYTES_MAX).await;
            if !status.is_success() {
                return Err(refusal(status, &headers, &body.unwrap_or_default()));
            }
            let body = body.ok_or_else(|| retry("answer_cut"))?;
            let page: Page = serde_json::from_slice(&body)
                .map_err(|_other: serde_json::Error| retry("answer_unreadable"))?;
            listed.extend(page.data.into_iter().map(read));
            let more = page.paging.next.and(page.paging.cursors).and_then(|it| it.after);
            if more.is_none() {
                return Ok(Some(listed));
            }
            after = more;
        }
        Err(retry("list_too_long"))
    }
}

fn read(it: One) -> Listed {
    let obstacle = it.components.iter().find_map(obstacle).map(str::to_owned);
    let part = |kind: &str| {
        let found = it.components.iter().find(|part| part.kind == kind);
        found.and_then(|part| part.text.clone()).filter(|text| !text.is_empty())
    };
    let text: Vec<_> = ["HEADER", "BODY", "FOOTER"].into_iter().filter_map(part).collect();
    Listed {
        name: it.name,
        language: it.language,
        provider_id: it.id,
        state: it.status.to_lowercase(),
        reason: it.rejected_reason.filter(|reason| !reason.is_empty() && reason != "NONE"),
        category: it.category.map(|category| category.to_lowercase()),
        text: text.join("\n"),
        obstacle,
    }
}

/// Says what in a part cannot be filled from here.
fn obstacle(part: &Component) -> Option<&'static str> {
    match (part.kind.as_str(), part.format.as_deref()) {
        ("BODY" | "FOOTER", _) => None,
        ("HEADER", None | Some("TEXT")) => {
            let gaps = template::variables(part.text.as_deref().unwrap_or_default());
            (!gaps.is_empty()).then_some("a variable in its header")
        }
        ("HEADER", _) => Some("a file in its header"),
        ("BUTTONS", _) => part.buttons.iter().find_map(|button| {
            let gap = button.url.as_deref().is_some_and(|url| url.contains("{{"));
            match button.kind.as_str() {
                "URL" if gap => Some("a variable in a button"),
                "URL" | "QUICK_REPLY" | "PHONE_NUMBER" => None,
                _ => Some("a button that wants more than a text"),
            }
        }),
        _ => Some("a part that is not known here"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn with(components: &Value) -> Listed {
        read(
            serde_json::from_value(json!({
                "id": "594425479261596", "name": "parcel", "language": "en_US",
                "status": "APPROVED", "category": "UTILITY", "rejected_reason": "NONE",
                "components": components,
            }))
            .unwrap(),
        )
    }

    #[test]
    fn a_template_is_its_parts_one_below_the_other() {
        let listed = with(&json!([
            { "type": "HEADER", "format": "TEXT", "text": "News" },
            { "type": "BODY", "text": "Hi {{1}}", "example": { "body_text": [["Ann"]] } },
            { "type": "FOOTER", "text": "" },
            { "type": "BUTTONS", "buttons": [{ "type": "QUICK_REPLY", "text": "OK" }] },
        ]));
        assert_eq!((&*listed.text, listed.obstacle.as_deref()), ("News\nHi {{1}}", None));
        assert_eq!((&*listed.state, listed.reason), ("approved", None));
        assert_eq!(listed.category.as_deref(), Some("utility"));
    }

    #[test]
    fn what_cannot_be_filled_is_said() {
        let obstacle = |part: Value| with(&json!([part])).obstacle;
        let header = |format: &str, text: &str| {
            obstacle(json!({ "type": "HEADER", "format": format, "text": text }))
        };
        assert_eq!(header("TEXT", "Hi {{1}}").as_deref(), Some("a variable in its header"));
        assert_eq!(header("IMAGE", "").as_deref(), Some("a file in its header"));
        let button = |it: Value| obstacle(json!({ "type": "BUTTONS", "buttons": [it] }));
        assert_eq!(button(json!({ "type": "URL", "url": "https://a.example" })), None);
        let url = json!({ "type": "URL", "url": "https://a.example/{{1}}" });
        assert_eq!(button(url).as_deref(), Some("a variable in a button"));
        assert!(button(json!({ "type": "OTP" })).is_some());
        assert!(obstacle(json!({ "type": "CAROUSEL" })).is_some());
    }
}
