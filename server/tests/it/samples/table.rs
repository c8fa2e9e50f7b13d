//! What each sample becomes.
//!
//! Our own samples have the table that is expected beside them. With `TANDEM_SAMPLES` naming another
//! folder (of `twilio`, `whatsapp`, `rcs-google`) the table of that one is printed, and only looked at
//! for what is never right.

use serde_json::Value;

use super::{
    sample::{self, FOLDERS, Sample},
    state,
    world::{World, elsewhere},
};

/// Plays a sample, twice: what it says the second time is nothing.
async fn row(world: &World, sample: &Sample) -> String {
    let before = state::of(&world.server.database).await;
    let answer = world.play(sample).await;
    let after = state::of(&world.server.database).await;
    let again = world.play(sample).await;
    assert!(answer.status < 500, "{}: {}", sample.name, answer.status);
    assert_eq!(again.status, answer.status, "{}", sample.name);
    assert_eq!(state::of(&world.server.database).await, after, "{}: told again", sample.name);
    let mut said = state::news(&before, &after);
    let gone = state::news(&after, &before).into_iter().filter(|it| it.starts_with("refuses"));
    said.extend(gone.map(|line| format!("no longer {line}")));
    if answer.status != 200 {
        let problem: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let (code, field) = (&problem["code"], &problem["details"]["field"]);
        said.push(format!("{} {}", code.as_str().unwrap(), field.as_str().unwrap_or_default()));
    } else if !answer.body.is_empty() && answer.body != "<Response/>" {
        said.push(format!("answered {}", answer.body));
    }
    if said.is_empty() {
        said.push("nothing".to_owned());
    }
    let mut row = format!("{} {}\n", sample.name, answer.status);
    for line in said {
        row.extend(["    ", line.trim_end(), "\n"]);
    }
    row
}

#[tokio::test]
async fn each_sample_becomes_what_the_table_says() {
    let other = elsewhere();
    let samples = sample::read(other.as_deref().unwrap_or_else(|| sample::own()));
    let shared = World::start(&samples).await;
    for (folder, provider) in FOLDERS {
        let mut table = String::new();
        for sample in samples.iter().filter(|it| it.provider == provider) {
            if other.is_none() {
                table += &row(&shared, sample).await;
                continue;
            }
            // Others' samples have ids and customers in common without meaning it.
            let world = World::start(std::slice::from_ref(sample)).await;
            table += &row(&world, sample).await;
            world.server.stop().await;
        }
        if other.is_some() {
            println!("{folder}\n\n{table}");
        } else {
            is_as_expected(folder, &table);
        }
    }
    shared.server.stop().await;
}

/// Compares a table with the one that was looked at. What is found instead is kept, to be looked at and,
/// if it is right, to be put in its place.
fn is_as_expected(folder: &str, table: &str) {
    let file = sample::own().join(folder).join("expected.txt");
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    if expected != table {
        let found = std::env::temp_dir().join(format!("tandem-{folder}-found.txt"));
        std::fs::write(&found, table).unwrap();
        let first = expected.lines().zip(table.lines()).find(|(expected, found)| expected != found);
        panic!("{} is not {}: {first:?}", found.display(), file.display());
    }
}
