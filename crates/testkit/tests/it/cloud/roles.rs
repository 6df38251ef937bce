//! Roles, their policies and managed policies.

use aws_sdk_iam::types::Tag;

use super::setup::{AT_ONCE, execution_policy, role_arn, share_policy, trust_of_lambda};
use super::who::ALL;
use super::{A, B, C, Setup, Who, code, refusal};

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

#[tokio::test]
async fn a_role_comes_back_as_it_was_made_and_goes_once_it_is_bare() {
    let setup = Setup::empty(AT_ONCE).await;
    let iam = setup.a.iam();
    let get = || iam.get_role().role_name("execution").send();
    assert_eq!(code(get().await), "NoSuchEntity");
    let create = || {
        iam.create_role()
            .role_name("execution")
            .description("runs <the> connector & more")
            .assume_role_policy_document(trust_of_lambda())
            .tags(tag("managed-by", "deploy"))
            .send()
    };
    create().await.unwrap();
    assert_eq!(code(create().await), "EntityAlreadyExists");
    let role = get().await.unwrap();
    let role = role.role().unwrap();
    assert_eq!(role.arn(), role_arn(A, "execution"));
    assert_eq!(role.description(), Some("runs <the> connector & more"));
    assert_eq!(role.tags(), [tag("managed-by", "deploy")]);
    let trust = role.assume_role_policy_document().unwrap();
    assert!(trust.starts_with("%7B%22"), "{trust}");
    assert_eq!(
        iam_policy_kit::Document::from_json(&iam_policy_kit::json::decode_percent(trust).unwrap())
            .unwrap(),
        iam_policy_kit::Document::from_json(&trust_of_lambda()).unwrap(),
    );

    iam.tag_role()
        .role_name("execution")
        .tags(tag("stack", "one"))
        .send()
        .await
        .unwrap();
    iam.untag_role()
        .role_name("execution")
        .tag_keys("managed-by")
        .send()
        .await
        .unwrap();
    let tags = iam
        .list_role_tags()
        .role_name("execution")
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tags(), [tag("stack", "one")]);

    let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    let attach = |arn: &str| {
        iam.attach_role_policy()
            .role_name("execution")
            .policy_arn(arn)
            .send()
    };
    attach(basic).await.unwrap();
    attach(basic).await.unwrap();
    assert_eq!(
        code(attach("arn:aws:iam::aws:policy/NoSuch").await),
        "NoSuchEntity"
    );
    setup
        .put_role_policy(&setup.a, "execution", &execution_policy())
        .await;
    let attached = iam
        .list_attached_role_policies()
        .role_name("execution")
        .send()
        .await
        .unwrap();
    assert_eq!(attached.attached_policies()[0].policy_arn(), Some(basic));
    let inline = iam
        .list_role_policies()
        .role_name("execution")
        .send()
        .await
        .unwrap();
    assert_eq!(inline.policy_names(), ["policy"]);

    let delete = || iam.delete_role().role_name("execution").send();
    assert_eq!(code(delete().await), "DeleteConflict");
    let detach = || {
        iam.detach_role_policy()
            .role_name("execution")
            .policy_arn(basic)
            .send()
    };
    detach().await.unwrap();
    assert_eq!(code(detach().await), "NoSuchEntity");
    assert_eq!(code(delete().await), "DeleteConflict");
    let remove = || {
        iam.delete_role_policy()
            .role_name("execution")
            .policy_name("policy")
            .send()
    };
    remove().await.unwrap();
    assert_eq!(code(remove().await), "NoSuchEntity");
    delete().await.unwrap();
    assert_eq!(code(delete().await), "NoSuchEntity");
}

