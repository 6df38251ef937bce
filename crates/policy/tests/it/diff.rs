//! What a change of a document is called.

use iam_policy_kit::Document;
use iam_policy_kit::diff::DocumentDiff;

use crate::cases::document;

fn between(before: &str, after: &str) -> DocumentDiff {
    DocumentDiff::between(&document(before), &document(after))
}

const STATEMENT: &str = r#"{"Sid": "Own", "Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"s3:prefix": "p/*"}}}"#;

/// Replaces a part of the statement and compares.
#[track_caller]
fn check(part: &str, by: &str, words: &str) {
    let changed = STATEMENT.replace(part, by);
    assert_ne!(changed, STATEMENT, "the part occurs");
    assert_eq!(
        between(STATEMENT, &changed).to_string(),
        format!("~ `Own`: {words}\n")
    );
}

#[test]
fn each_element_says_what_it_gains_and_loses_and_whether_that_widens() {
    check(
        r#""s3:GetObject""#,
        r#"["s3:getobject", "s3:PutObject"]"#,
        "Action gains `s3:PutObject` (widens access)",
    );
    check(
        r#""s3:GetObject""#,
        r#""s3:*""#,
        "Action changes from `s3:GetObject` to `s3:*` (widens access)",
    );
    check(
        r#""Action""#,
        r#""NotAction""#,
        "Action changes from Action `s3:GetObject` to NotAction `s3:GetObject` (widens access)",
    );
    check(
        "s3:::b/*",
        "s3:::b/p/*",
        "Resource changes from `arn:aws:s3:::b/*` to `arn:aws:s3:::b/p/*` (widens access)",
    );
    check(
        r#""222222222222""#,
        r#"["arn:aws:iam::222222222222:root", "333333333333"]"#,
        "Principal gains `333333333333` (widens access)",
    );
    check(
        r#"{"AWS": "222222222222"}"#,
        r#"{"Service": "a.amazonaws.com", "AWS": "AROAEXAMPLEEXAMPLEEX"}"#,
        "Principal loses `222222222222` and gains `AROAEXAMPLEEXAMPLEEX` (deleted principal) and service `a.amazonaws.com` (widens access)",
    );
    check(
        r#"{"StringLike": {"s3:prefix": "p/*"}}"#,
        "{}",
        "Condition StringLike s3:prefix loses `p/*` (widens access)",
    );
    check(
        r#""p/*""#,
        r#"["p/*", "q/*"]"#,
        "Condition StringLike s3:prefix gains `q/*` (widens access)",
    );
    check(
        "}}}",
        r#"}, "Bool": {"aws:SecureTransport": true}}}"#,
        "Condition Bool aws:SecureTransport gains `true`",
    );
    check(
        "StringLike",
        "StringLikeIfExists",
        "Condition StringLike s3:prefix loses `p/*`, Condition StringLikeIfExists s3:prefix gains `p/*` (widens access)",
    );
    check("Allow", "Deny", "Effect changes from `Allow` to `Deny`");
}

