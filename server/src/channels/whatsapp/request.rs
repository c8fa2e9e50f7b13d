//! What calls to the API say.
//!
//! Sources: "Messages" of the Cloud API reference, "Templates", "Typing indicators" and, for who is
//! written to by id, "Business-scoped user IDs".

use protocol::{contacts::AddressKind, ids::MessageId};
use serde_json::{Map, Value, json};

use crate::{
    channels::provider::OutgoingFile,
    domain::{
        address::Address,
        media::{self, Shown},
    },
    store::claims::FromTemplate,
};

/// Makes a text; `None` where WhatsApp cannot write to such an address.
pub fn text(to: &Address, text: &str, ours: MessageId) -> Option<Value> {
    // A preview would fetch an address for the agent, who has not asked for it.
    message(to, "text", json!({ "body": text, "preview_url": false }), ours)
}

/// Makes a message from a template; `None` where WhatsApp cannot write to such an address.
pub fn template(to: &Address, it: &FromTemplate, ours: MessageId) -> Option<Value> {
    let parameters: Vec<_> = it.values.iter().map(|(name, value)| parameter(name, value)).collect();
    let template = if parameters.is_empty() {
        json!({ "name": it.name, "language": { "code": it.language } })
    } else {
        let components = json!([{ "type": "body", "parameters": parameters }]);
        json!({ "name": it.name, "language": { "code": it.language }, "components": components })
    };
    message(to, "template", template, ours)
}

/// Makes a file, with a text below it; `None` where WhatsApp cannot write to such an address. It is
/// named by its address and not uploaded first: so one call sends it, and nothing that a lost answer
/// leaves behind has to be found again.
pub fn file(to: &Address, file: &OutgoingFile, text: &str, ours: MessageId) -> Option<Value> {
    let shown = media::on_whatsapp(&file.mime_type).unwrap_or(Shown::Document);
    let mut content = Map::new();
    content.insert("link".to_owned(), json!(file.url.as_str()));
    if !text.is_empty() && shown != Shown::Audio {
        content.insert("caption".to_owned(), json!(text));
    }
    if let (Shown::Document, Some(name)) = (shown, &file.name) {
        content.insert("filename".to_owned(), json!(name));
    }
    let kind = match shown {
        Shown::Image => "image",
        Shown::Audio => "audio",
        Shown::Video => "video",
        Shown::Document => "document",
    };
    message(to, kind, Value::Object(content), ours)
}

/// Gaps that have names are named; numbered ones go by their order.
fn parameter(name: &str, value: &str) -> Value {
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        json!({ "type": "text", "text": value })
    } else {
        json!({ "type": "text", "parameter_name": name, "text": value })
    }
}

/// Says that a customer's message was read, and, if `typing`, that somebody answers it: that is shown
/// for 25 seconds, or until the answer comes.
pub fn mark_read_and_typing(provider_id: &str, typing: bool) -> Value {
    if typing {
        json!({
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": provider_id,
            "typing_indicator": { "type": "text" },
        })
    } else {
        json!({ "messaging_product": "whatsapp", "status": "read", "message_id": provider_id })
    }
}

fn message(to: &Address, kind: &str, content: Value, ours: MessageId) -> Option<Value> {
    let (field, value) = match to.kind {
        // Written without the plus, as WhatsApp itself does.
        AddressKind::Phone => ("to", to.value.strip_prefix('+').unwrap_or(&to.value)),
        AddressKind::WhatsappUser => ("recipient", to.value.as_str()),
        AddressKind::WhatsappName | AddressKind::SenderId => return None,
    };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("messaging_product", json!("whatsapp"));
    put("recipient_type", json!("individual"));
    put(field, json!(value));
    put("type", json!(kind));
    put(kind, content);
    // Statuses bring it back.
    put("biz_opaque_callback_data", json!(ours.to_string()));
    Some(Value::Object(body))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ours() -> MessageId {
        MessageId::from(Uuid::nil())
    }

    #[test]
    fn a_text_goes_to_a_number_or_to_an_id() {
        let body = text(&Address::phone("+12025550123"), "Olá", ours()).unwrap();
        assert_eq!(
            body,
            json!({
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": "12025550123",
                "type": "text",
                "text": { "body": "Olá", "preview_url": false },
                "biz_opaque_callback_data": ours().to_string(),
            })
        );
        let body = text(&Address::whatsapp_user("US.1"), "Olá", ours()).unwrap();
        assert_eq!((&body["recipient"], body.get("to")), (&json!("US.1"), None));
        for nobody in [Address::whatsapp_name("ann"), Address::sender_id("ACME", "+1")] {
            assert_eq!(text(&nobody, "Olá", ours()), None);
        }
    }

    #[test]
    fn a_file_is_named_by_its_address() {
        let to = Address::phone("+12025550123");
        let made = |mime_type: &str, text: &str| {
            let it = OutgoingFile {
                mime_type: mime_type.to_owned(),
                name: Some("a.pdf".to_owned()),
                url: "https://inbox.example/files/1".parse().unwrap(),
                thumbnail_url: None,
            };
            let body = file(&to, &it, text, ours()).unwrap();
            let kind = body["type"].as_str().unwrap().to_owned();
            (kind.clone(), body[&kind].clone())
        };
        let link = "https://inbox.example/files/1";
        let expected = |kind: &str, content: Value| (kind.to_owned(), content);
        assert_eq!(
            made("image/png", "Look"),
            expected("image", json!({ "link": link, "caption": "Look" }))
        );
        assert_eq!(made("video/mp4", ""), expected("video", json!({ "link": link })));
        assert_eq!(made("audio/ogg", ""), expected("audio", json!({ "link": link })));
        assert_eq!(
            made("application/pdf", "Read"),
            expected("document", json!({ "link": link, "caption": "Read", "filename": "a.pdf" }))
        );
    }

    #[test]
    fn a_template_has_words_for_its_gaps() {
        let to = Address::phone("+12025550123");
        let filled = |values: &[(&str, &str)]| {
            let values = values.iter().map(|(name, it)| (name.to_string(), it.to_string()));
            let (name, language) = ("order_sent".to_owned(), "en_US".to_owned());
            FromTemplate { name, language, provider_id: None, values: values.collect() }
        };
        let made = template(&to, &filled(&[("1", "Ann"), ("2", "7")]), ours()).unwrap();
        assert_eq!((&made["type"], &made["to"]), (&json!("template"), &json!("12025550123")));
        assert_eq!(
            made["template"],
            json!({
                "name": "order_sent",
                "language": { "code": "en_US" },
                "components": [{ "type": "body", "parameters": [
                    { "type": "text", "text": "Ann" },
                    { "type": "text", "text": "7" },
                ]}],
            })
        );
        let made = template(&to, &filled(&[]), ours()).unwrap();
        assert_eq!(made["template"].get("components"), None);
        let made = template(&to, &filled(&[("name", "Ann")]), ours()).unwrap();
        let named = json!({ "type": "text", "parameter_name": "name", "text": "Ann" });
        assert_eq!(made["template"]["components"][0]["parameters"], json!([named]));
    }

    #[test]
    fn reading_and_typing() {
        let read = json!({
            "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1",
        });
        assert_eq!(mark_read_and_typing("wamid.1", false), read);
        let typing = mark_read_and_typing("wamid.1", true);
        assert_eq!(typing["typing_indicator"], json!({ "type": "text" }));
        assert_eq!((&typing["status"], &typing["message_id"]), (&json!("read"), &json!("wamid.1")));
    }
}
