//! What the calls to the API look like, and what its refusals mean.
//!
//! Sources: RCS for Business, reference of `phones.agentMessages`, `phones.agentEvents` and
//! `phones.getCapabilities`; "Send messages" for the meaning of 404 and 400; the error model of
//! Google's APIs (`google.rpc.Status`).

use std::time::Duration;

use protocol::{contacts::AddressKind, ids::MessageId};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::body::is_word;
use crate::{
    channels::provider::{OutgoingFile, SendError, Why},
    domain::address::Address,
};

/// What a message is for. Agents of more than one use have to say it with each message; others may.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TrafficType {
    /// About what the customer has or asked for. What a desk writes is this, and it is the only one
    /// that claims nothing: the next ones are let through to customers who have unsubscribed.
    #[default]
    Transaction,
    /// A service that the customer asks for.
    ServiceRequest,
    /// A one-time password.
    Authentication,
    /// Confirms that the customer has unsubscribed.
    Acknowledgement,
    /// Marketing.
    Promotion,
}

impl TrafficType {
    /// Returns the API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Transaction => "TRANSACTION",
            Self::ServiceRequest => "SERVICEREQUEST",
            Self::Authentication => "AUTHENTICATION",
            Self::Acknowledgement => "ACKNOWLEDGEMENT",
            Self::Promotion => "PROMOTION",
        }
    }
}

/// Whom a call is about.
#[derive(Clone, Copy)]
pub struct Between<'a> {
    /// Our agent.
    pub agent: &'a str,
    /// The customer's number.
    pub number: &'a str,
}

impl<'a> Between<'a> {
    /// Only a number can be called; the API has it in its path.
    pub fn new(agent: &'a str, to: &'a Address) -> Result<Self, SendError> {
        let digits = to.value.strip_prefix('+').unwrap_or_default();
        let good = to.kind == AddressKind::Phone
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !good {
            let (why, code) = (Why::Recipient, "not_a_number".to_owned());
            return Err(SendError::Rejected { why, code });
        }
        Ok(Self { agent, number: &to.value })
    }

    /// Returns `{base}/v1/phones/{number}/{path}?{query}&agentId={agent}`.
    pub fn url(&self, base: &Url, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["v1", "phones", self.number]).extend(path);
        }
        url.query_pairs_mut().extend_pairs(query).append_pair("agentId", self.agent);
        url
    }
}

/// Returns the id of a message as the API has it: it ignores one that it has seen, so a message that
/// may have gone out is simply sent again.
pub fn id_of(message: MessageId) -> String {
    message.uuid().hyphenated().to_string()
}

/// Returns what a message with a file says. Only a card has a text beside its picture or video.
pub fn file_content(file: &OutgoingFile, text: &str) -> Value {
    let mut info = Map::new();
    info.insert("fileUrl".to_owned(), json!(file.url.as_str()));
    if let Some(url) = &file.thumbnail_url {
        info.insert("thumbnailUrl".to_owned(), json!(url.as_str()));
    }
    info.insert("forceRefresh".to_owned(), json!(false));
    if text.is_empty() {
        return json!({ "contentInfo": info });
    }
    let content =
        json!({ "description": text, "media": { "height": "MEDIUM", "contentInfo": info } });
    let card = json!({ "cardOrientation": "VERTICAL", "cardContent": content });
    json!({ "richCard": { "standaloneCard": card } })
}

/// Returns the body of a message.
pub fn message(content: &Value, traffic: TrafficType, ttl: Duration) -> Value {
    json!({
        "contentMessage": content,
        "messageTrafficType": traffic.word(),
        "ttl": format!("{}s", ttl.as_secs()),
    })
}

/// The body of every answer that is not a 2xx.
#[derive(Default, Deserialize)]
struct ErrorBody {
    error: Option<ErrorStatus>,
}

#[derive(Deserialize)]
struct ErrorStatus {
    status: Option<String>,
}

