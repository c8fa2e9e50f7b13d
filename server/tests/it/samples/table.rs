//! What each sample becomes, in a server that has nothing else.
//!
//! Our own samples have the table that is expected beside them. With `TANDEM_SAMPLES` naming another
//! folder (of `twilio`, `whatsapp`, `rcs-google`) the table of that one is printed, and only looked at
//! for what is never right.

use std::path::Path;

use futures_util::{StreamExt, stream};

use super::{
    sample::{self, FOLDERS, Provider, Sample},
    state,
    world::{World, elsewhere},
};

/// Servers at a time.
const AT_A_TIME: usize = 4;

/// Plays a sample into a new world, twice: what it says the second time is nothing.
async fn row(sample: Sample) -> (Provider, String) {
    let world = World::start(std::slice::from_ref(&sample)).await;
    let before = state::of(&world.server.database).await;
    let answer = world.play(&sample).await;
    let after = state::of(&world.server.database).await;
    let again = world.play(&sample).await;
    assert!(answer.status < 500, "{}: {}", sample.name, answer.status);
    assert_eq!((again.status, &again.body), (answer.status, &answer.body), "{}", sample.name);
    assert_eq!(state::of(&world.server.database).await, after, "{}: told again", sample.name);
    let mut said = state::news(&before, &after);
    said.extend(state::news(&after, &before).into_iter().filter_map(|line| {
        // A line that is there with another state is news already.
        (!line.contains("\"ours\"") && !line.starts_with("contact")).then(|| format!("no longer: {line}"))
    }));
    if answer.status != 200 {
        let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let field = problem["details"]["field"].as_str().unwrap_or_default();
        said.push(format!("{} {field}", problem["code"].as_str().unwrap_or_default()));
    } else if !answer.body.is_empty() && answer.body != "<Response/>" {
        said.push(format!("answered {}", answer.body));
    }
    if said.is_empty() {
        said.push("nothing".to_owned());
    }
    world.server.stop().await;
    let lines: String = said.iter().map(|line| format!("    {}\n", line.trim_end())).collect();
    (sample.provider, format!("{} {}\n{lines}", sample.name, answer.status))
}

async fn table(samples: Vec<Sample>) -> Vec<(Provider, String)> {
    let rows = samples.into_iter().map(|sample| async { tokio::spawn(row(sample)).await.unwrap() });
    stream::iter(rows).buffered(AT_A_TIME).collect().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_sample_becomes_what_the_table_says() {
    let other = elsewhere();
    let root = other.as_deref().unwrap_or_else(|| sample::own());
    let rows = table(sample::read(root)).await;
    for (folder, provider) in FOLDERS {
        let of_this = rows.iter().filter(|(it, _)| *it == provider);
        let table: String = of_this.map(|(_, row)| row.as_str()).collect();
        if other.is_some() {
            println!("{folder}\n\n{table}");
        } else {
            is_as_expected(&root.join(folder).join("expected.txt"), &table);
        }
    }
}

/// Compares a table with the one that was looked at. What is found instead lies beside it, to be looked
/// at and, if it is right, to be renamed.
fn is_as_expected(file: &Path, table: &str) {
    let expected = std::fs::read_to_string(file).unwrap_or_default();
    if expected != table {
        let found = std::env::temp_dir().join(format!(
            "tandem-{}-found.txt",
            file.parent().unwrap().file_name().unwrap().to_string_lossy()
        ));
        std::fs::write(&found, table).unwrap();
        let first = expected.lines().zip(table.lines()).find(|(a, b)| a != b);
        panic!("{} differs from {}: {first:?}", found.display(), file.display());
    }
}
