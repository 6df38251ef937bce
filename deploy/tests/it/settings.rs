//! Settings: where they come from, and that all that is wrong is said at once.

use std::process::{Command, Output};

fn run(words: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_athena-dynamodb-deploy"))
        .args(words)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let output = run(
        &[
            "apply",
            "--region=virginia",
            "--spill-prefix=/spill",
            "--results-bucket=s3://results",
            "--function=two words",
            "--catalog=AwsDataCatalog",
            "--memory=64",
            "--timeout=901",
            "--tables=a",
            "--kms-key=spill key",
            "--env=AWS_REGION=x",
            "--env=spill_bucket=x",
            "--env=secret",
            "--role-name=a/b",
            "--boundary=policy",
            "--subnets=subnet-1",
            "--log-retention=2",
            "--account-a=1111",
            "--account-b=2222",
            "--role-arn-a=role",
        ],
        &[],
    );
    assert_eq!(output.status.code(), Some(64));
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(
        !talk.contains("secret"),
        "what was meant for a value may be secret: {talk}"
    );
    insta::assert_snapshot!("everything_wrong", talk);
}

#[test]
fn flags_go_before_variables_and_these_before_the_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("deploy.toml");
    let text = r#"
        region = "eu-west-1"
        [a]
        account = "111111111111"
        [[b]]
        account = "222222222222"
        [connector]
        spill-bucket = "of-the-file"
        spill-prefix = "of-the-file"
        tables = ["orders"]
        [connector.env]
        allowed_tables = "orders"
    "#;
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let show = |options: &[&str], variables: &[(&str, &str)]| {
        let words = [&["policy", "show", "execution", "--config", path], options].concat();
        let output = run(&words, variables);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let variable = [("ATHENA_DEPLOY_SPILL_BUCKET", "of-the-variable")];
    assert!(show(&[], &[]).contains("arn:aws:s3:::of-the-file/of-the-file/*"));
    assert!(show(&[], &variable).contains("arn:aws:s3:::of-the-variable/of-the-file/*"));
    let flag = show(&["--spill-bucket=of-the-flag"], &variable);
    assert!(flag.contains("arn:aws:s3:::of-the-flag/of-the-file/*"));
    assert!(
        flag.contains("arn:aws:dynamodb:eu-west-1:111111111111:table/orders"),
        "{flag}"
    );
}

#[test]
fn an_unknown_key_and_a_missing_file_are_errors_with_their_place() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("deploy.toml");
    std::fs::write(&path, "[connector]\nspil-bucket = \"b\"\n").unwrap();
    let path = path.to_str().unwrap();
    let output = run(&["plan", "--config", path], &[]);
    assert_eq!(output.status.code(), Some(64));
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(
        talk.contains("unknown field `spil-bucket`") && talk.contains("line 2"),
        "{talk}"
    );
    let output = run(&["plan", "--config", "/nowhere.toml"], &[]);
    assert_eq!(output.status.code(), Some(64));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("cannot read the settings")
    );
}

#[test]
fn a_package_that_lambda_cannot_run_is_refused_before_the_first_call() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("bootstrap.zip");
    for (name, mode, bytes, told) in [
        (
            "bootstrap",
            0o755,
            &b"#!/bin/sh\necho this is a script\n"[..],
            "must be an ELF program",
        ),
        (
            "bootstrap",
            0o644,
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0",
            "mode 100644",
        ),
        (
            "bin/bootstrap",
            0o755,
            b"\x7fELF",
            "cannot read the package",
        ),
    ] {
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default().unix_permissions(mode);
        archive.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut archive, bytes).unwrap();
        archive.finish().unwrap();
        let words = [
            "plan",
            "--spill-bucket=spill",
            "--region=us-east-1",
            "--zip",
            path.to_str().unwrap(),
        ];
        let output = run(&words, &[]);
        assert_eq!(output.status.code(), Some(64), "{told}");
        let talk = String::from_utf8(output.stderr).unwrap();
        assert!(
            talk.contains(told) || talk.contains("cannot read the package"),
            "{told}: {talk}"
        );
    }
}

#[test]
fn the_file_to_begin_with_is_taken_as_it_is_and_with_all_that_it_shows() {
    let printed = String::from_utf8(run(&["init"], &[]).stdout).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("deploy.toml");
    let path = path.to_str().unwrap();
    let shows = |line: &str| line.contains(" = ") || line.starts_with("# [");
    let all = printed.lines().map(|line| match line.strip_prefix("# ") {
        // The package is looked into.
        Some(rest) if rest.starts_with("zip") => line.to_owned(),
        Some(rest) if shows(line) => rest.to_owned(),
        _ => line.to_owned(),
    });
    let all: Vec<String> = all.collect();
    for text in [printed.clone(), all.join("\n")] {
        std::fs::write(path, &text).unwrap();
        let options = ["--region=us-east-1", "--account-a=111111111111"];
        let words = [
            &["policy", "show", "execution", "--config", path][..],
            &options,
        ]
        .concat();
        let output = run(&words, &[]);
        assert_eq!(output.status.code(), Some(0), "{output:?}\n{text}");
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .contains("my-spill-bucket")
        );
    }
    assert!(all.iter().filter(|line| line.contains(" = ")).count() > 30);
}

#[test]
fn a_package_that_is_too_large_to_be_sent_is_refused_before_the_first_call() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("bootstrap.zip");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(52_428_801).unwrap();
    let words = [
        "plan",
        "--spill-bucket=spill",
        "--region=us-east-1",
        "--zip",
        path.to_str().unwrap(),
    ];
    let output = run(&words, &[]);
    assert_eq!(output.status.code(), Some(64));
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(
        talk.contains("at most 52428800 bytes") && talk.contains("see what else is in this one"),
        "{talk}"
    );
}
