//! A server that has a channel for each number that samples are about, and whoever posts them to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::PathBuf,
};

use protocol::{
    ids::{ChannelId, InboxId},
    views::{ChannelKind, MessageForm},
};
use secrecy::SecretString;
use server::{
    channels::{rbm, twilio, whatsapp},
    commands::setup::WantedChannel,
    config::settings::{TwilioConfig, WhatsappConfig},
    domain::{
        address::Address,
        inbound::{Item, Message, Sender},
    },
    store::channels::Channel,
};
use sqlx::Row;

use super::sample::{Provider, Sample, Way};
use crate::harness::{
    api::client,
    fake_rbm::{AGENT, FakeRbm},
    fake_whatsapp::{NUMBER_ID, VERIFY_TOKEN},
    server::{TestServer, Wanted},
    twilio::SID,
};

/// What the samples' signatures are made with.
pub(super) const AUTH_TOKEN: &str = "12345";
pub(super) const APP_SECRET: &str = "TEST_APP_SECRET";
pub(super) const CLIENT_TOKEN: &str = "SJENCPGJESMGUFPY";
/// Who has been sent the messages that statuses are about.
const READER: &str = "+12025550100";

/// All channels: the provider, the kind, our address, and what the provider calls it.
const CHANNELS: [(&str, ChannelKind, &str, Option<&str>); 11] = [
    ("twilio", ChannelKind::Sms, "+12025550143", None),
    ("twilio", ChannelKind::Whatsapp, "+12025550144", None),
    ("twilio", ChannelKind::Whatsapp, "+14155238886", None),
    ("twilio", ChannelKind::Rcs, "harbour_agent", None),
    ("twilio", ChannelKind::Rcs, "acme_agent", None),
    ("whatsapp", ChannelKind::Whatsapp, "+12025550143", Some(NUMBER_ID)),
    ("whatsapp", ChannelKind::Whatsapp, "+12025550145", Some("200000000000002")),
    ("whatsapp", ChannelKind::Whatsapp, "+12025550146", Some("000000000000000")),
    ("whatsapp", ChannelKind::Whatsapp, "+12025550147", Some("1122334455667")),
    ("rbm", ChannelKind::Rcs, AGENT, Some(AGENT)),
    ("rbm", ChannelKind::Rcs, "rbm-chatbot-id@rbm.goog", Some("rbm-chatbot-id@rbm.goog")),
];

/// The running server.
pub(super) struct World {
    pub(super) server: TestServer,
    channels: Vec<Channel>,
    /// Our ids of the messages that statuses are about, by the providers'.
    ours: BTreeMap<String, uuid::Uuid>,
    http: reqwest::Client,
    _google: FakeRbm,
}

/// What a webhook was answered.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Where other samples are, and whether there are any.
pub(super) fn elsewhere() -> Option<PathBuf> {
    env::var_os("TANDEM_SAMPLES").map(PathBuf::from)
}

impl World {
    /// Starts it, with the messages of ours that these samples tell of.
    pub(super) async fn start(samples: &[Sample]) -> Self {
        let wanted = Wanted::default();
        let google = FakeRbm::start(wanted.clock.clone()).await;
        let twilio = TwilioConfig {
            account_sid: SID.to_owned(),
            auth_token: AUTH_TOKEN.into(),
            number: "+12025550143".to_owned(),
            api_url: "http://127.0.0.1:9".to_owned(),
        };
        let token = samples.iter().find_map(|it| it.field("hub.verify_token"));
        let token = token.filter(|_| elsewhere().is_some());
        let whatsapp = WhatsappConfig {
            phone_number_id: NUMBER_ID.to_owned(),
            number: "+12025550143".to_owned(),
            app_secrets: vec![APP_SECRET.into()],
            verify_token: token.unwrap_or_else(|| VERIFY_TOKEN.to_owned()).into(),
            access_token: "t".into(),
            business_account_id: None,
            api_url: "http://127.0.0.1:9".to_owned(),
        };
        let mut rbm = google.config();
        rbm.client_tokens = vec![CLIENT_TOKEN.into()];
        let (twilio, whatsapp, rbm) = (Some(twilio), Some(whatsapp), Some(rbm));
        let server = TestServer::start_with(Wanted { twilio, whatsapp, rbm, ..wanted }).await;
        for (provider, kind, address, external_id) in CHANNELS {
            let (address, external_id) = (address.to_owned(), external_id.map(str::to_owned));
            let wanted = WantedChannel { kind, provider, address, external_id };
            server.running.road.set_up_channel(wanted).await.unwrap();
        }
        let channels = channels(&server).await;
        let (ours, http) = (BTreeMap::new(), client());
        let mut world = Self { server, channels, ours, http, _google: google };
        world.have_sent(samples).await;
        world
    }

