//! Lists that are asked for by status, owner, team, priority and tag: alone, together, and within one's sight.

use std::{borrow::Borrow, collections::BTreeSet};

use protocol::{
    commands::{Assign, Command},
    http::ThreadPage,
    ids::{AgentId, TagId, TeamId, ThreadId},
    labels::{Prioritise, Priority},
    views::{Scope, Status, ThreadView},
};
use reqwest::Method;
use serde_json::json;

use super::{ask, put_on, set, tag};
use crate::{
    harness::api::{Api, problem},
    rights::stage::{office, set_member, team},
};

const STATUSES: [Status; 4] = [Status::Open, Status::Pending, Status::Escalated, Status::Closed];
const PRIORITIES: [Priority; 3] = [Priority::Normal, Priority::High, Priority::Urgent];

async fn listed(api: &Api, query: &str) -> Vec<ThreadView> {
    let path = format!("/api/v1/inboxes/{}/threads?limit=200&{query}", api.me.inboxes[0].id);
    api.get::<ThreadPage>(&path).await.threads
}

fn ids<T: Borrow<ThreadView>>(threads: impl IntoIterator<Item = T>) -> BTreeSet<ThreadId> {
    threads.into_iter().map(|it| it.borrow().id).collect()
}

/// Says whether a filter lets a thread through.
type Test = Box<dyn Fn(&ThreadView) -> bool>;

/// Every mixture of a few of each, by their remainders.
async fn play(
    admin: &Api,
    owners: &[Option<AgentId>; 3],
    teams: &[Option<TeamId>; 3],
    tags: [TagId; 2],
) {
    for n in 0..24_usize {
        let thread_id = admin.new_thread(&format!("+1202555{n:04}")).await.id;
        let (to, to_team) = (owners[n % 3], teams[n / 3 % 3]);
        let (from, from_team, note) = (None, None, None);
        let assign = Assign { thread_id, from, to, from_team, to_team, note, mentions: Vec::new() };
        let prioritise = Prioritise { thread_id, to: PRIORITIES[n / 2 % 3] };
        let mut wishes = vec![
            Command::Assign(assign),
            Command::Prioritise(prioritise),
            set(thread_id, STATUSES[n % 4]),
        ];
        wishes.extend(tags.iter().skip(n % 3).map(|tag| put_on(thread_id, *tag)));
        for (w, wish) in wishes.into_iter().enumerate() {
            admin.command(&format!("{n}-{w}"), wish).await.unwrap();
        }
    }
}

/// The filters by what they are about, each as the server is asked and as it is meant.
fn filters(
    me: AgentId,
    [ours, theirs]: [TeamId; 2],
    [vip, refund]: [TagId; 2],
) -> Vec<Vec<(String, Test)>> {
    let status = |wanted: &'static [Status]| -> Test { Box::new(|it| wanted.contains(&it.status)) };
    let of_team = |team: Option<TeamId>| -> Test { Box::new(move |it| it.team_id == team) };
    let mut all: Vec<Vec<(String, Test)>> = vec![
        vec![
            ("status=pending".to_owned(), status(&[Status::Pending])),
            ("status=open,escalated".to_owned(), status(&[Status::Open, Status::Escalated])),
        ],
        vec![
            ("assignee=me".to_owned(), Box::new(move |it| it.assignee_id == Some(me))),
            ("assignee=none".to_owned(), Box::new(|it| it.assignee_id.is_none())),
        ],
        vec![
            ("team=mine".to_owned(), of_team(Some(ours))),
            ("team=none".to_owned(), of_team(None)),
            (format!("team={theirs},{ours}"), Box::new(|it| it.team_id.is_some())),
        ],
        vec![
            ("priority=high".to_owned(), Box::new(|it| it.priority == Priority::High)),
            ("priority=high,urgent".to_owned(), Box::new(|it| it.priority != Priority::Normal)),
        ],
        vec![
            (format!("tag={vip}"), Box::new(move |it| it.tags.contains(&vip))),
            (format!("tag={vip},{refund}"), Box::new(|it| !it.tags.is_empty())),
        ],
    ];
    for filter in &mut all {
        filter.push((String::new(), Box::new(|_any| true)));
    }
    all
}

