//! Requests as versions 2 to 6 of Java's SDK write them, sent as they are: the answers are in the order and framing of the
//! current version, whatever the request's.

use crate::stack::{Document, NewTable, Stack, key, rows_of, shown_rows, table_name};
use athena_protocol::block::{Framing, frame};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::{GetTableLayoutRequest, Request, Response, Version};
use serde_json::{Value, json};
use std::path::Path;

const VERSIONS: std::ops::RangeInclusive<u32> = 2..=6;

fn fixture(version: u32, name: &str) -> Option<Document> {
    let path = format!("fixtures/wire/v{version}/{name}.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(path).ok()?;
    Some(Document::of(&text))
}

fn things() -> Vec<Value> {
    let things = (0..8).map(|number| {
        json!({
            "id": {"S": format!("thing {number}")}, "n": {"N": number.to_string()},
            "list": {"L": [{"S": "ä\"\\/é"}]}, "map": {"M": {"inner": {"BOOL": true}}},
        })
    });
    things.collect()
}

async fn with_things() -> Stack {
    let stack = Stack::start().await;
    let things_key = [key("id", "S")];
    NewTable::named("Things", &things_key)
        .load(&stack.aws, &things())
        .await;
    for name in ["users", "orders"] {
        NewTable::named(name, &[key("id", "S")])
            .load(&stack.aws, &[])
            .await;
    }
    stack
}

/// Checks that the answer has exactly the fields of the SDK's own document `like`, in their order.
#[track_caller]
fn has_the_order_of(answer: &str, like: &str, what: &str) {
    // Names in these are data.
    let maps = ["capabilities", "properties"];
    let expected = fixture(6, like).unwrap().paths(&maps);
    assert_eq!(Document::of(answer).paths(&maps), expected, "{what}");
}

#[tokio::test]
async fn metadata_requests_of_every_version_are_answered_in_the_engines_order() {
    let stack = with_things().await;
    let mut sent = 0;
    for version in VERSIONS {
        for (name, like) in [
            ("ping", "ping_response"),
            ("list_schemas", "list_schemas_response"),
            ("list_tables", "list_tables_response"),
            ("get_table", "get_table_response"),
            (
                "get_data_source_capabilities",
                "get_data_source_capabilities_response",
            ),
        ] {
            let Some(mut document) = fixture(version, &format!("{name}_request")) else {
                assert!(
                    version < 4 && name == "get_data_source_capabilities",
                    "v{version} {name}"
                );
                continue;
            };
            document.set("catalogName", r#""my_catalog""#);
            if name == "get_table" {
                document.set(
                    "tableName",
                    r#"{"schemaName":"default","tableName":"things"}"#,
                );
            }
            let answer = stack.answer(document.text()).await;
            let what = format!("{name} of version {version}");
            has_the_order_of(&answer, like, &what);
            let answer = Document::of(&answer);
            assert_eq!(answer.get_text("catalogName"), "my_catalog", "{what}");
            if name == "get_table" {
                assert!(
                    answer.get_text("schema").starts_with("/////"),
                    "{what}: current framing"
                );
            }
            if name == "ping" {
                assert_eq!(
                    answer.get_text("queryId"),
                    document.get_text("queryId"),
                    "{what}"
                );
            }
            sent += 1;
        }
    }
    assert_eq!(sent, 4 * 5 + 3);
}

#[tokio::test]
async fn a_paged_list_of_every_version_goes_on_behind_its_token() {
    let stack = with_things().await;
    for version in VERSIONS {
        // The token is `orders`, the name after which the service goes on.
        let document = fixture(version, "list_tables_request_paged").unwrap();
        let answer = stack.answer(document.text()).await;
        has_the_order_of(
            &answer,
            "list_tables_response",
            &format!("version {version}"),
        );
        let Response::ListTables(page) = Response::from_json(answer.as_bytes()).unwrap() else {
            panic!("not a list of tables: {answer}")
        };
        let names: Vec<_> = page
            .tables
            .iter()
            .map(|table| table.table_name.as_str())
            .collect();
        assert_eq!(names, ["users"], "version {version}");
    }
}

#[tokio::test]
async fn layout_splits_and_records_of_every_version_read_the_table() {
    let stack = with_things().await;
    let schema = stack.table("things").await.schema;
    let schema_text = |framing| {
        let message = frame::encode_schema_as(&schema, framing);
        Value::from(base64_simd::STANDARD.encode_to_string(message)).to_string()
    };
    let table = r#"{"schemaName":"default","tableName":"things"}"#;
    let expected = shown_rows(&things(), &schema).rows;
    for version in VERSIONS {
        let framing = if version == 2 {
            Framing::Legacy
        } else {
            Framing::Current
        };
        // One of its constraints permits no value at all.
        let mut none = fixture(version, "get_table_layout_request").unwrap();
        none.set("tableName", table);
        none.set("schema", schema_text(framing));
        let none = stack.answer(none.text()).await;
        has_the_order_of(
            &none,
            "get_table_layout_response",
            &format!("no layout, version {version}"),
        );
        assert_eq!(
            Document::of(Document::of(&none).get("partitions")).get_text("records"),
            ""
        );

        let mut layout = fixture(version, "get_table_layout_request_empty").unwrap();
        layout.set("tableName", table);
        layout.set("schema", schema_text(framing));
        let layout = stack.answer(layout.text()).await;
        has_the_order_of(
            &layout,
            "get_table_layout_response",
            &format!("layout, version {version}"),
        );
        let partitions = Document::of(&layout).get("partitions").to_owned();
        assert!(
            Document::of(&partitions)
                .get_text("schema")
                .starts_with("/////")
        );
        assert!(
            Document::of(&partitions)
                .get_text("records")
                .starts_with("/////")
        );

        let mut splits = fixture(version, "get_splits_request").unwrap();
        splits.set("tableName", table);
        splits.set("partitions", partitions);
        let splits = stack.answer(splits.text()).await;
        has_the_order_of(
            &splits,
            "get_splits_response",
            &format!("splits, version {version}"),
        );
        let splits: Vec<Document> =
            serde_json::from_str(Document::of(&splits).get("splits")).unwrap();

        // The rich one wants a limit, and conditions that are not applied here: columns that the table lacks, and expressions.
        // So the limit must not be applied either.
        for (name, inline) in [
            ("read_records_request", true),
            ("read_records_request_plain", false),
        ] {
            let mut rows = Vec::new();
            for split in &splits {
                let mut read = fixture(version, name).unwrap();
                read.set("tableName", table);
                read.set("schema", schema_text(framing));
                read.set("split", split.text());
                if inline && version >= 5 {
                    let mut constraints = Document::of(read.get("constraints"));
                    constraints.set("queryPassthroughArguments", "{}");
                    read.set("constraints", constraints.text());
                }
                if inline {
                    read.set("maxInlineBlockSize", r#""5242880""#);
                }
                let answer = stack.answer(read.text()).await;
                let like = if inline {
                    "read_records_response"
                } else {
                    "remote_read_records_response"
                };
                has_the_order_of(&answer, like, &format!("{name}, version {version}"));
                match Response::from_json(answer.as_bytes()).unwrap() {
                    Response::ReadRecords(answer) => rows.push(answer.records.into_batch()),
                    Response::RemoteReadRecords(answer) => rows.extend(stack.fetch(&answer).await),
                    other => panic!("{}", other.kind()),
                }
            }
            rows_of(&rows).assert_eq(&expected, &format!("{name}, version {version}"));
        }
    }
}

#[tokio::test]
async fn a_condition_of_an_unknown_kind_is_left_to_the_engine_and_the_log_says_so() {
    let stack = with_things().await;
    let table = stack.table("things").await;
    let request = Request::GetTableLayout(GetTableLayoutRequest {
        identity: None,
        query_id: "q".to_owned(),
        catalog_name: "c".to_owned(),
        table_name: table_name("things"),
        constraints: Constraints::default(),
        schema: table.schema.clone(),
        partition_columns: Vec::new(),
    });
    let text = String::from_utf8(request.to_json(Version::HIGHEST).unwrap()).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["constraints"]["summary"]["n"] =
        json!({"@type": "BloomFilterSet", "bits": "hunter2", "nullAllowed": false});
    let answer: Value = serde_json::from_str(&stack.answer(document.to_string()).await).unwrap();
    assert_eq!(answer["@type"], "GetTableLayoutResponse");
    let log = stack.log();
    assert!(log.contains("left to the engine"), "{log}");
    assert!(log.contains("column `n`"), "{log}");
    assert!(!log.contains("hunter2"), "{log}");
}