#[tokio::test]
async fn documents_that_aws_would_not_keep_are_refused() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.role_in_b().await;
    let iam = setup.b.iam();
    let put = |text: String| {
        iam.put_role_policy()
            .role_name("share")
            .policy_name("p")
            .policy_document(text)
            .send()
    };
    assert_eq!(code(put("{".to_owned()).await), "MalformedPolicyDocument");
    let with_principal = share_policy()
        .to_string()
        .replace("\"Effect\"", "\"Principal\":\"*\",\"Effect\"");
    assert_eq!(code(put(with_principal).await), "MalformedPolicyDocument");
    // All inline policies of a role share 10,240 characters.
    let long = |length: usize| {
        let resource = format!("arn:aws:s3:::{}", "x".repeat(length));
        share_policy()
            .to_string()
            .replace("athena:CreateDataCatalog", "s3:GetObject")
            .replace(
                &format!("arn:aws:athena:us-east-1:{B}:datacatalog/*"),
                &resource,
            )
    };
    put(long(9_000)).await.unwrap();
    let more = iam
        .put_role_policy()
        .role_name("share")
        .policy_name("more")
        .policy_document(long(2_000));
    assert_eq!(code(more.send().await), "LimitExceeded");

    let trust = |principal: &str| {
        let text = trust_of_lambda().replace(
            "{\"Service\":\"lambda.amazonaws.com\"}",
            &format!("{{\"AWS\":\"{principal}\"}}"),
        );
        iam.update_assume_role_policy()
            .role_name("share")
            .policy_document(text)
            .send()
    };
    let (kind, message) = refusal(trust(&role_arn(A, "absent")).await);
    assert_eq!(kind, "MalformedPolicyDocument");
    assert!(
        message.starts_with("Invalid principal in policy"),
        "{message}"
    );
    trust(&role_arn(B, "share")).await.unwrap();
}

#[tokio::test]
async fn a_principal_that_is_deleted_leaves_its_unique_id_in_the_policies_that_named_it() {
    let setup = Setup::shared().await;
    let iam = setup.b.iam();
    let reader = iam.create_role().role_name("reader");
    reader
        .assume_role_policy_document(trust_of_lambda())
        .send()
        .await
        .unwrap();
    let mut policy = super::setup::bucket_policy();
    policy["Statement"][0]["Principal"]["AWS"] = role_arn(B, "reader").into();
    setup.put_bucket_policy(&policy).await;
    iam.delete_role().role_name("reader").send().await.unwrap();
    let kept = setup
        .a
        .s3()
        .get_bucket_policy()
        .bucket(super::BUCKET)
        .send()
        .await
        .unwrap();
    let kept: serde_json::Value = serde_json::from_str(kept.policy().unwrap()).unwrap();
    let principal = kept["Statement"][0]["Principal"]["AWS"].as_str().unwrap();
    assert!(principal.starts_with("AROA"), "{principal}");
}

#[tokio::test]
async fn a_boundary_cuts_and_has_to_exist() {
    let setup = Setup::shared().await;
    let iam = setup.b.iam();
    let put = |arn: &str| {
        iam.put_role_permissions_boundary()
            .role_name("share")
            .permissions_boundary(arn)
            .send()
    };
    assert_eq!(
        code(put(&format!("arn:aws:iam::{B}:policy/bound")).await),
        "NoSuchEntity"
    );
    let bound =
        |action: &str| ALL.replace("\"Action\": \"*\"", &format!("\"Action\": \"{action}\""));
    let created = iam
        .create_policy()
        .policy_name("bound")
        .policy_document(bound("s3:*"))
        .send()
        .await
        .unwrap();
    let arn = created.policy().unwrap().arn().unwrap().to_owned();
    put(&arn).await.unwrap();
    assert_eq!(
        setup.share("more").await.unwrap_err(),
        "AccessDeniedException"
    );
    let version = iam
        .create_policy_version()
        .policy_arn(&arn)
        .policy_document(bound("athena:*"))
        .set_as_default(true);
    let version = version.send().await.unwrap();
    assert_eq!(version.policy_version().unwrap().version_id(), Some("v2"));
    setup.share("more").await.unwrap();
    let role = iam.get_role().role_name("share").send().await.unwrap();
    let boundary = role.role().unwrap().permissions_boundary().unwrap();
    assert_eq!(boundary.permissions_boundary_arn(), Some(arn.as_str()));
    let text = iam
        .get_policy_version()
        .policy_arn(&arn)
        .version_id("v1")
        .send()
        .await
        .unwrap();
    let text = text
        .policy_version()
        .unwrap()
        .document()
        .unwrap()
        .to_owned();
    assert_eq!(
        iam_policy_kit::json::decode_percent(&text).unwrap(),
        bound("s3:*")
    );
    iam.delete_role_permissions_boundary()
        .role_name("share")
        .send()
        .await
        .unwrap();
    setup.share("again").await.unwrap();
}