/// One of each, in every way.
fn mixtures(filters: &[Vec<(String, Test)>]) -> Vec<(String, Vec<&Test>)> {
    filters.iter().fold(vec![(String::new(), Vec::new())], |mixtures, filter| {
        let with = |(query, tests): &(String, Vec<_>)| {
            let one = |(word, test)| (format!("{query}&{word}"), [&tests[..], &[test]].concat());
            filter.iter().map(|(word, test)| one((word, test))).collect::<Vec<_>>()
        };
        mixtures.iter().flat_map(with).collect()
    })
}

#[tokio::test]
async fn filters_together_show_what_all_of_them_let_through_and_may_be_seen() {
    let (server, admin) = office(1).await;
    let ann = server.api("ann").await;
    let ours = team(&admin, "Ours", &[ann.id()]).await;
    let theirs = team(&admin, "Theirs", &[admin.id()]).await;
    let tags = [tag(&admin, "VIP").await.id, tag(&admin, "Refund").await.id];
    let owners = [None, Some(ann.id()), Some(admin.id())];
    play(&admin, &owners, &[None, Some(ours), Some(theirs)], tags).await;
    let all = listed(&admin, "").await;
    assert_eq!(all.len(), 24);
    let filters = filters(ann.id(), [ours, theirs], tags);
    let mut some = 0;
    for scope in [Scope::All, Scope::Unassigned] {
        set_member(&admin, ann.id(), None, scope).await;
        let seen = ids(&listed(&ann, "").await);
        assert_eq!(seen.len() == all.len(), scope == Scope::All);
        for (query, tests) in mixtures(&filters) {
            let fits = all.iter().filter(|it| tests.iter().all(|test| test(it)));
            let wanted: BTreeSet<_> = ids(fits).intersection(&seen).copied().collect();
            some += usize::from(!wanted.is_empty());
            assert_eq!(ids(&listed(&ann, &query).await), wanted, "{scope:?} {query}");
        }
    }
    assert!(some > 200, "{some} mixtures let something through");
    // Whoever is in no team has none that are its teams'.
    let ben = server.api("ben").await;
    assert!(listed(&ben, "team=mine").await.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn pages_of_a_filtered_list_are_full_and_go_on() {
    let (server, admin) = office(0).await;
    for n in 0..9 {
        let id = admin.new_thread(&format!("+1202555{n:04}")).await.id;
        if n % 3 == 0 {
            admin.command(&format!("c{n}"), set(id, Status::Closed)).await.unwrap();
        }
    }
    let mut before = String::new();
    let mut seen = Vec::new();
    loop {
        let query = format!("/inboxes/{}/threads?status=new,open&limit=4", admin.me.inboxes[0].id);
        let page: ThreadPage = admin.get(&format!("/api/v1{query}{before}")).await;
        seen.extend(page.threads.iter().map(|it| it.id));
        let Some(next) = page.next else { break };
        assert_eq!(page.threads.len(), 4, "what the filter leaves out takes no room");
        before = format!("&before={next}");
    }
    let distinct: BTreeSet<_> = seen.iter().copied().collect();
    assert_eq!((seen.len(), distinct.len()), (6, 6));
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_filter_is_refused_with_its_name_and_what_is_allowed() {
    let (server, admin) = office(0).await;
    let many = ["open"; 21].join(",");
    let cases = [
        ("status=ajar", "status", "escalated"),
        ("status=open,", "status", "escalated"),
        (&*format!("status={many}"), "status", "20"),
        ("priority=soon", "priority", "urgent"),
        ("priority=", "priority", "urgent"),
        ("tag=vip", "tag", "ids"),
        ("team=ours", "team", "mine"),
        ("assignee=you", "assignee", "none"),
        ("colour=red", "colour", "team"),
    ];
    for (query, field, allowed) in cases {
        let path = format!("/threads?{query}");
        let (status, answer) = ask(&admin, Method::GET, &path, json!(null)).await;
        assert_eq!((status, &answer["details"]["field"]), (422, &json!(field)), "{query}");
        assert!(answer["detail"].as_str().unwrap().contains(allowed), "{query}: {answer}");
    }
    let nowhere = format!("/api/v1/inboxes/{}/threads?status=open", uuid::Uuid::now_v7());
    let answer = admin.try_get(&nowhere).await;
    assert_eq!(answer.status(), 404);
    problem(answer).await;
    server.stop().await;
}
