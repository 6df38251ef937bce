//! What the reader forgives, and what the writer refuses, call by call (protocol §2 to §5).

use super::{
    FederatedIdentity, GetDataSourceCapabilitiesRequest, GetTableRequest, ListTablesRequest,
    PingResponse, ReadRecordsRequest, Request, Response, TableName, Version, WriteError,
};
use crate::block::frame;
use crate::predicate::{Constraints, Direction, Expression, OrderByField, QueryPlan};
use arrow::datatypes::{DataType, Schema};
use serde_json::json;

fn read(request: &serde_json::Value) -> Request {
    Request::from_json(request.to_string().as_bytes()).unwrap()
}

fn list_tables(more: &str) -> Result<ListTablesRequest, String> {
    let text = format!(
        r#"{{{more}"schemaName":"s","catalogName":"c","queryId":"q","@type":"ListTablesRequest"}}"#
    );
    match Request::from_json(text.as_bytes()) {
        Ok(Request::ListTables(request)) => Ok(request),
        Ok(other) => panic!("{}", other.kind()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn a_listing_without_token_and_size_asks_for_all() {
    for more in ["", r#""nextToken":null,"pageSize":null,"#] {
        let request = list_tables(more).unwrap();
        assert_eq!(
            (request.next_token, request.page_size),
            (None, -1),
            "{more}"
        );
    }
    for size in ["50", "\"50\"", "5e1"] {
        let request = list_tables(&format!(r#""pageSize":{size},"#)).unwrap();
        assert_eq!(request.page_size, 50, "{size}");
    }
    for size in ["true", "\"many\"", "4294967296", "[]", "1.5"] {
        assert!(
            list_tables(&format!(r#""pageSize":{size},"#)).is_err(),
            "{size}"
        );
    }
}

#[test]
fn an_identity_may_be_absent_null_or_in_part() {
    assert_eq!(list_tables("").unwrap().identity, None);
    assert_eq!(list_tables(r#""identity":null,"#).unwrap().identity, None);
    for identity in [
        "{}",
        r#"{"id":null,"principal":{"any":7},"account":null,"arn":null,"tags":null,"groups":null,"configOptions":null}"#,
    ] {
        let request = list_tables(&format!(r#""identity":{identity},"#)).unwrap();
        assert_eq!(
            request.identity,
            Some(FederatedIdentity::default()),
            "{identity}"
        );
    }
    assert!(list_tables(r#""identity":"me","#).is_err());
}

#[test]
fn a_ping_without_a_version_means_the_first() {
    for (version, expected) in [
        ("", 1),
        (r#","serDeVersion":null"#, 1),
        (r#","serDeVersion":0"#, 1),
        (r#","serDeVersion":"5""#, 5),
    ] {
        let text = format!(
            r#"{{"@type":"PingResponse","catalogName":"c","queryId":"q","sourceType":"ddb","capabilities":"24"{version}}}"#
        );
        assert_eq!(
            Response::from_json(text.as_bytes()),
            Ok(Response::Ping(PingResponse {
                catalog_name: "c".to_owned(),
                query_id: "q".to_owned(),
                source_type: "ddb".to_owned(),
                capabilities: 24,
                ser_de_version: expected,
            }))
        );
    }
}

#[test]
fn sizes_of_blocks_may_be_numbers_or_texts() {
    let Request::ReadRecords(request) = records(Constraints::default()) else {
        panic!("records expected")
    };
    let text = serde_json::to_string(&request).unwrap();
    assert!(
        text.ends_with(r#""maxBlockSize":"16000000","maxInlineBlockSize":"0"}"#),
        "{text}"
    );
    let numbers = text.replace(r#""16000000""#, "16000000");
    let read: ReadRecordsRequest = serde_json::from_str(&numbers).unwrap();
    assert_eq!(read, request);
    for broken in ["\"-1\"", "-1", "\"x\"", "null", "99999999999999999999"] {
        let text = text.replace(r#""16000000""#, broken);
        assert!(
            serde_json::from_str::<ReadRecordsRequest>(&text).is_err(),
            "{broken}"
        );
    }
}

/// A request for records with these constraints, read from a document that says the least.
fn records(constraints: Constraints) -> Request {
    let schema = crate::text::encode(&frame::encode_schema(&Schema::empty()));
    let Request::ReadRecords(mut request) = read(&json!({
        "@type": "ReadRecordsRequest", "queryId": "q", "catalogName": "c",
        "tableName": {"schemaName": "s", "tableName": "t"}, "schema": schema,
        "split": {}, "constraints": {}, "maxBlockSize": 16_000_000, "maxInlineBlockSize": "0",
    })) else {
        panic!("records expected")
    };
    assert!(request.schema.fields().is_empty());
    assert_eq!(request.split.spill_location, None);
    assert_eq!(request.constraints, Constraints::default());
    request.constraints = constraints;
    Request::ReadRecords(request)
}

#[track_caller]
fn needs(request: &Request, since: Version, field: &str) {
    for version in Version::ALL {
        match request.to_json(version) {
            Ok(_) => assert!(version >= since, "{version} has no {field}"),
            Err(error) => {
                assert!(version < since, "{error}");
                assert_eq!(
                    error.to_string(),
                    format!(
                        "cannot write a {} in {version}: `{field}` is part of {since} and later",
                        request.kind()
                    )
                );
            }
        }
    }
}

#[test]
fn what_a_version_has_no_place_for_is_refused_by_name() {
    let order = OrderByField {
        column_name: "a".to_owned(),
        direction: Direction::AscNullsLast,
    };
    let condition = Expression::Variable {
        column_name: "a".to_owned(),
        data_type: DataType::Boolean,
    };
    let plan = QueryPlan {
        substrait_version: "0.53.0".to_owned(),
        substrait_plan: String::new(),
    };
    let arguments = || [("QUERY".to_owned(), "SELECT 1".to_owned())].into();
    let none = Constraints::default;
    for (constraints, since, field) in [
        (
            Constraints {
                expression: vec![condition],
                ..none()
            },
            Version::V4,
            "constraints.expression",
        ),
        (
            Constraints {
                order_by_clause: vec![order],
                ..none()
            },
            Version::V4,
            "constraints.orderByClause",
        ),
        (
            Constraints { limit: 0, ..none() },
            Version::V4,
            "constraints.limit",
        ),
        (
            Constraints {
                query_passthrough_arguments: arguments(),
                ..none()
            },
            Version::V5,
            "constraints.queryPassthroughArguments",
        ),
        (
            Constraints {
                query_plan: Some(plan),
                ..none()
            },
            Version::V6,
            "constraints.queryPlan",
        ),
    ] {
        needs(&records(constraints), since, field);
    }
    needs(&records(none()), Version::V2, "nothing");
    needs(
        &Request::GetTable(GetTableRequest {
            identity: None,
            query_id: String::new(),
            catalog_name: String::new(),
            table_name: TableName::new("s", "t"),
            query_passthrough_arguments: arguments(),
        }),
        Version::V5,
        "queryPassthroughArguments",
    );
    needs(
        &Request::GetDataSourceCapabilities(GetDataSourceCapabilitiesRequest {
            identity: None,
            query_id: String::new(),
            catalog_name: String::new(),
        }),
        Version::V4,
        "@type",
    );
}

#[test]
fn constraints_have_the_fields_of_their_version_and_no_others() {
    let fields = |version| {
        let json = records(Constraints::default()).to_json(version).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&json).unwrap();
        document["constraints"].as_object().unwrap().len()
    };
    assert_eq!(Version::ALL.map(fields), [1, 1, 4, 5, 6]);
}

#[test]
fn a_type_without_a_name_is_an_error_of_writing() {
    let request = records(Constraints {
        expression: vec![Expression::Variable {
            column_name: "a".to_owned(),
            data_type: DataType::LargeUtf8,
        }],
        ..Constraints::default()
    });
    let error = request.to_json(Version::HIGHEST).unwrap_err();
    assert!(matches!(error, WriteError::Encode { .. }), "{error}");
}