#[tokio::test]
async fn a_caller_who_lacks_an_action_is_told_which_on_what() {
    let setup = Setup::shared().await;
    let who = Who::user(&setup.cloud, B, "limited", &share_policy().to_string());
    let (kind, message) = refusal(who.iam().get_role().role_name("share").send().await);
    assert_eq!(kind, "AccessDenied");
    assert_eq!(
        message,
        format!(
            "User: arn:aws:iam::{B}:user/limited is not authorized to perform: iam:GetRole on resource: \
             arn:aws:iam::{B}:role/share because no identity-based policy allows the iam:GetRole action"
        )
    );
    let deny = ALL
        .replace(
            "\"Statement\": {",
            "\"Statement\": [{\"Effect\": \"Deny\", \"Action\": \"iam:*\", \"Resource\": \"*\"}, {",
        )
        .replace("}}", "}]}");
    let who = Who::user(&setup.cloud, B, "denied", &deny);
    let (_, message) = refusal(who.iam().delete_role().role_name("share").send().await);
    assert!(
        message.ends_with("with an explicit deny in an identity-based policy"),
        "{message}"
    );
}

#[tokio::test]
async fn a_simulation_tells_what_identity_policies_and_boundary_allow() {
    let setup = Setup::shared().await;
    let simulate = |action: &str, resource: &str| {
        let iam = setup.b.iam();
        let simulate = iam.simulate_principal_policy();
        simulate
            .policy_source_arn(role_arn(B, "share"))
            .action_names(action)
            .action_names("athena:DeleteDataCatalog")
            .resource_arns(resource)
            .send()
    };
    let catalog = format!("arn:aws:athena:us-east-1:{B}:datacatalog/source");
    let simulated = simulate("athena:CreateDataCatalog", &catalog)
        .await
        .unwrap();
    let decisions: Vec<_> = simulated
        .evaluation_results()
        .iter()
        .map(|result| (result.eval_action_name(), result.eval_decision().as_str()))
        .collect();
    assert_eq!(
        decisions,
        [
            ("athena:CreateDataCatalog", "allowed"),
            ("athena:DeleteDataCatalog", "implicitDeny")
        ]
    );
    let elsewhere = catalog.replace("us-east-1", "eu-west-1");
    let simulated = simulate("athena:CreateDataCatalog", &elsewhere)
        .await
        .unwrap();
    let decision = simulated.evaluation_results()[0].eval_decision().as_str();
    assert_eq!(decision, "implicitDeny");
}

#[tokio::test]
async fn a_simulation_of_assuming_a_role_looks_at_the_callers_side_alone() {
    let setup = Setup::empty(AT_ONCE).await;
    let there = role_arn(C, "anywhere");
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "{there}"}}}}"#
    );
    for (name, policy, expected) in [
        ("may", policy.as_str(), "allowed"),
        (
            "may-not",
            r#"{"Version": "2012-10-17", "Statement": []}"#,
            "implicitDeny",
        ),
    ] {
        Who::user(&setup.cloud, A, name, policy);
        let iam = setup.a.iam();
        let simulate = iam.simulate_principal_policy();
        let simulated = simulate
            .policy_source_arn(format!("arn:aws:iam::{A}:user/{name}"))
            .action_names("sts:AssumeRole")
            .resource_arns(&there)
            .send();
        let simulated = simulated.await.unwrap();
        let decision = simulated.evaluation_results()[0].eval_decision();
        assert_eq!(decision.as_str(), expected, "{name}");
    }
}
