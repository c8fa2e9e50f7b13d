//! Which samples can be told of one world.
//!
//! Samples of a foreign folder were written one by one: some give one message's id to two messages, or one
//! person's id to two people. No provider does, and which of them is believed depends on the order. So each
//! sample goes into the first world in which it contradicts nothing.

use std::collections::HashMap;

use serde_json::Value;

use super::sample::{Provider, Sample};

/// Something that is said once: what it is about, and what is said.
type Claim = (String, String);

/// What was said of a world, and the samples that say it.
type World = (HashMap<String, String>, Vec<Sample>);

/// Parts the samples into worlds within which they agree.
pub(super) fn worlds(samples: Vec<Sample>) -> Vec<Vec<Sample>> {
    let mut worlds: Vec<World> = Vec::new();
    for sample in samples {
        let claims = claims(&sample);
        let fits = |(said, _): &World| {
            claims.iter().all(|(about, is)| said.get(about).is_none_or(|before| before == is))
        };
        let at = worlds.iter().position(fits).unwrap_or_else(|| {
            worlds.push(World::default());
            worlds.len() - 1
        });
        worlds[at].0.extend(claims);
        worlds[at].1.push(sample);
    }
    worlds.into_iter().map(|(_, samples)| samples).collect()
}

fn claims(sample: &Sample) -> Vec<Claim> {
    match sample.provider {
        Provider::Twilio if sample.is_status() => Vec::new(),
        Provider::Twilio => {
            let about = |sid| format!("twilio message {sid}");
            let told = ["From", "To", "Body"].map(|it| sample.field(it).unwrap_or_default());
            let id = sample.field("MessageSid").map(about);
            id.into_iter().map(|about| (about, told.join(" "))).collect()
        }
        Provider::Whatsapp => whatsapp(&sample.json().unwrap_or_default()),
        Provider::Rcs => {
            let data = sample.data().unwrap_or_default();
            let data: Value = serde_json::from_slice(&data).unwrap_or_default();
            let event = data["eventType"].is_string() || !data["messageId"].is_string();
            let claim = || (format!("rcs message {}", data["messageId"]), data.to_string());
            (!event).then(claim).into_iter().collect()
        }
    }
}

fn whatsapp(body: &Value) -> Vec<Claim> {
    let all = |it: &Value| it.as_array().cloned().unwrap_or_default();
    let mut claims = Vec::new();
    for change in all(&body["entry"]).iter().flat_map(|it| all(&it["changes"])) {
        let value = &change["value"];
        for it in all(&value["messages"]) {
            claims.push((format!("whatsapp message {}", it["id"]), it.to_string()));
            claims.extend(once("number of", &it["from_user_id"], &it["from"]));
        }
        for it in all(&value["contacts"]) {
            claims.extend(once("number of", &it["user_id"], &it["wa_id"]));
            claims.extend(once("name of", &it["user_id"], &it["profile"]["name"]));
            claims.extend(once("name of", &it["wa_id"], &it["profile"]["name"]));
        }
    }
    claims
}

fn once(what: &str, about: &Value, is: &Value) -> Option<Claim> {
    (about.is_string() && is.is_string()).then(|| (format!("{what} {about}"), is.to_string()))
}
