//! Every role, every scope, every owner, every surface: who may not see a thread gets no byte of it.

use std::{collections::BTreeMap, time::Duration};

use protocol::{
    commands::{Assign, Command},
    errors::ErrorCode,
    frames::Cursor,
    ids::{AgentId, InboxId, StreamId, TeamId, ThreadId},
    permissions::Permission,
    signals::Activity,
    views::{Role, Scope},
};

use super::stage::{of_inboxes, office, role, set_member, team};
use crate::{
    harness::{api::Api, server::TestServer, socket::Socket},
    main_job::note,
};

const SCOPES: [Scope; 4] = [Scope::All, Scope::Team, Scope::Unassigned, Scope::Assigned];

/// What a watcher's role is in the inbox.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Post {
    BuiltIn(Role),
    /// Reads, and sees no addresses.
    Masked,
    /// May do everything but read.
    Blind,
}

const POSTS: [Post; 6] = [
    Post::BuiltIn(Role::Agent),
    Post::BuiltIn(Role::Supervisor),
    Post::BuiltIn(Role::Admin),
    Post::BuiltIn(Role::Reviewer),
    Post::Masked,
    Post::Blind,
];

/// Who has a thread, as seen by a watcher.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Owner {
    Nobody,
    OurTeam,
    OtherTeam,
    Teammate,
    Stranger,
    Watcher(usize),
}

/// A thread, with words that occur nowhere else.
struct Case {
    owner: Owner,
    thread: ThreadId,
    phone: String,
    word: String,
}

struct Watcher {
    number: usize,
    post: Post,
    scope: Scope,
    api: Api,
    live: Socket,
    /// Where it began.
    start: BTreeMap<StreamId, Cursor>,
}

/// Says, apart from the server's own rule, whether a watcher sees a thread.
fn sees(watcher: &Watcher, owner: Owner) -> bool {
    let own = owner == Owner::Watcher(watcher.number);
    let scope = match watcher.scope {
        Scope::All => true,
        Scope::Team => own || matches!(owner, Owner::OurTeam | Owner::Teammate),
        Scope::Unassigned => own || matches!(owner, Owner::Nobody | Owner::OurTeam),
        Scope::Assigned => own,
    };
    scope && watcher.post != Post::Blind
}

#[tokio::test]
async fn who_may_not_see_a_thread_gets_no_byte_of_it() {
    let (server, admin) = office(POSTS.len() * SCOPES.len()).await;
    let (mate, stranger) = (server.api("ben").await, server.api("cleo").await);
    let masked = role(&admin, "Masked", &[Permission::ReadThreads]).await.to_string();
    let everything = of_inboxes();
    let blind: Vec<_> =
        everything.into_iter().filter(|it| *it != Permission::ReadThreads).collect();
    let blind = role(&admin, "Blind", &blind).await.to_string();
    let mut watchers = Vec::new();
    for (number, (post, scope)) in
        POSTS.iter().flat_map(|post| SCOPES.map(|scope| (*post, scope))).enumerate()
    {
        let name = format!("agent{}", number + 1);
        let id = server.api(&name).await.id();
        let role = match post {
            Post::BuiltIn(Role::Agent) => "agent",
            Post::BuiltIn(Role::Supervisor) => "supervisor",
            Post::BuiltIn(Role::Admin) => "admin",
            Post::BuiltIn(Role::Reviewer) => "reviewer",
            Post::Masked => &masked,
            Post::Blind => &blind,
        };
        set_member(&admin, id, Some(role), scope).await;
        watchers.push((number, post, scope, name, id));
    }
    let ours: Vec<AgentId> = watchers.iter().map(|it| it.4).chain([mate.id()]).collect();
    let our_team = team(&admin, "Ours", &ours).await;
    let other_team = team(&admin, "Theirs", &[stranger.id()]).await;
    let mut watchers = connect(&server, watchers).await;
    let (cases, _viewing) =
        play(&admin, &mut watchers, (our_team, other_team), (&mate, &stranger)).await;
    let inbox = admin.me.inboxes[0].id;
    // All at once: who does not read for long is closed.
    let checks = watchers.into_iter().map(|watcher| check(&server, inbox, watcher, &cases));
    futures_util::future::join_all(checks).await;
    server.stop().await;
}

async fn connect(
    server: &TestServer,
    people: Vec<(usize, Post, Scope, String, AgentId)>,
) -> Vec<Watcher> {
    let mut watchers = Vec::new();
    for (number, post, scope, name, _id) in people {
        let api = server.api(&name).await;
        let mut live = Socket::open(&server.url(), &api.token).await;
        live.heard = Some(String::new());
        if post != Post::Blind {
            live.subscribe(api.stream(), None).await;
        }
        let start = live.cursors.clone();
        watchers.push(Watcher { number, post, scope, api, live, start });
        listen(&mut watchers).await;
    }
    watchers
}

/// Lets all read what has come: who does not read for long is closed as silent, and a busy machine is slow.
async fn listen(watchers: &mut [Watcher]) {
    let all = watchers.iter_mut().map(|it| it.live.drain(Duration::from_millis(1)));
    futures_util::future::join_all(all).await;
}

