//! The list of breaches, at least one for each rule.

use crate::layer::{Breach, How, answered, breach_fault};
use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, RecordBatch, StringArray, new_null_array,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema};
use athena_client::InvokeError;
use athena_client::conformance::Rule;
use athena_protocol::block::{Block, Framing, frame};
use athena_protocol::predicate::{Bound, Constraints, Expression, ValueSet};
use athena_protocol::spill::EncryptionKey;
use athena_protocol::wire::{Request, Response, Split, Version};
use std::sync::Arc;

const fn breach(rule: Rule, what: &'static str, how: How) -> Breach {
    Breach { rule, what, how }
}

pub(crate) static BREACHES: &[Breach] = &[
    breach(
        Rule::PingAnswer,
        "the first version is answered",
        How::Response(|_, mut response, _| {
            if let Response::Ping(ping) = &mut response {
                ping.ser_de_version = 1;
            }
            response
        }),
    ),
    breach(
        Rule::CapabilitiesAnswer,
        "a function has no name of the protocol",
        How::Response(|_, mut response, _| {
            if let Response::GetDataSourceCapabilities(answer) = &mut response {
                for sub_type in answer
                    .capabilities
                    .iter_mut()
                    .flat_map(|(_, sub_types)| sub_types)
                {
                    sub_type
                        .properties
                        .iter_mut()
                        .for_each(|name| *name = name.replace('$', ""));
                }
            }
            response
        }),
    ),
    breach(
        Rule::AnswerTime,
        "the first plan with a limit hangs",
        How::Hang(
            |request| matches!(request, Request::GetTableLayout(request) if request.constraints.limit == 1),
        ),
    ),
    breach(
        Rule::AnswerTime,
        "a process is lost",
        How::Outcome(|request, outcome, number| match request {
            Some(Request::GetTableLayout(_)) if number == 1 => {
                Err(breach_fault("Runtime.ExitError", "exit status 1"))
            }
            _ => outcome,
        }),
    ),
    breach(
        Rule::AnswerReadable,
        "a block's text breaks off",
        How::Text(|request, response, text| match (request, response) {
            (Request::ReadRecords(request), Response::ReadRecords(answer))
                if request.constraints.summary.len() == 1
                    && answer.records.batch().num_rows() > 0 =>
            {
                let at = text.rfind("\"}").unwrap();
                format!("{}\"}}}}", &text[..at - 40])
            }
            _ => text,
        }),
    ),
    breach(
        Rule::AnswerReadable,
        "schemas are answered where tables were asked for",
        How::Outcome(|request, outcome, _| match request {
            Some(Request::ListTables(_)) => answered(
                r#"{"@type":"ListSchemasResponse","catalogName":"judged","schemas":["default"]}"#,
            ),
            _ => outcome,
        }),
    ),
    breach(
        Rule::AnswerFields,
        "fields stand in the order of their names",
        How::Text(|_, _, text| {
            serde_json::from_str::<serde_json::Value>(&text)
                .unwrap()
                .to_string()
        }),
    ),
    breach(
        Rule::AnswerFields,
        "a null is left out",
        How::Text(|_, _, text| text.replace(",\"continuationToken\":null", "")),
    ),
    breach(
        Rule::AnswerEcho,
        "another catalog is answered",
        How::Text(|_, _, text| text.replace("\"judged\"", "\"lambda\"")),
    ),
    breach(
        Rule::AnswerSize,
        "an answer is too long for Lambda",
        How::Text(|request, _, text| match request {
            Request::GetSplits(_) => format!("{text}{}", " ".repeat(6_300_000)),
            _ => text,
        }),
    ),
    breach(
        Rule::BlockFrame,
        "blocks have the framing of version 2",
        How::Text(|_, response, text| match response {
            Response::GetTableLayout(_) | Response::ReadRecords(_) => {
                String::from_utf8(response.to_json_as(Version::V2).unwrap()).unwrap()
            }
            _ => text,
        }),
    ),
    breach(
        Rule::BlockEmpty,
        "a block without rows has a message of none",
        How::Text(|_, response, text| match response {
            Response::ReadRecords(answer) if answer.records.batch().num_rows() == 0 => {
                let message =
                    frame::encode_batch(answer.records.batch(), Framing::Current).unwrap();
                let message = base64_simd::STANDARD.encode_to_string(message);
                text.replace("\"records\":\"\"", &format!("\"records\":\"{message}\""))
            }
            _ => text,
        }),
    ),
    breach(
        Rule::SchemasList,
        "a schema is listed twice",
        How::Response(|_, mut response, _| {
            if let Response::ListSchemas(answer) = &mut response {
                answer.schemas.extend(answer.schemas.clone());
            }
            response
        }),
    ),
    breach(
        Rule::TablesList,
        "tables are listed under another schema",
        How::Response(|_, mut response, _| {
            if let Response::ListTables(answer) = &mut response {
                answer
                    .tables
                    .iter_mut()
                    .for_each(|table| "other".clone_into(&mut table.schema_name));
            }
            response
        }),
    ),
    breach(
        Rule::TablesList,
        "the list of tables has no end",
        How::Response(|_, mut response, _| {
            if let Response::ListTables(answer) = &mut response {
                answer.next_token = Some("again".to_owned());
            }
            response
        }),
    ),
    breach(
        Rule::TablesPages,
        "a page loses its last table",
        How::Response(|request, mut response, _| {
            if let (Request::ListTables(request), Response::ListTables(answer)) =
                (request, &mut response)
                && request.page_size > 0
            {
                answer.tables.pop();
            }
            response
        }),
    ),
    breach(
        Rule::TablesPages,
        "two tokens take turns",
        How::Response(|request, mut response, number| {
            if let (Request::ListTables(request), Response::ListTables(answer)) =
                (request, &mut response)
                && request.page_size > 0
            {
                answer.next_token = Some(["customers", "orders"][number % 2].to_owned());
            }
            response
        }),
    ),
    breach(
        Rule::TableSchema,
        "two columns differ in case alone",
        How::Response(|_, response, _| {
            with_field(response, |fields| {
                let name = fields[0].name().to_uppercase();
                Field::new(name, DataType::Utf8, true)
            })
        }),
    ),
    breach(
        Rule::TableTypes,
        "a column is of a type without sign",
        How::Response(|_, response, _| {
            with_field(response, |_| Field::new("odd", DataType::UInt32, true))
        }),
    ),
    breach(
        Rule::TableAgain,
        "a column comes and goes",
        How::Response(|_, response, number| {
            if number % 2 == 0 {
                response
            } else {
                with_field(response, |_| Field::new("new", DataType::Utf8, true))
            }
        }),
    ),
    breach(
        Rule::TableCase,
        "tables are listed, and found, in capitals alone",
        How::Outcome(|request, outcome, _| match (request, outcome) {
            (Some(Request::ListTables(_)), Ok(invoked)) => {
                let Response::ListTables(mut answer) =
                    Response::from_json(&invoked.payload).unwrap()
                else {
                    panic!("tables were asked for")
                };
                answer
                    .tables
                    .iter_mut()
                    .for_each(|table| table.table_name = table.table_name.to_uppercase());
                answered(Response::ListTables(answer).to_json().unwrap())
            }
            (Some(Request::GetTable(request)), _)
                if request.table_name.table_name
                    == request.table_name.table_name.to_lowercase() =>
            {
                Err(breach_fault("EntityNotFoundException", "no such table"))
            }
            (_, outcome) => outcome,
        }),
    ),
    breach(
        Rule::LayoutPartitions,
        "the layout lacks a partition column",
        How::Response(|_, mut response, _| {
            if let Response::GetTable(table) = &mut response {
                table.partition_columns = vec![table.schema.field(0).name().clone()];
            }
            response
        }),
    ),
    breach(
        Rule::SplitsEnd,
        "a token comes again",
        How::Outcome(|request, outcome, _| match (request, outcome) {
            (Some(Request::GetSplits(_)), Ok(invoked)) => {
                let Response::GetSplits(mut answer) =
                    Response::from_json(&invoked.payload).unwrap()
                else {
                    panic!("splits were asked for")
                };
                answer.continuation_token = Some("1".to_owned());
                answered(Response::GetSplits(answer).to_json().unwrap())
            }
            (_, outcome) => outcome,
        }),
    ),
    breach(
        Rule::SplitsDistinct,
        "a split is given twice",
        How::Response(|_, response, _| {
            with_splits(response, |splits| {
                splits.extend(splits.first().cloned());
            })
        }),
    ),
    breach(
        Rule::SplitsPlace,
        "all splits have one place",
        How::Response(|_, response, _| {
            with_splits(response, |splits| {
                let place = splits[0].spill_location.clone();
                for split in splits.iter_mut() {
                    split.spill_location.clone_from(&place);
                }
            })
        }),
    ),
    breach(
        Rule::SplitsPlace,
        "a place is an object",
        How::Response(|_, response, _| {
            with_splits(response, |splits| {
                splits
                    .iter_mut()
                    .filter_map(|split| split.spill_location.as_mut())
                    .for_each(|place| place.directory = false);
            })
        }),
    ),
    breach(
        Rule::SplitsKey,
        "a nonce has 16 bytes",
        How::Response(|_, response, _| {
            with_splits(response, |splits| {
                for split in splits.iter_mut() {
                    split.encryption_key = Some(EncryptionKey::new(vec![1; 32], vec![2; 16]));
                }
            })
        }),
    ),
    breach(
        Rule::SplitsKey,
        "all splits have one key",
        How::Response(|_, response, _| {
            with_splits(response, |splits| {
                for split in splits.iter_mut() {
                    split.encryption_key = Some(EncryptionKey::new(vec![1; 32], vec![2; 12]));
                }
            })
        }),
    ),
    breach(
        Rule::SplitsAgain,
        "each plan has a split fewer",
        How::Response(|_, response, number| {
            with_splits(response, |splits| {
                splits.truncate(splits.len().saturating_sub(number % 2));
            })
        }),
    ),
    breach(
        Rule::RecordsRead,
        "a split cannot be read",
        How::Outcome(|request, outcome, number| match request {
            Some(Request::ReadRecords(_)) if number == 1 => {
                Err(breach_fault("ThrottlingException", "slow down"))
            }
            _ => outcome,
        }),
    ),
    breach(
        Rule::RecordsSchema,
        "columns come in the opposite order",
        How::Response(|_, response, _| {
            with_rows(response, |batch| {
                let order: Vec<usize> = (0..batch.num_columns()).rev().collect();
                batch.project(&order).unwrap()
            })
        }),
    ),
    breach(
        Rule::RecordsSchema,
        "a text comes as bytes",
        How::Response(|_, response, _| {
            with_rows(response, |batch| {
                let (schema, mut columns, _) = batch.into_parts();
                let mut fields: Vec<Field> = schema
                    .fields()
                    .iter()
                    .map(|field| field.as_ref().clone())
                    .collect();
                for (field, column) in fields.iter_mut().zip(&mut columns) {
                    if let Some(texts) = column.as_any().downcast_ref::<StringArray>() {
                        *field = field.clone().with_data_type(DataType::Binary);
                        *column = Arc::new(
                            texts
                                .iter()
                                .map(|text| text.map(str::as_bytes))
                                .collect::<BinaryArray>(),
                        );
                    }
                }
                RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
            })
        }),
    ),
    breach(
        Rule::RecordsColumns,
        "a row is lost where few columns are asked for",
        How::Response(|request, response, _| match request {
            Request::ReadRecords(read) if read.schema.fields().len() < 4 => {
                with_rows(response, without_first)
            }
            _ => response,
        }),
    ),
    breach(
        Rule::RecordsAgain,
        "later readings lack a row",
        How::Response(|_, response, number| {
            if number < 4 {
                response
            } else {
                with_rows(response, without_first)
            }
        }),
    ),
    breach(
        Rule::RecordsOnce,
        "every split has a row of all others",
        How::Response(|request, response, _| match request {
            Request::ReadRecords(_) => with_rows(response, |batch| {
                let nulls: Vec<ArrayRef> = batch
                    .columns()
                    .iter()
                    .map(|column| new_null_array(column.data_type(), 1))
                    .collect();
                let shared = RecordBatch::try_new(batch.schema(), nulls).unwrap();
                arrow::compute::concat_batches(&batch.schema(), [&batch, &shared]).unwrap()
            }),
            _ => response,
        }),
    ),
    breach(
        Rule::RecordsComplete,
        "one split has lost a row, and no condition finds out",
        How::Response(|request, response, _| match request {
            Request::ReadRecords(read) if is_plain(&read.constraints) && is_second(&read.split) => {
                with_rows(response, without_first)
            }
            _ => response,
        }),
    ),
    breach(
        Rule::RecordsComplete,
        "splits come in another number of parts, and one is left out",
        How::Response(|request, response, number| match request {
            Request::GetSplits(request) if is_plain(&request.constraints) && number > 0 => {
                with_splits(response, |splits| {
                    splits.pop();
                })
            }
            _ => response,
        }),
    ),
    breach(
        Rule::RecordsVersions,
        "requests of version 2 are refused",
        How::Version(Version::V2),
    ),
    breach(
        Rule::RecordsVersions,
        "requests of version 4 are refused",
        How::Version(Version::V4),
    ),
    breach(
        Rule::SpillInline,
        "blocks of any size come inline",
        How::Request(|request| with_read(request, |read| read.max_inline_block_size = 5_000_000)),
    ),
    breach(
        Rule::SpillForced,
        "blocks of any size come inline",
        How::Request(|request| with_read(request, |read| read.max_inline_block_size = 5_000_000)),
    ),
    breach(
        Rule::SpillBlocks,
        "blocks are cut at a size of the connector's own",
        How::Request(|request| with_read(request, |read| read.max_block_size *= 4)),
    ),
    breach(
        Rule::SpillRows,
        "the last block is forgotten",
        How::Response(|_, mut response, _| {
            if let Response::RemoteReadRecords(remote) = &mut response {
                remote.remote_blocks.pop();
            }
            response
        }),
    ),
    breach(
        Rule::SpillFrame,
        "objects have the framing of answers",
        How::Object(|object| {
            if object.starts_with(&[0xFF; 4]) || object.len() < 100 {
                return object;
            }
            let mut framed = vec![0xFF; 4];
            framed.extend(object);
            framed
        }),
    ),
    breach(
        Rule::SpillSealed,
        "objects are plain although there is a key",
        How::Both(
            |request| with_read(request, |read| read.split.encryption_key = None),
            |request, mut response, _| {
                if let (Request::ReadRecords(read), Response::RemoteReadRecords(remote)) =
                    (request, &mut response)
                {
                    remote.encryption_key.clone_from(&read.split.encryption_key);
                }
                response
            },
        ),
    ),
    breach(
        Rule::SpillSealed,
        "objects are sealed with another key",
        How::Both(
            |request| {
                with_read(request, |read| {
                    if let Some(key) = &mut read.split.encryption_key {
                        *key = EncryptionKey::new(vec![9; 32], vec![9; 12]);
                    }
                })
            },
            |request, mut response, _| {
                if let (Request::ReadRecords(read), Response::RemoteReadRecords(remote)) =
                    (request, &mut response)
                {
                    remote.encryption_key.clone_from(&read.split.encryption_key);
                }
                response
            },
        ),
    ),
    breach(
        Rule::SpillSealed,
        "the answer names no key",
        How::Response(|_, mut response, _| {
            if let Response::RemoteReadRecords(remote) = &mut response {
                remote.encryption_key = None;
            }
            response
        }),
    ),
    breach(
        Rule::SpillPlain,
        "objects are sealed although there is no key",
        How::Both(
            |request| {
                with_read(request, |read| {
                    read.split
                        .encryption_key
                        .get_or_insert_with(|| EncryptionKey::new(vec![9; 32], vec![9; 12]));
                })
            },
            |request, mut response, _| {
                if let (Request::ReadRecords(read), Response::RemoteReadRecords(remote)) =
                    (request, &mut response)
                {
                    remote.encryption_key.clone_from(&read.split.encryption_key);
                }
                response
            },
        ),
    ),
    breach(
        Rule::SpillPlace,
        "objects lie beside the split's place",
        How::Request(|request| {
            with_read(request, |read| {
                if let Some(place) = &mut read.split.spill_location {
                    place.key = format!("elsewhere/{}", place.key);
                }
            })
        }),
    ),
    breach(
        Rule::FilterValues,
        "a value of several is forgotten",
        How::Request(|request| {
            with_constraints(request, |constraints| {
                for set in constraints.summary.values_mut() {
                    if let ValueSet::SortedRangeSet { ranges, .. } = set
                        && ranges.len() > 2
                    {
                        ranges.pop();
                    }
                }
            })
        }),
    ),
    breach(
        Rule::FilterRanges,
        "an end that belongs to a range is left out",
        How::Request(|request| {
            with_constraints(request, |constraints| {
                for set in constraints.summary.values_mut() {
                    let ValueSet::SortedRangeSet { ranges, .. } = set else {
                        continue;
                    };
                    for range in ranges.iter_mut().filter(|range| {
                        range.single_value().is_none() && range.low.bound == Bound::Exactly
                    }) {
                        range.low.bound = Bound::Above;
                    }
                }
            })
        }),
    ),
    breach(
        Rule::FilterNulls,
        "null is never taken",
        How::Response(|request, response, _| match request {
            Request::ReadRecords(read)
                if read
                    .constraints
                    .summary
                    .values()
                    .any(ValueSet::null_allowed) =>
            {
                let columns: Vec<String> = read.constraints.summary.keys().cloned().collect();
                with_rows(response, |batch| {
                    let column = batch.column_by_name(&columns[0]).unwrap();
                    let kept: BooleanArray = (0..batch.num_rows())
                        .map(|row| Some(column.is_valid(row)))
                        .collect();
                    filter_record_batch(&batch, &kept).unwrap()
                })
            }
            _ => response,
        }),
    ),
    breach(
        Rule::FilterColumns,
        "nothing meets two conditions",
        How::Response(|request, response, _| match request {
            Request::ReadRecords(read) if read.constraints.summary.len() == 2 => {
                with_rows(response, |batch| batch.slice(0, 0))
            }
            _ => response,
        }),
    ),
    breach(
        Rule::FilterExpressions,
        "a disjunction is taken for a conjunction",
        How::Request(|request| {
            with_constraints(request, |constraints| {
                constraints.expression.iter_mut().for_each(conjunction);
            })
        }),
    ),
    breach(
        Rule::FilterExpressions,
        "`$in` knows the first value alone",
        How::Request(|request| {
            with_constraints(request, |constraints| {
                for expression in &mut constraints.expression {
                    if let Expression::Call { arguments, .. } = expression
                        && let [
                            _,
                            Expression::Call {
                                function_name,
                                arguments,
                                ..
                            },
                        ] = arguments.as_mut_slice()
                        && function_name.function_name == "$array"
                    {
                        arguments.truncate(1);
                    }
                }
            })
        }),
    ),
    breach(
        Rule::LimitEnough,
        "a limit is one too small",
        How::Request(|request| {
            with_constraints(request, |constraints| {
                if constraints.limit > 0 {
                    constraints.limit -= 1;
                }
            })
        }),
    ),
    breach(
        Rule::LimitHonoured,
        "limits are offered and not kept",
        How::Request(|request| with_constraints(request, |constraints| constraints.limit = -1)),
    ),
    breach(
        Rule::LimitFiltered,
        "a limit counts rows before the condition",
        How::Request(|request| {
            with_constraints(request, |constraints| {
                if constraints.limit >= 0 {
                    constraints.summary.clear();
                }
            })
        }),
    ),
    breach(
        Rule::OrderFirst,
        "the first rows are taken without their order",
        How::Request(|request| {
            with_constraints(request, |constraints| {
                constraints.order_by_clause.clear();
            })
        }),
    ),
    breach(
        Rule::HostileJson,
        "anything is answered",
        How::Outcome(lenient),
    ),
    breach(
        Rule::HostileType,
        "a process is lost over an unknown type",
        How::Outcome(|request, outcome, _| match request {
            None => Err(breach_fault("Runtime.ExitError", "exit status 134")),
            Some(_) => outcome,
        }),
    ),
    breach(
        Rule::HostileType,
        "the call behind is refused",
        How::Outcome(|request, outcome, number| match request {
            Some(Request::Ping(_)) if number > 0 => {
                Err(breach_fault("IllegalStateException", "closed"))
            }
            _ => outcome,
        }),
    ),
    breach(
        Rule::HostileShape,
        "anything is answered",
        How::Outcome(lenient),
    ),
    breach(
        Rule::HostileLengths,
        "anything is answered",
        How::Outcome(lenient),
    ),
    breach(
        Rule::HostileTable,
        "a table that is not there is an error without words",
        How::Outcome(|_, outcome, _| match outcome {
            Err(InvokeError::Function { .. }) => Err(breach_fault("NullPointerException", "")),
            outcome => outcome,
        }),
    ),
    breach(
        Rule::HostileHandoff,
        "a process is lost over a foreign token",
        How::Outcome(|request, outcome, _| match request {
            Some(Request::GetSplits(request)) if request.continuation_token.is_some() => {
                Err(breach_fault("Runtime.ExitError", "exit status 101"))
            }
            _ => outcome,
        }),
    ),
];

