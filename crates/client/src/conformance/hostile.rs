//! Requests that no engine sends: each has to be refused as an error of the connector, and the next call has to work (protocol §14, §17).

use super::rules::Rule;
use super::session::{Failure, Session, identity, query_id};
use super::tables::Sample;
use athena_protocol::block::{Framing, frame};
use athena_protocol::predicate::Constraints;
use athena_protocol::spill::SpillLocation;
use athena_protocol::wire::{
    GetTableLayoutRequest, GetTableRequest, ReadRecordsRequest, Request, Split, TableName,
};
use base64_simd::STANDARD;
use std::collections::{BTreeMap, HashMap};

/// What is judged here; answers themselves are judged everywhere.
pub(super) const RULES: &[Rule] = &[
    Rule::HostileJson,
    Rule::HostileType,
    Rule::HostileShape,
    Rule::HostileLengths,
    Rule::HostileTable,
    Rule::HostileHandoff,
    Rule::AnswerTime,
];

/// Judges what needs no table.
pub(super) async fn judge(session: &mut Session) {
    let unknown = TableName::new("default", format!("no_such_table_{}", query_id()));
    let request = get_table(session, &unknown);
    let Ok(document) = request.to_json(session.version) else {
        return;
    };
    let half = document[..document.len() / 2].to_vec();
    let ping = text_of(session, &session.ping_request());
    let table = text_of(session, &request);
    let shape = |from: &str, to: &str| table.replacen(from, to, 1).into_bytes();
    let named = format!(
        r#""tableName":{{"schemaName":"default","tableName":"{}"}}"#,
        unknown.table_name
    );
    let cases = [
        (
            Rule::HostileJson,
            "a text that is no JSON",
            b"SELECT 1".to_vec(),
        ),
        (Rule::HostileJson, "a request that breaks off", half),
        (Rule::HostileJson, "100,000 lists in each other", nested()),
        (Rule::HostileType, "an empty object", b"{}".to_vec()),
        (Rule::HostileType, "a list", b"[]".to_vec()),
        (
            Rule::HostileType,
            "an unknown type",
            ping.replace("PingRequest", "DropTableRequest").into_bytes(),
        ),
        (
            Rule::HostileType,
            "the type of an answer",
            ping.replace("PingRequest", "PingResponse").into_bytes(),
        ),
        (
            Rule::HostileShape,
            "a number for a table's name",
            shape(&named, r#""tableName":7"#),
        ),
        (
            Rule::HostileShape,
            "a table's name without its schema",
            shape(r#""schemaName":"default","#, ""),
        ),
        (
            Rule::HostileTable,
            "a table that is not there",
            table.clone().into_bytes(),
        ),
    ];
    for (rule, what, document) in cases {
        refused(session, rule, what, document, Strictness::Refuse).await;
    }
}

/// Judges what needs a table.
pub(super) async fn judge_with(session: &mut Session, sample: &Sample) {
    lengths(session, sample).await;
    handoff(session, sample).await;
}

async fn lengths(session: &mut Session, sample: &Sample) {
    let schema = frame::encode_schema_as(&sample.table.schema, Framing::Current);
    let layout = Request::GetTableLayout(GetTableLayoutRequest {
        identity: Some(identity()),
        query_id: query_id(),
        catalog_name: session.target.catalog.clone(),
        table_name: sample.table.name.clone(),
        constraints: Constraints::default(),
        schema: sample.table.schema.clone(),
        partition_columns: sample.table.partition_columns.clone(),
    });
    let layout = text_of(session, &layout);
    // In either framing the length stands before the metadata, and the message's own table behind its first word.
    let at = if layout.contains(&STANDARD.encode_to_string(&schema)) {
        4
    } else {
        0
    };
    let schema = frame::encode_schema_as(
        &sample.table.schema,
        if at == 4 {
            Framing::Current
        } else {
            Framing::Legacy
        },
    );
    let honest = STANDARD.encode_to_string(&schema);
    let lied = |place: usize, word: i32| {
        let mut lying = schema.clone();
        lying[place..place + 4].copy_from_slice(&word.to_le_bytes());
        layout
            .replacen(&honest, &STANDARD.encode_to_string(&lying), 1)
            .into_bytes()
    };
    let cut = STANDARD.encode_to_string(&schema[..schema.len() / 2]);
    let cases = [
        ("a schema said to be 2 GB long", lied(at, i32::MAX)),
        ("a schema of a negative length", lied(at, -2)),
        (
            "a schema whose table lies far outside",
            lied(at + 4, 0x7f00_0000),
        ),
        (
            "half a schema",
            layout.replacen(&honest, &cut, 1).into_bytes(),
        ),
    ];
    if !layout.contains(&honest) {
        let why = "the schema cannot be found in the request that was made of it";
        return session.ledger.skip(Rule::HostileLengths, why);
    }
    for (what, document) in cases {
        refused(
            session,
            Rule::HostileLengths,
            what,
            document,
            Strictness::Refuse,
        )
        .await;
    }
}

async fn handoff(session: &mut Session, sample: &Sample) {
    let rule = Rule::HostileHandoff;
    for token in ["-1", "999999999999999999999999", "not a token of yours", ""] {
        let asked = session
            .splits(&sample.table, &sample.planned, Some(token.to_owned()))
            .await;
        let outcome = asked.map(|_| ());
        told(session, rule, "a token", outcome, Strictness::Either).await;
    }
    let mut foreign = sample.planned.clone();
    let schema = foreign.partitions.schema().as_ref().clone();
    let batch = foreign.partitions.batch().clone();
    let bare = batch.with_schema(schema.with_metadata(HashMap::new()).into());
    if let Ok(bare) = bare {
        foreign.partitions = athena_protocol::block::Block::new(bare);
        let asked = session.splits(&sample.table, &foreign, None).await;
        let outcome = asked.map(|_| ());
        told(
            session,
            rule,
            "partitions without their metadata",
            outcome,
            Strictness::Either,
        )
        .await;
    }
    let Some(split) = sample.planned.splits.first() else {
        return;
    };
    let emptied: BTreeMap<String, String> = BTreeMap::new();
    let garbled = split.properties.keys();
    let garbled = garbled.map(|name| (name.clone(), "\u{1}{[not of yours".to_owned()));
    for (what, properties) in [
        ("a split without properties", emptied),
        ("a split with other properties", garbled.collect()),
    ] {
        let request = Request::ReadRecords(ReadRecordsRequest {
            identity: Some(identity()),
            query_id: query_id(),
            catalog_name: session.target.catalog.clone(),
            table_name: sample.table.name.clone(),
            schema: sample.table.schema.clone(),
            split: Split {
                spill_location: split.spill_location.clone().map(moved),
                encryption_key: split.encryption_key.clone(),
                properties,
            },
            constraints: Constraints::default(),
            max_block_size: 16_000_000,
            max_inline_block_size: 5_242_880,
        });
        let document = text_of(session, &request).into_bytes();
        refused(session, rule, what, document, Strictness::Either).await;
    }
}

/// Whether a refusal is the only right answer.
#[derive(Clone, Copy, PartialEq)]
enum Strictness {
    Refuse,
    /// An answer is as good: the connector may have no use for what was changed.
    Either,
}

async fn refused(
    session: &mut Session,
    rule: Rule,
    what: &str,
    document: Vec<u8>,
    strictness: Strictness,
) {
    let outcome = session.send(document).await.map(|_| ());
    told(session, rule, what, outcome, strictness).await;
}

async fn told(
    session: &mut Session,
    rule: Rule,
    what: &str,
    outcome: Result<(), Failure>,
    strictness: Strictness,
) {
    let complaint = match &outcome {
        Ok(()) if strictness == Strictness::Refuse => Some("it was answered".to_owned()),
        Err(Failure::Fault { message, .. }) if message.trim().is_empty() => {
            Some("the error has no message".to_owned())
        }
        Err(Failure::Lost(how)) => Some(how.clone()),
        Err(Failure::Late) => Some("there was no answer in time".to_owned()),
        // Lambda itself lets nothing but JSON through.
        Ok(()) | Err(_) => None,
    };
    session.ledger.check(rule, complaint.is_none(), || {
        format!("{what}: {}", complaint.unwrap_or_default())
    });
    let lives = session.lives().await;
    session.ledger.check(rule, lives, || {
        format!("{what}: the ping behind it was not answered")
    });
}

fn get_table(session: &Session, table: &TableName) -> Request {
    Request::GetTable(GetTableRequest {
        identity: Some(identity()),
        query_id: query_id(),
        catalog_name: session.target.catalog.clone(),
        table_name: table.clone(),
        query_passthrough_arguments: BTreeMap::new(),
    })
}

/// The request as it is sent, to be spoilt.
fn text_of(session: &Session, request: &Request) -> String {
    let document = request.to_json(session.version).unwrap_or_default();
    String::from_utf8(document).unwrap_or_default()
}

fn moved(place: SpillLocation) -> SpillLocation {
    SpillLocation {
        key: format!("{}-foreign", place.key),
        ..place
    }
}

fn nested() -> Vec<u8> {
    let mut text = br#"{"@type":"PingRequest","identity":"#.to_vec();
    text.extend(std::iter::repeat_n(b'[', 100_000));
    text
}
