//! Each rule can fail, and what is right is let through.

use crate::{
    image::Image,
    rules::check,
    source::{Source, root},
    words,
};

/// Checks a file whose findings are these, each a line and a part of its mend.
#[track_caller]
fn finds(path: &str, text: &str, expected: &[(usize, &str)]) {
    let found = check(&Source::new(path, text));
    let all: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{all:?}");
    for (line, part) in expected {
        let hit = found.iter().any(|it| it.line == *line && it.mend.contains(part));
        assert!(hit, "nothing in line {line} says `{part}`: {all:?}");
    }
}

#[test]
fn floors() {
    let down =
        "//! X.\nuse crate::{\n    domain::thread::Thread,\n    store::{pool::Store, x},\n};\n";
    finds("server/src/commands/reply.rs", down, &[]);
    let up = "//! X.\nuse crate::{\n    domain::thread::Thread,\n    http::{pool::Store, x},\n};\n";
    finds("server/src/commands/reply.rs", up, &[(4, "`commands` may not know `http`")]);
    let beside = "//! X.\nfn f() { crate::queries::inbox_list::get(); }\n";
    finds("server/src/commands/reply.rs", beside, &[(2, "may not know `queries`")]);
    finds("server/src/queries/reply.rs", beside, &[]);
    finds("server/src/telemetry/x.rs", "//! X.\nuse crate::config::args;\n", &[(2, "`config`")]);
    finds("server/src/config/x.rs", "//! X.\nuse crate::clock::Clock;\n", &[(2, "`clock`")]);
    finds("server/src/app/x.rs", "//! X.\nuse crate::{clock::Clock, ws::y::Z};\n", &[]);
    finds("server/src/store/x.rs", "//! See [`crate::http`].\n// crate::http\n", &[]);
    finds("server/src/store/x.rs", "//! X.\npub(crate) fn f() {}\n", &[]);
    finds("server/src/utils/x.rs", "//! X.\n", &[(1, "give `utils` a floor")]);
}

#[test]
fn module_files() {
    let good = "//! X.\n\n#[cfg(test)]\nmod harness;\npub mod a;\npub(crate) mod b;\n";
    finds("server/src/ws/mod.rs", good, &[]);
    finds("server/src/ws/mod.rs", "//! X.\npub mod a;\nfn f() {}\n", &[(3, "only docs")]);
    finds("protocol/src/lib.rs", "//! X.\nuse std::fmt;\n", &[(2, "only docs")]);
}

#[test]
fn lengths() {
    let long = format!("//! X.\n{}", "fn f() {}\n".repeat(400));
    finds("server/src/ws/x.rs", &long, &[(400, "401 lines, 400 are allowed")]);
    let tested = format!("//! X.\n#[cfg(test)]\nmod tests {{\n{}}}\n", "fn f() {}\n".repeat(400));
    finds("server/src/ws/x.rs", &tested, &[]);
    finds("client-js/desk/src/x.tsx", &"a();\n".repeat(401), &[(400, "401 lines")]);
    finds("client-js/desk/src/x.css", &"a {}\n".repeat(401), &[]);
}

#[test]
fn first_lines() {
    finds("server/src/ws/x.rs", "use std::fmt;\n", &[(1, "open with `//!`")]);
    finds("client-js/sdk/src/x.ts", "import x from 'x';\n", &[]);
}

#[test]
fn known_in_one_place() {
    let sql = "//! X.\nuse sqlx::PgPool;\n";
    finds("server/src/ws/x.rs", sql, &[(2, "`sqlx` is known in store/")]);
    finds("server/src/store/x.rs", sql, &[]);
    finds("server/src/app/private_postgres/cluster.rs", sql, &[]);
    finds("server/src/store/x.rs", "//! X.\nfn f(it: axum::Router) {}\n", &[(2, "`axum`")]);
    finds("server/src/ws/x.rs", "//! X.\nfn f(it: axum::Router) {}\n", &[]);
    finds("server/src/ws/x.rs", "//! X.\nuse redis::Client;\n", &[(2, "`redis` is known in bus/")]);
    finds("server/src/app/x.rs", "//! X.\nuse crate::bus::redis::RedisBus;\n", &[]);
    finds("server/src/ws/x.rs", "//! X.\nfn f() { std::env::var_os(N); }\n", &[(2, "config/")]);
    finds("server/src/config/x.rs", "//! X.\nfn f() { std::env::var_os(N); }\n", &[]);
    finds("server/src/http/x.rs", "//! X.\nfn f(it: TwilioForm) {}\n", &[(2, "provider's name")]);
    finds("server/src/channels/twilio/x.rs", "//! X.\nfn f(it: TwilioForm) {}\n", &[]);
    finds("server/src/channels/mod.rs", "//! X.\npub mod twilio;\n", &[]);
    let adapter = "//! X.\nuse crate::channels::whatsapp::body;\n";
    finds("server/src/channels/webhook.rs", adapter, &[(2, "provider's name")]);
    finds("server/src/app/x.rs", adapter, &[]);
    finds("server/src/channels/mod.rs", "//! X.\npub mod whatsapp;\n", &[]);
    finds("server/src/channels/x.rs", "//! X.\nuse super::whatsapp;\n", &[(2, "provider's name")]);
    finds("server/src/domain/x.rs", "//! X.\nfn f(it: ChannelKind::Whatsapp) {}\n", &[]);
    finds("server/src/http/x.rs", "//! X.\nfn f(it: RbmClient) {}\n", &[(2, "provider's name")]);
    finds("server/src/channels/twilio/x.rs", "//! X.\nmod rbm;\n", &[(2, "provider's name")]);
    finds("server/src/channels/rbm/x.rs", "//! X.\nfn f(it: RbmClient) {}\n", &[]);
    finds("server/src/channels/mod.rs", "//! X.\npub mod rbm;\n", &[]);
    finds("server/src/http/x.rs", "//! Twilio.\nconst A: &str = \"twilio\";\n", &[]);
}

