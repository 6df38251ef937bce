//! Log groups.

use super::setup::AT_ONCE;
use super::{A, Setup, Who, code};

const NAME: &str = "/aws/lambda/connector";

#[tokio::test]
async fn a_log_group_comes_changes_and_goes() {
    let setup = Setup::empty(AT_ONCE).await;
    let logs = setup.a.logs();
    let create = || {
        logs.create_log_group()
            .log_group_name(NAME)
            .tags("stack", "one")
            .send()
    };
    create().await.unwrap();
    assert_eq!(code(create().await), "ResourceAlreadyExistsException");
    let retention = |days| {
        logs.put_retention_policy()
            .log_group_name(NAME)
            .retention_in_days(days)
            .send()
    };
    assert_eq!(code(retention(13).await), "InvalidParameterException");
    retention(30).await.unwrap();
    let described = logs
        .describe_log_groups()
        .log_group_name_prefix(NAME)
        .send()
        .await
        .unwrap();
    let group = &described.log_groups()[0];
    assert_eq!(
        (group.log_group_name(), group.retention_in_days()),
        (Some(NAME), Some(30))
    );
    let arn = group.log_group_arn().unwrap();
    let tags = logs
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tags().unwrap()["stack"], "one");
    let delete = || logs.delete_log_group().log_group_name(NAME).send();
    delete().await.unwrap();
    assert_eq!(code(delete().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn a_group_is_asked_for_with_the_ending_of_its_streams() {
    let setup = Setup::empty(AT_ONCE).await;
    let may = |ending: &str| {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "logs:CreateLogGroup",
                "Resource": "arn:aws:logs:us-east-1:{A}:log-group:{NAME}{ending}"}}}}"#
        );
        let who = Who::user(&setup.cloud, A, "logger", &policy);
        async move {
            who.logs()
                .create_log_group()
                .log_group_name(NAME)
                .send()
                .await
        }
    };
    assert_eq!(code(may("").await), "AccessDeniedException");
    may(":*").await.unwrap();
}
