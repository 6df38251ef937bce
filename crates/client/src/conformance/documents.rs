//! Judges the text of an answer: the order of its fields, what it echoes, and the Arrow messages in it (protocol §3 to §6).

use super::ledger::Ledger;
use super::message::{self, Kind, Place};
use super::ordered::Ordered;
use super::rules::Rule;
use athena_protocol::block::Framing;
use athena_protocol::wire::{Request, TableName};
use base64_simd::STANDARD;

/// Judges the answer to `request`. What cannot be read at all is left to whoever reads it.
///
/// `framing` is the only one that messages may have; `None` for a connector of which either is right.
pub(super) fn judge(text: &[u8], request: &Request, framing: Option<Framing>, ledger: &mut Ledger) {
    let Ok(answer) = serde_json::from_slice::<Ordered>(text) else {
        return;
    };
    let Some(kind) = answer.field("@type").and_then(Ordered::text) else {
        return;
    };
    let Some((_, shape)) = ANSWERS.iter().find(|(known, _)| *known == kind) else {
        return;
    };
    let mut wrong = Vec::new();
    walk(&answer, shape, kind, &mut wrong);
    ledger.check(Rule::AnswerFields, wrong.is_empty(), || {
        wrong.swap_remove(0)
    });
    echo(&answer, request, kind, ledger);
    messages(&answer, kind, framing, ledger);
}

/// An object: its fields in order, and what is inside those that are objects again.
struct Shape {
    fields: &'static [Field],
    /// Whether unknown fields may follow, as the reader takes them at the top alone.
    open: bool,
}

struct Field {
    name: &'static str,
    inside: Inside,
    /// Whether readers take it for its default where it is left out.
    may_lack: bool,
}

