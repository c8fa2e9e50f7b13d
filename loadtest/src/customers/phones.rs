//! What customers got, asked at the sandbox's phones or counted by the stand-in for Twilio.

use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};
use protocol::http::SandboxPhone;

use super::{
    fake_twilio::FakeTwilio,
    writing::{Post, Road},
};
use crate::{
    check::{findings::Findings, provider},
    world::shared::World,
};

/// Questions at a time.
const AT_ONCE: usize = 8;

/// One customer's account.
struct Account {
    number: String,
    channel: String,
    expected: Vec<String>,
    failed: HashSet<String>,
}

/// Compares for every customer; returns how many were asked and what was found.
pub(crate) async fn check(
    world: &World,
    post: &Post,
    fake: Option<&FakeTwilio>,
) -> anyhow::Result<(u64, Findings)> {
    let accounts = accounts(world, post, fake.is_some());
    let mut found = Findings::default();
    let count = u64::try_from(accounts.len()).unwrap_or_default();
    let asked = stream::iter(accounts.into_iter().map(|account| async {
        let arrived = match fake {
            Some(fake) => Ok(fake.marks_of(&account.number, world)),
            None => phone(post, &account).await,
        };
        (account, arrived)
    }));
    let mut asked = asked.buffer_unordered(AT_ONCE);
    while let Some((account, arrived)) = asked.next().await {
        let failed = |id: &str| account.failed.contains(id);
        provider::compare(&account.number, &account.expected, &arrived?, failed, &mut found);
    }
    Ok((count, found))
}

fn accounts(world: &World, post: &Post, by_mark: bool) -> Vec<Account> {
    let crowd = world.crowd.borrow();
    let threads = world.threads.borrow();
    let with_thread = crowd.all().filter_map(|(n, it)| Some((n, it, threads.get(it.thread?)?)));
    with_thread
        .map(|(n, customer, thread)| {
            let message = |id: u128| format!("msg_{id:032x}");
            let named = |reply: &crate::check::replies::Reply| match reply.order {
                Some(order) if by_mark => order.to_string(),
                _ => message(reply.message),
            };
            let failed =
                |reply: &&crate::check::replies::Reply| thread.failed.contains(&reply.message);
            let channel = match &post.road {
                Road::Sandbox(channels) => usize::try_from(n)
                    .ok()
                    .and_then(|n| channels.get(n % channels.len().max(1)).cloned()),
                Road::Twilio(channel, _) => Some(channel.clone()),
            };
            Account {
                number: customer.number.clone(),
                channel: channel.unwrap_or_default(),
                expected: thread.replies.all().iter().map(named).collect(),
                failed: thread.replies.all().iter().filter(failed).map(named).collect(),
            }
        })
        .collect()
}

async fn phone(post: &Post, account: &Account) -> anyhow::Result<Vec<String>> {
    let base = post.targets.first().map(|it| it.http.as_str()).unwrap_or_default();
    let (channel, number) = (&account.channel, &account.number);
    let url = format!("{base}/sandbox/api/channels/{channel}/phones/{number}");
    let answer = post.http.get(url).send().await?.error_for_status()?;
    let phone: SandboxPhone = answer.json().await?;
    Ok(phone.messages.into_iter().filter(|it| !it.mine).map(|it| it.id).collect())
}
