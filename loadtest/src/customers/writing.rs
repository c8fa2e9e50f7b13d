//! Sending a customer's text: over a sandbox phone or a signed webhook, again until it is answered.

use std::{rc::Rc, time::Duration};

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};
use reqwest::{Client, RequestBuilder, StatusCode};
use tokio::time::sleep;

use super::signature;
use crate::{
    check::texts::Taken,
    measure::{meter::Counter, names::Time},
    settings::Twilio,
    target::Target,
    world::shared::World,
};

/// A sender gives up after so many tries: about 15 seconds, as Twilio does.
const TRIES_MAX: u32 = 8;
const AGAIN: Duration = Duration::from_millis(100);

/// How customers reach the server.
pub(crate) struct Post {
    pub(crate) http: Client,
    pub(crate) targets: Rc<[Target]>,
    pub(crate) road: Road,
}

/// See [`Post::road`].
pub(crate) enum Road {
    /// Over sandbox phones; customers are spread over these channels.
    Sandbox(Vec<String>),
    /// Over webhooks of this channel.
    Twilio(String, Twilio),
}

impl Post {
    /// Sends a text of this customer, due at this time.
    pub(crate) async fn text(&self, world: &World, customer: u32, due: u64) {
        let Some(number) = world.crowd.borrow().get(customer).map(|it| it.number.clone()) else {
            return;
        };
        let n = world.texts.borrow_mut().open(customer, due);
        world.meter.borrow_mut().count(Counter::TEXTS, 1);
        let text = format!("Where is my order? #{}.{n}", world.tag);
        let taken = self.until_answered(world, customer, n, (&number, &text)).await;
        world.texts.borrow_mut().answered(n, taken);
        let mut meter = world.meter.borrow_mut();
        if taken == Taken::Yes {
            meter.add(Time::Post, world.clock.now().saturating_sub(due));
        } else {
            meter.count(Counter::TEXT_ERRORS, 1);
        }
    }

    async fn until_answered(
        &self,
        world: &World,
        customer: u32,
        n: u32,
        (number, text): (&str, &str),
    ) -> Taken {
        let mut random = ChaCha8Rng::seed_from_u64(n.into());
        let mut repeat = matches!(self.road, Road::Twilio(..))
            && random.random::<f64>() < world.scenario.provider.repeat;
        let mut node = usize::try_from(n).unwrap_or_default();
        for attempt in 0..TRIES_MAX {
            let Some(target) = self.targets.get(node % self.targets.len()) else { break };
            let request = self.request(world, target, (customer, n), (number, text));
            match request.send().await {
                Ok(answer) if answer.status().is_success() => {
                    // A provider that did not hear the answer says it once more.
                    if !std::mem::take(&mut repeat) {
                        return Taken::Yes;
                    }
                }
                Ok(answer) if is_final(answer.status()) => {
                    let status = answer.status();
                    world.note(format!("a text was refused: {status} at {}", target.http));
                    return Taken::No;
                }
                Ok(answer) => {
                    world.note(format!(
                        "a text was put off: {} at {}",
                        answer.status(),
                        target.http
                    ));
                    node += 1;
                }
                Err(error) => {
                    let error = error.without_url();
                    world.note(format!("a text was not answered: {error} at {}", target.http));
                    node += 1;
                }
            }
            let window = AGAIN.saturating_mul(1 << attempt);
            sleep(window / 2 + window.mul_f64(random.random::<f64>() / 2.0)).await;
        }
        Taken::Unknown
    }

    fn request(
        &self,
        world: &World,
        target: &Target,
        (customer, n): (u32, u32),
        (number, text): (&str, &str),
    ) -> RequestBuilder {
        match &self.road {
            Road::Sandbox(channels) => {
                let index = usize::try_from(customer).unwrap_or_default() % channels.len().max(1);
                let channel = channels.get(index).map(String::as_str).unwrap_or_default();
                let url = format!("{}/sandbox/api/channels/{channel}/messages", target.http);
                let id = format!("{}.{n}", world.tag);
                let body = serde_json::json!({ "from": number, "text": text, "id": id });
                self.http.post(url).json(&body)
            }
            Road::Twilio(channel, twilio) => {
                let path = format!("/webhooks/twilio/{channel}/messages");
                let public = twilio.public_url.as_deref();
                let public = public.or(self.targets.first().map(|it| it.http.as_str()));
                let signed = format!("{}{path}", public.unwrap_or_default().trim_end_matches('/'));
                let sid = format!("SM{:016x}{n:016x}", world.clock.began());
                let params = [
                    ("ToCountry", "US"),
                    ("SmsMessageSid", &sid),
                    ("NumMedia", "0"),
                    ("SmsSid", &sid),
                    ("SmsStatus", "received"),
                    ("Body", text),
                    ("To", &twilio.number),
                    ("NumSegments", "1"),
                    ("MessageSid", &sid),
                    ("AccountSid", &twilio.account_sid),
                    ("From", number),
                    ("ApiVersion", "2010-04-01"),
                ];
                let signature = signature::sign(&signed, &params, &twilio.auth_token);
                self.http
                    .post(format!("{}{path}", target.http))
                    .header("x-twilio-signature", signature)
                    .form(&params)
            }
        }
    }
}

/// A refusal that another try does not change.
fn is_final(status: StatusCode) -> bool {
    let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    status.is_client_error() && !passing.contains(&status)
}