fn lenient(_: Option<&Request>, outcome: crate::layer::Outcome, _: usize) -> crate::layer::Outcome {
    match outcome {
        Err(_) => answered(
            r#"{"@type":"PingResponse","catalogName":"judged","queryId":"","sourceType":"s","capabilities":1,"serDeVersion":6}"#,
        ),
        outcome => outcome,
    }
}

fn is_plain(constraints: &Constraints) -> bool {
    constraints.summary.is_empty() && constraints.expression.is_empty() && constraints.limit < 0
}

/// Whether the split's notes say that it is the second part of a scan.
fn is_second(split: &Split) -> bool {
    split
        .properties
        .values()
        .any(|text| text.contains("\"first\":1,"))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `with_rows` takes"
)]
fn without_first(batch: RecordBatch) -> RecordBatch {
    batch.slice(1.min(batch.num_rows()), batch.num_rows().saturating_sub(1))
}

fn with_rows(response: Response, change: impl FnOnce(RecordBatch) -> RecordBatch) -> Response {
    match response {
        Response::ReadRecords(mut answer) if answer.records.batch().num_rows() > 0 => {
            answer.records = Block::new(change(answer.records.into_batch()));
            Response::ReadRecords(answer)
        }
        other => other,
    }
}

fn with_splits(mut response: Response, change: impl FnOnce(&mut Vec<Split>)) -> Response {
    if let Response::GetSplits(answer) = &mut response
        && !answer.splits.is_empty()
    {
        change(&mut answer.splits);
    }
    response
}

