//! `tandem user`, `tandem token` and `tandem role`: what administrators do in the desk, for whoever has the
//! server's settings. They are commands on the one road, by the system; a server that runs hears of them.

use std::io::{self, Write as _};

use anyhow::{Context, anyhow, bail, ensure};
use protocol::{
    ids::{AgentId, InboxId},
    permissions::Permission,
    rights::{AgentSettings, MemberRole, WantedAgent, WantedMember},
    sessions::NewToken,
    text::{Email, Name},
    views::{Role, Scope},
};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;

use super::borrowed::Borrowed;
use crate::{
    auth::{
        password::Passwords,
        token::{self, Kind, random_hex},
    },
    bus::handle::Bus,
    commands::{
        agent::AddAgent,
        road::{Road, Wakers},
    },
    config::{
        people::{
            AddUser, ChangeUser, CreateToken, GiveRole, RoleCommand, TokenCommand, UserCommand,
        },
        settings::Config,
    },
    domain::{actor::Actor, rights::Permissions, visibility::Visibility},
    shutdown::Shutdown,
    store::{agents, inboxes, pool::Store, roles, tokens},
    telemetry::metrics::kinds::word,
};

/// What is asked for.
pub enum Asked {
    /// About people.
    User(UserCommand),
    /// About API tokens.
    Token(TokenCommand),
    /// About roles.
    Role(RoleCommand),
}

struct Office {
    store: Store,
    road: Road,
    operator: Visibility,
}

/// Does it, and prints what came of it.
pub async fn run(config: Config, asked: Asked) -> anyhow::Result<()> {
    let database = Borrowed::new(&config.store).await?;
    let result = at(&database, asked).await;
    database.give_back().await;
    result
}

