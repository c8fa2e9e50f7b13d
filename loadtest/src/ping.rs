//! `loadtest ping`: round trips on one connection, one at a time.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use protocol::{
    events::EventBody,
    frames::{ClientFrame, Ping, Pong, ServerFrame},
    http::{Me, SandboxSend},
    ids::{ChannelId, InboxId},
    views::ChannelKind,
};
use tokio::time::{Interval, MissedTickBehavior};
use uuid::Uuid;

use crate::{
    api::Api,
    cli::args::PingArgs,
    histogram::Histogram,
    socket::{Socket, named},
    target::Target,
};

/// The number of a phone that nobody has (555-01xx is reserved for fiction).
const PHONE: &str = "+12025550199";

/// Measures, and prints what came of it.
pub(crate) async fn run(target: &Target, args: &PingArgs) -> anyhow::Result<()> {
    let timeout = Duration::from_millis(args.timeout_ms.into());
    let login = (args.email.as_str(), args.password.as_str());
    let api = Api::sign_in(target, login, timeout).await?;
    let measured = measure(target, args, &api, timeout).await;
    // The session is not left behind, whatever came of the measuring.
    let signed_out = api.sign_out().await;
    measured?;
    signed_out
}

async fn measure(
    target: &Target,
    args: &PingArgs,
    api: &Api,
    timeout: Duration,
) -> anyhow::Result<()> {
    let mut socket = Socket::connect(target, &api.token, timeout).await?;
    print(&format!("target   {}, signed in as {}", target.http, api.agent.name));
    let pings = pings(&mut socket, args).await?;
    print(&format!("ping     {pings}"));
    if args.sandbox {
        let (inbox, channel) = sandbox(&api.me().await?)?;
        socket.subscribe(inbox.into()).await?;
        let trips = trips(&mut socket, api, channel, args).await?;
        print(&format!("sandbox  {trips}"));
    }
    socket.close().await;
    Ok(())
}

/// From `ping` to `pong`.
async fn pings(socket: &mut Socket, args: &PingArgs) -> anyhow::Result<Histogram> {
    let mut histogram = Histogram::new();
    let mut pace = pace(args);
    for id in 1..=args.count {
        pace.tick().await;
        let begun = Instant::now();
        within(args, answered(socket, id)).await?;
        histogram.add(begun.elapsed());
    }
    Ok(histogram)
}

async fn answered(socket: &mut Socket, id: u32) -> anyhow::Result<()> {
    socket.send(&ClientFrame::Ping(Ping { id })).await?;
    loop {
        match socket.next().await? {
            ServerFrame::Pong(Pong { id: answered }) if answered == id => return Ok(()),
            frame @ ServerFrame::Error(_) => bail!("ping {id}: {}", named(&frame)),
            _ => {}
        }
    }
}

/// From a text on the customer's phone to its event on the socket.
async fn trips(
    socket: &mut Socket,
    api: &Api,
    channel: ChannelId,
    args: &PingArgs,
) -> anyhow::Result<Histogram> {
    let mut histogram = Histogram::new();
    let mut pace = pace(args);
    for _trip in 1..=args.count {
        pace.tick().await;
        let id = Uuid::now_v7().to_string();
        let text = format!("loadtest {id}");
        let message = SandboxSend { from: PHONE.to_owned(), text: text.clone(), id };
        let begun = Instant::now();
        // Both at once: the event may be there before the phone has its answer.
        let arriving = async {
            arrived(socket, &text).await?;
            anyhow::Ok(begun.elapsed())
        };
        let both = async { tokio::try_join!(api.post_text(channel, &message), arriving) };
        let ((), took) = within(args, both).await?;
        histogram.add(took);
    }
    Ok(histogram)
}

async fn arrived(socket: &mut Socket, text: &str) -> anyhow::Result<()> {
    loop {
        let events = match socket.next().await? {
            ServerFrame::Events(frame) => frame.events,
            ServerFrame::Reset(reset) => bail!("the stream was reset: {:?}", reset.reason),
            _ => continue,
        };
        let ours = |body: &EventBody| matches!(body, EventBody::MessageReceived(added) if added.message.text == text);
        if events.iter().any(|event| ours(&event.body)) {
            return Ok(());
        }
    }
}

/// Finds the first inbox with a sandbox channel.
fn sandbox(me: &Me) -> anyhow::Result<(InboxId, ChannelId)> {
    let channels =
        me.inboxes.iter().flat_map(|it| it.channels.iter().map(|channel| (it.id, channel)));
    channels
        .filter(|(_inbox, channel)| channel.kind == ChannelKind::Sandbox)
        .map(|(inbox, channel)| (inbox, channel.id))
        .next()
        .context("the agent has no inbox with a sandbox channel; is the demo on?")
}

/// Bounds a round trip: other people's events could otherwise keep it waiting for ever.
async fn within<T>(
    args: &PingArgs,
    trip: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let limit = Duration::from_millis(args.timeout_ms.into());
    tokio::time::timeout(limit, trip)
        .await
        .with_context(|| format!("a round trip took longer than {limit:?}"))?
}

fn pace(args: &PingArgs) -> Interval {
    // An interval of nothing is none at all to tokio.
    let period = Duration::from_millis(args.interval_ms.into()).max(Duration::from_nanos(1));
    let mut pace = tokio::time::interval(period);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

fn print(line: &str) {
    // A closed stdout is no reason to stop.
    let _closed = writeln!(io::stdout(), "{line}");
}
