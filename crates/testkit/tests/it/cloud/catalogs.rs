//! Data catalogs and workgroups.

use aws_sdk_athena::types::{
    DataCatalogType, ResultConfiguration, ResultConfigurationUpdates, Tag, WorkGroupConfiguration,
    WorkGroupConfigurationUpdates,
};

use super::setup::{AT_ONCE, function_arn};
use super::{A, Setup, Who, code, refusal};

#[tokio::test]
async fn a_catalog_comes_changes_and_goes() {
    let setup = Setup::empty(AT_ONCE).await;
    let athena = setup.a.athena();
    let get = || athena.get_data_catalog().name("source").send();
    let (kind, message) = refusal(get().await);
    assert_eq!(kind, "InvalidRequestException");
    assert_eq!(message, "DataCatalog source was not found.");
    let create = |name: &str| {
        let create = athena
            .create_data_catalog()
            .name(name)
            .r#type(DataCatalogType::Lambda);
        create.parameters("function", function_arn())
    };
    create("source").description("one").send().await.unwrap();
    let (kind, message) = refusal(create("source").send().await);
    assert_eq!(
        (kind.as_str(), message.ends_with("already exists")),
        ("InvalidRequestException", true)
    );
    for bad in ["AwsDataCatalog", "with space"] {
        assert_eq!(code(create(bad).send().await), "InvalidRequestException");
    }
    let mixed = create("mixed").parameters("record-function", function_arn());
    assert_eq!(code(mixed.send().await), "InvalidRequestException");

    let update = |kind| athena.update_data_catalog().name("source").r#type(kind);
    let both = update(DataCatalogType::Lambda)
        .parameters("metadata-function", function_arn())
        .parameters("record-function", function_arn());
    both.send().await.unwrap();
    assert_eq!(
        code(update(DataCatalogType::Glue).send().await),
        "InvalidRequestException"
    );
    let got = get().await.unwrap();
    let catalog = got.data_catalog().unwrap();
    assert_eq!(catalog.parameters().unwrap().len(), 2);
    let listed = athena.list_data_catalogs().send().await.unwrap();
    let names: Vec<_> = listed
        .data_catalogs_summary()
        .iter()
        .filter_map(|c| c.catalog_name())
        .collect();
    assert_eq!(names, ["AwsDataCatalog", "source"]);
    // Another account and another Region have their own.
    for who in [&setup.b, &setup.a.within("eu-west-1")] {
        let absent = who.athena().get_data_catalog().name("source").send().await;
        assert_eq!(code(absent), "InvalidRequestException");
    }
    athena
        .delete_data_catalog()
        .name("source")
        .send()
        .await
        .unwrap();
    assert_eq!(code(get().await), "InvalidRequestException");
}

#[tokio::test]
async fn a_workgroup_keeps_what_an_update_leaves_out() {
    let setup = Setup::empty(AT_ONCE).await;
    let athena = setup.a.athena();
    let get = |name: &str| athena.get_work_group().work_group(name).send();
    let (_, message) = refusal(get("analysts").await);
    assert_eq!(message, "WorkGroup analysts is not found.");
    let result = ResultConfiguration::builder()
        .output_location("s3://results/")
        .expected_bucket_owner(A);
    let configuration = WorkGroupConfiguration::builder().result_configuration(result.build());
    let create = || {
        athena
            .create_work_group()
            .name("analysts")
            .configuration(configuration.clone().build())
            .send()
    };
    create().await.unwrap();
    assert_eq!(code(create().await), "InvalidRequestException");
    let updates = ResultConfigurationUpdates::builder()
        .output_location("s3://others/")
        .remove_expected_bucket_owner(true);
    let updates =
        WorkGroupConfigurationUpdates::builder().result_configuration_updates(updates.build());
    let update = athena.update_work_group().work_group("analysts");
    update
        .configuration_updates(updates.build())
        .send()
        .await
        .unwrap();
    let got = get("analysts").await.unwrap();
    let configuration = got.work_group().unwrap().configuration().unwrap();
    assert_eq!(configuration.enforce_work_group_configuration(), Some(true));
    let result = configuration.result_configuration().unwrap();
    assert_eq!(result.output_location(), Some("s3://others/"));
    assert_eq!(result.expected_bucket_owner(), None);
    // One is there from the start and stays.
    get("primary").await.unwrap();
    let delete = |name: &str| athena.delete_work_group().work_group(name).send();
    assert_eq!(code(delete("primary").await), "InvalidRequestException");
    delete("analysts").await.unwrap();
    assert_eq!(code(get("analysts").await), "InvalidRequestException");
}

#[tokio::test]
async fn tags_are_put_on_catalogs_and_decide_who_may() {
    let setup = Setup::shared().await;
    let athena = setup.b.athena();
    let arn = format!("arn:aws:athena:us-east-1:{}:datacatalog/source", super::B);
    let tag = Tag::builder().key("stack").value("one").build();
    athena
        .tag_resource()
        .resource_arn(&arn)
        .tags(tag.clone())
        .send()
        .await
        .unwrap();
    let tags = athena
        .list_tags_for_resource()
        .resource_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tags(), [tag]);
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "athena:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/stack": "one"}}}}"#;
    let who = Who::user(&setup.cloud, super::B, "by-tag", policy);
    let get = || who.athena().get_data_catalog().name("source").send();
    get().await.unwrap();
    athena
        .untag_resource()
        .resource_arn(&arn)
        .tag_keys("stack")
        .send()
        .await
        .unwrap();
    assert_eq!(code(get().await), "AccessDeniedException");
}

#[tokio::test]
async fn a_catalog_of_hive_has_a_function_for_metadata() {
    let setup = Setup::empty(AT_ONCE).await;
    let create = |name: &str, parameter: &str| {
        let create = setup.a.athena().create_data_catalog().name(name);
        let create = create.r#type(DataCatalogType::Hive);
        create.parameters(parameter, function_arn()).send()
    };
    create("hive", "metadata-function").await.unwrap();
    let unfit = create("other", "function").await;
    assert_eq!(code(unfit), "InvalidRequestException");
    let told = setup
        .a
        .athena()
        .get_data_catalog()
        .name("hive")
        .send()
        .await;
    let told = told.unwrap().data_catalog.unwrap();
    assert_eq!(told.r#type, DataCatalogType::Hive);
}
