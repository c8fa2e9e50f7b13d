//! After the last step: everything has to be answered, delivered and caught up on.

use std::{rc::Rc, time::Duration};

use tokio::time::{Instant, sleep};

use super::set_up::Stage;
use crate::{check::findings::Kind, settings::Settings, world::shared::World};

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
        name_the_late(world, &heads);
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
    let done = |seat: &crate::world::seat::Seat| {
        seat.gone.is_some()
            || (seat.pending.is_empty()
                && seat.follows.iter().all(|follow| {
                    let head = usize::try_from(follow.stream).ok().and_then(|it| heads.get(it));
                    follow.reader.place() >= head.copied()
                }))
    };
    world.texts.borrow().all_seen() && world.seats.iter().all(|it| done(&it.borrow()))
}

fn name_the_late(world: &World, heads: &[u64]) {
    let mut found = world.found.borrow_mut();
    for seat in &world.seats {
        let seat = seat.borrow();
        for follow in &seat.follows {
            let head = usize::try_from(follow.stream).ok().and_then(|it| heads.get(it)).copied();
            let place = follow.reader.place();
            if place < head && seat.gone.is_none() {
                found.add(Kind::Behind, || {
                    let stream = world.stream_name(follow.stream);
                    let (place, head) = (place.unwrap_or_default(), head.unwrap_or_default());
                    let how = if seat.connected { "connected" } else { "not connected" };
                    format!("{} ({how}) is at {place} of {stream}, which ends at {head}", seat.name)
                });
            }
        }
    }
}
