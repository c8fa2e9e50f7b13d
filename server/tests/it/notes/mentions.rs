//! Mentions: everybody draws them, whoever is meant is told, and who cannot be meant is refused.

use protocol::{
    commands::{Assign, Command},
    errors::ErrorCode,
    notes::Mention,
    notifications::NotificationReason::{Assigned, Mentioned, TeamMentioned},
    views::Scope,
};
use reqwest::Method;
use serde_json::json;

use super::{At, mentioning, mentions, page, shown, shown_notes, text, told};
use crate::{
    harness::{
        api::{CUSTOMER, refused},
        server::TestServer,
    },
    rights::stage::{done, office, set_member, team},
};

#[tokio::test]
async fn a_note_names_whom_it_mentions_and_those_alone_are_told_once_each() {
    let (server, admin) = office(2).await;
    let mut members = Vec::new();
    for name in ["agent1", "agent2", "ben"] {
        members.push(server.api(name).await.id());
    }
    let night = team(&admin, "Night", &members).await;
    let (one, mut ones) = server.desk("agent1").await;
    let (two, mut twos) = server.desk("agent2").await;
    let (ben, mut bens) = server.desk("ben").await;
    let (_cleo, mut cleos) = server.desk("cleo").await;
    let thread = one.new_thread(CUSTOMER).await.id;
    let words = "📦 @Ben look, @Night too, and @Ben again";
    let of = [At::Agent(ben.id()), At::Team(night), At::Agent(ben.id())];
    ones.command("n", mentioning(thread, words, &of)).await.unwrap();

    let marks = mentions(words, &of);
    assert_eq!((marks[0].from, marks[0].to), (3, 7), "UTF-16 units");
    let notes = shown_notes(&admin, thread).await;
    assert_eq!((notes[0].text.as_str(), &notes[0].mentions), (words, &marks));
    bens.until_known("Ben is told", |it| !told(it).is_empty()).await;
    twos.until_known("the team is told", |it| !told(it).is_empty()).await;
    for socket in [&mut ones, &mut bens, &mut twos, &mut cleos] {
        socket.drain(std::time::Duration::from_millis(200)).await;
    }
    assert_eq!(told(&bens), [(Mentioned, thread)], "in person goes before the team, once");
    assert_eq!(told(&twos), [(TeamMentioned, thread)]);
    assert_eq!(told(&ones), [], "not of one's own words");
    assert_eq!(told(&cleos), []);

    let list = page(&ben).await;
    assert_eq!((list.unread, shown(&list)), (1, vec![(Mentioned, thread, false)]));
    let it = &list.notifications[0];
    assert_eq!(it.text.as_deref(), Some(words));
    assert_eq!(it.contact.as_ref().unwrap().addresses[0].value, CUSTOMER);
    assert_eq!(it.note_id, Some(notes[0].id));
    assert_eq!(page(&two).await.notifications[0].team_id, Some(night));
    assert_eq!(page(&one).await.unread, 0);
    server.stop().await;
}

