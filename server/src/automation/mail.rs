//! The worker that writes mail to agents who are not connected, of what they have not read. It says who did
//! what and where to look, and nothing of what was said. Each is claimed before it is sent by whichever node
//! is first, so it goes once at most; what a mail server surely has not taken is tried again.

use std::{fmt::Write as _, time::Duration};

use chrono::TimeDelta;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use protocol::notifications::NotificationReason;
use secrecy::ExposeSecret;
use url::Url;

use crate::{
    config::settings::MailConfig,
    realtime::presence::handle::Presence,
    shutdown::Shutdown,
    store::{
        agents,
        error::StoreError,
        mails::{self, Line, Mail, Patience},
        pool::Store,
    },
};

/// How often is looked: the database's clock may be moved, and other nodes make notifications.
const LOOK: Duration = Duration::from_secs(1);
/// How long one server may take over one mail.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How much longer is waited after each try.
const AGAIN: TimeDelta = TimeDelta::minutes(2);
/// More are counted and not listed.
const LINES_MAX: usize = 10;
const PATIENCE: Patience =
    Patience { after: TimeDelta::minutes(5), until: TimeDelta::days(1), tries: 3 };

/// Writes mail.
pub struct Mailer {
    store: Store,
    presence: Presence,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    public_url: Url,
}

/// What became of a mail.
enum Sent {
    /// The server has taken it.
    Done,
    /// It surely has not, and may later.
    Later(String),
    /// It has refused it for good, or nobody knows.
    Over(String),
}

impl Mailer {
    /// Makes one; fails where the URL cannot be used.
    pub fn new(
        store: Store,
        presence: Presence,
        config: &MailConfig,
        public_url: Url,
    ) -> Result<Self, lettre::transport::smtp::Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(config.url.expose_secret())?
            .timeout(Some(TIMEOUT))
            .build();
        Ok(Self { store, presence, transport, from: config.from.clone(), public_url })
    }

    /// Starts the worker.
    pub fn start(self, shutdown: &Shutdown) {
        let ending = shutdown.clone();
        shutdown.spawn("mail", async move {
            loop {
                tokio::select! {
                    done = self.round() => if let Err(error) = done {
                        tracing::warn!(error = %error, "mail could not be claimed");
                    },
                    () = ending.cancelled() => return,
                }
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => {}
                    () = ending.cancelled() => return,
                }
            }
        });
    }

    async fn round(&self) -> Result<(), StoreError> {
        while let Some(mail) =
            mails::claim(&self.store, &self.presence.connected(), PATIENCE).await?
        {
            let Some(message) = self.write(&mail).await? else { continue };
            match self.send(message).await {
                Sent::Done => tracing::debug!(agent.id = %mail.agent_id, "mail was sent"),
                Sent::Later(why) => {
                    let tries = mails::put_back(&self.store, &mail, AGAIN, PATIENCE).await?;
                    tracing::warn!(agent.id = %mail.agent_id, tries, why, "mail was not sent");
                }
                Sent::Over(why) => {
                    tracing::error!(agent.id = %mail.agent_id, why, "mail is given up");
                }
            }
        }
        Ok(())
    }

    /// Writes what the agent may still see; `None` where that is nothing.
    async fn write(&self, mail: &Mail) -> Result<Option<Message>, StoreError> {
        let Some((_view, who)) = agents::visibility(&self.store, mail.agent_id).await? else {
            return Ok(None);
        };
        let seen: Vec<&Line> =
            mail.lines.iter().filter(|line| who.sees(line.inbox_id, line.owner)).collect();
        let Some(first) = seen.first() else { return Ok(None) };
        let Ok(address) = mail.email.parse() else {
            tracing::warn!(agent.id = %mail.agent_id, "no mail can be sent to this address");
            return Ok(None);
        };
        let subject = match seen.len() {
            1 => happened(first),
            count => format!("{count} notifications in Tandem"),
        };
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(mail.name.clone()), address))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(self.text(&mail.name, &seen));
        match message {
            Ok(message) => Ok(Some(message)),
            Err(error) => {
                tracing::error!(agent.id = %mail.agent_id, error = %error, "no mail can be written");
                Ok(None)
            }
        }
    }

    fn text(&self, name: &str, seen: &[&Line]) -> String {
        let mut text = format!("Hello {name},\n");
        for line in seen.iter().take(LINES_MAX) {
            let with = line.customer.as_deref().filter(|it| is_a_name(it));
            let with = with.map(|it| format!(" with {it}")).unwrap_or_default();
            let mut link = self.public_url.clone();
            link.set_path("/");
            link.query_pairs_mut()
                .append_pair("inbox", &line.inbox_id.to_string())
                .append_pair("thread", &line.thread_id.to_string());
            let (what, inbox) = (happened(line), &line.inbox);
            let _infallible = write!(text, "\n{what}: the thread{with} in {inbox}\n{link}\n");
        }
        if seen.len() > LINES_MAX {
            let _infallible = write!(text, "\nAnd {} more.\n", seen.len() - LINES_MAX);
        }
        text.push_str("\nYou were not connected for a while. What was said is in Tandem alone.\n");
        text
    }

    async fn send(&self, message: Message) -> Sent {
        // Before anything was handed over, every failure leaves no doubt.
        match self.transport.test_connection().await {
            Ok(true) => {}
            Ok(false) => return Sent::Later("the server does not answer as it should".to_owned()),
            Err(error) => return Sent::Later(error.to_string()),
        }
        match self.transport.send(message).await {
            Ok(_taken) => Sent::Done,
            Err(error) if error.is_transient() => Sent::Later(error.to_string()),
            Err(error) => Sent::Over(error.to_string()),
        }
    }
}

/// What happened, in one sentence without its end.
fn happened(line: &Line) -> String {
    let who = line.actor.as_deref().unwrap_or("Tandem");
    match line.reason {
        NotificationReason::Mentioned => format!("{who} mentioned you"),
        NotificationReason::TeamMentioned => format!("{who} mentioned your team"),
        NotificationReason::Assigned => format!("{who} gave you a thread"),
        NotificationReason::Message => "A customer of yours wrote".to_owned(),
        NotificationReason::ReviewRequested => format!("{who} asks for a review"),
        NotificationReason::ReviewApproved => format!("{who} approved your draft"),
        NotificationReason::ChangesRequested => format!("{who} wants your draft changed"),
    }
}

/// Addresses stay here, whatever they are given out for.
fn is_a_name(text: &str) -> bool {
    !text.contains(['@', '+']) && text.chars().filter(char::is_ascii_digit).count() < 4
}
