//! Runs the benchmark as a user would, over two pages. That it runs is tested, not how fast.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

mod page;

fn bench(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_athena-benches"))
        .args(arguments)
        .args(["--pages", "2", "--runs", "1", "--starts", "2", "--out"])
        .arg(folder)
        .output()
        .expect("the benchmark was built for this test")
}

fn report(arguments: &[&str]) -> Value {
    let folder = TempDir::new().expect("a temporary folder");
    let output = bench(arguments, folder.path());
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{talk}");
    let text = std::fs::read(folder.path().join("report.json")).expect("a report");
    serde_json::from_slice(&text).expect("JSON")
}

#[test]
fn every_shape_is_read_whole_and_spilled_encrypted() {
    let report = report(&["--measure", "read"]);
    let reads = report["reads"].as_array().unwrap();
    let shapes: Vec<&str> = reads
        .iter()
        .filter_map(|read| read["shape"].as_str())
        .collect();
    assert_eq!(shapes, ["mixed", "narrow", "wide", "nested"]);
    for read in reads {
        let runs = [&read["cold"], &read["runs"][0]];
        for run in runs {
            // A page that is asked for twice, or in vain, would be counted.
            assert_eq!(
                (&run["pages"], &run["calls"]),
                (&2.into(), &1.into()),
                "{read}"
            );
            let json_bytes = run["json_bytes"].as_u64().unwrap();
            assert!((2_000_000..8_000_000).contains(&json_bytes), "{read}");
            assert!(run["blocks"].as_u64().unwrap() >= 1, "{read}");
            assert_eq!(run["encrypted_blocks"], run["blocks"], "{read}");
            assert!(run["wall_seconds"].as_f64().unwrap() > 0.0, "{read}");
        }
        assert_eq!(runs[0]["rows"], runs[1]["rows"]);
        assert!(read["peak_memory_mb"].as_f64().unwrap() > 1.0, "{read}");
    }
}

#[test]
fn connectors_are_compared_in_one_go() {
    let own = format!("'{}' __connector", env!("CARGO_BIN_EXE_athena-benches"));
    let report = report(&[
        "--connector",
        "self",
        "--connector",
        &own,
        "--shape",
        "narrow",
        "--measure",
        "start",
        "--measure",
        "read",
    ]);
    for figures in ["starts", "reads"] {
        let connectors: Vec<&str> = report[figures]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|of_one| of_one["connector"].as_str())
            .collect();
        assert_eq!(connectors, ["self", own.as_str()], "{figures}");
    }
    let start = &report["starts"][0];
    assert_eq!(start["starts"], 2);
    assert!(start["first_poll_ms"]["median"].as_f64().unwrap() > 0.0);
    assert!(start["first_ping_ms"]["median"].as_f64().unwrap() > 0.0);
    let rows = |place: usize| report["reads"][place]["cold"]["rows"].as_u64();
    assert_eq!(rows(0), rows(1));
}

#[test]
fn the_steps_are_measured_apart() {
    let report = report(&["--measure", "decode", "--shape", "mixed"]);
    let steps = report["decode"].as_array().unwrap();
    let names: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["step"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "checksum",
            "tail",
            "decode all columns",
            "decode no columns",
            "join batches",
            "encode",
            "seal",
            "base64"
        ]
    );
    for step in steps {
        assert!(step["bytes"].as_u64().unwrap() > 1_000_000, "{step}");
    }
}

#[test]
fn a_connector_that_does_not_start_ends_the_benchmark_with_its_log() {
    let folder = TempDir::new().unwrap();
    let command = r#"/bin/sh -c "echo no such jar >&2; exit 3""#;
    let output = bench(&["--connector", command], folder.path());
    assert_eq!(output.status.code(), Some(1));
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(
        talk.contains("no such jar") && talk.contains("exit status 3"),
        "{talk}"
    );
    assert!(!folder.path().join("report.json").exists());
}
