//! Rules about single files: names, lengths, words in the wrong room, paths of one machine.

use std::path::Path;

use crate::tidy::Finding;

pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    name(path, &mut findings);
    length(path, text, &mut findings);
    words(path, text, &mut findings);
    local_paths(path, text, &mut findings);
    findings
}

/// File names that say nothing about what is inside.
const NAMELESS: &[&str] = &[
    "util.rs",
    "utils.rs",
    "helper.rs",
    "helpers.rs",
    "common.rs",
    "misc.rs",
    "manager.rs",
];

fn name(path: &str, findings: &mut Vec<Finding>) {
    let file = path.rsplit('/').next().unwrap_or(path);
    if NAMELESS.contains(&file) {
        findings.push(Finding::error(
            path,
            "is named after nothing; name it after the one thing it holds",
        ));
    }
}

/// Lines, tests not counted, at which to ask whether a file still tells one story, and at which it does not.
const ASK: usize = 500;
const STOP: usize = 800;

fn length(path: &str, text: &str, findings: &mut Vec<Finding>) {
    let is_test = path
        .split('/')
        .any(|part| matches!(part, "tests" | "benches" | "gen" | "tests.rs"));
    let is_rust = Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs");
    if !is_rust || is_test {
        return;
    }
    let lines = text
        .lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .count();
    if lines > STOP {
        findings.push(Finding::error(
            path,
            format!("has {lines} lines before its tests, {STOP} is the end"),
        ));
    } else if lines > ASK {
        findings.push(Finding::warning(
            path,
            format!("has {lines} lines before its tests; does it tell one story?"),
        ));
    }
}

/// Folder, words that may not occur in it (in lower case), and why.
const ROOMS: &[(&str, &[&str], &str)] = &[
    (
        "crates/protocol/src/",
        &[
            ".await",
            "async fn",
            "std::env",
            "systemtime::now",
            "instant::now",
        ],
        "`protocol` neither waits nor looks at the world",
    ),
    (
        "crates/federation/src/",
        &["dynamo"],
        "`federation` serves any connector",
    ),
];

fn words(path: &str, text: &str, findings: &mut Vec<Finding>) {
    for (folder, words, why) in ROOMS {
        if !path.starts_with(folder) {
            continue;
        }
        for (line, place) in lines(path, text) {
            let line = line.to_lowercase();
            for word in words.iter().filter(|word| line.contains(**word)) {
                findings.push(Finding::error(
                    place.clone(),
                    format!("says `{word}`: {why}"),
                ));
            }
        }
    }
}

/// Where people's files lie. Put together here, or this file would break its own rule.
const HOMES: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
];

fn local_paths(path: &str, text: &str, findings: &mut Vec<Finding>) {
    for (line, place) in lines(path, text) {
        // In `s3://bucket/…` or `example.com/…` the folder is not at the top.
        let is_top = |at: usize| {
            !line[..at]
                .ends_with(|before: char| before.is_alphanumeric() || "._-/}>".contains(before))
        };
        if HOMES
            .iter()
            .any(|home| line.match_indices(home).any(|(at, _)| is_top(at)))
        {
            findings.push(Finding::error(place, "holds a path of somebody's machine"));
        }
    }
}

/// Lines with their place.
fn lines<'a>(path: &'a str, text: &'a str) -> impl Iterator<Item = (&'a str, String)> {
    text.lines()
        .enumerate()
        .map(move |(index, line)| (line, format!("{path}:{}", index + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::Weight;

    #[track_caller]
    fn check_finds(path: &str, text: &str, expected: &[&str]) {
        let found: Vec<String> = check(path, text)
            .iter()
            .map(|finding| finding.place.clone())
            .collect();
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn a_file_named_after_nothing_is_found() {
        check_finds("crates/x/src/utils.rs", "", &["crates/x/src/utils.rs"]);
        check_finds(
            "crates/x/src/spill/manager.rs",
            "",
            &["crates/x/src/spill/manager.rs"],
        );
        check_finds("crates/x/src/utility_bill.rs", "", &[]);
    }

    #[test]
    fn a_long_file_is_warned_of_then_refused_and_its_tests_do_not_count() {
        let weight =
            |path: &str, text: &str| check(path, text).first().map(|finding| finding.weight);
        let lines = |count: usize| "//\n".repeat(count);
        assert_eq!(weight("src/a.rs", &lines(500)), None);
        assert_eq!(weight("src/a.rs", &lines(501)), Some(Weight::Warning));
        assert_eq!(weight("src/a.rs", &lines(800)), Some(Weight::Warning));
        assert_eq!(weight("src/a.rs", &lines(801)), Some(Weight::Error));
        assert_eq!(
            weight(
                "src/a.rs",
                &format!("{}#[cfg(test)]\n{}", lines(400), lines(900))
            ),
            None
        );
        for path in [
            "src/gen/a.rs",
            "tests/it/a.rs",
            "src/a/tests.rs",
            "docs/a.md",
        ] {
            assert_eq!(weight(path, &lines(2000)), None, "{path}");
        }
    }

    #[test]
    fn words_in_the_wrong_room_are_found_by_line() {
        check_finds(
            "crates/protocol/src/a.rs",
            "x\ny().await\n",
            &["crates/protocol/src/a.rs:2"],
        );
        check_finds(
            "crates/protocol/src/a.rs",
            "let now = SystemTime::now();",
            &["crates/protocol/src/a.rs:1"],
        );
        check_finds(
            "crates/federation/src/a.rs",
            "// as DynamoDB does",
            &["crates/federation/src/a.rs:1"],
        );
        check_finds(
            "crates/dynamodb/src/a.rs",
            "// as DynamoDB does\ny().await",
            &[],
        );
    }

    #[test]
    fn a_path_of_one_machine_is_found_in_any_file_and_a_path_in_a_url_is_not() {
        for home in HOMES {
            check_finds(
                "docs/a.md",
                &format!("see `{home}me/notes`"),
                &["docs/a.md:1"],
            );
            check_finds("docs/a.md", &format!("{home}me"), &["docs/a.md:1"]);
            check_finds("docs/a.md", &format!("https://example.com{home}me"), &[]);
            check_finds("docs/a.md", &format!("target{home}me"), &[]);
        }
    }
}
