//! Independent libraries for the WhatsApp Cloud API read what we read.
//!
//! They read one thing a body, the first, and take the first contact for its sender: so they are asked for
//! each thing alone. pywa since 4 wants a business-scoped id everywhere, pywa 3 knows none.

use protocol::{contacts::AddressKind, views::MessageForm};
use serde::Deserialize;
use serde_json::{Value, json};
use server::{
    channels::whatsapp::body,
    domain::inbound::{Item, MediaSource, Sender},
};

use super::{
    sample::{self, Provider, Way},
    world::elsewhere,
};
use crate::harness::{
    fake_whatsapp::{ACCESS_TOKEN, FakeWhatsapp, NUMBER_ID},
    python,
};

const PYWA: &str = "pywa_check.py";
const SECRET: &str = "a-secret";

/// What is read in a body. What a reader does not tell is left out.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Seen {
    kind: String,
    id: Option<String>,
    #[serde(rename = "type")]
    form: Option<String>,
    text: Option<String>,
    caption: Option<String>,
    at: Option<i64>,
    number: Option<String>,
    user: Option<String>,
    name: Option<String>,
    status: Option<String>,
    error: Option<String>,
    emoji: Option<String>,
    on: Option<String>,
    of: Option<String>,
    file: Option<String>,
    mime_type: Option<String>,
    place: Option<[f64; 2]>,
    answers: Option<String>,
}

impl Seen {
    fn by(&mut self, who: &Sender) {
        let of = |kind| who.addresses.iter().find(|it| it.kind == kind).map(|it| it.value.clone());
        self.number = of(AddressKind::Phone).map(|it| it.trim_start_matches('+').to_owned());
        self.user = of(AddressKind::WhatsappUser);
        self.name.clone_from(&who.profile_name);
    }
}

/// What we read.
fn ours(body: &str) -> Option<Seen> {
    let told = body::read(body.as_bytes()).ok()?;
    let mut seen = Seen::default();
    match &told.first()?.item {
        Item::Message(it) => {
            seen.by(&it.who);
            "Message".clone_into(&mut seen.kind);
            seen.id = Some(it.provider_id.clone());
            seen.at = it.at.map(|at| at.timestamp());
            seen.answers.clone_from(&it.answers);
            match it.form {
                MessageForm::Media => seen.caption = Some(it.text.clone()),
                MessageForm::Location => {
                    let (_, place) = it.text.rsplit_once('(').unwrap();
                    let place: Value =
                        serde_json::from_str(&format!("[{}", place.replace(')', "]"))).unwrap();
                    seen.place = Some([place[0].as_f64().unwrap(), place[1].as_f64().unwrap()]);
                }
                // They tell a choice's title, we show its description below it.
                MessageForm::Choice => seen.text = it.text.lines().next().map(str::to_owned),
                _ => seen.text = Some(it.text.clone()),
            }
            if let Some(file) = it.media.first() {
                let MediaSource::Id(id) = &file.source else { panic!("an id") };
                seen.file = Some(id.clone());
                seen.mime_type = Some(file.mime_type.clone());
            }
        }
        Item::Reaction(it) => {
            seen.by(&it.who);
            seen.id = Some(it.provider_id.clone());
            seen.on = Some(it.on.clone());
            seen.emoji.clone_from(&it.emoji);
        }
        Item::Edit(it) => {
            seen.by(&it.who);
            (seen.id, seen.of) = (Some(it.provider_id.clone()), Some(it.of.clone()));
        }
        Item::Revoke(it) => {
            seen.by(&it.who);
            (seen.id, seen.of) = (Some(it.provider_id.clone()), Some(it.of.clone()));
        }
        Item::Status(it) => {
            seen.id = Some(it.provider_id.clone());
            seen.status = Some(format!("{:?}", it.state).to_lowercase());
            seen.error.clone_from(&it.error);
        }
        _ => return None,
    }
    Some(seen)
}

/// Returns each message and each status of the samples in a body of its own, with its sender as the only
/// contact, and an id for who has none, if `with_ids`.
fn singles(with_ids: bool) -> Vec<String> {
    let other = elsewhere();
    let samples = sample::read(other.as_deref().unwrap_or_else(|| sample::own()));
    let mut bodies = Vec::new();
    for sample in
        samples.iter().filter(|it| it.provider == Provider::Whatsapp && it.way == Way::Json)
    {
        let Some(json) = sample.json() else { continue };
        for entry in json["entry"].as_array().unwrap_or(&vec![]) {
            for change in entry["changes"].as_array().unwrap_or(&vec![]) {
                bodies.extend(["messages", "statuses"].iter().flat_map(|list| {
                    let all = change["value"][list].as_array().cloned().unwrap_or_default();
                    let known =
                        change["field"] == "messages" && change["value"]["metadata"].is_object();
                    all.into_iter()
                        .filter(move |it| known && it.is_object())
                        .map(|it| single(&change["value"], list, it, with_ids).to_string())
                }));
            }
        }
    }
    bodies
}

