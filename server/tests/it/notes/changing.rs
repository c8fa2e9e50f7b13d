//! Notes change: each edit is a new version, the old ones are kept for who may read them, and what was
//! deleted is shown to nobody.

use protocol::{
    commands::{Command, Done, Outcome},
    errors::ErrorCode,
    events::EventBody,
    notes::{DeleteNote, NoteHistory},
    notifications::NotificationReason::Mentioned,
    views::{ActorView, Scope},
};

use super::{At, edit, mentioning, noted, page, shown, shown_notes, told};
use crate::{
    harness::{
        api::{CUSTOMER, refused},
        server::{TestServer, Wanted, redis},
        socket::Socket,
    },
    rights::stage::{office, set_member},
};

fn delete(thread_id: protocol::ids::ThreadId, note_id: protocol::ids::NoteId) -> Command {
    Command::DeleteNote(DeleteNote { thread_id, note_id })
}

#[tokio::test]
async fn an_edit_is_a_new_version_of_what_was_on_screen_and_the_old_ones_are_kept() {
    let wanted = Wanted { redis: Some(redis()), ..Wanted::default() };
    let server = TestServer::start_with(wanted.clone()).await;
    let other = TestServer::join(&server.database, wanted).await;
    let (ann, _anns) = server.desk("ann").await;
    let (ben, mut bens) = other.desk("ben").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let note = noted(&ann, "n", mentioning(thread, "first words", &[])).await;
    let of_ben = [At::Agent(ben.id())];
    let second = edit(thread, note, 1, "second words for @Ben", &of_ben);
    let done = ann.command("e1", second.clone()).await.unwrap();
    assert_eq!(ann.at(&other.url()).command("e1", second).await.unwrap(), done, "the same key");
    let late = ann.command("e2", edit(thread, note, 1, "over it", &[])).await;
    let late = refused(late, ErrorCode::Conflict);
    assert_eq!(late.details.unwrap().field.as_deref(), Some("command.version"));
    // Mentioned again by an edit, Ben is not told again.
    ann.command("e3", edit(thread, note, 2, "third words, @Ben", &of_ben)).await.unwrap();
    bens.until_known("the edits", |it| {
        it.events.iter().filter(|it| matches!(it.body, EventBody::NoteEdited(_))).count() == 2
    })
    .await;
    bens.drain(std::time::Duration::from_millis(200)).await;
    assert_eq!(told(&bens), [(Mentioned, thread)]);
    let list = page(&ben).await;
    assert_eq!(shown(&list), [(Mentioned, thread, false)]);
    assert_eq!(list.notifications[0].text.as_deref(), Some("third words, @Ben"), "as it is now");
    let edited = bens.events.iter().rev().find_map(|event| match &event.body {
        EventBody::NoteEdited(it) => Some(it.clone()),
        _ => None,
    });
    let edited = edited.unwrap();
    let added = bens.events.iter().find(|it| matches!(it.body, EventBody::NoteAdded(_))).unwrap();
    assert_eq!((edited.note_id, edited.version, edited.added_seq), (note, 3, added.seq));

    let shown = shown_notes(&ben, thread).await;
    assert_eq!((shown[0].text.as_str(), shown[0].version), ("third words, @Ben", 3));
    assert!(shown[0].edited_at.is_some() && shown[0].mentions.len() == 1);
    let preview = ben.snapshot(thread).await.thread.preview.unwrap();
    assert_eq!((preview.note, preview.text.as_str()), (true, "third words, @Ben"));

    let path = format!("/api/v1/notes/{note}/history");
    let history: NoteHistory = ann.get(&path).await;
    let said: Vec<_> = history.versions.iter().map(|it| (it.version, it.text.as_str())).collect();
    let want = [(1, "first words"), (2, "second words for @Ben"), (3, "third words, @Ben")];
    assert_eq!((said, history.deleted), (want.to_vec(), None));
    assert_eq!(ben.try_get(&path).await.status(), 403, "a colleague, not a moderator");
    let sam: NoteHistory = server.api("sam").await.get(&path).await;
    assert_eq!(sam.versions, history.versions);
    assert_eq!(ann.try_get("/api/v1/notes/nte_1/history").await.status(), 404);
    other.stop().await;
    server.stop().await;
}

