//! The three providers of the storm: what goes wrong with them, and how often it did.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use protocol::{http::ThreadPage, ids::ThreadId};
use serde_json::json;
use server::clock::Clock;
use tokio::{sync::watch, time::Instant};

use crate::{
    harness::{
        api::Api,
        dice::Dice,
        fake_rbm::{self, CLIENT_TOKENS, FakeRbm},
        fake_rbm_api,
        fake_twilio::FakeTwilio,
        fake_twilio_api,
        fake_whatsapp::{self, FakeWhatsapp},
        twilio::{self, SID, TOKEN, numbers::BUSINESS, twilio_env},
    },
    rbm,
};

/// Of a thousand calls, how many are answered with each fault.
const ODDS: usize = 30;
/// Messages a second over each channel.
const RATE: &str = "500";

/// A provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Sms,
    Whatsapp,
    Rcs,
}

/// The providers.
pub(super) struct Providers {
    pub(super) sms: FakeTwilio,
    pub(super) whatsapp: FakeWhatsapp,
    pub(super) rcs: FakeRbm,
    faults: Arc<Mutex<Faults>>,
    silences: usize,
}

struct Faults {
    counted: BTreeMap<&'static str, usize>,
    last_silence: Instant,
}

/// What goes wrong with one call.
#[derive(Clone, Copy)]
enum Wrong {
    TooMany,
    Away,
    TakenBut500,
    Lost500,
    Silence,
}

impl Providers {
    /// Starts them, in a time that the test moves.
    pub(super) async fn start(clock: Clock, silences: usize) -> Self {
        let sms = FakeTwilio::start_with_clock(move || clock.now()).await;
        sms.add_account(SID, TOKEN, &[BUSINESS]);
        // Google's tokens live in the nodes' time, which nobody moves.
        let rcs = FakeRbm::start(Clock::system()).await;
        let whatsapp = FakeWhatsapp::start().await;
        let faults = Faults { counted: BTreeMap::new(), last_silence: Instant::now() };
        Self { sms, whatsapp, rcs, faults: Arc::new(Mutex::new(faults)), silences }
    }

    /// Returns the settings of nodes that use them.
    pub(super) fn env(&self) -> Vec<(&'static str, String)> {
        let meta = fake_whatsapp::config(self.whatsapp.base_url());
        let google = self.rcs.config();
        let mut env = twilio_env(&self.sms.base_url());
        env.extend([
            ("TANDEM_WHATSAPP_PHONE_NUMBER_ID", meta.phone_number_id),
            ("TANDEM_WHATSAPP_NUMBER", meta.number),
            ("TANDEM_WHATSAPP_APP_SECRET", fake_whatsapp::APP_SECRET.to_owned()),
            ("TANDEM_WHATSAPP_VERIFY_TOKEN", fake_whatsapp::VERIFY_TOKEN.to_owned()),
            ("TANDEM_WHATSAPP_ACCESS_TOKEN", fake_whatsapp::ACCESS_TOKEN.to_owned()),
            ("TANDEM_WHATSAPP_API_URL", meta.api_url),
            ("TANDEM_RBM_AGENT_ID", google.agent_id),
            ("TANDEM_RBM_CLIENT_TOKEN", CLIENT_TOKENS[0].to_owned()),
            ("TANDEM_RBM_SERVICE_ACCOUNT", google.service_account.display().to_string()),
            ("TANDEM_RBM_API_URL", google.api_url),
            ("TANDEM_CHANNEL_RATE", RATE.to_owned()),
        ]);
        env
    }

    /// Lets so many customers of each write; returns their threads, with the customer's number.
    pub(super) async fn customers_write(
        &self,
        ann: &Api,
        count: u32,
    ) -> Vec<(By, String, ThreadId)> {
        let mut by_number = BTreeMap::new();
        for n in 0..count {
            let number = format!("+1202555{:04}", 1_000 + n);
            twilio::inbound(&self.sms, ann, &number, "Hello?").await;
            by_number.insert(number, By::Sms);
            let number = format!("1202555{:04}", 2_000 + n);
            let text = fake_whatsapp::text(&fake_whatsapp::wamid(), &number, "Hello?");
            let body = fake_whatsapp::body("messages", &json!({ "messages": [text] }));
            assert_eq!(fake_whatsapp::tell(ann, &body).await, 200);
            by_number.insert(format!("+{number}"), By::Whatsapp);
            let number = format!("+1202555{:04}", 3_000 + n);
            let hello = fake_rbm::text(&number, &format!("m{n}"), "Hello?");
            assert_eq!(self.rcs.push(&rbm::webhook(ann), &hello).await, 200);
            by_number.insert(number, By::Rcs);
        }
        let mut threads = Vec::new();
        let path = format!("/api/v1/inboxes/{}/threads", ann.me.inboxes[0].id);
        let mut page: ThreadPage = ann.get(&path).await;
        loop {
            for thread in page.threads {
                let addresses = &thread.contact.addresses;
                let number = addresses.iter().find(|it| by_number.contains_key(&it.value));
                let number = number.expect("one of the customers").value.clone();
                threads.push((by_number[&number], number, thread.id));
            }
            let Some(next) = page.next else { return threads };
            page = ann.get(&format!("{path}?before={next}")).await;
        }
    }

