//! Own statements go in and out; all others stay.

use iam_policy_kit::json::Text;
use iam_policy_kit::{Change, Document, Sid, Statement, Unnamed};

const FOREIGN: &str = r#"{ "Sid": "S3PolicyStmt-DO-NOT-MODIFY-1", "Effect":"Allow", "Principal":{"Service":["b.amazonaws.com","a.amazonaws.com"]}, "Action":["s3:PutObject","s3:GetObject"], "Resource":"arn:aws:s3:::b/*" }"#;
/// Has an element that this crate does not know.
const STRANGE: &str = r#"{"Sid":"Strange","Effect":"Allow","Wish":{"x":1.50}}"#;

fn statement(text: &str) -> Statement {
    Document::from_json(&format!(r#"{{"Statement": {text}}}"#))
        .unwrap()
        .statements
        .remove(0)
}

fn ours(action: &str) -> String {
    format!(
        r#"{{"Sid":"Ours","Effect":"Allow","Principal":{{"AWS":"222222222222"}},"Action":"{action}","Resource":"arn:aws:s3:::b/*"}}"#
    )
}

/// Puts `Ours` with `s3:GetObject` and prints.
#[track_caller]
fn check(statements: &[&str], unnamed: Unnamed, change: Change, expected: &[&str]) {
    let document = |statements: &[&str]| {
        format!(
            r#"{{"Version":"2008-10-17","Statement":[{}],"Id":"x"}}"#,
            statements.join(",")
        )
    };
    let mut text = Text::new(&document(statements)).unwrap();
    assert_eq!(text.put(&statement(&ours("s3:GetObject")), unnamed), change);
    assert_eq!(text.to_string(), document(expected));
    assert_eq!(
        text.put(&statement(&ours("s3:GetObject")), unnamed),
        Change::Nothing,
        "again"
    );
    assert_eq!(text.to_string(), document(expected));
}

#[test]
fn a_new_statement_goes_to_the_end_and_foreign_ones_stay_letter_for_letter() {
    let new = ours("s3:GetObject");
    check(
        &[FOREIGN, STRANGE],
        Unnamed::Accept,
        Change::Added,
        &[FOREIGN, STRANGE, &new],
    );
    check(&[], Unnamed::Accept, Change::Added, &[&new]);
}

#[test]
fn the_statement_with_our_sid_is_replaced_in_its_place() {
    let (old, new) = (ours("s3:*"), ours("s3:GetObject"));
    check(
        &[STRANGE, &old, FOREIGN],
        Unnamed::Accept,
        Change::Replaced,
        &[STRANGE, &new, FOREIGN],
    );
    let twice = [old.as_str(), FOREIGN, &new];
    check(&twice, Unnamed::Accept, Change::Replaced, &[&new, FOREIGN]);
    let twice = [new.as_str(), FOREIGN, &old];
    check(&twice, Unnamed::Accept, Change::Replaced, &[&new, FOREIGN]);
    let unreadable = STRANGE.replace("Strange", "Ours");
    check(
        &[&unreadable, FOREIGN],
        Unnamed::Accept,
        Change::Replaced,
        &[&new, FOREIGN],
    );
}

#[test]
fn our_statement_in_other_words_stays_as_it_is() {
    let other = r#"{"Sid": "Ours", "Effect": "Allow", "Action": ["S3:getobject"], "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Resource": ["arn:aws:s3:::b/*"], "Condition": {}}"#;
    check(
        &[other, FOREIGN],
        Unnamed::Accept,
        Change::Nothing,
        &[other, FOREIGN],
    );
    let other_case = other.replace("\"Ours\"", "\"ours\"");
    let new = ours("s3:GetObject");
    check(
        &[&other_case],
        Unnamed::Accept,
        Change::Added,
        &[&other_case, &new],
    );
}

#[test]
fn a_statement_without_sid_that_says_the_same_counts_or_is_adopted() {
    let new = ours("s3:GetObject");
    let nameless = new.replace(r#""Sid":"Ours","#, "");
    check(
        &[&nameless, FOREIGN],
        Unnamed::Accept,
        Change::Nothing,
        &[&nameless, FOREIGN],
    );
    check(
        &[&nameless, FOREIGN],
        Unnamed::Adopt,
        Change::Adopted,
        &[&new, FOREIGN],
    );
    let more = nameless.replace("s3:GetObject", "s3:*");
    check(&[&more], Unnamed::Adopt, Change::Added, &[&more, &new]);
}

#[test]
fn removing_takes_all_with_the_sid_and_nothing_else() {
    let (one, other) = (ours("s3:*"), ours("s3:GetObject"));
    let mut text = Text::new(&format!(r#"{{"Statement":[{one},{STRANGE},{other}]}}"#)).unwrap();
    let sid = Sid::new("Ours").unwrap();
    assert_eq!(text.remove(&sid), Change::Removed);
    assert_eq!(text.to_string(), format!(r#"{{"Statement":[{STRANGE}]}}"#));
    assert_eq!(text.remove(&sid), Change::Nothing);
    assert!(!text.is_empty());
    assert_eq!(text.remove(&Sid::new("Strange").unwrap()), Change::Removed);
    assert!(text.is_empty());
}

#[test]
fn a_text_that_is_no_document_is_refused() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"Statement": [}"#,
        r#"{"Statement": [], "Statement": []}"#,
    ] {
        assert!(Text::new(text).is_err(), "{text}");
    }
}

#[test]
fn one_object_in_place_of_the_list_is_taken() {
    let mut text = Text::new(&format!(r#"{{"Statement": {FOREIGN}}}"#)).unwrap();
    let new = ours("s3:GetObject");
    text.put(&statement(&new), Unnamed::Accept);
    assert_eq!(
        text.to_string(),
        format!(r#"{{"Statement":[{FOREIGN},{new}]}}"#)
    );
}
