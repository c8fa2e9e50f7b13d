//! Choosing whether one is there for customers.

use protocol::commands::SetAvailability;

use super::{
    context::{Ctx, Pending, Wish},
    error::CommandError,
    session::of_org,
};
use crate::{domain::fact::Fact, store::agents};

pub(super) async fn set(
    ctx: &mut Ctx<'_>,
    wish: &Wish,
    it: &SetAvailability,
) -> Result<Pending, CommandError> {
    let agent_id = wish.visibility.agent_id;
    if !agents::choose_availability(ctx.tx, agent_id, it.availability).await? {
        return Ok(Pending::Done(None));
    }
    let fact = Fact::AvailabilityChosen { agent_id, availability: it.availability };
    Ok(Pending::Done(Some(ctx.tx.stage(of_org(ctx.actor, fact)))))
}
