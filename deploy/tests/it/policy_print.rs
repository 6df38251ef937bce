//! `policy print`: the documents it prints, and what it refuses.

use std::process::{Command, Output};

use iam_policy_kit::Document;

const KEY: &str = "arn:aws:kms:eu-central-1:111111111111:key/0a1b2c3d-1111-2222-3333-444455556666";

fn run(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_athena-dynamodb-deploy"))
        .args(words)
        .output()
        .unwrap()
}

fn policy_print(options: &[&str]) -> Output {
    run(&[&["policy", "print"], options].concat())
}

/// The document of a run that must succeed without a word on stderr.
#[track_caller]
fn printed(options: &[&str]) -> String {
    let output = policy_print(options);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

/// A run that must be refused: nothing on stdout, this on stderr, exit code 64.
#[track_caller]
fn check_refused(options: &[&str], talk: &str) {
    let output = policy_print(options);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), talk);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    assert_eq!(output.status.code(), Some(64));
}

#[test]
fn a_bucket_is_enough_for_a_policy() {
    insta::assert_snapshot!(
        "bucket_only",
        printed(&["--spill-bucket", "ds-spill-bucket"])
    );
}

#[test]
fn every_option_narrows_the_policy_or_adds_the_key() {
    let options = [
        "--spill-bucket",
        "ds-spill-bucket",
        "--spill-prefix",
        "team/orders",
        "--kms-key",
        KEY,
        "--tables",
        "orders,customers",
        "--region",
        "eu-central-1",
        "--account",
        "111111111111",
    ];
    insta::assert_snapshot!("all_options", printed(&options));
}

