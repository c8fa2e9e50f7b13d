//! What is in a webhook's body, before anything of it is believed: the question whether we are
//! there, or a message in the form of Pub/Sub.
//!
//! Source: RCS for Business, "Configure your webhook" (`guides/integrate/webhooks`).

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What a body is.
#[derive(Debug, PartialEq, Eq)]
pub enum Body {
    /// Google asks whether this webhook is ours.
    Challenge {
        /// Which token it was set up with.
        client_token: String,
        /// What it wants to hear.
        secret: String,
    },
    /// Something happened.
    Push {
        /// The signed part.
        data: Vec<u8>,
        /// What the wrapper calls it. Nobody signed that: it only ever names what has no name.
        hint: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    client_token: Option<String>,
    secret: Option<String>,
    #[serde(borrow)]
    message: Option<Wrapper<'a>>,
}

#[derive(Deserialize)]
struct Wrapper<'a> {
    data: Option<String>,
    /// Read on its own, so that nothing in it can make the signed part unreadable.
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Attributes {
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Reads a body; the error names what is missing.
pub fn read(body: &[u8]) -> Result<Body, &'static str> {
    let wire: Wire<'_> = serde_json::from_slice(body).map_err(|_wrong| "body")?;
    if let (Some(client_token), Some(secret)) = (wire.client_token, wire.secret) {
        return Ok(Body::Challenge { client_token, secret });
    }
    let wrapper = wire.message.ok_or("message")?;
    let data = wrapper.data.filter(|data| !data.is_empty()).ok_or("message.data")?;
    let data = STANDARD.decode(data).map_err(|_wrong| "message.data")?;
    let attributes = wrapper.attributes.and_then(|it| serde_json::from_str(it.get()).ok());
    let hint = attributes.and_then(|it: Attributes| it.kind).filter(|kind| is_word(kind));
    Ok(Body::Push { data, hint })
}

/// Says whether it is fit to be shown in a log: a short name.
pub fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_a_challenge_or_has_data() {
        let challenge = br#"{"clientToken":"t","secret":"s","more":[1]}"#;
        let expected = Body::Challenge { client_token: "t".into(), secret: "s".into() };
        assert_eq!(read(challenge), Ok(expected));
        let push = |attributes: &str| {
            let body = format!(r#"{{"message":{{"data":"e30=",{attributes}"x":1}},"s":2}}"#);
            read(body.as_bytes())
        };
        let expected = |hint: Option<&str>| {
            Ok(Body::Push { data: b"{}".to_vec(), hint: hint.map(str::to_owned) })
        };
        assert_eq!(push(r#""attributes":{"type":"message","y":[]},"#), expected(Some("message")));
        // Whatever stands around the data, the data is read.
        for attributes in [
            "",
            r#""attributes":null,"#,
            r#""attributes":7,"#,
            r#""attributes":{"type":[]},"#,
            r#""attributes":{"type":"a b"},"#,
            r#""messageId":{"a":1},"#,
        ] {
            assert_eq!(push(attributes), expected(None), "{attributes}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        for (body, missing) in [
            ("", "body"),
            ("[]", "body"),
            ("{", "body"),
            ("\u{0}", "body"),
            ("null", "body"),
            (r#"{"message":"x"}"#, "body"),
            ("{}", "message"),
            (r#"{"clientToken":"t"}"#, "message"),
            (r#"{"secret":"s"}"#, "message"),
            (r#"{"message":{}}"#, "message.data"),
            (r#"{"message":{"data":null}}"#, "message.data"),
            (r#"{"message":{"data":""}}"#, "message.data"),
            (r#"{"message":{"data":"%%%"}}"#, "message.data"),
            (r#"{"message":{"data":"e30"}}"#, "message.data"),
        ] {
            assert_eq!(read(body.as_bytes()), Err(missing), "{body}");
        }
        // What nobody reads may be as deep as it likes.
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(format!(r#"{{"x":{deep}}}"#).as_bytes()), Err("message"));
        assert_eq!(read(format!(r#"{{"message":{deep}}}"#).as_bytes()), Err("body"));
    }
}
