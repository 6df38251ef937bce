//! `verify` and `status` against moto, whose Lambda runs nothing: the link that is broken is named with what to do.

use serde_json::Value;

use crate::accounts::{A, Accounts, FUNCTION};

const SHARED: &[&str] = &["--account-b=222222222222", "--profile-b=b", "--seed-exact"];

fn outcomes(json: &str) -> Vec<(String, String)> {
    let value: Value = serde_json::from_str(json).unwrap();
    let links = value["links"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    links
        .map(|link| (text(&link["link"]), text(&link["outcome"])))
        .collect()
}

#[test]
fn links_that_hold_are_told_from_the_one_that_is_broken() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    accounts.done(&[&["apply", "--yes"], SHARED].concat());
    let run = accounts.run(&[&["verify", "--json"], SHARED].concat());
    assert_eq!(run.code, Some(1), "{run:?}");
    let expected = [
        ("the function answers a ping", "broken"),
        ("the function lists tables", "skipped"),
        ("the function describes a table", "skipped"),
        ("the function reads a row and spills it", "skipped"),
        ("a block can be written in its place", "holds"),
        ("the block can be read back", "holds"),
        ("the data catalog leads to the function", "holds"),
        (
            "Athena reaches the function through the data catalog",
            "skipped",
        ),
        ("account 222222222222: reads the block", "holds"),
        ("account 222222222222: lists spilled blocks", "holds"),
        (
            "account 222222222222: its role for sharing can be assumed",
            "holds",
        ),
        (
            "account 222222222222: that role sees the data catalog",
            "skipped",
        ),
        (
            "account 222222222222: its data catalog leads to the function",
            "holds",
        ),
        (
            "account 222222222222: Athena reaches the function through the data catalog",
            "skipped",
        ),
        ("the policies give the rights they should", "holds"),
        ("the block is taken away again", "holds"),
    ];
    let expected = expected.map(|(link, outcome)| (link.to_owned(), outcome.to_owned()));
    assert_eq!(outcomes(&run.data), expected, "{run:#?}");
    let objects = accounts.s3("GET", "?list-type=2", "");
    assert!(
        objects.contains("<KeyCount>0</KeyCount>"),
        "nothing is left: {objects}"
    );

    accounts.json(
        A,
        "AmazonAthena.DeleteDataCatalog",
        r#"{"Name": "data_source_table"}"#,
    );
    let run = accounts.run(&[&["verify"], SHARED].concat());
    assert!(
        run.data.contains("broken   the data catalog leads to the function: it is not there\n           fix: run `apply`"),
        "{}",
        run.data
    );
    assert!(
        run.talk.contains("2 of 16 links are broken"),
        "{}",
        run.talk
    );
}

#[test]
fn status_tells_missing_drifted_and_in_step_without_a_package() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    let empty = accounts.run(&["status"]);
    assert_eq!(empty.code, Some(2), "{empty:?}");
    accounts.done(&["apply", "--yes"]);
    accounts.writes();
    assert_eq!(accounts.run(&["status"]).code, Some(0));
    let path = format!("/2015-03-31/functions/{FUNCTION}/configuration");
    let kind = "Content-Type: application/json\r\n";
    accounts.by_hand(A, "lambda", "PUT", &path, kind, r#"{"Timeout": 3}"#);
    let drifted = accounts.run(&["status"]);
    assert_eq!(drifted.code, Some(2));
    assert!(
        drifted.data.contains("timeout: 3 -> 900"),
        "{}",
        drifted.data
    );
    assert_eq!(accounts.writes(), [""; 0]);
}