async fn at(database: &Borrowed, asked: Asked) -> anyhow::Result<()> {
    let store = Store::connect(&database.url, 2).await.context("DATABASE_URL: cannot connect")?;
    store.migrate().await.context("cannot bring the database's schema up to date")?;
    // Nodes that run find what is new by looking.
    let bus = Bus::local(uuid::Uuid::now_v7().into());
    let road = Road::new(store.clone(), bus, Wakers::default(), Shutdown::new());
    let office = Office { store, road, operator: Visibility::operator() };
    let said = match asked {
        Asked::User(command) => office.user(command).await,
        Asked::Token(command) => office.token(command).await,
        Asked::Role(command) => office.role(command).await,
    };
    office.store.close().await;
    let mut out = io::stdout();
    for line in said? {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

type Lines = anyhow::Result<Vec<String>>;

impl Office {
    async fn user(&self, command: UserCommand) -> Lines {
        match command {
            UserCommand::List => {
                let all = agents::settings(&self.store).await?;
                let line = |it: &AgentSettings| {
                    let may = if it.disabled { "  (may not sign in)" } else { "" };
                    format!("{:<32}  {:<10}  {}{may}", it.email, word(it.role), it.name)
                };
                Ok(all.iter().map(line).collect())
            }
            UserCommand::Add(it) => self.add(it).await,
            UserCommand::Change(it) => self.change(it).await,
            UserCommand::Password(it) => {
                let agent = self.agent(&it.email).await?;
                let (password, hash) = made_up().await;
                self.road.reset_password(&self.operator, agent.id, hash).await?;
                Ok(vec![format!("{}  {password}", agent.email)])
            }
        }
    }

    async fn add(&self, it: AddUser) -> Lines {
        let role = read::<Role>("--role", &it.role, "agent, supervisor, admin or reviewer")?;
        let email = Email::new(it.email.trim().to_lowercase()).context("the e-mail address")?;
        let name = Name::new(it.name).context("--name")?;
        let (password, password_hash) = made_up().await;
        let email = email.as_str().to_owned();
        let name = name.as_str().trim().to_owned();
        let agent = AddAgent { email: email.clone(), name, role, password_hash };
        self.road.add_agent(&self.operator, agent).await?;
        Ok(vec![format!("{email}  {password}")])
    }

    async fn change(&self, it: ChangeUser) -> Lines {
        let agent = self.agent(&it.email).await?;
        let role = match &it.role {
            Some(role) => read("--role", role, "agent, supervisor, admin or reviewer")?,
            None => agent.role,
        };
        let name = Name::new(it.name.unwrap_or(agent.name)).context("--name")?;
        let disabled = it.disable || (agent.disabled && !it.enable);
        let wanted = WantedAgent { name, email: None, role, disabled };
        self.road.change_agent(&self.operator, agent.id, wanted).await?;
        Ok(Vec::new())
    }

    async fn token(&self, command: TokenCommand) -> Lines {
        match command {
            TokenCommand::List => {
                let people = agents::settings(&self.store).await?;
                let email = |id: AgentId| {
                    people.iter().find(|it| it.id == id).map_or("", |it| it.email.as_str())
                };
                let all = tokens::list(&self.store, None).await?;
                let scopes =
                    |it: &[Permission]| it.iter().map(|it| it.name()).collect::<Vec<_>>().join(" ");
                Ok(all
                    .iter()
                    .map(|it| {
                        let (of, ends) = (email(it.agent_id), it.expires_at.format("%Y-%m-%d"));
                        format!("{}  {of}  {ends}  {}: {}", it.id, it.name, scopes(&it.scopes))
                    })
                    .collect())
            }
            TokenCommand::Create(it) => self.create_token(it).await,
            TokenCommand::Revoke { id } => {
                let id = id.parse().context("the token's id")?;
                self.road.revoke_token(&self.operator, id).await?;
                Ok(Vec::new())
            }
        }
    }

    async fn create_token(&self, it: CreateToken) -> Lines {
        let agent = self.agent(&it.email).await?;
        let found = agents::visibility(&self.store, agent.id).await?;
        let (_view, who) = found.ok_or_else(|| anyhow!("{} may not sign in", agent.email))?;
        let create = Permissions::from_iter([Permission::CreateTokens]);
        let who =
            Visibility { actor: Actor::System, permissions: who.permissions.or(create), ..who };
        let scopes: anyhow::Result<Vec<Permission>> = it
            .scopes
            .iter()
            .map(|name| read("--scope", name, "a permission, such as threads.read"))
            .collect();
        let name = Name::new(it.name).context("--name")?;
        let wanted = NewToken { name, scopes: scopes?, expires_in_days: it.days };
        let minted = token::mint(Kind::Token);
        self.road.create_token(&who, wanted, minted.hash).await?;
        Ok(vec![minted.token.expose_secret().to_owned()])
    }

    async fn role(&self, command: RoleCommand) -> Lines {
        match command {
            RoleCommand::List => self.roles().await,
            RoleCommand::Give(it) => self.give(it).await,
            RoleCommand::Take { email, inbox } => {
                let (agent, inbox) = (self.agent(&email).await?, self.inbox(&inbox).await?);
                self.road.remove_member(&self.operator, inbox, agent.id).await?;
                Ok(Vec::new())
            }
        }
    }

    async fn roles(&self) -> Lines {
        let mut lines = Vec::new();
        let names = |it: &[Permission]| it.iter().map(|it| it.name()).collect::<Vec<_>>().join(" ");
        for role in [Role::Agent, Role::Supervisor, Role::Admin, Role::Reviewer] {
            let of = Permissions::of(role);
            let all = [of.list(false), of.list(true)].concat();
            lines.push(format!("{} (built in): {}", word(role), names(&all)));
        }
        for inbox in inboxes::settings(&self.store).await? {
            for role in roles::of(&self.store, inbox.id).await? {
                let allows = names(&role.permissions);
                lines.push(format!("{} of {} ({}): {allows}", role.name, inbox.name, role.id));
            }
        }
        Ok(lines)
    }

    async fn give(&self, it: GiveRole) -> Lines {
        let (agent, inbox) = (self.agent(&it.email).await?, self.inbox(&it.inbox).await?);
        let scope = read::<Scope>("--scope", &it.scope, "all, team, unassigned or assigned")?;
        let own = roles::of(&self.store, inbox).await?;
        let named = own.iter().find(|role| role.name == it.role).map(|role| role.id);
        let role = match named {
            Some(id) => MemberRole::Own(id),
            None => it.role.parse().map_err(|allowed| anyhow!("the role {allowed}"))?,
        };
        let wanted = WantedMember { role: Some(role), scope };
        self.road.set_member(&self.operator, inbox, agent.id, wanted).await?;
        Ok(Vec::new())
    }

    async fn agent(&self, email: &str) -> anyhow::Result<AgentSettings> {
        let email = email.trim().to_lowercase();
        let all = agents::settings(&self.store).await?;
        let found = all.into_iter().find(|it| it.email == email);
        found.ok_or_else(|| anyhow!("nobody has the address {email}"))
    }

    /// Finds an inbox by its id, or by its name where one alone has it.
    async fn inbox(&self, wanted: &str) -> anyhow::Result<InboxId> {
        let all = inboxes::settings(&self.store).await?;
        if let Ok(id) = wanted.parse::<InboxId>() {
            ensure!(all.iter().any(|it| it.id == id), "there is no inbox {id}");
            return Ok(id);
        }
        let mut named = all.iter().filter(|it| it.name == wanted);
        match (named.next(), named.next()) {
            (Some(one), None) => Ok(one.id),
            (Some(_), Some(_)) => bail!("several inboxes are called {wanted:?}; say its id"),
            _ => bail!("there is no inbox {wanted:?}"),
        }
    }
}

/// Makes up a password: 24 hexadecimal digits.
async fn made_up() -> (String, String) {
    let password = random_hex::<12>();
    let hash = Passwords::default().hash(password.clone()).await;
    (password, hash)
}

/// Reads a word of the protocol.
fn read<T: DeserializeOwned>(what: &str, text: &str, allowed: &str) -> anyhow::Result<T> {
    let word = serde_json::Value::String(text.to_owned());
    serde_json::from_value(word).map_err(|_unknown| anyhow!("{what}: {text:?} must be {allowed}"))
}