fn with_field(mut response: Response, field: impl FnOnce(&[Arc<Field>]) -> Field) -> Response {
    if let Response::GetTable(table) = &mut response {
        let mut fields: Vec<Arc<Field>> = table.schema.fields().iter().cloned().collect();
        let field = field(&fields);
        fields.push(Arc::new(field));
        let metadata = table.schema.metadata().clone();
        table.schema = Arc::new(Schema::new_with_metadata(fields, metadata));
    }
    response
}

fn with_constraints(mut request: Request, change: impl FnOnce(&mut Constraints)) -> Request {
    match &mut request {
        Request::GetTableLayout(request) => change(&mut request.constraints),
        Request::GetSplits(request) => change(&mut request.constraints),
        Request::ReadRecords(request) => change(&mut request.constraints),
        _ => {}
    }
    request
}

fn with_read(
    mut request: Request,
    change: impl FnOnce(&mut athena_protocol::wire::ReadRecordsRequest),
) -> Request {
    if let Request::ReadRecords(read) = &mut request {
        change(read);
    }
    request
}

fn conjunction(expression: &mut Expression) {
    if let Expression::Call {
        function_name,
        arguments,
        ..
    } = expression
    {
        if function_name.function_name == "$or" {
            "$and".clone_into(&mut function_name.function_name);
        }
        arguments.iter_mut().for_each(conjunction);
    }
}