#[test]
fn an_allow_of_all_but_some_widens_when_it_leaves_out_less() {
    let allow = STATEMENT
        .replace("\"Action\"", "\"NotAction\"")
        .replace(r#""s3:GetObject""#, r#"["s3:GetObject", "s3:PutObject"]"#)
        .replace("StringLike", "StringNotLike")
        .replace(r#""p/*""#, r#"["p/*", "q/*"]"#);
    let words = |part: &str, by: &str| between(&allow, &allow.replace(part, by)).to_string();
    let (less, more) = (
        r#"["s3:GetObject"]"#,
        r#"["s3:GetObject", "s3:PutObject", "s3:ListBucket"]"#,
    );
    let some = r#"["s3:GetObject", "s3:PutObject"]"#;
    assert_eq!(
        words(some, less),
        "~ `Own`: Action loses `s3:PutObject` (widens access)\n"
    );
    assert_eq!(words(some, more), "~ `Own`: Action gains `s3:ListBucket`\n");
    assert_eq!(
        words(r#"["p/*", "q/*"]"#, r#""p/*""#),
        "~ `Own`: Condition StringNotLike s3:prefix loses `q/*` (widens access)\n"
    );
}

#[test]
fn a_deny_widens_access_when_it_says_less() {
    let deny = STATEMENT
        .replace("Allow", "Deny")
        .replace("StringLike", "StringNotLike");
    let words = |part: &str, by: &str| between(&deny, &deny.replace(part, by)).to_string();
    assert_eq!(
        words(r#""s3:GetObject""#, r#"["s3:GetObject", "s3:PutObject"]"#),
        "~ `Own`: Action gains `s3:PutObject`\n"
    );
    assert_eq!(
        words(r#"{"StringNotLike": {"s3:prefix": "p/*"}}"#, "{}"),
        "~ `Own`: Condition StringNotLike s3:prefix loses `p/*`\n"
    );
    assert_eq!(
        words(r#""p/*""#, r#"["p/*", "q/*"]"#),
        "~ `Own`: Condition StringNotLike s3:prefix gains `q/*` (widens access)\n"
    );
}

#[test]
fn statements_come_go_stay_and_get_a_sid() {
    let other = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "NotResource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#;
    let nameless = STATEMENT.replace(r#""Sid": "Own", "#, "");
    assert_eq!(
        between(STATEMENT, &format!("{other}, {STATEMENT}")).to_string(),
        "= `Own`: allow `222222222222` to do `s3:GetObject` on `arn:aws:s3:::b/*` if StringLike s3:prefix\n\
         + statement without Sid: deny `*` to do `s3:*` on all but `*` if Bool aws:SecureTransport\n"
    );
    assert_eq!(
        between(other, STATEMENT).to_string(),
        "- statement without Sid: deny `*` to do `s3:*` on all but `*` if Bool aws:SecureTransport (widens access)\n\
         + `Own`: allow `222222222222` to do `s3:GetObject` on `arn:aws:s3:::b/*` if StringLike s3:prefix (widens access)\n"
    );
    assert_eq!(
        between(&nameless, STATEMENT).to_string(),
        "~ statement without Sid: Sid gains `Own`\n"
    );
}

#[test]
fn no_difference_is_made_of_spelling_order_repeats_and_version() {
    let other_words = r#"{"Version": "2008-10-17", "Statement": [
        {"Condition": {"StringLike": {"S3:Prefix": ["p/*", "p/*"]}}, "Sid": "Own", "Resource": ["arn:aws:s3:::b/*"], "Effect": "Allow",
         "Action": ["S3:getobject"], "Principal": {"AWS": ["arn:aws:iam::222222222222:root"]}}]}"#;
    let diff = between(&format!("{STATEMENT}, {STATEMENT}"), other_words);
    assert!(diff.is_empty() && !diff.widens(), "{diff}");
    assert!(
        diff.to_string()
            .starts_with("  the version differs: 2012-10-17 and 2008-10-17\n= `Own`"),
        "{diff}"
    );
    let values = |value: &str| {
        document(
            &STATEMENT
                .replace(r#"{"s3:prefix": "p/*"}"#, "X")
                .replace(r#""StringLike": X"#, value),
        )
    };
    for (left, right) in [
        (
            r#""Bool": {"aws:SecureTransport": true}"#,
            r#""Bool": {"aws:SecureTransport": "True"}"#,
        ),
        (
            r#""NumericLessThan": {"s3:max-keys": 10}"#,
            r#""NumericLessThan": {"s3:max-keys": "10.0"}"#,
        ),
        (
            r#""Null": {"aws:TagKeys": false}"#,
            r#""Null": {"aws:tagkeys": "false"}"#,
        ),
    ] {
        let diff = DocumentDiff::between(&values(left), &values(right));
        assert!(diff.is_empty(), "{diff}");
    }
    assert!(
        !DocumentDiff::between(
            &values(r#""StringEquals": {"a:b": "x"}"#),
            &values(r#""StringEquals": {"a:b": "X"}"#)
        )
        .is_empty()
    );
}

#[test]
fn statements_without_sid_that_say_different_things_are_not_taken_for_one() {
    let nameless =
        |action: &str| format!(r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "*"}}"#);
    assert_eq!(
        between(&nameless("s3:Get*"), &nameless("s3:Put*")).to_string(),
        "- statement without Sid: deny to do `s3:Get*` on `*` (widens access)\n\
         + statement without Sid: deny to do `s3:Put*` on `*`\n"
    );
}

#[test]
fn another_version_may_widen_access_where_there_are_variables() {
    let with = |version: &str, resource: &str| {
        let text = format!(
            r#"{{"Version": "{version}", "Statement": {{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{resource}"}}}}"#
        );
        document(&text)
    };
    for (resource, widens) in [
        ("arn:aws:s3:::b/${aws:username}/*", true),
        ("arn:aws:s3:::b/*", false),
    ] {
        let diff =
            DocumentDiff::between(&with("2008-10-17", resource), &with("2012-10-17", resource));
        assert!(diff.is_empty(), "{diff}");
        assert_eq!(diff.widens(), widens, "{resource}");
    }
}

#[test]
fn an_empty_document_differs_by_all_statements() {
    let diff = DocumentDiff::between(&Document::new([]), &document(STATEMENT));
    assert_eq!(diff.statements.len(), 1);
    assert!(!diff.is_empty() && diff.widens());
}
