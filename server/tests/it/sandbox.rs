//! The sandbox plays what providers and phones do, so that every state can be seen in a desk.

use std::time::Duration;

use protocol::{
    commands::{Command, Outcome, SendReply},
    http::{SandboxPlay, SandboxSend},
    ids::{ChannelId, MessageId, ThreadId},
    views::{ChannelKind, DeliveryState, DeliveryView},
};
use serde_json::json;

use crate::{
    harness::{
        api::{Api, CUSTOMER, client},
        server::TestServer,
        wait::eventually,
    },
    main_job::reply,
    sending::shown,
};

fn channel(api: &Api, kind: ChannelKind) -> ChannelId {
    api.me.inboxes[0].channels.iter().find(|it| it.kind == kind).expect("the sandbox has all").id
}

async fn post(api: &Api, path: &str, body: &serde_json::Value) -> u16 {
    let url = format!("{}/sandbox/api/channels/{path}", api.url);
    client().post(url).json(body).send().await.unwrap().status().as_u16()
}

async fn play(api: &Api, kind: ChannelKind, plays: SandboxPlay) {
    let path = format!("{}/phones/{CUSTOMER}/plays", channel(api, kind));
    assert_eq!(post(api, &path, &json!({ "plays": plays })).await, 202);
}

/// Lets the customer write by RCS; returns its thread.
async fn thread(api: &Api) -> ThreadId {
    let (from, text, id) = (CUSTOMER.to_owned(), "Hello?".to_owned(), "1".to_owned());
    let text = SandboxSend { from, text, id };
    assert!(api.try_text(&api.url, channel(api, ChannelKind::Rcs), &text).await);
    api.list().await.threads[0].id
}

async fn send(api: &Api, thread: ThreadId, kind: ChannelKind) -> MessageId {
    let seen = api.snapshot(thread).await.thread.reply_no;
    let Command::SendReply(it) = reply(thread, seen, "Hello!") else { panic!() };
    let command = Command::SendReply(SendReply { channel_id: Some(channel(api, kind)), ..it });
    let key = uuid::Uuid::now_v7().simple().to_string();
    let outcome = api.command(&key, command).await.unwrap();
    let Outcome::ReplySent(sent) = outcome else { panic!("{outcome:?}") };
    sent.message_id
}

async fn until(
    api: &Api,
    thread: ThreadId,
    message: MessageId,
    state: DeliveryState,
) -> DeliveryView {
    eventually(&format!("{state:?}"), async || {
        Some(shown(api, thread, message).await).filter(|it| it.state == state)
    })
    .await
}

#[tokio::test]
async fn each_play_is_a_state_in_the_desk() {
    use DeliveryState::{Delivered, Failed, Queued, Sent, Unknown};
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let thread = thread(&ann).await;
    let sms = ChannelKind::Sms;
    for (plays, state, error) in [
        (SandboxPlay::Unreachable, Failed, Some("unreachable")),
        (SandboxPlay::Content, Failed, Some("content")),
        (SandboxPlay::Window, Failed, Some("window")),
        (SandboxPlay::Off, Sent, None),
        (SandboxPlay::Normal, Delivered, None),
        (SandboxPlay::NoAnswer, Unknown, Some("no_answer")),
    ] {
        play(&ann, sms, plays).await;
        let message = send(&ann, thread, sms).await;
        let view = until(&ann, thread, message, state).await;
        assert_eq!(view.error.as_deref(), error, "{plays:?}");
        // It has got what was sent while it was off, and what nobody answered was taken.
        play(&ann, sms, SandboxPlay::Normal).await;
        if state != Failed {
            server.advance(Duration::from_secs(2)).await;
            until(&ann, thread, message, Delivered).await;
        }
    }
    play(&ann, sms, SandboxPlay::Busy).await;
    let message = send(&ann, thread, sms).await;
    server.database.until_tried(message, 1).await;
    assert_eq!(shown(&ann, thread, message).await.state, Queued);
    play(&ann, sms, SandboxPlay::Normal).await;
    server.advance(Duration::from_secs(11)).await;
    until(&ann, thread, message, Delivered).await;
    play(&ann, sms, SandboxPlay::OptedOut).await;
    let message = send(&ann, thread, sms).await;
    let view = until(&ann, thread, message, Failed).await;
    assert_eq!(view.error.as_deref(), Some("opted_out"));
    server.stop().await;
}

#[tokio::test]
async fn a_phone_that_is_off_gets_an_sms_in_place_of_rcs_and_never_both() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let thread = thread(&ann).await;
    play(&ann, ChannelKind::Rcs, SandboxPlay::Off).await;
    let message = send(&ann, thread, ChannelKind::Rcs).await;
    until(&ann, thread, message, DeliveryState::Sent).await;
    server.advance(Duration::from_secs(31)).await;
    let view = until(&ann, thread, message, DeliveryState::Delivered).await;
    assert_eq!(view.channel_id, Some(channel(&ann, ChannelKind::Sms)));
    // On again, it has nothing by RCS.
    play(&ann, ChannelKind::Rcs, SandboxPlay::Normal).await;
    let sql = "select count(*) from sandbox_messages where not mine";
    assert_eq!(server.database.count(sql).await, 1);
    server.stop().await;
}

#[tokio::test]
async fn refused_credentials_pause_it_and_are_taken_again() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let thread = thread(&ann).await;
    play(&ann, ChannelKind::Sms, SandboxPlay::Credentials).await;
    let message = send(&ann, thread, ChannelKind::Sms).await;
    let paused = "select count(*) from channels where pause_code = 'credentials'";
    eventually("it is paused", async || (server.database.count(paused).await == 1).then_some(()))
        .await;
    play(&ann, ChannelKind::Sms, SandboxPlay::Normal).await;
    server.advance(Duration::from_secs(61)).await;
    until(&ann, thread, message, DeliveryState::Delivered).await;
    eventually("it goes again", async || (server.database.count(paused).await == 0).then_some(()))
        .await;
    server.stop().await;
}
