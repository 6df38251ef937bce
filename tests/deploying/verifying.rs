//! `verify` walks a set-up with the real connector in it; a statement that is taken away breaks the link that it is there for,
//! and that link is named.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::hand::{Hand, document, trust_of};
use crate::rig::{A, B, BUCKET, EVERYTHING, FUNCTION, GUEST, Rig, Run, SHARED, SHARED_WITH_C};

const RIGHTS: &str = "the policies give the rights they should";
const ROLE: &str = "athena-dynamodb-lambda-connector-account-a-role";

/// Names of links by what came of them, with what was seen of the broken ones.
fn links(run: &Run) -> (BTreeMap<String, Vec<String>>, BTreeMap<String, String>) {
    let value = run.json();
    let (mut by_outcome, mut seen) = (BTreeMap::<String, Vec<String>>::new(), BTreeMap::new());
    for link in value["links"].as_array().unwrap() {
        let text = |field: &str| link[field].as_str().unwrap_or_default().to_owned();
        by_outcome
            .entry(text("outcome"))
            .or_default()
            .push(text("link"));
        seen.insert(text("link"), text("seen"));
        if text("outcome") == "broken" {
            assert!(!text("fix").is_empty(), "nothing is said to do: {link:#}");
        }
    }
    (by_outcome, seen)
}

async fn verify(rig: &Rig) -> Run {
    rig.run("verify", &[EVERYTHING, &["--json"]].concat()).await
}

#[tokio::test]
async fn every_link_of_a_finished_set_up_holds() {
    let rig = Rig::running().await;
    rig.done("apply", EVERYTHING).await;
    rig.writes();
    let run = verify(&rig).await;
    let (by_outcome, seen) = links(&run);
    assert_eq!(run.code, Some(0), "{seen:#?}\n{}", run.talk);
    assert_eq!(
        by_outcome.keys().collect::<Vec<_>>(),
        ["holds"],
        "{seen:#?}"
    );
    assert_eq!(by_outcome["holds"].len(), 15, "{seen:#?}");
    assert_eq!(seen["the function describes a table"], "orders");
    // The block was really spilled by the function, and is gone again.
    let spilled = &seen["the function reads a row and spills it"];
    let key = spilled.strip_prefix("s3://ds-spill-bucket/").unwrap();
    assert!(key.starts_with("athena-spill/"), "{key}");
    let list = rig.hand(A).s3().list_objects_v2().bucket(BUCKET);
    assert_eq!(list.send().await.unwrap().key_count, Some(0));
    let writes: Vec<String> = rig
        .writes()
        .into_iter()
        .map(|call| call.operation)
        .collect();
    assert_eq!(writes, ["PutObject", "DeleteObject"]);
}

#[tokio::test]
async fn every_link_holds_in_the_other_styles_too_and_for_two_accounts() {
    for (style, skipped) in [("--strict", 0), ("--seed-exact", 1)] {
        let rig = Rig::running().await;
        let [b, c] = [SHARED, SHARED_WITH_C]
            .map(|share| [share, &[style, "--env=disable_glue=true"]].concat());
        rig.done("apply", &b).await;
        rig.done("share", &c).await;
        for options in [&b, &c] {
            let run = rig
                .run("verify", &[&options[..], &["--json"]].concat())
                .await;
            assert_eq!(run.code, Some(0), "{style}: {run:#?}");
            let (by_outcome, seen) = links(&run);
            // The manual set-up's role may only create.
            let untried = by_outcome.get("skipped").map_or(0, Vec::len);
            assert_eq!(untried, skipped, "{style}: {seen:#?}");
        }
    }
}

#[tokio::test]
async fn without_a_function_only_what_hangs_on_it_is_not_tried() {
    let rig = Rig::running().await;
    rig.done("apply", SHARED).await;
    let delete = rig.hand(A).lambda().delete_function();
    delete.function_name(FUNCTION).send().await.unwrap();
    let run = verify(&rig).await;
    assert_eq!(run.code, Some(1), "{run:#?}");
    let (by_outcome, seen) = links(&run);
    // The permission went with the function.
    assert_eq!(
        by_outcome["broken"],
        ["the function answers a ping", RIGHTS],
        "{seen:#?}"
    );
    for link in [
        "a block can be written in its place",
        "account 222222222222: reads the block",
    ] {
        assert!(
            by_outcome["holds"].contains(&link.to_owned()),
            "{link}: {seen:#?}"
        );
    }
}

