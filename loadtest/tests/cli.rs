//! The executable as a stranger meets it: help, lists, one-line errors, results and exit codes. A whole
//! run against a real server is in the server's tests.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::{Value, json};

fn loadtest(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadtest"));
    let output = command.args(args).env_clear().output();
    output.expect("the executable runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A small result, as `run` writes it.
fn result(ack_p99: f64, broken: u64) -> Value {
    let time = json!({
        "count": 100, "min": 1.0, "mean": 2.0, "p50": 2.0, "p75": 3.0, "p90": 4.0, "p95": 5.0,
        "p99": ack_p99, "p999": ack_p99, "max": ack_p99,
        "curve": [{"percent": 0.0, "ms": 1.0}, {"percent": 99.0, "ms": ack_p99}],
    });
    let second = |at: u32| json!({"at": at, "connected": 3, "times": {"ack": [2.0, ack_p99, ack_p99]}, "counts": {"commands": 9}});
    json!({
        "schema": 1, "tool": "loadtest 0", "verdict": if broken > 0 { "violations" } else { "good" },
        "scenario": {
            "name": "<desk>", "about": "About", "story": "A story",
            "load": {"agents": 3, "customers": 2, "rate": "5/s", "ramp": "1s", "duration": "2s"},
            "mix": {"text": 1.0},
        },
        "seed": 7, "targets": ["http://127.0.0.1:1"], "logins": 1, "began": "2026-11-23T00:00:00Z",
        "machine": {"processors": 2, "system": "linux"}, "lasted": 2.0, "settled": 1.0, "ramped": 1.0,
        "interrupted": false, "times": {"ack": time}, "counters": {"commands": 18},
        "seconds": [second(1), second(2), second(3)],
        "checks": [{"kind": "two_replies", "promise": "one is accepted", "broken": broken,
            "first": ["commands 3 and 4 to thr_<x> were both accepted"]}],
        "looked_at": {"desks": 3, "events": 5, "deliveries": 15, "commands": 18, "texts": 2,
            "timelines": 2, "customers": 2},
        "thresholds": [{"threshold": "ack.p99 < 9ms", "why": "quick", "figure": "5 ms", "holds": true}],
        "notes": ["<script>"],
    })
}

fn written(folder: &str, name: &str, result: &Value) -> String {
    let path = self::folder(folder).join(name);
    fs::write(&path, result.to_string()).expect("a file");
    path.to_str().expect("a path").to_owned()
}

#[test]
fn a_stranger_finds_the_scenarios_and_what_they_do() {
    let listed = loadtest(&["list"]);
    assert!(listed.status.success());
    let listed = text(&listed.stdout);
    for name in ["desk-day", "reconnect-storm", "inbound-burst"] {
        assert!(listed.contains(name), "{listed}");
        let explained = loadtest(&["explain", name]);
        assert!(explained.status.success());
        assert!(text(&explained.stdout).contains("exit code 97"), "{name}");
    }
    let help = text(&loadtest(&["--help"]).stdout);
    for code in ["97", "98", "99"] {
        assert!(help.contains(code), "{help}");
    }
}

#[test]
fn what_makes_no_sense_is_said_in_one_line() {
    let check = |args: &[&str], said: &str| {
        let output = loadtest(args);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.starts_with("error: ") && error.contains(said), "{args:?}: {error}");
        assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    };
    let run = |more: &[&'static str]| {
        let mut args = vec!["run", "--login", "ann@demo.example:secret"];
        args.extend(more);
        args
    };
    check(&["run"], "--login email:password");
    check(&["run", "--login", "ann"], "--login must be email:password");
    check(&run(&["--agents", "0"]), "`load.agents` is 0, allowed are 1 to 20000");
    check(&run(&["--rate", "fast"]), "--rate: `fast` is not a rate such as 20/s");
    check(&run(&["--duration", "5"]), "is not a time such as 250ms, 5s or 2m");
    check(&run(&["--scenario", "nothing"]), "desk-day");
    check(&run(&["--threshold", "ack.p98 < 5ms"]), "ack.p98");
    check(&run(&["--url", "http://inbox.example.com"]), "--allow-remote");
    check(&run(&["--logins", "/nowhere"]), "/nowhere");
    check(&["explain", "nothing"], "there is no scenario `nothing`");
    check(&["jump"], "jump");
}

#[test]
fn nobody_there_is_a_failed_run_and_no_verdict() {
    let output = loadtest(&["run", "--url", "http://127.0.0.1:1", "--login", "a@b.example:c"]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.contains("a@b.example at http://127.0.0.1:1"), "{error}");
}

#[test]
fn a_slower_run_is_worse_and_so_is_a_broken_promise() {
    let before = written("compare", "before.json", &result(5.0, 0));
    let check = |name: &str, after: &Value, tolerance: &str, code: i32| {
        let after = written("compare", name, after);
        let output = loadtest(&["compare", &before, &after, "--tolerance", tolerance]);
        assert_eq!(output.status.code(), Some(code), "{name}: {}", text(&output.stdout));
        text(&output.stdout)
    };
    check("same.json", &result(5.0, 0), "10%", 0);
    let table = check("slower.json", &result(7.0, 0), "10%", 1);
    assert!(table.contains("ack.p99") && table.contains("WORSE"), "{table}");
    check("slower.json", &result(7.0, 0), "50%", 0);
    check("faster.json", &result(3.0, 0), "10%", 0);
    check("broken.json", &result(5.0, 1), "10%", 1);
}

#[test]
fn a_page_is_made_of_a_result_and_lets_nothing_in() {
    let result = written("report", "run.json", &result(5.0, 2));
    assert!(loadtest(&["report", &result]).status.success());
    let page = fs::read_to_string(folder("report").join("report.html")).expect("a page");
    assert!(page.contains("commands 3 and 4 to thr_&lt;x&gt; were both accepted"));
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
    assert!(!page.contains("src=") && !page.contains("http://www"), "nothing is loaded");
    assert!(page.matches("<svg").count() >= 4);
}

#[test]
fn another_file_is_no_result() {
    let path = written("other", "run.json", &json!({"schema": 9}));
    let output = loadtest(&["report", &path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("is no result of `loadtest run`"));
}
