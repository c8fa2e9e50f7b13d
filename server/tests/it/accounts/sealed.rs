//! Secrets at rest: nobody reads them out of the database, and without the key nobody uses them.

use protocol::admin::{Accounts, Tested};
use reqwest::Method;
use serde_json::json;
use sqlx::Row as _;

use super::stage::{TOKEN, account, admin, channel, done, office, rotate, text};
use crate::harness::{
    api::{Api, CUSTOMER},
    server::{TestServer, Wanted},
};

const NEW: &str = "00112233445566778899aabbccddeeff";

/// Returns all that the database has, row by row, as text and as bytes.
async fn everything(server: &TestServer) -> Vec<String> {
    let mut db = server.database.connect().await;
    let tables = "select relname from pg_class where relkind = 'r' \
        and relnamespace = 'public'::regnamespace";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut db).await.unwrap();
    let mut all = Vec::new();
    for table in tables {
        let sql = format!("select t::text from \"{table}\" t");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut db).await.unwrap();
        all.extend(rows.iter().map(|row| row.get::<String, _>(0)));
    }
    all
}

#[tokio::test]
async fn no_row_and_no_answer_has_a_secret() {
    let (server, ada, fake) = office(Wanted::default()).await;
    let made = account(&ada, &fake).await;
    rotate(&ada, &made, NEW).await;
    let channel = channel(&ada, made.id).await;
    text(&fake, &channel, CUSTOMER).await;
    let rows = everything(&server).await;
    assert!(rows.iter().any(|row| row.contains("account.secret_rotated")), "it has looked");
    let mut answers = Vec::new();
    for path in ["accounts", "channels", "providers", "inboxes"] {
        let answer = ada.try_get(&format!("/api/v1/admin/{path}")).await;
        answers.push(answer.text().await.unwrap());
    }
    for secret in [TOKEN, NEW] {
        // Bytes are written in hexadecimal there.
        for form in [secret.to_owned(), hex::encode(secret)] {
            assert!(!rows.iter().any(|row| row.contains(&form)), "{form}");
            assert!(!answers.iter().any(|text| text.contains(&form)), "{form}");
        }
    }
    server.stop().await;
}

/// Says what an account's trouble is, and what trying it says.
async fn trouble(ada: &Api) -> (Option<String>, Tested) {
    let accounts: Accounts = ada.get("/api/v1/admin/accounts").await;
    let account = &accounts.accounts[0];
    let path = format!("/admin/accounts/{}/test", account.id);
    (account.trouble.clone(), done(ada, Method::POST, &path, &json!({})).await)
}

#[tokio::test]
async fn another_key_opens_nothing_and_says_so_and_a_file_is_kept() {
    let folder =
        std::env::temp_dir().join(format!("tandem-seal-{}", uuid::Uuid::now_v7().simple()));
    let wanted = Wanted { data_dir: Some(folder.clone()), ..Wanted::default() };
    let (a, ada, fake) = office(wanted.clone()).await;
    let made = account(&ada, &fake).await;
    let channel = channel(&ada, made.id).await;
    assert!(folder.join("seal.key").exists());
    a.goodbye();

    // The same file, and another key.
    let again = TestServer::join(&a.database, wanted.clone()).await;
    assert!(trouble(&admin(&again).await).await.1.ok);
    let keys = vec!["AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=".to_owned()];
    let other = TestServer::join(&a.database, Wanted { seal_keys: keys, ..wanted }).await;
    let (trouble, tested) = trouble(&admin(&other).await).await;
    assert!(trouble.unwrap().contains("TANDEM_SEAL_KEY") && !tested.ok);
    // Its webhooks are put off, not lost.
    let url = channel.webhooks[0].url.replace(&a.url(), &other.url());
    let answer = crate::harness::api::client().post(url).body("x").send().await.unwrap();
    assert_eq!(answer.status(), 503);
    for server in [other, again, a] {
        server.stop().await;
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn with_several_nodes_a_key_has_to_be_set() {
    let wanted = Wanted {
        redis: Some(crate::harness::server::redis()),
        data_dir: Some("/nonexistent".into()),
        ..Wanted::default()
    };
    let (server, ada, fake) = office(wanted).await;
    let wanted = super::stage::wanted_account(&fake);
    let code = protocol::errors::ErrorCode::Conflict;
    let path = "/admin/accounts";
    let problem = super::stage::refused(&ada, Method::POST, path, &wanted, code).await;
    assert!(problem.detail.contains("TANDEM_SEAL_KEY is not set"), "{}", problem.detail);
    server.stop().await;
}
