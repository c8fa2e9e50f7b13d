//! Mail of what is unread: after a while, to who is not connected, once, and without what was said.

use std::time::Duration;

use protocol::{
    commands::Command, ids::ThreadId, notifications::ReadAllNotifications, views::Scope,
};

use super::{At, mentioning, noted, page};
use crate::{
    harness::{
        api::{Api, CUSTOMER},
        server::{TestServer, Wanted, redis, set_scope},
        smtp::Smtp,
        wait::eventually,
    },
    threads::assign,
};

/// The worker looks once a second.
const A_LOOK: Duration = Duration::from_millis(2_500);

fn wanted(smtp: &Smtp) -> Wanted {
    Wanted {
        mail: Some(smtp.config()),
        redis: Some(redis()),
        public_url: Some("https://inbox.example.com".to_owned()),
        ..Wanted::default()
    }
}

/// Moves the database's clock alone, by which mail goes: people who are connected stay so.
async fn later(server: &TestServer, minutes: i64) {
    server.running.store.set_clock_offset(minutes * 60_000).await.unwrap();
}

async fn mention(by: &Api, key: &str, thread: ThreadId, who: &Api) {
    noted(by, key, mentioning(thread, "@Somebody her card is lost", &[At::Agent(who.id())])).await;
}

#[tokio::test]
async fn who_is_away_gets_one_mail_from_all_nodes_that_says_where_and_not_what() {
    let mut smtp = Smtp::start().await;
    let wanted = wanted(&smtp);
    let a = TestServer::start_with(wanted.clone()).await;
    let b = TestServer::join(&a.database, wanted).await;
    let (ann, ben) = (a.api("ann").await, a.api("ben").await);
    let (cleo, _cleos) = b.desk("cleo").await;
    let thread = ann.new_thread(CUSTOMER).await.id;
    let other = ann.new_thread("+12025550188").await.id;
    mention(&ann, "b1", thread, &ben).await;
    mention(&ann, "b2", other, &ben).await;
    mention(&ann, "c1", thread, &cleo).await;
    later(&a, 4).await;
    tokio::time::sleep(A_LOOK).await;
    assert!(smtp.mails().await.is_empty(), "they may still look");

    later(&a, 6).await;
    let mails = eventually("a mail", async || {
        let mails = smtp.mails().await;
        (!mails.is_empty()).then_some(mails)
    })
    .await;
    tokio::time::sleep(A_LOOK).await;
    assert_eq!(smtp.mails().await.len(), 1, "one of both nodes, for both notes, and none to Cleo");
    let mail = &mails[0];
    assert_eq!(mail.to, ["ben@demo.example"]);
    assert_eq!(mail.from, "tandem@example.com");
    assert!(mail.text.contains("2 notifications in Tandem"), "{}", mail.text);
    for thread in [thread, other] {
        let inbox = ben.me.inboxes[0].id;
        let link = format!("https://inbox.example.com/?inbox={inbox}&thread={thread}");
        assert!(mail.text.contains(&link), "{link}: {}", mail.text);
    }
    assert!(mail.text.contains("ann mentioned you"), "{}", mail.text);
    for secret in ["card", "2025550", CUSTOMER] {
        assert!(!mail.text.contains(secret), "{secret}: {}", mail.text);
    }
    later(&a, 66).await;
    tokio::time::sleep(A_LOOK).await;
    assert_eq!(smtp.mails().await.len(), 1, "once");
    assert_eq!(page(&ben).await.unread, 2, "mail reads nothing");
    b.stop().await;
    a.stop().await;
}

#[tokio::test]
async fn what_was_read_or_left_their_sight_is_not_mailed() {
    let mut smtp = Smtp::start().await;
    let server = TestServer::start_with(wanted(&smtp)).await;
    let (ann, ben) = (server.api("ann").await, server.api("ben").await);
    let (cleo, sam) = (server.api("cleo").await, server.api("sam").await);
    let thread = ann.new_thread(CUSTOMER).await.id;
    set_scope(&server.database, cleo.id(), Scope::Assigned).await;
    ann.command("give", assign(thread, None, Some(cleo.id()))).await.unwrap();
    ann.command("take", assign(thread, Some(cleo.id()), Some(ann.id()))).await.unwrap();
    for (n, who) in [&ben, &sam].into_iter().enumerate() {
        mention(&ann, &format!("m{n}"), thread, who).await;
    }
    ben.command("read", Command::ReadAllNotifications(ReadAllNotifications {})).await.unwrap();
    later(&server, 6).await;
    let mails = eventually("Sam's mail", async || {
        let mails = smtp.mails().await;
        (!mails.is_empty()).then_some(mails)
    })
    .await;
    tokio::time::sleep(A_LOOK).await;
    assert_eq!(smtp.mails().await.len(), 1);
    assert_eq!(mails[0].to, ["sam@demo.example"]);
    assert!(mails[0].text.contains("Subject: ann mentioned you"), "{}", mails[0].text);
    server.stop().await;
}

#[tokio::test]
async fn what_a_mail_server_does_not_take_is_tried_again_but_not_for_ever() {
    let mut smtp = Smtp::start().await;
    let server = TestServer::start_with(wanted(&smtp)).await;
    let (ann, ben) = (server.api("ann").await, server.api("ben").await);
    let thread = ann.new_thread(CUSTOMER).await.id;
    // Not now: again in a while, and then it goes, once.
    smtp.refuse(451, 1).await;
    mention(&ann, "m1", thread, &ben).await;
    later(&server, 6).await;
    eventually("the refusal", async || (smtp.refused().await == 1).then_some(())).await;
    // What follows from it is stored by the clock as it is now.
    tokio::time::sleep(A_LOOK).await;
    assert!(smtp.mails().await.is_empty());
    let mut minutes = 6;
    let mut look = async |smtp: &mut Smtp| {
        minutes += 15;
        later(&server, minutes).await;
        tokio::time::sleep(A_LOOK).await;
        (smtp.mails().await.len(), smtp.refused().await)
    };
    assert_eq!(look(&mut smtp).await, (1, 1));
    assert_eq!(look(&mut smtp).await, (1, 1), "once");
    // Never: not again.
    smtp.refuse(550, 1).await;
    mention(&ann, "m2", thread, &ben).await;
    assert_eq!(look(&mut smtp).await, (1, 2));
    assert_eq!(look(&mut smtp).await, (1, 2));
    // Not now, again and again.
    smtp.refuse(451, 9).await;
    mention(&ann, "m3", thread, &ben).await;
    for tries in [1, 2, 3, 3, 3] {
        assert_eq!(look(&mut smtp).await, (1, 2 + tries), "three tries");
    }
    server.stop().await;
}
