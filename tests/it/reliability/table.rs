//! The page on reliability and its tests are of one mind: each row names a test that there is, and each test here has a row.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PAGE: &str = include_str!("../../../docs/reliability.md");

/// The rows of tables that name tests: promise and tests.
fn rows() -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut names_tests = false;
    for line in PAGE.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        match cells.as_slice() {
            ["", _, promise, tests, ""] if !promise.starts_with("---") => {
                if *tests == "test" {
                    names_tests = true;
                } else if names_tests {
                    rows.push(((*promise).to_owned(), (*tests).to_owned()));
                }
            }
            ["", _, _, _, ""] => {}
            _ => names_tests = false,
        }
    }
    rows
}

fn named() -> BTreeSet<String> {
    let names = |tests: &String| -> Vec<String> {
        tests
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    rows().iter().flat_map(|(_, tests)| names(tests)).collect()
}

/// The names of all functions in the sources below a folder.
fn functions(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, names);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let found = text.split("fn ").skip(1);
            names.extend(found.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
        }
    }
}

#[test]
fn a_test_that_the_page_on_reliability_names_exists() {
    let rows = rows();
    assert!(rows.len() > 60, "{} rows", rows.len());
    for (promise, tests) in &rows {
        let is_named =
            tests.contains('`') || tests.starts_with("same") || promise.starts_with("*none*");
        assert!(is_named, "no test for: {promise}");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut there = BTreeSet::new();
    for folder in ["crates", "tests"] {
        functions(&root.join(folder), &mut there);
    }
    let missing: Vec<_> = named().difference(&there).cloned().collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn each_test_of_a_fault_has_its_row() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/reliability");
    let mut tests = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name == "table.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let found = text.split("#[tokio::test]\nasync fn ").skip(1);
        tests.extend(found.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
    }
    assert!(tests.len() > 20, "{tests:?}");
    let missing: Vec<_> = tests.difference(&named()).cloned().collect();
    assert_eq!(missing, Vec::<String>::new());
}
