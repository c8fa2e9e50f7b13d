//! The pool of connections, migrations, and the two kinds of transaction.

use std::{str::FromStr, time::Duration};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{error::StoreError, transaction::Transaction};
use crate::telemetry::metrics::all::metrics;

/// A statement that takes longer has met a lock or a fault; nobody waits longer for an answer.
const STATEMENT_TIMEOUT_MS: &str = "10000";
/// A transaction that stands still (its process was stopped) gives its row locks back.
const IDLE_IN_TRANSACTION_MS: &str = "10000";
/// How long a request waits for a free connection before it is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that was in use so lately is not tried before it is used again.
const TRUSTED: Duration = Duration::from_secs(1);

/// A cheap handle on the database.
#[derive(Clone)]
pub struct Store {
    pub(super) pool: PgPool,
}

/// A read-only transaction that sees one instant of the database.
pub struct Snapshot {
    pub(super) tx: sqlx::Transaction<'static, sqlx::Postgres>,
}

impl Store {
    /// Connects. The first connection is tried at once, so that a wrong address shows at start.
    pub async fn connect(url: &SecretString, connections_max: u32) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url.expose_secret())?
            .application_name("tandem")
            .statement_cache_capacity(256)
            .options([
                ("statement_timeout", STATEMENT_TIMEOUT_MS),
                ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_MS),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(async move {
                    if known.idle_for >= TRUSTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_release(|connection, _known| {
                // What one large page has needed is not kept by every connection for ever.
                connection.shrink_buffers();
                Box::pin(async { Ok(true) })
            })
            .connect_with(options)
            .await?;
        Ok(Self { pool })
    }

    /// Brings the schema up to date. Takes an advisory lock, so that nodes starting together wait.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        sqlx::migrate!("../migrations").run(&self.pool).await?;
        Ok(())
    }

    /// Returns how many migrations the schema lacks, without changing anything.
    pub async fn migrations_missing(&self) -> Result<usize, StoreError> {
        let there = "select exists (select from pg_tables where tablename = '_sqlx_migrations')";
        let there: bool = sqlx::query_scalar(there).fetch_one(&self.pool).await?;
        let mut done: Vec<i64> = Vec::new();
        if there {
            let sql = "select version from _sqlx_migrations where success";
            done = sqlx::query_scalar(sql).fetch_all(&self.pool).await?;
        }
        let all = sqlx::migrate!("../migrations");
        Ok(all.iter().filter(|it| !done.contains(&it.version)).count())
    }

    /// Returns what proves that somebody has this very database, by a word of the asker's own choice.
    pub async fn prove(&self, word: &str) -> Result<String, StoreError> {
        let proof = sqlx::query_scalar!(
            r#"
            select encode(sha256(uuid_send(epoch) || convert_to($1, 'UTF8')), 'hex') as "proof!"
            from streams where id = '00000000-0000-0000-0000-000000000000'
            "#,
            word,
        );
        Ok(proof.fetch_one(&self.pool).await?)
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        Transaction::begin(&self.pool).await
    }

    /// Begins a transaction that reads one instant.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let tx = self.pool.begin_with("begin isolation level repeatable read read only").await?;
        Ok(Snapshot { tx })
    }

    /// Returns the database's clock.
    pub async fn now(&self) -> Result<DateTime<Utc>, StoreError> {
        Ok(sqlx::query_scalar!(r#"select tandem_now() as "now!""#).fetch_one(&self.pool).await?)
    }

    /// Moves the database's clock, for tests.
    pub async fn set_clock_offset(&self, offset_ms: i64) -> Result<(), StoreError> {
        sqlx::query!("update clock_offset set ms = $1", offset_ms).execute(&self.pool).await?;
        Ok(())
    }

    /// Brings the gauges of the pool up to date.
    pub fn measure(&self) {
        let open = i64::from(self.pool.size());
        let idle = i64::try_from(self.pool.num_idle()).unwrap_or(i64::MAX);
        metrics().postgres_connections_open.set(open);
        metrics().postgres_connections_busy.set((open - idle).max(0));
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