#[tokio::test]
async fn only_its_author_and_moderators_change_a_note() {
    let (server, admin) = office(1).await;
    let (ann, ben) = (server.api("ann").await, server.api("ben").await);
    let sam = server.api("sam").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let note = noted(&ann, "n", mentioning(thread, "hers", &[])).await;
    for (n, command) in [edit(thread, note, 1, "his", &[]), delete(thread, note)].iter().enumerate()
    {
        let answer = ben.command(&format!("b{n}"), command.clone()).await;
        let problem = refused(answer, ErrorCode::Forbidden);
        let permission = problem.details.unwrap().permission;
        assert_eq!(permission, Some(protocol::permissions::Permission::ModerateNotes));
    }
    sam.command("s", edit(thread, note, 1, "moderated", &[])).await.unwrap();
    let history: NoteHistory = ann.get(&format!("/api/v1/notes/{note}/history")).await;
    assert_eq!(history.versions[1].author, ActorView::Agent { id: sam.id() });
    // An author who may not write notes any more does not change them either.
    set_member(&admin, ann.id(), Some("reviewer"), Scope::All).await;
    refused(ann.command("late", delete(thread, note)).await, ErrorCode::Forbidden);
    // A note of another thread, or of none, is not there.
    let elsewhere = sam.new_thread("+12025550199").await.id;
    refused(sam.command("x", delete(elsewhere, note)).await, ErrorCode::NotFound);
    let unknown = uuid::Uuid::now_v7().into();
    refused(sam.command("y", edit(thread, unknown, 1, "?", &[])).await, ErrorCode::NotFound);
    // Who does not see the thread learns nothing of the note.
    set_member(&admin, ben.id(), None, Scope::Assigned).await;
    let hidden = ben.try_get(&format!("/api/v1/notes/{note}/history")).await;
    let absent = ben
        .try_get(&format!(
            "/api/v1/notes/{unknown}/history",
            unknown = protocol::ids::NoteId::from(uuid::Uuid::now_v7())
        ))
        .await;
    assert_eq!(
        (hidden.status(), absent.status()),
        (404.try_into().unwrap(), 404.try_into().unwrap())
    );
    server.stop().await;
}

#[tokio::test]
async fn what_was_deleted_is_shown_to_nobody_live_or_later() {
    const SECRET: &str = "the number of her card";
    let wanted = Wanted { ring_events_max: 12, ..Wanted::default() };
    let server = TestServer::start_with(wanted).await;
    let (ann, mut anns) = server.desk("ann").await;
    let ben = server.api("ben").await;
    let mut live = Socket::open(&server.url(), &ben.token).await;
    live.subscribe(ben.stream(), None).await;
    let start = live.cursors.clone();
    let thread = ann.new_thread(CUSTOMER).await.id;
    let note = noted(&ann, "n", mentioning(thread, SECRET, &[])).await;
    ann.command("e", edit(thread, note, 1, "and the number of her card again", &[])).await.unwrap();
    let outcome = ann.command("d", delete(thread, note)).await.unwrap();
    assert!(matches!(outcome, Outcome::Done(Done { seq: Some(_) })));
    let again = ann.command("d2", delete(thread, note)).await.unwrap();
    assert_eq!(again, Outcome::Done(Done { seq: None }), "it already is");
    let late =
        refused(ann.command("e2", edit(thread, note, 2, "back", &[])).await, ErrorCode::Conflict);
    assert!(late.detail.contains("deleted"), "{}", late.detail);
    live.until_known("the deletion", |it| {
        it.events
            .iter()
            .any(|it| matches!(&it.body, EventBody::NoteDeleted(it) if it.note_id == note))
    })
    .await;

    let shown = shown_notes(&ben, thread).await;
    let deleted = shown[0].deleted.as_ref().unwrap();
    assert_eq!((shown[0].text.as_str(), &deleted.by), ("", &ActorView::Agent { id: ann.id() }));
    let preview = ben.snapshot(thread).await.thread.preview.unwrap();
    assert_eq!((preview.note, preview.text.as_str()), (true, ""));
    // Whoever was away is told of the note and that it is gone, and not what it said: out of the ring,
    // and, when that no longer goes back so far, out of the log.
    for (n, events) in [3, 30].into_iter().enumerate() {
        let mut away = Socket::resume(&server.url(), &ben.token, start.clone()).await;
        away.heard = Some(String::new());
        away.until_known("the deletion", |it| {
            it.events.iter().any(|it| matches!(it.body, EventBody::NoteDeleted(_)))
        })
        .await;
        let heard = away.heard.take().unwrap();
        assert!(heard.contains("note.added") && heard.contains("note.edited"), "{heard}");
        assert!(!heard.contains("the number of her card"), "{heard}");
        for m in 0..events {
            let words = format!("later {n} {m}");
            anns.command(&format!("l{n}.{m}"), mentioning(thread, &words, &[])).await.unwrap();
        }
    }
    let history: NoteHistory = ann.get(&format!("/api/v1/notes/{note}/history")).await;
    assert_eq!(history.versions[0].text, SECRET, "it stays on record");
    assert!(history.deleted.is_some());
    assert_eq!(ben.try_get(&format!("/api/v1/notes/{note}/history")).await.status(), 403);
    server.stop().await;
}