fn single(value: &Value, list: &str, mut it: Value, with_ids: bool) -> Value {
    let number = it.get("from").or_else(|| it.get("recipient_id")).cloned();
    let user = it.get("from_user_id").or_else(|| it.get("recipient_user_id")).cloned();
    let is = |contact: &&Value| {
        (user.is_some() && contact.get("user_id") == user.as_ref())
            || (number.is_some() && contact.get("wa_id") == number.as_ref())
    };
    let found = value["contacts"].as_array().and_then(|all| all.iter().find(is)).cloned();
    let mut contact = found.unwrap_or_else(|| json!({ "profile": { "name": "Somebody" } }));
    if let Some(number) = number.filter(|_| contact.get("wa_id").is_none()) {
        contact["wa_id"] = number;
    }
    if with_ids {
        let user = user.unwrap_or_else(|| contact.get("user_id").cloned().unwrap_or(json!("US.1")));
        contact["user_id"] = user.clone();
        contact["profile"]["username"] = json!("somebody");
        it[if list == "messages" { "from_user_id" } else { "recipient_user_id" }] = user;
    }
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": value["metadata"],
        "contacts": [contact],
        list: [it],
    });
    let change = json!({ "field": "messages", "value": value });
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [change] }] })
}

/// Compares what a peer has read with what we read; returns how many bodies both read.
fn agree(bodies: &[String], theirs: &[Option<Seen>]) -> usize {
    assert_eq!(bodies.len(), theirs.len());
    let mut both = 0;
    for (body, theirs) in bodies.iter().zip(theirs) {
        // What it cannot read it says to have read (pywa), or throws.
        let (Some(theirs), Some(ours)) = (theirs, ours(body)) else { continue };
        if theirs.kind == "fault" {
            continue;
        }
        both += 1;
        let same = |what: &str, ours: &Option<String>, theirs: &Option<String>| {
            let Some(theirs) = theirs.as_ref().filter(|it| !it.is_empty()) else { return };
            // NUL and halves of pairs are no text that can be kept.
            let theirs = theirs.replace('\0', "\u{FFFD}");
            assert_eq!(ours.as_ref(), Some(&theirs), "{what}: {body}");
        };
        same("id", &ours.id, &theirs.id);
        if theirs.kind != "MessageStatus" {
            let number =
                theirs.number.clone().filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
            same("number", &ours.number, &number);
            same("user", &ours.user, &theirs.user);
            same("name", &ours.name, &theirs.name);
        }
        same("text", &ours.text, &theirs.text);
        same("caption", &ours.caption, &theirs.caption);
        same("emoji", &ours.emoji, &theirs.emoji);
        same("on", &ours.on, &theirs.on);
        same("of", &ours.of, &theirs.of);
        same("file", &ours.file, &theirs.file);
        same("mime_type", &ours.mime_type, &theirs.mime_type);
        // What a message says went wrong is its text with us.
        if theirs.kind == "MessageStatus" {
            same("error", &ours.error, &theirs.error);
        }
        if theirs.answers.is_some() && ours.text.is_some() {
            same("answers", &ours.answers, &theirs.answers);
        }
        // Who has listened has read.
        let status = theirs.status.as_ref().map(|it| it.to_lowercase().replace("played", "read"));
        same("status", &ours.status, &status.filter(|it| it != "unknown"));
        assert!(theirs.at.is_none() || ours.at.is_none() || theirs.at == ours.at, "at: {body}");
        assert!(theirs.place.is_none() || theirs.place == ours.place, "place: {body}");
    }
    both
}

fn read(said: &str) -> Vec<Option<Seen>> {
    serde_json::from_str(said).unwrap()
}

#[tokio::test]
async fn other_libraries_read_what_we_read() {
    let with_ids = singles(true);
    let stdin = serde_json::to_vec(&with_ids).unwrap();
    let pywa = read(&python::run(PYWA, &["read", SECRET], &stdin).await);
    let npm = read(&python::node(&["read", SECRET], &stdin).await);
    let without = singles(false);
    let stdin = serde_json::to_vec(&without).unwrap();
    let requirements = "requirements-old-pywa.txt";
    let old = read(&python::run_with(requirements, PYWA, &["read", SECRET], &stdin).await);
    let both = [agree(&with_ids, &pywa), agree(&with_ids, &npm), agree(&without, &old)];
    println!("{} bodies, of which they read {both:?}", with_ids.len());
    assert!(both.iter().all(|both| *both > 30), "{both:?} of {}", with_ids.len());
}

#[tokio::test]
async fn pywas_client_takes_the_fake_for_meta() {
    let fake = FakeWhatsapp::start().await;
    let args = ["api", &fake.base_url(), NUMBER_ID, ACCESS_TOKEN];
    assert_eq!(python::run(PYWA, &args, b"").await, "ok\n");
    let received = fake.received();
    let trackers: Vec<_> = received.iter().map(|it| &it["biz_opaque_callback_data"]).collect();
    assert_eq!(trackers, ["t0", "t1"]);
}