#[test]
fn a_place_without_tables_covers_all_tables_of_the_account() {
    let document = printed(&[
        "--spill-bucket",
        "ds-spill-bucket",
        "--region",
        "us-gov-west-1",
        "--account",
        "111111111111",
    ]);
    assert!(
        document.contains(r#""arn:aws-us-gov:dynamodb:us-gov-west-1:111111111111:table/*""#),
        "{document}"
    );
    assert!(
        document.contains(r#""arn:aws-us-gov:s3:::ds-spill-bucket""#),
        "{document}"
    );
}

#[test]
fn without_a_key_no_kms_action_is_granted() {
    assert!(!printed(&["--spill-bucket", "ds-spill-bucket"]).contains("kms:"));
}

#[test]
fn a_role_that_reads_takes_the_place_of_rights_on_tables_and_roles_of_tables_do_not() {
    let (reader, other) = (
        "arn:aws-cn:iam::222222222222:role/team/reader",
        "arn:aws-cn:iam::333333333333:role/other",
    );
    let bucket = "--spill-bucket=ds-spill-bucket";
    let in_role = printed(&[
        bucket,
        "--cross-account-role",
        reader,
        "--table-roles",
        other,
    ]);
    assert!(!in_role.contains("dynamodb:"), "{in_role}");
    let beside = printed(&[bucket, "--table-roles", &format!("{reader},{other}")]);
    assert!(beside.contains("dynamodb:Scan"), "{beside}");
    for document in [in_role, beside] {
        assert!(document.contains(r#""sts:AssumeRole""#), "{document}");
        assert!(
            document.contains(reader) && document.contains(other),
            "{document}"
        );
    }
    let both = policy_print(&[
        bucket,
        "--cross-account-role",
        reader,
        "--tables=orders",
        "--region=us-east-1",
        "--account=111111111111",
    ]);
    assert_eq!(
        both.status.code(),
        Some(64),
        "tables are the other role's affair"
    );
}

#[test]
fn a_role_must_be_one_role_named_by_its_arn() {
    for (option, role) in [
        ("--cross-account-role", "reader"),
        (
            "--cross-account-role",
            "arn:aws:iam::111111111111:user/reader",
        ),
        ("--cross-account-role", "arn:aws:iam::1111:role/reader"),
        ("--table-roles", "arn:aws:iam::111111111111:role/*"),
        ("--table-roles", "arn:aws:iam::111111111111:role/"),
    ] {
        check_refused(
            &["--spill-bucket=spill", option, role],
            &format!(
                "error: `{option}` must be the ARN of an IAM role, got `{role}`\n\n\
                 hint: an ARN reads `arn:aws:iam::111111111111:role/NAME`; `aws iam get-role --role-name NAME` prints it\n"
            ),
        );
    }
}

#[test]
fn json_is_the_same_document_in_one_line() {
    let options = ["--spill-bucket", "ds-spill-bucket", "--kms-key", KEY];
    let (pretty, line) = (
        printed(&options),
        printed(&[&options[..], &["--json"]].concat()),
    );
    assert_eq!(line.lines().count(), 1);
    assert!(pretty.lines().count() > 1);
    assert_eq!(
        Document::from_json(&line).unwrap(),
        Document::from_json(&pretty).unwrap()
    );
}

#[test]
fn a_bucket_that_cannot_exist_is_refused() {
    for bucket in [
        "s3://spill",
        "ab",
        "Spill",
        "spill/folder",
        "-spill",
        "spill.",
        "a..b",
        &"a".repeat(64),
    ] {
        check_refused(
            &[&format!("--spill-bucket={bucket}")],
            &format!(
                "error: `--spill-bucket` must be a bucket's name of 3 to 63 lower case letters, digits, dots and hyphens, \
                 got `{bucket}`\n\n\
                 hint: give the name alone, without `s3://` and without a folder, as `aws s3 ls` prints it\n"
            ),
        );
    }
}

#[test]
fn a_prefix_that_would_open_other_folders_is_refused() {
    for prefix in ["", "/spill", "spill/", "*", "spill?", "${aws:username}"] {
        check_refused(
            &["--spill-bucket=spill", "--spill-prefix", prefix],
            &format!(
                "error: `--spill-prefix` must be a folder without a slash at its ends and without `*`, `?` and `$`, \
                 got `{prefix}`\n\n\
                 hint: give the value of the function's variable `spill_prefix`, for example `athena-spill`\n"
            ),
        );
    }
}

#[test]
fn a_key_must_be_the_arn_of_a_key_in_the_same_region() {
    for key in [
        "0a1b2c3d",
        "arn:aws:s3:::key/a",
        "arn:aws:kms:eu-central-1:1:key/a",
        "arn:aws:kms:eu-central-1:111111111111:key/*",
    ] {
        check_refused(
            &["--spill-bucket=spill", "--kms-key", key],
            &format!(
                "error: `--kms-key` must be the ARN of a KMS key, got `{key}`\n\n\
                 hint: an ARN reads `arn:aws:kms:us-east-1:111111111111:key/ID`; \
                 `aws kms describe-key --key-id ID` prints it\n"
            ),
        );
    }
    for alias in [
        "alias/spill",
        "arn:aws:kms:eu-central-1:111111111111:alias/spill",
    ] {
        check_refused(
            &["--spill-bucket=spill", "--kms-key", alias],
            &format!(
                "error: `--kms-key` must be the ARN of the key itself, got the alias `{alias}`\n\n\
                 hint: `aws kms describe-key --key-id ALIAS --query KeyMetadata.Arn` prints the key's ARN\n"
            ),
        );
    }
    check_refused(
        &[
            "--spill-bucket=spill",
            "--kms-key",
            KEY,
            "--region=us-east-1",
            "--account=111111111111",
        ],
        "error: `--kms-key` must lie in the Region of `--region`, `us-east-1`, got a key in `eu-central-1`\n\n\
         hint: a function uses keys of its own Region; give that key, or another `--region`\n",
    );
}

#[test]
fn an_account_a_region_and_tables_must_be_well_formed() {
    check_refused(
        &[
            "--spill-bucket=spill",
            "--region=us-east-1",
            "--account=1111",
        ],
        "error: `--account` must be the id of an AWS account\n  \
         cause: an account id has 12 digits, got `1111`\n\n\
         hint: `aws sts get-caller-identity --query Account` prints the id of yours\n",
    );
    for region in ["virginia", "us-east-", "us-1", "US-east-1", "*-east-1"] {
        check_refused(
            &[
                "--spill-bucket=spill",
                "--region",
                region,
                "--account=111111111111",
            ],
            &format!(
                "error: `--region` must be a Region's name, got `{region}`\n\n\
                 hint: a Region reads like `us-east-1`; `aws configure get region` prints yours\n"
            ),
        );
    }
    for table in ["", "ab", "orders*", "table/orders"] {
        check_refused(
            &[
                "--spill-bucket=spill",
                "--region=us-east-1",
                "--account=111111111111",
                &format!("--tables=all,{table}"),
            ],
            &format!(
                "error: `--tables` must list names of 3 to 255 letters, digits, `_`, `-` and `.`, got `{table}`\n\n\
                 hint: give names separated by commas, without spaces, as `aws dynamodb list-tables` prints them\n"
            ),
        );
    }
}

#[test]
fn tables_need_a_region_and_an_account() {
    for options in [
        &["--tables=orders"][..],
        &["--tables=orders", "--region=us-east-1"],
        &["--account=111111111111"],
    ] {
        let output = policy_print(&[&["--spill-bucket=spill"], options].concat());
        assert_eq!(output.status.code(), Some(64), "{options:?}");
        assert!(output.stdout.is_empty(), "{options:?}");
        assert!(
            String::from_utf8(output.stderr)
                .unwrap()
                .starts_with("error: the following required arguments")
        );
    }
}

#[test]
fn help_is_data_and_a_wrong_command_is_not() {
    let help = run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(help.stderr.is_empty());
    assert!(
        String::from_utf8(help.stdout)
            .unwrap()
            .contains("Usage: athena-dynamodb-deploy <COMMAND>")
    );
    for words in [&["polcy"][..], &[], &["policy", "print"]] {
        let wrong = run(words);
        assert_eq!(wrong.status.code(), Some(64), "{words:?}");
        assert!(
            wrong.stdout.is_empty() && !wrong.stderr.is_empty(),
            "{words:?}"
        );
    }
}