/// A statement to take away.
enum Statement {
    /// Of an inline policy: account, role, policy, Sid; without one, the policy itself.
    Role(&'static str, &'static str, &'static str, &'static str),
    /// Of a trust policy, in which somebody else stands afterwards.
    Trust(&'static str, &'static str),
    /// A managed policy.
    Attached(&'static str),
    Bucket(&'static str),
    Function(&'static str),
}

impl Statement {
    async fn goes(&self, rig: &Rig) {
        match self {
            Self::Role(account, role, policy, sid) => {
                let hand = rig.hand(account);
                if sid.is_empty() {
                    let delete = hand.iam().delete_role_policy().role_name(*role);
                    delete.policy_name(*policy).send().await.unwrap();
                } else {
                    let whole = hand.role_policy(role, policy).await;
                    let rest = without(whole, sid);
                    hand.put_role_policy(role, policy, &rest).await;
                }
            }
            Self::Trust(account, role) => {
                rig.hand(account)
                    .put_trust(role, &trust_of("444444444444"))
                    .await;
            }
            Self::Attached(policy) => {
                let detach = rig.hand(A).iam().detach_role_policy().role_name(ROLE);
                detach.policy_arn(*policy).send().await.unwrap();
            }
            Self::Bucket(sid) => {
                let hand = rig.hand(A);
                let whole = document(&hand.bucket_policy(BUCKET).await);
                let rest = without(whole, sid);
                hand.put_bucket_policy(BUCKET, rest.to_string()).await;
            }
            Self::Function(id) => {
                let remove = rig.hand(A).lambda().remove_permission();
                let remove = remove.function_name(FUNCTION).statement_id(*id);
                remove.send().await.unwrap();
            }
        }
    }
}

/// A policy without one of its statements.
fn without(mut policy: Value, sid: &str) -> Value {
    let statements = policy["Statement"].as_array_mut().unwrap();
    let before = statements.len();
    statements.retain(|statement| statement["Sid"] != sid);
    assert_eq!(statements.len(), before - 1, "{sid} is there once");
    policy
}

/// Every statement that `apply` writes, the link that it is there for, and the accesses that hang on it.
fn statements() -> Vec<(Statement, Option<&'static str>, &'static [&'static str])> {
    const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    let own = |sid| Statement::Role(A, ROLE, "FunctionExecutionPolicy", sid);
    vec![
        (
            own("ReadTables"),
            Some("the function describes a table"),
            &[
                "function reads tables (dynamodb:DescribeTable)",
                "function reads tables (dynamodb:Query)",
                "function reads tables (dynamodb:Scan)",
                "function reads tables (dynamodb:PartiQLSelect)",
            ],
        ),
        (
            own("ListTables"),
            Some("the function lists tables"),
            &["function lists tables"],
        ),
        (
            own("CheckSpillBucket"),
            Some("the function reads a row and spills it"),
            &["function checks the spill bucket"],
        ),
        (
            own("WriteSpill"),
            Some("the function reads a row and spills it"),
            &["function writes spilled blocks"],
        ),
        (
            own("SeeQueryState"),
            None,
            &["function sees whether a query still runs"],
        ),
        (
            Statement::Trust(A, ROLE),
            Some("the function answers a ping"),
            &["Lambda takes the execution role"],
        ),
        (
            Statement::Attached(BASIC),
            None,
            &["function writes its log"],
        ),
        (
            Statement::Bucket("AthenaSpillGet222222222222"),
            Some("account 222222222222: reads the block"),
            &["222222222222: analyst reads spilled blocks"],
        ),
        (
            Statement::Bucket("AthenaSpillList222222222222"),
            Some("account 222222222222: lists spilled blocks"),
            &["222222222222: analyst lists the spill bucket"],
        ),
        (
            Statement::Bucket("DenyInsecureTransport"),
            None,
            &["222222222222: administrator reads without TLS"],
        ),
        (
            Statement::Function("athena-cross-account-access"),
            Some("account 222222222222: Athena reaches the function through the data catalog"),
            &["222222222222: analyst invokes the function through Athena"],
        ),
        (
            Statement::Trust(B, GUEST),
            Some("account 222222222222: its role for sharing can be assumed"),
            &["222222222222: account A assumes the role for sharing"],
        ),
        (
            Statement::Role(B, GUEST, "AthenaCreateDataCatalog", ""),
            Some("account 222222222222: that role sees the data catalog"),
            &["222222222222: that role registers the catalog"],
        ),
    ]
}

/// Makes a function start anew: what it found out before is forgotten.
async fn start_anew(hand: &Hand, words: &str) {
    let update = hand.lambda().update_function_configuration();
    let update = update.function_name(FUNCTION).description(words);
    update.send().await.unwrap();
}

#[tokio::test]
async fn each_statement_that_is_missing_breaks_the_link_that_it_is_there_for() {
    let rig = Rig::running().await;
    rig.done("apply", EVERYTHING).await;
    for (number, (statement, link, accesses)) in statements().into_iter().enumerate() {
        statement.goes(&rig).await;
        start_anew(&rig.hand(A), &number.to_string()).await;
        let run = verify(&rig).await;
        assert_eq!(run.code, Some(1), "{number}: {run:#?}");
        let (by_outcome, seen) = links(&run);
        let broken: Vec<&str> = by_outcome["broken"].iter().map(String::as_str).collect();
        let expected: Vec<&str> = link.into_iter().chain([RIGHTS]).collect();
        assert_eq!(broken, expected, "{number}: {seen:#?}");
        let told = &seen[RIGHTS];
        // A line for each access, and the accesses begin the lines.
        assert_eq!(told.lines().count(), accesses.len(), "{number}: {told}");
        for access in accesses {
            assert!(told.contains(access), "{number}: {access}: {told}");
        }
        // What `verify` names, `apply` mends.
        rig.done("apply", EVERYTHING).await;
    }
    let run = verify(&rig).await;
    assert_eq!(run.code, Some(0), "{run:#?}");
}

#[tokio::test]
async fn what_only_keeps_a_careless_allow_from_opening_the_bucket_breaks_no_link_but_has_drifted() {
    let rig = Rig::running().await;
    rig.done("apply", EVERYTHING).await;
    Statement::Bucket("DenyOtherAccounts").goes(&rig).await;
    assert_eq!(verify(&rig).await.code, Some(0));
    let status = rig.run("status", EVERYTHING).await;
    assert_eq!(status.code, Some(2));
    assert!(
        status.data.contains("+ `DenyOtherAccounts`"),
        "{}",
        status.data
    );
}
