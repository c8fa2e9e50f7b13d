//! What the desks saw, held against the server's own account of each thread over HTTP.

use std::collections::HashMap;

use futures_util::{StreamExt as _, stream};

use super::set_up::{SignedIn, Stage};
use crate::{
    check::{
        findings::{Findings, Kind},
        log::EventKind,
    },
    world::threads::thread_name,
};

/// More threads than this are not asked for.
const THREADS_MAX: usize = 500;
const AT_ONCE: usize = 8;

/// A thread as the desks saw it.
struct Account {
    name: String,
    stream: u32,
    base: u64,
    seen: HashMap<u64, EventKind>,
}

/// Compares; returns how many threads were asked for.
pub(crate) async fn check(stage: &Stage, found: &mut Findings) -> anyhow::Result<u64> {
    let Some(login) = stage.logins.iter().find(|it| sees_all(it)) else { return Ok(0) };
    let mut accounts = accounts(stage);
    if accounts.len() > THREADS_MAX {
        let (all, some) = (accounts.len(), THREADS_MAX);
        stage.world.note(format!("of {all} threads, the timelines of {some} were compared"));
        accounts.truncate(THREADS_MAX);
    }
    let count = u64::try_from(accounts.len()).unwrap_or_default();
    let asked = stream::iter(accounts.into_iter().map(|account| async {
        let told = timeline(login, &account).await;
        (account, told)
    }));
    let mut asked = asked.buffer_unordered(AT_ONCE);
    while let Some((account, told)) = asked.next().await {
        compare(stage.world.stream_name(account.stream), &account, &told?, found);
    }
    Ok(count)
}

fn sees_all(login: &SignedIn) -> bool {
    login.me.inboxes.iter().all(|it| it.scope == protocol::views::Scope::All)
}

fn accounts(stage: &Stage) -> Vec<Account> {
    let logs = stage.world.logs.borrow();
    let threads = stage.world.threads.borrow();
    let mut accounts: Vec<Account> = threads
        .all()
        .map(|(_, it)| {
            let log = usize::try_from(it.stream).ok().and_then(|it| logs.get(it));
            Account {
                name: thread_name(it.id),
                stream: it.stream,
                base: log.map(crate::check::log::StreamLog::base).unwrap_or_default(),
                seen: HashMap::new(),
            }
        })
        .collect();
    for (seq, entry) in logs.iter().flat_map(crate::check::log::StreamLog::entries) {
        let account = usize::try_from(entry.thread).ok().and_then(|it| accounts.get_mut(it));
        if let Some(account) = account {
            account.seen.insert(seq, entry.kind);
        }
    }
    accounts
}

async fn timeline(login: &SignedIn, account: &Account) -> anyhow::Result<Vec<(u64, String)>> {
    let mut all = Vec::new();
    let mut before = None;
    loop {
        let page = login.api.timeline(&account.name, before).await?;
        let oldest = page.events.first().map(|it| it.seq);
        all.extend(page.events.into_iter().map(|it| (it.seq, it.kind)));
        before = page.next;
        if before.is_none() || oldest.is_none_or(|it| it <= account.base) {
            return Ok(all);
        }
    }
}

fn compare(stream: &str, account: &Account, told: &[(u64, String)], found: &mut Findings) {
    let name = &account.name;
    let mut missing = account.seen.clone();
    for (seq, kind) in told.iter().filter(|it| it.0 > account.base) {
        if missing.remove(seq).is_none() {
            found.add(Kind::Lost, || {
                format!("{name} has {kind} at seq {seq} of {stream}, and no desk was ever told")
            });
        }
    }
    for (seq, kind) in missing {
        // A timeline leaves these out.
        let left_out = [EventKind::Opened, EventKind::Delivery, EventKind::Other].contains(&kind);
        if !left_out {
            found.add(Kind::Lost, || {
                format!("desks were told of seq {seq} of {stream}, and {name} does not have it")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_desk_was_told_is_found_in_the_timeline_and_the_other_way_round() {
        let judge = |seen: &[(u64, EventKind)], told: &[u64]| {
            let seen = seen.iter().copied().collect();
            let account = Account { name: "thr_1".to_owned(), stream: 0, base: 10, seen };
            let told: Vec<_> = told.iter().map(|it| (*it, "note.added".to_owned())).collect();
            let mut found = Findings::default();
            compare("str_1", &account, &told, &mut found);
            found.of(Kind::Lost).map(|it| it.first.clone()).unwrap_or_default()
        };
        let seen = [(11, EventKind::Note), (12, EventKind::Opened), (13, EventKind::Sent)];
        assert_eq!(judge(&seen, &[9, 11, 13]), [""; 0]);
        let said = judge(&seen, &[11, 13, 14]);
        assert_eq!(said, ["thr_1 has note.added at seq 14 of str_1, and no desk was ever told"]);
        assert!(judge(&seen, &[11])[0].contains("desks were told of seq 13"));
    }
}