/// Lets customers write, gives each thread to its owner, and lets a note and typing follow.
async fn play(
    admin: &Api,
    watchers: &mut [Watcher],
    (our_team, other_team): (TeamId, TeamId),
    (mate, stranger): (&Api, &Api),
) -> (Vec<Case>, Vec<Socket>) {
    let shared =
        [Owner::Nobody, Owner::OurTeam, Owner::OtherTeam, Owner::Teammate, Owner::Stranger];
    let owners = shared.into_iter().chain((0..watchers.len()).map(Owner::Watcher));
    let mut cases = Vec::new();
    for (n, owner) in owners.enumerate() {
        let phone = format!("+1202555{:04}", 1000 + n);
        let thread = admin.new_thread(&phone).await.id;
        let (to, to_team) = match owner {
            Owner::Nobody => (None, None),
            Owner::OurTeam => (None, Some(our_team)),
            Owner::OtherTeam => (None, Some(other_team)),
            Owner::Teammate => (Some(mate.id()), Some(our_team)),
            Owner::Stranger => (Some(stranger.id()), None),
            Owner::Watcher(number) => (Some(watchers[number].api.id()), None),
        };
        let assign = Assign {
            thread_id: thread,
            from: None,
            to,
            from_team: None,
            to_team,
            note: None,
            mentions: Vec::new(),
        };
        admin.command(&format!("a{n}"), Command::Assign(assign)).await.unwrap();
        cases.push(Case { owner, thread, phone, word: format!("secret{n:03}x") });
        listen(watchers).await;
    }
    let mut desks = Vec::new();
    // A connection is shown in sixteen threads at most.
    for some in cases.chunks(16) {
        let mut desk = Socket::open(&admin.url, &admin.token).await;
        desk.subscribe(admin.stream(), None).await;
        for case in some {
            desk.signal(case.thread, Activity::Viewing).await;
            let text = format!("A note with {}", case.word);
            desk.command(&format!("n{}", case.word), note(case.thread, &text)).await.unwrap();
            admin.text(&case.phone, &format!("A message with {}", case.word)).await;
            listen(watchers).await;
        }
        desks.push(desk);
    }
    (cases, desks)
}

async fn check(server: &TestServer, inbox: InboxId, mut watcher: Watcher, cases: &[Case]) {
    let who = format!("{:?} who sees {:?}", watcher.post, watcher.scope);
    let (mine, theirs): (Vec<_>, Vec<_>) =
        cases.iter().partition(|case| sees(&watcher, case.owner));
    let last = mine.last().map(|case| format!("A message with {}", case.word));
    let whole = |live: &Socket| {
        let heard = live.heard.as_deref().unwrap_or_default();
        last.as_ref().is_none_or(|last| heard.contains(last.as_str()))
            && mine.iter().all(|case| live.signals.contains_key(&case.thread))
    };
    watcher.live.until_known("what is its own arrives", whole).await;
    watcher.live.drain(Duration::from_millis(50)).await;
    let live = watcher.live.heard.take().unwrap();
    let replay = replayed(server, &watcher, mine.last().map(|case| case.word.as_str())).await;
    let http = read_everything(&watcher.api, inbox, cases).await;
    for (surface, bytes) in [("live", &live), ("replay", &replay), ("HTTP", &http)] {
        for case in &theirs {
            assert!(!bytes.contains(&case.word), "{surface}: {who} got {:?}", case.owner);
            // All threads begin as nobody's: who sees those has had it in sight live.
            let had_it = surface == "live" && watcher.scope == Scope::Unassigned;
            let number = bytes.contains(&case.phone);
            assert!(had_it || !number, "{surface}: {who} got {:?}", case.owner);
        }
        for case in &mine {
            assert!(bytes.contains(&case.word), "{surface}: {who} misses {:?}", case.owner);
        }
    }
    // A thread's number is in views of contacts alone, and masked for who may not see it.
    let numbers = format!("{live}{replay}{http}");
    for case in &mine {
        let shown = numbers.contains(&case.phone);
        assert_eq!(shown, watcher.post != Post::Masked, "{who}: the number of {:?}", case.owner);
    }
    for case in &theirs {
        let key = format!("w{}", case.word);
        let over_http = watcher.api.command(&key, note(case.thread, "?")).await;
        assert_eq!(over_http.unwrap_err().status, 404, "{who}: {:?}", case.owner);
        let over_socket = watcher.live.command(&key, note(case.thread, "?")).await.unwrap_err();
        assert_eq!(over_socket.code, ErrorCode::NotFound, "{who}");
        let signals = watcher.live.signals.get(&case.thread);
        let viewing = signals.is_some_and(|it| !it.viewing.is_empty());
        assert!(!viewing, "{who}: signals of {:?}", case.owner);
    }
}

/// Reads again, on another connection, what the live one was told since it began.
async fn replayed(server: &TestServer, watcher: &Watcher, last: Option<&str>) -> String {
    let mut socket = Socket::resume(&server.url(), &watcher.api.token, watcher.start.clone()).await;
    socket.heard = Some(String::new());
    if let Some(last) = last {
        let arrives = |it: &Socket| it.heard.as_deref().is_some_and(|heard| heard.contains(last));
        socket.until_known("the replay", arrives).await;
    }
    socket.drain(Duration::from_millis(50)).await;
    socket.heard.take().unwrap()
}

/// Reads every list, every thread and every timeline.
async fn read_everything(api: &Api, inbox: InboxId, cases: &[Case]) -> String {
    let mut paths = vec!["/api/v1/me".to_owned()];
    for status in ["", "&status=new", "&status=open"] {
        paths.push(format!("/api/v1/inboxes/{inbox}/threads?limit=200{status}"));
        paths.push(format!("/api/v1/inboxes/{inbox}/threads?assignee=none{status}"));
        paths.push(format!("/api/v1/inboxes/{inbox}/threads?assignee=me{status}"));
    }
    for case in cases {
        paths.push(format!("/api/v1/threads/{}", case.thread));
        paths.push(format!("/api/v1/threads/{}/timeline", case.thread));
    }
    let mut bytes = String::new();
    for path in paths {
        bytes.push_str(&api.try_get(&path).await.text().await.unwrap());
    }
    bytes
}