    /// Makes the messages that statuses are about. What the business sent past us is such a message
    /// whatever its channel is.
    async fn have_sent(&mut self, samples: &[Sample]) {
        let mut made = BTreeSet::new();
        for sample in samples {
            for id in sample.ours() {
                let channel = self.channel_of(sample).clone();
                if !made.insert((channel.id, id.clone())) {
                    continue;
                }
                let who = Sender::of(Address::phone(READER));
                let (provider_id, form, text) = (id.clone(), MessageForm::Text, "ours".to_owned());
                let it = Message {
                    provider_id,
                    who,
                    at: None,
                    form,
                    text,
                    media: vec![],
                    answers: None,
                };
                assert!(self.server.running.road.take(&channel, Item::Echo(it)).await.unwrap());
                let mut db = self.server.database.connect().await;
                let sql = "select id from messages where channel_id = $1 and provider_id = $2";
                let query = sqlx::query_scalar(sql).bind(channel.id.uuid()).bind(&id);
                let ours = query.fetch_one(&mut db).await.unwrap();
                self.ours.insert(id, ours);
            }
        }
    }

    /// Returns the channel whose webhook a sample would come in by.
    fn channel_of(&self, sample: &Sample) -> &Channel {
        let of =
            |provider: &'static str| self.channels.iter().filter(move |it| it.provider == provider);
        match sample.provider {
            Provider::Twilio => {
                let field = sample.field(if sample.is_status() { "From" } else { "To" });
                let field = field.unwrap_or_default();
                let is = |it: &&Channel| twilio::told::with_prefix(it.kind, &it.address) == field;
                of("twilio").find(is).or_else(|| of("twilio").next()).unwrap()
            }
            Provider::Whatsapp => {
                let text = String::from_utf8_lossy(&sample.body).into_owned();
                let is = |it: &&Channel| {
                    it.external_id.as_ref().is_some_and(|id| text.contains(&format!("\"{id}\"")))
                };
                of("whatsapp").find(is).or_else(|| of("whatsapp").next()).unwrap()
            }
            Provider::Rcs => {
                let data = String::from_utf8_lossy(&sample.data().unwrap_or_default()).into_owned();
                let is = |it: &&Channel| data.contains(&it.address);
                of("rbm").find(is).or_else(|| of("rbm").next()).unwrap()
            }
        }
    }

    /// Sends a sample as its provider does.
    pub(super) async fn play(&self, sample: &Sample) -> Answered {
        let channel = self.channel_of(sample);
        let (provider, id) = (&channel.provider, channel.id);
        let topic = match sample.provider {
            Provider::Twilio if sample.is_status() => "status",
            Provider::Twilio | Provider::Whatsapp => "messages",
            Provider::Rcs => "events",
        };
        // Google gives back our own ids.
        let ours = sample.ours().into_iter().filter_map(|id| Some((self.ours.get(&id)?, id)));
        let sample = &ours.fold(sample.clone(), |sample, (ours, id)| {
            sample.replaced(&id, &ours.hyphenated().to_string())
        });
        let mut url = format!("{}/webhooks/{provider}/{id}/{topic}", self.server.url());
        let mut headers = Vec::new();
        match (sample.provider, sample.way) {
            (_, Way::Query) => url = format!("{url}?{}", String::from_utf8_lossy(&sample.body)),
            (Provider::Twilio, Way::Json) => url = format!("{url}?{}", sample.hash_query()),
            _ => {}
        }
        match sample.provider {
            Provider::Twilio => {
                let form = if sample.way == Way::Form { sample.fields() } else { vec![] };
                let signature = twilio::signature::sign_form(&url, &form, &secret(AUTH_TOKEN));
                headers.push((twilio::signature::SIGNATURE_HEADER, signature));
            }
            Provider::Whatsapp => {
                let signature = whatsapp::signature::sign(&sample.body, &secret(APP_SECRET));
                headers.push((whatsapp::signature::SIGNATURE_HEADER, signature));
            }
            Provider::Rcs => {
                let data = sample.data().unwrap_or_default();
                let signature = rbm::signature::sign(&secret(CLIENT_TOKEN), &data);
                headers.push((rbm::signature::SIGNATURE_HEADER, signature));
            }
        }
        let kind = match sample.way {
            Way::Form => "application/x-www-form-urlencoded",
            Way::Json | Way::Query => "application/json",
        };
        let mut request = match sample.way {
            Way::Query => self.http.get(url),
            _ => self.http.post(url).header("content-type", kind).body(sample.body.clone()),
        };
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.expect("an answer");
        Answered { status: answer.status().as_u16(), body: answer.text().await.unwrap() }
    }
}

fn secret(text: &str) -> SecretString {
    text.into()
}

async fn channels(server: &TestServer) -> Vec<Channel> {
    let sql = "select id, inbox_id, kind, provider, address, external_id from channels
        where provider <> 'sandbox' order by created_at, id";
    let rows = sqlx::query(sql).fetch_all(&mut server.database.connect().await).await.unwrap();
    rows.iter()
        .map(|row| Channel {
            id: ChannelId::from(row.get::<uuid::Uuid, _>("id")),
            inbox_id: InboxId::from(row.get::<uuid::Uuid, _>("inbox_id")),
            kind: serde_json::from_value(row.get::<String, _>("kind").into()).unwrap(),
            provider: row.get("provider"),
            address: row.get("address"),
            external_id: row.get("external_id"),
        })
        .collect()
}
