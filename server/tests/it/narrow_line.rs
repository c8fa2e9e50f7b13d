//! Whoever writes to a socket, its feeds or the connection itself: frames stay whole and in order.

use bytes::Bytes;
use protocol::{events::EventBody, frames::ServerFrame, ids::ThreadId};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    harness::{api::Api, server::TestServer, socket::Socket},
    main_job::note,
};

/// Long notes, of three bytes a letter.
const LETTERS: usize = 8_000;
/// Together more than the kernel keeps for a socket that nobody reads (4 MiB).
const WRITERS: usize = 4;
const NOTES: usize = 60;
const ROUNDS: usize = 3;

/// Several desks write long notes, each into a thread of its own.
async fn flood(url: &str, ann: &Api, threads: &[ThreadId], round: usize) {
    let writing = threads.iter().enumerate().map(async |(writer, thread)| {
        let mut desk = Socket::open(url, &ann.token).await;
        for n in 0..NOTES {
            let text = text(writer, n);
            desk.command(&format!("{round}-{writer}-{n}"), note(*thread, &text)).await.unwrap();
        }
    });
    futures_util::future::join_all(writing).await;
}

fn text(writer: usize, n: usize) -> String {
    let letter = char::from_u32(0x4E00 + u32::try_from(writer * NOTES + n).unwrap()).unwrap();
    letter.to_string().repeat(LETTERS)
}

/// A desk stops reading until its line is full in the middle of a frame, several times, and asks for
/// signs of life meanwhile. What it reads then is every event once, in order, each as it was written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_full_in_the_middle_of_a_frame_goes_on_where_it_was() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let mut threads = Vec::new();
    for n in 0..WRITERS {
        threads.push(ann.new_thread(&format!("+1202555060{n}")).await.id);
    }
    let mut desk = Socket::narrow(&server.url(), &ann.token).await;
    desk.subscribe(ann.stream(), None).await;
    let from = desk.at(ann.stream());
    // Nothing more to come: from here on the feed writes.
    desk.until(|frame| matches!(frame, ServerFrame::Signals(_)).then_some(())).await;
    for round in 0..ROUNDS {
        flood(&server.url(), &ann, &threads, round).await;
        let (before, pongs) = (desk.events.len(), desk.pongs);
        for n in 0..5_u8 {
            desk.send_message(Message::Ping(Bytes::from(vec![n]))).await;
            desk.take(3).await;
        }
        let all = before + WRITERS * NOTES;
        desk.until_known("every note", |desk| desk.events.len() >= all).await;
        desk.until_known("a sign of life", |desk| desk.pongs > pongs).await;
        let mut seen = vec![0; WRITERS];
        for event in &desk.events[before..] {
            let EventBody::NoteAdded(it) = &event.body else { continue };
            let writer = threads.iter().position(|it| Some(*it) == event.thread_id).unwrap();
            assert!(it.note.text == text(writer, seen[writer]), "a note is not what was written");
            seen[writer] += 1;
        }
        assert_eq!(seen, vec![NOTES; WRITERS]);
    }
    let seqs: Vec<u64> = desk.events.iter().map(|event| event.seq).collect();
    let whole: Vec<u64> = (from + 1..).take(seqs.len()).collect();
    assert_eq!(seqs, whole);
    assert!(desk.resets.is_empty());
    server.stop().await;
}
