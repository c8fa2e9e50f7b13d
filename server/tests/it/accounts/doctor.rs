//! `tandem doctor`: what is right, what is wrong, and how it ends.

use std::process::Output;

use tokio::process::Command;

use super::stage::{TOKEN, account, channel, rotate};
use crate::harness::{
    database::Database,
    fake_twilio::FakeTwilio,
    process::ServerProcess,
    server::{make_admin, people},
    twilio::{SID, numbers::BUSINESS},
};

const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

async fn doctor(env: &[(&str, &str)]) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
    let command = command.arg("doctor").env("TANDEM_DEMO", "on").env("TANDEM_LOG_FILTER", "off");
    let output = command.envs(env.iter().copied()).output().await.expect("it runs");
    let said = String::from_utf8(output.stdout.clone()).expect("a text");
    (output, said)
}

#[tokio::test]
async fn the_doctor_says_what_is_right_and_what_is_wrong() {
    let database = Database::create().await;
    people(&database, 1).await;
    make_admin(&database, "agent0@demo.example").await;
    let server = ServerProcess::start(&database, &[("TANDEM_SEAL_KEY", KEY)]).await;
    let ada = server.api("agent0").await;
    let fake = FakeTwilio::start().await;
    fake.add_account(SID, TOKEN, &[BUSINESS]);
    let made = account(&ada, &fake).await;
    let channel = channel(&ada, made.id).await;

    let env = |public_url| {
        [
            ("DATABASE_URL", database.plain_url()),
            ("TANDEM_PUBLIC_URL", public_url),
            ("TANDEM_SEAL_KEY", KEY),
        ]
    };
    let (output, said) = doctor(&env(&server.url)).await;
    assert!(output.status.success(), "{said}");
    let has = |said: &str, line: &str| {
        let words = said
            .lines()
            .any(|it| it.split_whitespace().collect::<Vec<_>>().join(" ").contains(line));
        assert!(words, "`{line}` is not in:\n{said}");
    };
    has(&said, "ok database it answers");
    has(&said, "note redis REDIS_URL is not set");
    has(&said, &format!("ok public URL {} leads here", server.url));
    has(&said, &format!("ok channel twilio, sms {BUSINESS}: the account `Test` is active"));
    has(&said, &format!("{}/webhooks/twilio/{}/messages", server.url, channel.id));

    // Twilio knows nothing of the new secret; somebody else answers at the address.
    rotate(&ada, &made, "00112233445566778899aabbccddeeff").await;
    let elsewhere = fake.base_url();
    let (output, said) = doctor(&env(&elsewhere)).await;
    assert_eq!(output.status.code(), Some(1), "{said}");
    has(&said, "something else answers there, with 404");
    has(&said, "(20003)");
    assert!(!said.contains(TOKEN) && !said.contains("00112233445566778899"));

    let mut env = env("http://127.0.0.1:1").to_vec();
    env.push(("REDIS_URL", "redis://127.0.0.1:1"));
    let (output, said) = doctor(&env).await;
    assert_eq!(output.status.code(), Some(1), "{said}");
    has(&said, "WRONG redis");
    has(&said, "nothing answers there");
    let (output, said) = doctor(&[("DATABASE_URL", "postgres://127.0.0.1:1/none")]).await;
    assert_eq!(output.status.code(), Some(1), "{said}");
    has(&said, "WRONG database");
    let help = Command::new(env!("CARGO_BIN_EXE_tandem")).args(["doctor", "--help"]).output();
    assert!(help.await.expect("it runs").status.success());
    assert!(server.terminate().await.success());
}