#[tokio::test]
async fn who_cannot_be_meant_is_refused_by_its_place_and_the_reason() {
    let (server, admin) = office(3).await;
    let ann = server.api("ann").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let (narrow, gone, off) =
        (server.api("agent1").await.id(), server.api("agent2").await, server.api("agent3").await);
    set_member(&admin, narrow, None, Scope::Assigned).await;
    let inbox = admin.me.inboxes[0].id;
    let path = format!("/admin/inboxes/{inbox}/members/{}", gone.id());
    assert!(admin.ask(Method::DELETE, &path, None).await.status().is_success());
    let body = json!({ "name": "Off", "role": "agent", "disabled": true });
    done(&admin, Method::PUT, &format!("/admin/agents/{}", off.id()), &body).await;
    let blind = team(&admin, "Blind", &[narrow, gone.id()]).await;
    let nobody = team(&admin, "Nobody", &[]).await;
    let seeing = team(&admin, "Seeing", &[narrow, ann.id()]).await;
    let ben = At::Agent(server.api("ben").await.id());
    let unknown = uuid::Uuid::now_v7();

    for (n, (second, why)) in [
        (At::Agent(narrow), "may not see the thread"),
        (At::Agent(gone.id()), "may not see the thread"),
        (At::Agent(off.id()), "is disabled"),
        (At::Agent(unknown.into()), "no such agent"),
        (At::Team(blind), "a member who may see"),
        (At::Team(nobody), "a member who may see"),
        (At::Team(unknown.into()), "a member who may see"),
    ]
    .into_iter()
    .enumerate()
    {
        let command = mentioning(thread, "@Ben and @Other", &[ben, second]);
        let problem = refused(ann.command(&format!("m{n}"), command).await, ErrorCode::Invalid);
        let field = problem.details.unwrap().field;
        assert_eq!(field.as_deref(), Some("command.mentions[1]"), "{}", problem.detail);
        assert!(problem.detail.contains(why), "{} is not {why}", problem.detail);
    }
    // What no text has, or is too much.
    let mark = |from, to| Mention { agent_id: Some(ann.id()), team_id: None, from, to };
    let both = Mention { team_id: Some(seeing), ..mark(0, 4) };
    for (n, (marks, field)) in [
        (vec![mark(0, 99)], "command.mentions[0]"),
        (vec![mark(0, 4), mark(3, 5)], "command.mentions[1]"),
        (vec![both], "command.mentions[0]"),
        ((0..21).map(|n| mark(n, n + 1)).collect(), "command.mentions"),
    ]
    .into_iter()
    .enumerate()
    {
        let add = protocol::commands::AddNote {
            thread_id: thread,
            text: text("@Ann, a long text"),
            mentions: marks,
        };
        let answer = ann.command(&format!("b{n}"), Command::AddNote(add)).await;
        let problem = refused(answer, ErrorCode::Invalid);
        assert_eq!(problem.details.unwrap().field.as_deref(), Some(field), "{}", problem.detail);
    }
    // Bytes that no client of ours sends.
    let raw = json!({ "key": "raw", "command": {
        "kind": "note.add", "thread_id": thread, "text": "@x",
        "mentions": [{ "agent_id": "tem_1", "from": 0, "to": 2 }],
    } });
    let answer = ann.ask(Method::POST, "/commands", Some(&raw)).await;
    assert_eq!(answer.status(), 422);
    let problem: protocol::http::Problem = answer.json().await.unwrap();
    let field = problem.details.unwrap().field.unwrap();
    assert_eq!(field, "command.mentions[0].agent_id");

    assert!(shown_notes(&ann, thread).await.is_empty(), "nothing of it was stored");
    assert_eq!(page(&server.api("ben").await).await.unread, 0, "and nobody was told");
    // One member who sees it is enough, and the others hear nothing.
    let command = mentioning(thread, "@Seeing", &[At::Team(seeing)]);
    server.api("ben").await.command("ok", command).await.unwrap();
    assert_eq!(page(&ann).await.unread, 1);
    assert_eq!(page(&server.api("agent1").await).await.unread, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_transfer_mentions_whoever_sees_the_thread_afterwards() {
    let server = TestServer::start().await;
    let ann = server.api("ann").await;
    let (ben, mut bens) = server.desk("ben").await;
    crate::harness::server::set_scope(&server.database, ben.id(), Scope::Assigned).await;
    let (ben_again, mut narrow) = server.desk("ben").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let words = "@Ben knows her";
    let give = |to, note| {
        Command::Assign(Assign {
            thread_id: thread,
            from: None,
            to,
            from_team: None,
            to_team: None,
            note,
            mentions: mentions(words, &[At::Agent(ben.id())]),
        })
    };
    let refused_by = refused(ann.command("a0", give(None, None)).await, ErrorCode::Invalid);
    assert_eq!(refused_by.details.unwrap().field.as_deref(), Some("command.mentions"));
    let to_cleo = give(Some(server.api("cleo").await.id()), Some(text(words)));
    refused(ann.command("a1", to_cleo).await, ErrorCode::Invalid);
    assert_eq!(ann.snapshot(thread).await.thread.assignee_id, None, "all of it or nothing");
    ann.command("a2", give(Some(ben.id()), Some(text(words)))).await.unwrap();
    narrow.until_known("both", |it| told(it).len() == 2).await;
    assert_eq!(told(&narrow), [(Assigned, thread), (Mentioned, thread)]);
    assert_eq!(shown(&page(&ben_again).await).len(), 2);
    bens.until_known("on an older connection, too", |it| told(it).len() == 2).await;
    server.stop().await;
}