    /// Lets everything go wrong from now on.
    pub(super) fn go_wrong(&self) {
        use fake_rbm_api::Behaviour as Rbm;
        use fake_twilio_api::Behaviour as Twilio;
        use fake_whatsapp::Behaviour as Meta;
        let mut wrong = self.chance(1);
        self.sms.by_chance(move || match wrong() {
            None => Twilio::Ok,
            Some(Wrong::TooMany) => Twilio::Status(429, Some(1)),
            Some(Wrong::Away) => Twilio::Status(503, None),
            Some(Wrong::TakenBut500) => Twilio::AcceptThen500,
            Some(Wrong::Lost500) => Twilio::Status(500, None),
            Some(Wrong::Silence) => Twilio::AcceptThenNeverAnswer,
        });
        let mut wrong = self.chance(2);
        self.whatsapp.by_chance(move || match wrong() {
            None => Meta::Ok,
            Some(Wrong::TooMany) => Meta::Error(429, 130_429),
            Some(Wrong::Away) => Meta::Status(503),
            Some(Wrong::TakenBut500) => Meta::Say("<html>"),
            Some(Wrong::Lost500) => Meta::Error(500, 1),
            Some(Wrong::Silence) => Meta::NeverAnswer,
        });
        let mut wrong = self.chance(3);
        self.rcs.by_chance(move || {
            Some(match wrong()? {
                Wrong::TooMany => Rbm::Later(429, "RESOURCE_EXHAUSTED", 1),
                Wrong::Away => Rbm::Refuse(503, "UNAVAILABLE"),
                Wrong::TakenBut500 => Rbm::TakeThen(500),
                Wrong::Lost500 => Rbm::Refuse(500, "INTERNAL"),
                Wrong::Silence => Rbm::TakeThenNeverAnswer,
            })
        });
    }

    /// Lets nothing go wrong any more.
    pub(super) fn behave(&self) {
        self.sms.by_chance(|| fake_twilio_api::Behaviour::Ok);
        self.whatsapp.by_chance(|| fake_whatsapp::Behaviour::Ok);
        self.rcs.by_chance(|| None);
    }

    fn chance(&self, seed: u64) -> impl FnMut() -> Option<Wrong> + Send + 'static {
        let (mut dice, faults, mut silences) =
            (Dice::new(seed), Arc::clone(&self.faults), self.silences);
        let mut calls = 0;
        move || {
            calls += 1;
            // One comes early, so that nobody waits for it at the end.
            let drawn = if calls == 5 { 4 } else { dice.below(1_000) / ODDS };
            let (name, wrong) = match drawn {
                0 => ("429", Wrong::TooMany),
                1 => ("503", Wrong::Away),
                2 => ("500, taken", Wrong::TakenBut500),
                3 => ("500, not taken", Wrong::Lost500),
                4 if silences > 0 => ("no answer, taken", Wrong::Silence),
                _ => return None,
            };
            let mut faults = faults.lock();
            if matches!(wrong, Wrong::Silence) {
                silences -= 1;
                faults.last_silence = Instant::now();
            }
            *faults.counted.entry(name).or_default() += 1;
            Some(wrong)
        }
    }

    /// Cuts all connections of one after the other, and kills each once for longer.
    pub(super) async fn rage(&self, mut over: watch::Receiver<bool>) {
        let servers = [&self.sms.server, &self.whatsapp.server, &self.rcs.server];
        let mut dice = Dice::new(4);
        for turn in 0.. {
            let wait = dice.millis(400) + Duration::from_millis(200);
            if tokio::time::timeout(wait, over.changed()).await.is_ok() {
                return;
            }
            let server = servers[turn % 3];
            server.kill().await;
            let dead = (3..6).contains(&turn);
            if dead {
                tokio::time::sleep(Duration::from_millis(700)).await;
            }
            server.restart().await;
            let name = if dead { "killed" } else { "cut" };
            *self.faults.lock().counted.entry(name).or_default() += 1;
        }
    }

    /// Tells what became of most messages over WhatsApp, as it does, until the end and a little longer.
    pub(super) async fn tell(&self, ann: Api, mut over: watch::Receiver<bool>) {
        let (mut told, mut last) = (0, false);
        while !last {
            last = tokio::time::timeout(Duration::from_millis(200), over.changed()).await.is_ok();
            let taken = self.whatsapp.received();
            // Every fifth is never heard of again.
            let statuses: Vec<_> = taken[told..]
                .iter()
                .enumerate()
                .filter(|(n, _)| (n + told) % 5 != 0)
                .map(|(_, it)| {
                    json!({ "id": it["wamid"], "status": "delivered", "recipient_id": it["to"],
                        "biz_opaque_callback_data": it["biz_opaque_callback_data"] })
                })
                .collect();
            told = taken.len();
            if !statuses.is_empty() {
                let body = fake_whatsapp::body("messages", &json!({ "statuses": statuses }));
                assert_eq!(fake_whatsapp::tell(&ann, &body).await, 200);
            }
        }
    }

    /// Says how often each thing went wrong.
    pub(super) fn faults(&self) -> BTreeMap<&'static str, usize> {
        self.faults.lock().counted.clone()
    }

    /// Says when a call was last left without an answer.
    pub(super) fn last_silence(&self) -> Instant {
        self.faults.lock().last_silence
    }

    /// Returns what came to customers, in the order in which it came: by what, to whom, and the text.
    pub(super) fn received(&self) -> Vec<(By, String, String)> {
        let text = |it: &serde_json::Value| it.as_str().unwrap().to_owned();
        let sms = self.sms.received().into_iter().map(|it| (By::Sms, it.to, it.body));
        let whatsapp =
            self.whatsapp.received().into_iter().map(|it| {
                (By::Whatsapp, format!("+{}", text(&it["to"])), text(&it["text"]["body"]))
            });
        let rcs = self.rcs.received();
        let rcs = rcs.iter().map(|it| (By::Rcs, it.to.clone(), it.text().to_owned()));
        sms.chain(whatsapp).chain(rcs).collect()
    }
}