/// Says what a refusal means for the message.
pub fn refusal(status: StatusCode, body: &[u8], after: Option<Duration>) -> SendError {
    let body: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let word = body.error.and_then(|it| it.status).filter(|it| is_word(it));
    let googles = word.is_some();
    let code = word.unwrap_or_else(|| format!("http_{}", status.as_u16()));
    let rejected = |why, code| SendError::Rejected { why, code };
    match status {
        // A 5xx may come after the message was taken; sent again with its id, it stays one.
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
            SendError::Retry { code, after }
        }
        status if status.is_server_error() => SendError::Retry { code, after },
        // No RCS there, or this agent is not launched on that network.
        StatusCode::NOT_FOUND if googles => rejected(Why::Recipient, code),
        StatusCode::BAD_REQUEST if googles => rejected(Why::Content, code),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => SendError::Credentials { code },
        // Somebody else's answer: the address of the API is wrong, and every message would be lost.
        _ if !googles => SendError::Credentials { code },
        _ => rejected(Why::Other, code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_final_only_where_another_try_cannot_help() {
        let check = |status: u16, body: &str, expected: SendError| {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(refusal(status, body.as_bytes(), None), expected, "{status}");
        };
        let error = |word: &str| format!(r#"{{"error":{{"code":1,"status":"{word}"}}}}"#);
        let code = |code: &str| code.to_owned();
        let rejected = |why, word| SendError::Rejected { why, code: code(word) };
        check(404, &error("NOT_FOUND"), rejected(Why::Recipient, "NOT_FOUND"));
        check(400, &error("INVALID_ARGUMENT"), rejected(Why::Content, "INVALID_ARGUMENT"));
        check(412, &error("FAILED_PRECONDITION"), rejected(Why::Other, "FAILED_PRECONDITION"));
        let channel = |word| SendError::Credentials { code: code(word) };
        check(401, &error("UNAUTHENTICATED"), channel("UNAUTHENTICATED"));
        check(403, &error("PERMISSION_DENIED"), channel("PERMISSION_DENIED"));
        check(403, "", channel("http_403"));
        for (status, name) in [(302, "http_302"), (400, "http_400"), (404, "http_404")] {
            check(status, "<html>", channel(name));
        }
        let later = |word| SendError::Retry { code: code(word), after: None };
        check(429, &error("RESOURCE_EXHAUSTED"), later("RESOURCE_EXHAUSTED"));
        check(500, &error("INTERNAL"), later("INTERNAL"));
        check(503, "<html>", later("http_503"));
        check(504, &error("not for\nlogs"), later("http_504"));
    }

    #[test]
    fn a_text_beside_a_file_makes_a_card() {
        let file = OutgoingFile {
            mime_type: "image/png".to_owned(),
            name: None,
            url: "https://inbox.example/files/1".parse().unwrap(),
            thumbnail_url: Some("https://inbox.example/files/2".parse().unwrap()),
        };
        let info = json!({
            "fileUrl": "https://inbox.example/files/1",
            "thumbnailUrl": "https://inbox.example/files/2",
            "forceRefresh": false,
        });
        assert_eq!(file_content(&file, ""), json!({ "contentInfo": info }));
        let card = &file_content(&file, "Look")["richCard"]["standaloneCard"];
        assert_eq!(card["cardContent"]["description"], "Look");
        assert_eq!(card["cardContent"]["media"]["contentInfo"], info);
    }

    #[test]
    fn a_call_names_the_number_and_the_agent() {
        let to = Address::phone("+14155552671");
        let between = Between::new("desk@rbm.goog", &to).unwrap();
        for base in ["https://api.example", "https://api.example/"] {
            let url =
                between.url(&base.parse().unwrap(), &["agentMessages"], &[("messageId", "1")]);
            let expected = "https://api.example/v1/phones/+14155552671/agentMessages?messageId=1&agentId=desk%40rbm.goog";
            assert_eq!(url.as_str(), expected);
        }
        for wrong in ["", "+", "+1/../2", "14155552671", "+1?x", "..", "+1 415"] {
            let refused = Between::new("a", &Address::phone(wrong)).err().unwrap();
            assert!(matches!(refused, SendError::Rejected { why: Why::Recipient, .. }), "{wrong}");
        }
        assert!(Between::new("a", &Address::sender_id("ACME", "a")).is_err());
    }
}
