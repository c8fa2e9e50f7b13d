//! Plans made of chance: agents and customers act on two nodes while lines and nodes fail. In the
//! end everything must be as the [`oracle`](super::oracle) says.
//!
//! A plan that fails is saved where its failure says, and runs again with
//! `TANDEM_PLAN=FILE cargo test -p server --test it faults::random::saved`. Plans that have found a
//! fault stay in `server/tests/data/plans`.
#![expect(clippy::print_stdout, reason = "what a plan came to is for who reads a failure")]

mod plan;
mod run;

use std::{
    fs,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    time::Instant,
};

use futures_util::FutureExt;

use self::plan::Plan;
use super::{proving, setting};

/// Seeds of every test run; `make prove` goes on from there.
const SEEDS: [u64; 2] = [1, 2];
/// Operations of a plan.
const OPERATIONS: usize = 160;

/// Runs a plan; saves it where it fails.
async fn prove(plan: Plan) {
    let start = Instant::now();
    let (seed, count) = (plan.seed, plan.operations.len());
    let json = serde_json::to_string_pretty(&plan).unwrap();
    if let Err(failed) = AssertUnwindSafe(run::run(plan)).catch_unwind().await {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plans");
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("seed-{seed}.json"));
        fs::write(&file, json).unwrap();
        println!(
            "the plan of seed {seed} has failed; to run it again: TANDEM_PLAN={}",
            file.display()
        );
        std::panic::resume_unwind(failed);
    }
    println!("seed {seed}: {count} operations, {:.1} s", start.elapsed().as_secs_f64());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one() {
    prove(Plan::make(SEEDS[0], OPERATIONS)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two() {
    prove(Plan::make(SEEDS[1], OPERATIONS)).await;
}

/// Plans that have found something once, and the one that the environment names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saved() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/plans");
    let named = setting("TANDEM_PLAN").map(PathBuf::from);
    let kept = || fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = named.map_or_else(|| kept().collect(), |file| vec![file]);
    assert!(!files.is_empty());
    for file in files {
        prove(serde_json::from_slice(&fs::read(&file).unwrap()).unwrap()).await;
    }
}

/// As many plans as there is time for: none unless `make prove` gives it some.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many() {
    let time = proving().unwrap_or_default();
    let first = setting("TANDEM_PROVE_SEED").map_or(100, |it| it.parse().unwrap());
    let start = Instant::now();
    for seed in first.. {
        if start.elapsed() >= time {
            return;
        }
        prove(Plan::make(seed, OPERATIONS)).await;
    }
}
