//! Accounts at providers, and their secrets as they were sealed.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use protocol::ids::AccountId;
use uuid::Uuid;

use super::{
    error::StoreError, patience::InTime, pool::Store, transaction::Transaction, words::unsigned,
};

/// Secrets that verify nothing any more are remembered, so that a webhook signed with one can be
/// explained: the last few of each name.
const RETIRED_MAX: i64 = 3;

/// An account as it was at one time: what nodes make of it is good until the next version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountVersion {
    /// The account.
    pub id: AccountId,
    /// Its version.
    pub version: u64,
}

impl AccountVersion {
    /// Puts two columns together that are there or not together.
    pub(super) fn of(id: Option<Uuid>, version: Option<i64>) -> Option<Self> {
        Some(Self { id: id?.into(), version: unsigned(version?) })
    }
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account, and which version this is.
    pub at: AccountVersion,
    /// Its provider.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// What is set, by name.
    pub settings: BTreeMap<String, String>,
    /// Its secrets, newest first.
    pub secrets: Vec<SealedSecret>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A secret as the database has it.
#[derive(Debug, Clone)]
pub struct SealedSecret {
    /// Which one.
    pub name: String,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
    /// Until when it verifies webhooks; `None` for the one in use.
    pub retires_at: Option<DateTime<Utc>>,
    /// Whether that is over.
    pub retired: bool,
}

/// An account under its lock.
pub struct Locked {
    /// Its version.
    pub version: u64,
    /// Its provider.
    pub provider: String,
}

/// Stores a new account; `false` if its name is taken.
pub async fn create(
    tx: &mut Transaction,
    id: AccountId,
    (provider, name): (&str, &str),
    settings: &BTreeMap<String, String>,
) -> Result<bool, StoreError> {
    let now = tx.now();
    let made = sqlx::query!(
        r#"
        insert into accounts (id, provider, name, settings, created_at)
        values ($1, $2, $3, $4::text::json, $5)
        on conflict on constraint accounts_name do nothing
        "#,
        id.uuid(),
        provider,
        name,
        json(settings),
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(made.rows_affected() == 1)
}

/// Locks an account for the rest of the transaction.
pub async fn lock(tx: &mut Transaction, id: AccountId) -> Result<Option<Locked>, StoreError> {
    let row =
        sqlx::query!("select version, provider from accounts where id = $1 for update", id.uuid())
            .fetch_optional(tx.db().await?)
            .await?;
    Ok(row.map(|row| Locked { version: unsigned(row.version), provider: row.provider }))
}

/// Says whether another account has this name.
pub async fn name_taken(
    tx: &mut Transaction,
    id: AccountId,
    name: &str,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from accounts where name = $2 and id <> $1) as "taken!""#,
        id.uuid(),
        name,
    )
    .fetch_one(tx.db().await?)
    .await?)
}

/// Changes an account that is locked.
pub async fn change(
    tx: &mut Transaction,
    id: AccountId,
    name: &str,
    settings: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update accounts set name = $2, settings = $3::text::json, version = version + 1
        where id = $1
        "#,
        id.uuid(),
        name,
        json(settings),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}

/// Stores a secret of an account that is locked or new. The one before it verifies webhooks until then;
/// returns that time if there was one.
pub async fn add_secret(
    tx: &mut Transaction,
    id: AccountId,
    (name, sealed): (&str, &[u8]),
    overlap: TimeDelta,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let (fresh, now) = (Uuid::now_v7(), tx.now());
    let retires_at = sqlx::query_scalar!(
        r#"
        update account_secrets set retires_at = $3
        where account_id = $1 and name = $2 and retires_at is null
        returning retires_at as "retires_at!"
        "#,
        id.uuid(),
        name,
        now + overlap,
    )
    .fetch_optional(tx.db().await?)
    .await?;
    sqlx::query!(
        r#"
        insert into account_secrets (id, account_id, name, sealed, created_at)
        values ($1, $2, $3, $4, $5)
        "#,
        fresh,
        id.uuid(),
        name,
        sealed,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    sqlx::query!(
        r#"
        delete from account_secrets
        where id in (
            select id from account_secrets
            where account_id = $1 and name = $2 and retires_at <= $3
            order by created_at desc, id desc
            offset $4
        )
        "#,
        id.uuid(),
        name,
        now,
        RETIRED_MAX,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(retires_at)
}

/// Begins the next version of an account that is locked.
pub async fn next_version(tx: &mut Transaction, id: AccountId) -> Result<(), StoreError> {
    sqlx::query!("update accounts set version = version + 1 where id = $1", id.uuid())
        .execute(tx.db().await?)
        .await?;
    Ok(())
}

/// Finds an account.
pub async fn find(store: &Store, id: AccountId) -> Result<Option<Account>, StoreError> {
    Ok(read_all(store, Some(id)).await?.pop())
}

/// Returns all accounts, by name.
pub async fn all(store: &Store) -> Result<Vec<Account>, StoreError> {
    read_all(store, None).await
}

/// One statement, so that an account and its secrets are of one time.
async fn read_all(store: &Store, only: Option<AccountId>) -> Result<Vec<Account>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select a.id, a.version, a.provider, a.name, a.settings::text as "settings!", a.created_at,
            s.name as "secret?", s.sealed as "sealed?", s.created_at as "secret_created_at?",
            s.retires_at, coalesce(s.retires_at <= tandem_now(), false) as "retired!"
        from accounts a
        left join account_secrets s on s.account_id = a.id
        where $1::uuid is null or a.id = $1
        order by a.name, a.id, s.created_at desc, s.id desc
        "#,
        only.map(AccountId::uuid),
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let mut accounts: Vec<Account> = Vec::new();
    for row in rows {
        let id = AccountId::from(row.id);
        if accounts.last().is_none_or(|last| last.at.id != id) {
            let settings = serde_json::from_str(&row.settings)
                .map_err(|_bad| StoreError::Unreadable { what: "accounts.settings" })?;
            accounts.push(Account {
                at: AccountVersion { id, version: unsigned(row.version) },
                provider: row.provider,
                name: row.name,
                settings,
                secrets: Vec::new(),
                created_at: row.created_at,
            });
        }
        if let (Some(account), Some(name), Some(sealed), Some(created_at)) =
            (accounts.last_mut(), row.secret, row.sealed, row.secret_created_at)
        {
            let (retires_at, retired) = (row.retires_at, row.retired);
            account.secrets.push(SealedSecret { name, sealed, created_at, retires_at, retired });
        }
    }
    Ok(accounts)
}

fn json(settings: &BTreeMap<String, String>) -> String {
    serde_json::to_string(settings).expect("texts are JSON")
}
