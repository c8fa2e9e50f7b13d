//! Who has lost sight of a thread hears nothing more of it, and is listed nothing of it.

use std::time::Duration;

use protocol::{
    notifications::NotificationReason::{Assigned, Mentioned},
    permissions::Permission,
    views::Scope,
};

use super::{At, mentioning, noted, page, shown, told};
use crate::{
    harness::{api::CUSTOMER, server::TestServer, server::set_scope, socket::Socket},
    rights::stage::{office, role, set_member},
    threads::assign,
};

#[tokio::test]
async fn who_lost_sight_of_a_thread_is_listed_nothing_of_it_until_it_is_back() {
    const WORDS: &str = "@Ben her birthday is in May";
    let server = TestServer::start().await;
    let (ann, mut anns) = server.desk("ann").await;
    let (ben, cleo) = (server.api("ben").await, server.api("cleo").await);
    set_scope(&server.database, ben.id(), Scope::Assigned).await;
    let (ben, mut bens) = server.desk("ben").await;
    let start = bens.cursors.clone();
    let thread = ann.new_thread(CUSTOMER).await.id;
    anns.command("a1", assign(thread, None, Some(ben.id()))).await.unwrap();
    noted(&ann, "n1", mentioning(thread, WORDS, &[At::Agent(ben.id())])).await;
    bens.until_known("both", |it| told(it).len() == 2).await;
    assert_eq!(page(&ben).await.unread, 2);

    anns.command("a2", assign(thread, Some(ben.id()), Some(cleo.id()))).await.unwrap();
    let list = page(&ben).await;
    assert_eq!((list.unread, shown(&list)), (0, vec![]));
    let answer = ben.try_get("/api/v1/notifications").await.text().await.unwrap();
    assert!(!answer.contains("birthday") && !answer.contains(&thread.to_string()), "{answer}");
    // A replay leaves them out, too.
    let mut back = Socket::resume(&server.url(), &ben.token, start).await;
    back.drain(Duration::from_millis(300)).await;
    assert_eq!(told(&back), []);
    // What he may not see, he cannot be called to.
    let refused = ann.command("n2", mentioning(thread, WORDS, &[At::Agent(ben.id())])).await;
    assert!(refused.is_err());

    anns.command("a3", assign(thread, Some(cleo.id()), Some(ben.id()))).await.unwrap();
    let list = page(&ben).await;
    assert_eq!(list.unread, 3, "his again, with what he had not read");
    assert_eq!(shown(&list)[0], (Assigned, thread, false));
    server.stop().await;
}

#[tokio::test]
async fn masked_or_without_the_right_to_read_lists_show_no_more_than_threads_do() {
    let (server, admin) = office(1).await;
    let agent = server.api("agent1").await;
    let thread = admin.new_thread(CUSTOMER).await.id;
    let command = mentioning(thread, "@One", &[At::Agent(agent.id())]);
    admin.command("n", command).await.unwrap();
    let masked = [Permission::ReadThreads, Permission::AddNotes];
    let masked = role(&admin, "Masked", &masked).await.to_string();
    set_member(&admin, agent.id(), Some(&masked), Scope::All).await;
    let answer = agent.try_get("/api/v1/notifications").await.text().await.unwrap();
    assert!(answer.contains("@One") && !answer.contains(CUSTOMER), "{answer}");
    let blind = role(&admin, "Blind", &[Permission::AddNotes]).await.to_string();
    set_member(&admin, agent.id(), Some(&blind), Scope::All).await;
    let list = page(&agent).await;
    assert_eq!((list.unread, list.notifications), (0, vec![]));
    set_member(&admin, agent.id(), None, Scope::All).await;
    assert_eq!(shown(&page(&agent).await), [(Mentioned, thread, false)]);
    server.stop().await;
}
