//! Teams: made, changed, removed.

use protocol::{
    ids::{AgentId, TeamId},
    permissions::Permission,
    rights::WantedTeam,
};

use super::{
    admin::{SETTINGS, taken},
    context::{Ctx, OwnCommand},
    error::CommandError,
    member::rights_changed,
    road::Road,
    session::of_org,
};
use crate::{
    domain::{fact::Fact, visibility::Visibility},
    store::teams,
};

/// A team as it shall be; a new one where none is named.
struct SetTeam {
    id: Option<TeamId>,
    wanted: WantedTeam,
}

struct RemoveTeam(TeamId);

impl OwnCommand for SetTeam {
    type Done = TeamId;

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<TeamId>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let name = self.wanted.name.as_str().trim();
        let mut wanted = self.wanted.members.clone();
        wanted.sort_unstable();
        wanted.dedup();
        let team_id = match self.id {
            None => teams::create(ctx.tx, name).await?.ok_or_else(|| taken("name"))?,
            Some(id) => {
                exists(ctx, id).await?;
                if !teams::rename(ctx.tx, id, name).await? {
                    return Err(taken("name"));
                }
                id
            }
        };
        let before = teams::members(ctx.tx, team_id).await?;
        if teams::set_members(ctx.tx, team_id, &wanted).await? != wanted.len() {
            let message = "must be agents";
            return Err(CommandError::Invalid { field: "members", message });
        }
        let joined = wanted.iter().filter(|agent| !before.contains(agent));
        let left = before.iter().filter(|agent| !wanted.contains(agent));
        let changed: Vec<AgentId> = joined.chain(left).copied().collect();
        ctx.tx.stage(of_org(ctx.actor, Fact::TeamChanged { team_id, members: wanted }));
        rights_changed(ctx, &changed).await?;
        Ok(Some(team_id))
    }
}

impl OwnCommand for RemoveTeam {
    type Done = ();

    async fn run(&self, ctx: &mut Ctx<'_>) -> Result<Option<()>, CommandError> {
        ctx.tx.alone(SETTINGS).await?;
        let team_id = self.0;
        exists(ctx, team_id).await?;
        let members = teams::members(ctx.tx, team_id).await?;
        teams::set_members(ctx.tx, team_id, &[]).await?;
        if !teams::remove(ctx.tx, team_id).await? {
            let message = "the team has threads; give them to somebody else first";
            return Err(CommandError::Conflict { field: None, message });
        }
        ctx.tx.stage(of_org(ctx.actor, Fact::TeamRemoved { team_id }));
        rights_changed(ctx, &members).await?;
        Ok(Some(()))
    }
}

async fn exists(ctx: &mut Ctx<'_>, id: TeamId) -> Result<(), CommandError> {
    let there = teams::exists(ctx.tx, id).await?;
    there.then_some(()).ok_or(CommandError::NotFound { what: "team" })
}

impl Road {
    /// Makes a team, or changes one.
    pub async fn set_team(
        &self,
        who: &Visibility,
        id: Option<TeamId>,
        wanted: WantedTeam,
    ) -> Result<TeamId, CommandError> {
        let actor = who.needs(Permission::ManageTeams)?;
        let done = self.run_own(actor, SetTeam { id, wanted }).await?;
        Ok(done.expect("it always does something"))
    }

    /// Removes a team that has no threads.
    pub async fn remove_team(&self, who: &Visibility, id: TeamId) -> Result<(), CommandError> {
        let actor = who.needs(Permission::ManageTeams)?;
        self.run_own(actor, RemoveTeam(id)).await.map(drop)
    }
}