#[test]
fn clean_texts() {
    let note = format!("//! X.\n// {}{}: later\n", "TO", "DO");
    finds("server/src/ws/x.rs", &note, &[(2, "do it now")]);
    finds("server/src/ws/x.rs", "//! X.\n\tfn f() {}\n", &[(2, "not tabs")]);
    finds("migrations/0001_a.sql", "select 1; \n", &[(1, "blanks at the end")]);
}

#[test]
fn reexports() {
    finds("server/src/ws/x.rs", "//! X.\npub use std::fmt;\n", &[(2, "no `pub use`")]);
    finds("server/src/ws/x.rs", "//! X.\npub(crate) use std::fmt;\n", &[(2, "no `pub use`")]);
    finds("server/src/ws/x.rs", "//! X.\nuse std::fmt::*;\n", &[(2, "import by name")]);
    let test = "//! X.\n#[cfg(test)]\nmod tests {\n    use super::*;\n}\n";
    finds("server/src/ws/x.rs", test, &[]);
    finds("server/tests/it/x.rs", "//! X.\nuse crate::harness::*;\n", &[]);
}

#[test]
fn code_is_told_from_comments_and_texts() {
    let code = |text: &str| Source::new("x.rs", text).code;
    assert_eq!(code("a(\"b\", 'c', '\\'', 'd) // e\nf"), "a(   ,    ,     , 'd)     \nf");
    assert_eq!(code("r#\"a\"b\"# + for"), "         + for");
    assert_eq!(code("/* a\nb */c"), "    \n    c");
    assert_eq!(code("\"a\\\"b\" c 'ä' d"), "       c      d");
    assert_eq!(code("\"open"), "     ");
}

#[test]
fn migrations() {
    let check = |files: &[(&str, &str)], expected: &[&str]| {
        let sources: Vec<Source> = files
            .iter()
            .map(|(name, text)| Source::new(&format!("migrations/{name}"), text))
            .collect();
        let found: Vec<String> =
            words::migrations(&sources).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (said, part) in found.iter().zip(expected) {
            assert!(said.contains(part), "`{said}` does not say `{part}`");
        }
    };
    let told = "create table a (\n);\ncomment on table a is 'x';\n";
    check(&[("0001_a.sql", told), ("0002_b_2.sql", "")], &[]);
    check(&[("0001_a.sql", told), ("0003_b.sql", "")], &["0003_b.sql:1: name it 0002_"]);
    check(&[("0001_A.sql", "")], &["in lower case"]);
    check(&[("1_a.sql", "")], &["name it 0001_"]);
    let untold = "\ncreate table if not exists b (\n);\ncomment on table bc is 'x';\n";
    check(&[("0001_a.sql", untold)], &["0001_a.sql:2: add `comment on table b is"]);
}

#[test]
fn words_of_the_protocol() {
    let found = words::protocol_is_told("`reply.send` `collision` `draining` 4000 `hello`");
    let untold: Vec<String> = found.iter().map(ToString::to_string).collect();
    let missing = |word: &str| untold.iter().any(|it| it.contains(&format!("explain `{word}`")));
    for told in ["reply.send", "collision", "draining", "4000", "hello"] {
        assert!(!missing(told), "{told}");
    }
    for word in ["note.add", "message.sent", "locked", "slow", "4008", "subscribe", "welcome"] {
        assert!(missing(word), "{word}");
    }
}

#[test]
fn images() {
    let finds = |change: &dyn Fn(&mut Image), expected: &str| {
        let mut image = Image::read(&root());
        change(&mut image);
        let found = image.check(|path| root().join(path).exists());
        let all: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(all.iter().any(|it| it.contains(expected)), "nothing says `{expected}`: {all:?}");
    };
    let dockerfile = |from: &'static str, to: &'static str| {
        move |image: &mut Image| {
            assert!(image.dockerfile.contains(from), "{from}");
            image.dockerfile = image.dockerfile.replace(from, to);
        }
    };
    finds(&dockerfile("COPY migrations/ ", "COPY tables/ "), "tables/, which is not there");
    finds(&dockerfile("COPY loadtest/ loadtest/", ""), "copy loadtest/");
    finds(&dockerfile("rust:1.95", "rust:1.9"), "the Rust that Cargo.toml asks for");
    finds(&dockerfile(" --locked", ""), "as it was locked");
    finds(&dockerfile("USER 10001:10001", "USER root"), "other than root");
    finds(&dockerfile("EXPOSE 8080", "EXPOSE 80"), "one port for all: EXPOSE 8080");
    finds(&dockerfile("0.0.0.0:8080", "0.0.0.0:9090"), "looks for node-a");
    finds(&dockerfile("/readyz", "/healthz"), "ask /readyz");
    finds(&dockerfile("TANDEM_LOG_FORMAT", "TANDEM_LOG_FORM"), "TANDEM_LOG_FORM is no setting");
    finds(&|image| image.ignored = image.ignored.replace("!migrations\n", ""), "let migrations");
    finds(&|image| image.compose.push_str("# TANDEM_X"), "TANDEM_X is no setting");
}
