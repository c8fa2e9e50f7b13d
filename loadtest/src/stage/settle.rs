//! After the last step: everything has to be answered, delivered and caught up on.

use std::{rc::Rc, time::Duration};

use tokio::time::{Instant, sleep};

use super::set_up::Stage;
use crate::{
    check::{findings::Kind, log::StreamLog},
    settings::Settings,
    world::{
        seat::{Follow, Seat},
        shared::World,
    },
};

const LOOK: Duration = Duration::from_millis(250);
/// Nothing may have moved for so many looks.
const QUIET: u32 = 4;

/// How settling went.
pub(crate) struct Settled {
    pub(crate) took: Duration,
}

/// Waits until all is quiet, or the time for it is over.
pub(crate) async fn settle(stage: &Rc<Stage>, settings: &Settings) -> Settled {
    let world = &stage.world;
    let began = Instant::now();
    let deadline = began + settings.scenario.trust.settle.0;
    let mut quiet = 0;
    let mut heads = vec![0; world.streams.len()];
    while quiet < QUIET && Instant::now() < deadline {
        sleep(LOOK).await;
        let now = ends(stage).await;
        // An end that could not be asked for settles nothing.
        let Some(now) = now else {
            quiet = 0;
            continue;
        };
        let same = now == heads;
        heads = now;
        quiet = if same && is_done(world, &heads) { quiet + 1 } else { 0 };
    }
    if quiet < QUIET {
        name_the_late(world);
    }
    Settled { took: began.elapsed() }
}

/// Asks where every stream ends.
async fn ends(stage: &Stage) -> Option<Vec<u64>> {
    let mut heads = Vec::new();
    for stream in &stage.world.streams {
        let inbox = protocol::ids::InboxId::from(uuid::Uuid::from_u128(stream.id));
        let login = stage.logins.iter().find(|it| it.places.contains_key(&inbox))?;
        match login.api.place(inbox).await {
            Ok(place) => heads.push(place.seq),
            Err(error) => {
                stage.world.note(format!("the end of a stream cannot be asked for: {error:#}"));
                return None;
            }
        }
    }
    Some(heads)
}

fn is_done(world: &World, heads: &[u64]) -> bool {
    let logs = world.logs.borrow();
    let ends_seen = logs.iter().zip(heads).all(|(log, head)| log.last() >= *head);
    let done = |seat: &Seat| {
        let there = |follow: &Follow| follow.reader.place() >= last_told(&logs, seat, follow);
        seat.gone.is_some() || (seat.pending.is_empty() && seat.follows.iter().all(there))
    };
    let texts = world.texts.borrow().all_seen();
    texts && ends_seen && world.seats.iter().all(|it| done(&it.borrow()))
}

/// Where a desk has to be in the end, as far as that can be known.
fn last_told(logs: &[StreamLog], seat: &Seat, follow: &Follow) -> Option<u64> {
    let log = logs.get(usize::try_from(follow.stream).ok()?)?;
    follow.sees_all.then(|| log.last_told(seat.agent))
}

fn name_the_late(world: &World) {
    let logs = world.logs.borrow();
    let mut found = world.found.borrow_mut();
    for seat in &world.seats {
        let seat = seat.borrow();
        for follow in &seat.follows {
            let place = follow.reader.place();
            let last = last_told(&logs, &seat, follow);
            if place < last && seat.gone.is_none() {
                found.add(Kind::Behind, || {
                    let stream = world.stream_name(follow.stream);
                    let (place, last) = (place.unwrap_or_default(), last.unwrap_or_default());
                    let how = if seat.connected { "connected" } else { "not connected" };
                    let name = &seat.name;
                    format!(
                        "{name} ({how}) is at {place} of {stream}, and others were told of {last}"
                    )
                });
            }
        }
    }
}