enum Inside {
    Value,
    One(&'static Shape),
    Many(&'static Shape),
    /// An object of lists, whatever the names.
    Lists(&'static Shape),
}

const fn value(name: &'static str) -> Field {
    Field {
        name,
        inside: Inside::Value,
        may_lack: false,
    }
}

const fn optional(name: &'static str) -> Field {
    Field {
        name,
        inside: Inside::Value,
        may_lack: true,
    }
}

const fn one(name: &'static str, shape: &'static Shape) -> Field {
    Field {
        name,
        inside: Inside::One(shape),
        may_lack: false,
    }
}

const fn many(name: &'static str, shape: &'static Shape) -> Field {
    Field {
        name,
        inside: Inside::Many(shape),
        may_lack: false,
    }
}

const fn inner(fields: &'static [Field]) -> Shape {
    Shape {
        fields,
        open: false,
    }
}

const fn top(fields: &'static [Field]) -> Shape {
    Shape { fields, open: true }
}

static TABLE_NAME: Shape = inner(&[value("schemaName"), value("tableName")]);
static BLOCK: Shape = inner(&[value("aId"), value("schema"), value("records")]);
static PLACE: Shape = inner(&[
    value("@type"),
    value("bucket"),
    value("key"),
    value("directory"),
]);
static KEY: Shape = inner(&[value("key"), value("nonce")]);
static SPLIT: Shape = inner(&[
    one("spillLocation", &PLACE),
    one("encryptionKey", &KEY),
    value("properties"),
]);
static SUB_TYPE: Shape = inner(&[value("subType"), value("properties")]);

static ANSWERS: [(&str, Shape); 9] = [
    (
        "PingResponse",
        top(&[
            value("@type"),
            value("catalogName"),
            value("queryId"),
            value("sourceType"),
            value("capabilities"),
            optional("serDeVersion"),
        ]),
    ),
    (
        "ListSchemasResponse",
        top(&[value("@type"), value("catalogName"), value("schemas")]),
    ),
    (
        "ListTablesResponse",
        top(&[
            value("@type"),
            many("tables", &TABLE_NAME),
            value("catalogName"),
            optional("nextToken"),
        ]),
    ),
    (
        "GetTableResponse",
        top(&[
            value("@type"),
            value("catalogName"),
            one("tableName", &TABLE_NAME),
            value("schema"),
            value("partitionColumns"),
        ]),
    ),
    (
        "GetTableLayoutResponse",
        top(&[
            value("@type"),
            value("catalogName"),
            one("tableName", &TABLE_NAME),
            one("partitions", &BLOCK),
        ]),
    ),
    (
        "GetSplitsResponse",
        top(&[
            value("@type"),
            value("catalogName"),
            many("splits", &SPLIT),
            value("continuationToken"),
        ]),
    ),
    (
        "ReadRecordsResponse",
        top(&[value("@type"), value("catalogName"), one("records", &BLOCK)]),
    ),
    (
        "RemoteReadRecordsResponse",
        top(&[
            value("@type"),
            value("catalogName"),
            value("schema"),
            many("remoteBlocks", &PLACE),
            one("encryptionKey", &KEY),
        ]),
    ),
    (
        "GetDataSourceCapabilitiesResponse",
        top(&[
            value("@type"),
            value("catalogName"),
            Field {
                name: "capabilities",
                inside: Inside::Lists(&SUB_TYPE),
                may_lack: false,
            },
        ]),
    ),
];

fn walk(object: &Ordered, shape: &Shape, place: &str, wrong: &mut Vec<String>) {
    if *object == Ordered::Null {
        return;
    }
    let mut there = object.fields().iter();
    for (at, field) in shape.fields.iter().enumerate() {
        let Some((name, value)) = there.next() else {
            if !field.may_lack {
                wrong.push(format!("{place}: the field `{}` is missing", field.name));
            }
            break;
        };
        if name != field.name {
            let number = at + 1;
            wrong.push(format!(
                "{place}: field {number} is `{}`, expected `{}`",
                shown(name),
                field.name
            ));
            // Behind a field in a wrong place all others are too.
            return;
        }
        let inside = format!("{place}.{name}");
        match &field.inside {
            Inside::Value => {}
            Inside::One(shape) => walk(value, shape, &inside, wrong),
            Inside::Many(shape) => {
                for element in value.elements() {
                    walk(element, shape, &inside, wrong);
                }
            }
            Inside::Lists(shape) => {
                let lists = value.fields().iter();
                for element in lists.flat_map(|(_, list)| list.elements()) {
                    walk(element, shape, &inside, wrong);
                }
            }
        }
    }
    if !shape.open
        && let Some((name, _)) = there.next()
    {
        wrong.push(format!("{place}: `{}` is a field too many", shown(name)));
    }
}

fn echo(answer: &Ordered, request: &Request, kind: &str, ledger: &mut Ledger) {
    let (catalog, table) = asked(request);
    if let Some(catalog) = catalog {
        let got = answer.field("catalogName").and_then(Ordered::text);
        ledger.check(Rule::AnswerEcho, got == Some(catalog), || {
            format!("{kind}: the catalog is not the one that was asked")
        });
    }
    if let Request::Ping(ping) = request {
        let got = answer.field("queryId").and_then(Ordered::text);
        ledger.check(Rule::AnswerEcho, got == Some(&ping.query_id), || {
            format!("{kind}: the query's id is not the one that was sent")
        });
    }
    let named = answer
        .field("tableName")
        .filter(|name| !name.fields().is_empty());
    if let (Some(table), Some(named)) = (table, named) {
        let part = |name| named.field(name).and_then(Ordered::text).unwrap_or("");
        let same = part("schemaName").eq_ignore_ascii_case(&table.schema_name)
            && part("tableName").eq_ignore_ascii_case(&table.table_name);
        ledger.check(Rule::AnswerEcho, same, || {
            format!("{kind}: the table is not `{table}`, which was asked for")
        });
    }
}

/// The catalog and the table of a request.
fn asked(request: &Request) -> (Option<&str>, Option<&TableName>) {
    match request {
        Request::Ping(request) => (Some(&request.catalog_name), None),
        Request::ListSchemas(request) => (Some(&request.catalog_name), None),
        Request::ListTables(request) => (Some(&request.catalog_name), None),
        Request::GetDataSourceCapabilities(request) => (Some(&request.catalog_name), None),
        Request::GetTable(request) => (Some(&request.catalog_name), Some(&request.table_name)),
        Request::GetTableLayout(request) => {
            (Some(&request.catalog_name), Some(&request.table_name))
        }
        Request::GetSplits(request) => (Some(&request.catalog_name), None),
        Request::ReadRecords(request) => (Some(&request.catalog_name), None),
        Request::UserDefinedFunction(_) => (None, None),
    }
}

fn messages(answer: &Ordered, kind: &str, framing: Option<Framing>, ledger: &mut Ledger) {
    let block = ["partitions", "records"]
        .iter()
        .find_map(|name| answer.field(name));
    let schema = block.unwrap_or(answer).field("schema");
    let records = block.and_then(|block| block.field("records"));
    for (text, of) in [(schema, Kind::Schema), (records, Kind::RecordBatch)] {
        let Some(text) = text.and_then(Ordered::text) else {
            continue;
        };
        if text.is_empty() && of == Kind::RecordBatch {
            continue;
        }
        let place = Place { kind: of, framing };
        let mut wrong = match STANDARD.decode_to_vec(text) {
            Ok(bytes) => message::complaints(&bytes, place),
            Err(_) => vec!["the text is not base64".to_owned()],
        };
        let what = match of {
            Kind::Schema => "schema",
            Kind::RecordBatch => "records",
        };
        ledger.check(Rule::BlockFrame, wrong.is_empty(), || {
            format!("{kind}, {what}: {}", wrong.swap_remove(0))
        });
    }
    let (Some(block), Some(records)) = (block, records.and_then(Ordered::text)) else {
        return;
    };
    let rows = STANDARD
        .decode_to_vec(records)
        .ok()
        .and_then(|bytes| message::rows(&bytes));
    let columns = block
        .field("schema")
        .and_then(Ordered::text)
        .and_then(|text| STANDARD.decode_to_vec(text).ok())
        .and_then(|bytes| message::columns(&bytes));
    match (records.is_empty(), rows) {
        (false, Some(0)) => ledger.fail(
            Rule::BlockEmpty,
            format!("{kind}: a record batch of no rows, expected the empty string"),
        ),
        (false, Some(rows)) => ledger.check(Rule::BlockEmpty, columns != Some(0), || {
            format!("{kind}: {rows} rows without a column")
        }),
        (true, _) => ledger.pass(Rule::BlockEmpty),
        // What cannot be read is told by another rule.
        (false, None) => {}
    }
}

/// A name from outside, cut where it would fill a page.
fn shown(name: &str) -> String {
    name.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::ledger::Outcome;
    use athena_protocol::wire::{GetTableRequest, PingRequest};

    fn findings(answer: &str, request: &Request) -> Vec<(Rule, Outcome, String)> {
        let mut ledger = Ledger::default();
        judge(
            answer.as_bytes(),
            request,
            Some(Framing::Current),
            &mut ledger,
        );
        let rules = [
            Rule::AnswerFields,
            Rule::AnswerEcho,
            Rule::BlockFrame,
            Rule::BlockEmpty,
        ];
        let found = ledger.findings(rules.into_iter()).into_iter();
        found
            .map(|finding| {
                let evidence = finding.evidence.first().cloned().unwrap_or_default();
                (finding.rule, finding.outcome, evidence)
            })
            .collect()
    }

    fn ping() -> Request {
        Request::Ping(PingRequest {
            identity: None,
            catalog_name: "c".to_owned(),
            query_id: "q".to_owned(),
        })
    }

    #[track_caller]
    fn fields(answer: &str, request: &Request, complaint: &str) {
        let (_, outcome, evidence) = &findings(answer, request)[0];
        if complaint.is_empty() {
            assert_eq!(*outcome, Outcome::Passed, "{evidence}");
        } else {
            assert_eq!(*outcome, Outcome::Failed);
            assert!(evidence.contains(complaint), "{evidence}");
        }
    }

    #[test]
    fn fields_stand_in_order_and_only_the_version_may_lack() {
        let ping = ping();
        let right = r#"{"@type":"PingResponse","catalogName":"c","queryId":"q","sourceType":"s","capabilities":1,"serDeVersion":6}"#;
        fields(right, &ping, "");
        fields(&right.replace(",\"serDeVersion\":6", ""), &ping, "");
        fields(&right.replace("6}", "6,\"later\":1}"), &ping, "");
        fields(
            &right.replace(r#","sourceType":"s""#, ""),
            &ping,
            "field 4 is `capabilities`, expected `sourceType`",
        );
        let swapped = r#"{"@type":"PingResponse","queryId":"q","catalogName":"c","sourceType":"s","capabilities":1}"#;
        fields(swapped, &ping, "field 2 is `queryId`");
    }

    #[test]
    fn fields_inside_are_held_too() {
        let request = ping();
        let tables = |name: &str| {
            format!(
                r#"{{"@type":"ListTablesResponse","tables":[{name}],"catalogName":"c","nextToken":null}}"#
            )
        };
        fields(
            &tables(r#"{"schemaName":"a","tableName":"b"}"#),
            &request,
            "",
        );
        fields(
            &tables(r#"{"tableName":"b","schemaName":"a"}"#),
            &request,
            "ListTablesResponse.tables: field 1",
        );
        fields(
            &tables(r#"{"schemaName":"a","tableName":"b","x":1}"#),
            &request,
            "a field too many",
        );
        let splits = r#"{"@type":"GetSplitsResponse","catalogName":"c","splits":[{"spillLocation":null,"encryptionKey":null,"properties":{}}]}"#;
        fields(splits, &request, "`continuationToken` is missing");
    }

    #[test]
    fn another_table_is_no_echo_and_another_case_is_one() {
        let request = Request::GetTable(GetTableRequest {
            identity: None,
            query_id: "q".to_owned(),
            catalog_name: "c".to_owned(),
            table_name: TableName::new("s", "orders"),
            query_passthrough_arguments: std::collections::BTreeMap::new(),
        });
        let answer = |table: &str| {
            format!(
                r#"{{"@type":"GetTableResponse","catalogName":"c","tableName":{{"schemaName":"S","tableName":"{table}"}},"schema":"AAAA","partitionColumns":[]}}"#
            )
        };
        let of = |table| findings(&answer(table), &request);
        assert_eq!(of("Orders")[1].1, Outcome::Passed);
        assert_eq!(of("others")[1].1, Outcome::Failed);
        assert_eq!(of("Orders")[2].1, Outcome::Failed, "no message");
    }
}
