//! Rights of whoever deploys: what is missing is told before the first write, all of it, as the policy that grants it.

use athena_testkit::cloud::Pace;
use serde_json::{Value, json};

use crate::hand::{ALL, trust_of};
use crate::rig::{A, B, EVERYTHING, Rig, Run};

/// May ask what it may.
const SIMULATE: &str =
    r#"{"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": "*"}"#;

fn simulate() -> Value {
    serde_json::from_str(SIMULATE).unwrap()
}

fn policy(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// The statements that a run says are missing, by account.
fn missing(run: &Run, account: &str) -> Vec<Value> {
    let caller = format!("arn:aws:iam::{account}:user/deployer lacks");
    let Some((_, rest)) = run.talk.split_once(&caller) else {
        return Vec::new();
    };
    let (_, document) = rest.split_once("goes on without it\n").unwrap();
    let mut documents = serde_json::Deserializer::from_str(document).into_iter::<Value>();
    let document = documents.next().unwrap().unwrap();
    document["Statement"].as_array().unwrap().clone()
}

fn actions(statements: &[Value]) -> Vec<String> {
    let actions = statements
        .iter()
        .flat_map(|statement| match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            one => vec![one.clone()],
        });
    actions
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn who_may_nothing_is_told_what_suffices_before_the_first_write() {
    let rig = Rig::start().await;
    let only = policy(&[simulate()]);
    rig.restrict(&only, &only);
    let run = rig.run("apply", EVERYTHING).await;
    assert_eq!(run.code, Some(1), "{run:#?}");
    rig.wrote_nothing();
    let (mut a, mut b) = (missing(&run, A), missing(&run, B));
    // To look as well as to write.
    for action in [
        "iam:GetRole",
        "iam:CreateRole",
        "s3:PutBucketPolicy",
        "iam:PassRole",
        "sts:AssumeRole",
    ] {
        assert!(actions(&a).contains(&action.to_owned()), "{action}: {a:#?}");
    }
    assert_eq!(actions(&b).len(), 27, "{b:#?}");
    // The documents that can be shown beforehand hold all of it.
    for (name, told) in [("deployer-a", &a), ("deployer-b", &b)] {
        let shown = rig.shown(name, EVERYTHING).await;
        let shown = shown["Statement"].as_array().unwrap();
        for statement in told {
            let mut same = shown
                .iter()
                .filter(|other| other["Resource"] == statement["Resource"]);
            let same = actions(std::slice::from_ref(same.next().unwrap()));
            for action in actions(std::slice::from_ref(statement)) {
                assert!(same.contains(&action), "{name}: {action} of {statement}");
            }
        }
    }
    a.push(simulate());
    b.push(simulate());
    rig.restrict(&policy(&a), &policy(&b));
    rig.done("apply", EVERYTHING).await;
    rig.cloud.forget_calls();
    rig.done("apply", EVERYTHING).await;
    rig.wrote_nothing();
}

#[tokio::test]
async fn one_right_that_is_missing_is_named_alone() {
    let rig = Rig::start().await;
    let only = policy(&[simulate()]);
    rig.restrict(&only, &only);
    let run = rig.run("plan", EVERYTHING).await;
    let (mut a, mut b) = (missing(&run, A), missing(&run, B));
    a.push(simulate());
    b.push(simulate());
    for lacking in [
        "iam:TagRole",
        "s3:TagResource",
        "logs:CreateLogGroup",
        "iam:PassRole",
        "athena:TagResource",
        "lambda:AddPermission",
    ] {
        let mut statements = a.clone();
        for statement in &mut statements {
            let kept: Vec<String> = actions(std::slice::from_ref(statement));
            let kept = kept.into_iter().filter(|action| action != lacking);
            statement["Action"] = json!(kept.collect::<Vec<_>>());
        }
        statements.retain(|statement| statement["Action"] != json!([]));
        rig.restrict(&policy(&statements), &policy(&b));
        rig.cloud.forget_calls();
        let run = rig.run("apply", EVERYTHING).await;
        assert_eq!(run.code, Some(1), "{lacking}: {run:#?}");
        let told = actions(&missing(&run, A));
        assert!(
            told.iter().all(|action| action == lacking) && !told.is_empty(),
            "{lacking}: {told:?}"
        );
        assert!(missing(&run, B).is_empty(), "{lacking}: {}", run.talk);
        rig.wrote_nothing();
    }
    // What is told is what is missed: without the question, the call is refused.
    let unchecked = rig
        .run("apply", &[EVERYTHING, &["--unchecked"]].concat())
        .await;
    assert_eq!(unchecked.code, Some(1), "{unchecked:#?}");
    assert!(
        unchecked.talk.contains("AddPermission"),
        "{}",
        unchecked.talk
    );
    assert!(!rig.writes().is_empty());
}

#[tokio::test]
async fn a_lock_to_the_region_and_to_tls_is_no_missing_right() {
    let rig = Rig::start().await;
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let region = json!({"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}});
    let tls = json!({"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
    let locked = policy(&[all, region, tls]);
    rig.restrict(&locked, &locked);
    let run = rig.done("apply", EVERYTHING).await;
    assert!(
        !run.talk.contains("is not known beforehand"),
        "{}",
        run.talk
    );
}

#[tokio::test]
async fn rights_that_cannot_be_known_are_said_to_be_unknown_and_found_out_by_the_calls() {
    let rig = Rig::start().await;
    let denied = ["iam:SimulatePrincipalPolicy", "iam:ListUserPolicies"];
    let all = all_but(&denied);
    rig.restrict(&all, &all);
    let run = rig.done("apply", EVERYTHING).await;
    let told = run.talk.matches("is not known beforehand").count();
    assert_eq!(told, 2, "once for each account: {}", run.talk);
}

/// Everything is allowed, and these actions are denied.
fn all_but(actions: &[&str]) -> String {
    policy(&[
        json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        json!({"Effect": "Deny", "Action": actions, "Resource": "*"}),
    ])
}

#[tokio::test]
async fn without_the_simulator_the_policies_that_can_be_read_decide() {
    let rig = Rig::start().await;
    let simulator = "iam:SimulatePrincipalPolicy";
    let (a, b) = (all_but(&[simulator, "iam:TagRole"]), all_but(&[simulator]));
    rig.restrict(&a, &b);
    let run = rig.run("apply", EVERYTHING).await;
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert_eq!(actions(&missing(&run, A)), ["iam:TagRole"]);
    assert!(missing(&run, B).is_empty(), "{}", run.talk);
    assert!(
        run.talk.contains("from its own policies alone"),
        "{}",
        run.talk
    );
    rig.wrote_nothing();
    rig.restrict(&b, &b);
    rig.done("apply", EVERYTHING).await;
}

#[tokio::test]
async fn the_rights_of_a_role_that_is_assumed_are_those_of_its_policies() {
    let rig = Rig::start().await;
    rig.cloud.set_pace(Pace {
        function_reads: 0,
        role_tries: 0,
    });
    let hand = rig.hand(A);
    let create = hand.iam().create_role().role_name("Deployer");
    let trust = trust_of(A).to_string();
    create
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let options = ["--role-arn-a=arn:aws:iam::111111111111:role/Deployer"];
    for denied in [
        &["iam:TagRole"][..],
        &["iam:TagRole", "iam:SimulatePrincipalPolicy"],
    ] {
        let but = serde_json::from_str(&all_but(denied)).unwrap();
        hand.put_role_policy("Deployer", "all", &but).await;
        let run = rig.run("apply", &options).await;
        assert_eq!(run.code, Some(1), "{run:#?}");
        let caller =
            "arn:aws:sts::111111111111:assumed-role/Deployer/athena-dynamodb-deploy lacks 1 right";
        assert!(run.talk.contains(caller), "{denied:?}: {}", run.talk);
        assert!(run.talk.contains("iam:TagRole"), "{denied:?}: {}", run.talk);
    }
    rig.cloud.forget_calls();
    hand.put_role_policy("Deployer", "all", &serde_json::from_str(ALL).unwrap())
        .await;
    rig.done("apply", &options).await;
}
