//! A customer who sends files, and a desk that hears of them.

use std::{io::Cursor, time::Duration};

use protocol::{
    attachments::{AttachmentChanged, AttachmentView},
    commands::{Command, SendReply},
    events::EventBody,
    http::Problem,
    ids::{AttachmentId, ThreadId},
    text::ReplyText,
    views::MessageView,
};
use server::{
    channels::twilio::signature::{SIGNATURE_HEADER, sign_form},
    config::settings::TwilioConfig,
};

use crate::harness::{
    api::{Api, CUSTOMER, client, problem},
    fake_twilio::InboundSms,
    files::Files,
    server::{TestServer, Wanted},
    socket::Socket,
    twilio::{self, SID, TOKEN, numbers::BUSINESS, webhook},
};

/// Longer than any wait between two tries, and than a claim.
pub(super) const LATER: Duration = Duration::from_mins(16);

/// A server whose Twilio is at this address.
pub(super) fn wanted(files: &Files) -> Wanted {
    let twilio = TwilioConfig {
        account_sid: SID.to_owned(),
        auth_token: TOKEN.into(),
        number: BUSINESS.to_owned(),
        api_url: files.url("").trim_end_matches('/').to_owned(),
    };
    Wanted { twilio: Some(twilio), ..Wanted::default() }
}

pub(super) async fn start() -> (TestServer, Files, Api, Socket) {
    let files = Files::start().await;
    let server = TestServer::start_with(wanted(&files)).await;
    let (api, desk) = server.desk("ann").await;
    (server, files, api, desk)
}

/// Lets a customer send files.
pub(super) async fn send(api: &Api, text: &str, media: &[(&str, &str)]) {
    let sid = twilio::sid();
    let sms = InboundSms { account_sid: SID, sid: &sid, from: CUSTOMER, to: BUSINESS, body: text };
    let mut params = sms.params();
    params.retain(|(name, _)| name != "NumMedia");
    params.push(("NumMedia".to_owned(), media.len().to_string()));
    for (n, (url, mime_type)) in media.iter().enumerate() {
        params.push((format!("MediaUrl{n}"), (*url).to_owned()));
        params.push((format!("MediaContentType{n}"), (*mime_type).to_owned()));
    }
    let url = format!("{}{}", api.url, webhook(api, "messages"));
    let signature = sign_form(&url, &params, &TOKEN.into());
    let post = client().post(&url).form(&params).header(SIGNATURE_HEADER, signature);
    assert_eq!(post.send().await.unwrap().status(), 200);
}

/// Returns what a desk was told of files, oldest first.
pub(super) fn told(desk: &Socket) -> Vec<&AttachmentChanged> {
    let mut told = Vec::new();
    for event in &desk.events {
        if let EventBody::AttachmentChanged(it) = &event.body {
            told.push(it);
        }
    }
    told
}

/// Lets a customer send one file, and returns it once it is settled.
pub(super) async fn one(
    api: &Api,
    desk: &mut Socket,
    url: &str,
    mime_type: &str,
) -> AttachmentView {
    let before = told(desk).len();
    send(api, "", &[(url, mime_type)]).await;
    desk.until_known(url, |desk| told(desk).len() > before).await;
    told(desk)[before].attachment.clone()
}

/// Returns the last message of the customer, as a snapshot has it.
pub(super) async fn message(api: &Api) -> MessageView {
    let thread = api.list().await.threads[0].id;
    let events = api.snapshot(thread).await.timeline.events;
    let received = events.into_iter().rev().find_map(|event| match event.body {
        EventBody::MessageReceived(it) => Some(it.message),
        _ => None,
    });
    received.expect("a message")
}

pub(super) fn path(id: AttachmentId) -> String {
    format!("/api/v1/attachments/{id}")
}

pub(super) fn header<'a>(answer: &'a reqwest::Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb([0, 120, 60]));
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Returns the message that a desk was told as the `nth`.
pub(super) fn message_of(desk: &Socket, nth: usize) -> &MessageView {
    let mut received = desk.events.iter().filter_map(|event| match &event.body {
        EventBody::MessageReceived(it) => Some(&it.message),
        _ => None,
    });
    received.nth(nth).expect("a message")
}

/// Uploads a file for a reply in the first inbox.
pub(super) async fn try_upload(
    api: &Api,
    name: &str,
    mime_type: &str,
    bytes: impl Into<reqwest::Body>,
) -> Result<AttachmentView, Problem> {
    let url = format!("{}/api/v1/inboxes/{}/uploads", api.url, api.me.inboxes[0].id);
    let post = client().post(url).bearer_auth(&api.token).body(bytes);
    let answer = post.header("content-type", mime_type).header("x-file-name", name).send().await;
    let answer = answer.unwrap();
    if answer.status() == 201 {
        Ok(answer.json().await.unwrap())
    } else {
        Err(problem(answer).await)
    }
}

/// Uploads a file that is taken.
pub(super) async fn upload(api: &Api, name: &str, bytes: &[u8]) -> AttachmentView {
    try_upload(api, name, "application/octet-stream", bytes.to_vec()).await.unwrap()
}

/// A reply with files.
pub(super) fn reply_with(
    thread: ThreadId,
    seen: u32,
    text: &str,
    files: &[&AttachmentView],
) -> Command {
    let text = ReplyText::new(text.to_owned()).unwrap();
    let attachments = files.iter().map(|file| file.id).collect();
    Command::SendReply(SendReply { attachments, ..SendReply::new(thread, text, seen) })
}
