//! Each opening-to-closing of a thread is an episode, by the places of its events.

use protocol::{events::EventBody, statuses::EpisodeView, views::Status};
use sqlx::Executor;

use super::set;
use crate::{
    harness::{api::CUSTOMER, server::TestServer},
    main_job::{note, reply},
};

#[tokio::test]
async fn an_episode_knows_what_opened_answered_and_closed_it() {
    let server = TestServer::start().await;
    let mut connection = server.database.connect().await;
    connection.execute("update inboxes set auto_reply = 'We are on it.'").await.unwrap();
    let (ann, mut anns) = server.desk("ann").await;
    let id = ann.new_thread(CUSTOMER).await.id;
    let episodes = async || ann.snapshot(id).await.episodes;
    let first = episodes().await;
    assert_eq!(first.len(), 1);
    assert_eq!((first[0].number, first[0].first_reply, first[0].closed), (1, None, None));
    anns.command("n", note(id, "no answer")).await.unwrap();
    assert_eq!(episodes().await, first, "neither a note nor the automatic reply answers");
    anns.command("r1", reply(id, 0, "one")).await.unwrap();
    anns.command("r2", reply(id, 1, "two")).await.unwrap();
    anns.command("c1", set(id, Status::Closed)).await.unwrap();
    anns.command("r3", reply(id, 2, "an afterthought")).await.unwrap();
    ann.text(CUSTOMER, "Me again").await;
    anns.command("c2", set(id, Status::Closed)).await.unwrap();
    anns.until_known("the end", |desk| {
        let closed = |body: &EventBody| matches!(body, EventBody::StatusChanged(it) if it.to == Status::Closed);
        desk.events.iter().filter(|it| closed(&it.body)).count() == 2
    })
    .await;
    let place = |find: &dyn Fn(&EventBody) -> bool, nth: usize| {
        anns.events.iter().filter(|it| find(&it.body)).nth(nth).map(|it| (it.seq, it.at)).unwrap()
    };
    let created = place(&|it| matches!(it, EventBody::ThreadCreated(_)), 0);
    let replied =
        place(&|it| matches!(it, EventBody::MessageSent(it) if it.message.reply_no == Some(1)), 0);
    let closed =
        |it: &EventBody| matches!(it, EventBody::StatusChanged(it) if it.to == Status::Closed);
    let reopened =
        place(&|it| matches!(it, EventBody::StatusChanged(it) if it.from == Status::Closed), 0);
    let parts = |it: &EpisodeView| {
        let moment = |it: Option<protocol::statuses::Moment>| it.map(|it| (it.seq, it.at));
        (it.number, (it.opened.seq, it.opened.at), moment(it.first_reply), moment(it.closed))
    };
    let found: Vec<_> = episodes().await.iter().map(parts).collect();
    assert_eq!(
        found,
        [
            (1, created, Some(replied), Some(place(&closed, 0))),
            (2, reopened, None, Some(place(&closed, 1))),
        ]
    );
    server.stop().await;
}
