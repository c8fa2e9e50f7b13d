//! A database for each test, copied from one that has the schema.

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use protocol::ids::MessageId;
use secrecy::SecretString;
use server::store::pool::Store;
use sqlx::{Connection, Executor, PgConnection, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

use super::{outside, wait::eventually};

/// The copy's original.
const TEMPLATE: &str = "tandem_template";

/// A test's own database. It is left behind, so that its log can be verified after the suite.
#[derive(Clone)]
pub(crate) struct Database {
    url: String,
    #[expect(dead_code, reason = "it is dropped, and that is all")]
    end: Arc<End>,
}

/// Whoever is the last to have a database sees that nothing left the house.
struct End(String);

impl Drop for End {
    fn drop(&mut self) {
        outside::check(&self.0);
    }
}

impl Database {
    /// Makes one.
    pub(crate) async fn create() -> Self {
        static READY: OnceCell<()> = OnceCell::const_new();
        READY.get_or_init(template).await;
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        let mut admin = admin().await;
        let create = format!("create database {name} template {TEMPLATE}");
        admin.execute(sqlx::AssertSqlSafe(create)).await.expect("a test's database can be made");
        Self::of(with_name(&name))
    }

    /// Takes one that was made elsewhere.
    pub(crate) fn of(url: String) -> Self {
        Self { end: Arc::new(End(url.clone())), url }
    }

    /// Returns the socket that it is reached at, and its name.
    pub(crate) fn socket_and_name(&self) -> (PathBuf, &str) {
        let (name, rest) = self.url.strip_prefix("postgres:///").unwrap().split_once('?').unwrap();
        let host = rest.split('&').find_map(|it| it.strip_prefix("host=")).expect("a host");
        (Path::new(host).join(".s.PGSQL.5432"), name)
    }

    /// Returns its address.
    pub(crate) fn url(&self) -> SecretString {
        self.url.clone().into()
    }

    /// Returns its address for another process.
    pub(crate) fn plain_url(&self) -> &str {
        &self.url
    }

    /// Connects, to look at what the doors do not show, or to break something.
    pub(crate) async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.expect("the test's database")
    }

    /// Counts all that commands and webhooks store.
    pub(crate) async fn stored(&self) -> Vec<i64> {
        let sql = "select array[(select count(*) from contacts), (select count(*) from threads),
            (select count(*) from messages), (select count(*) from notes),
            (select count(*) from contents), (select count(*) from events),
            (select count(*) from deliveries), (select count(*) from idempotency)]";
        let mut connection = self.connect().await;
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("counts")
    }

    /// Waits until a message was tried so often and waits to be tried again.
    pub(crate) async fn until_tried(&self, message: MessageId, attempts: i32) {
        eventually(&format!("{attempts} attempts"), async || {
            (self.tried(message).await == Some(attempts)).then_some(())
        })
        .await;
    }

    /// Returns how often a message was taken up and laid down again; `None` while it is in somebody's
    /// hands.
    pub(crate) async fn tried(&self, message: MessageId) -> Option<i32> {
        let sql = "select attempts from deliveries where message_id = $1 and claimed_until is null";
        let asked = sqlx::query_scalar(sql).bind(message.uuid());
        asked.fetch_optional(&mut self.connect().await).await.unwrap()
    }

    /// Asks for one number.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let mut connection = self.connect().await;
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect(sql)
    }
}

async fn template() {
    let mut admin = admin().await;
    // Two test processes at the same time make it one after the other.
    admin.execute("select pg_advisory_lock(4711)").await.expect("a lock");
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(TEMPLATE)
            .fetch_one(&mut admin)
            .await
            .expect("a list of databases");
    if !exists {
        let create = format!("create database {TEMPLATE}");
        admin.execute(sqlx::AssertSqlSafe(create)).await.expect("the template can be made");
        let store = Store::connect(&with_name(TEMPLATE).into(), 1).await.expect("the template");
        store.migrate().await.expect("the migrations");
        store.close().await;
    }
    admin.close().await.expect("the lock goes with the connection");
}

#[expect(clippy::disallowed_methods, reason = "tests have no config")]
fn base() -> String {
    env::var("DATABASE_URL").expect("DATABASE_URL: run the tests under scripts/with-postgres")
}

fn with_name(name: &str) -> String {
    base().replacen("///postgres?", &format!("///{name}?"), 1)
}

async fn admin() -> PgConnection {
    let options: PgConnectOptions = base().parse().expect("DATABASE_URL");
    PgConnection::connect_with(&options).await.expect("Postgres answers")
}
