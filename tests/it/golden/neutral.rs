//! Public values in the neutral form of `tests/fixtures/README.md`, made without the crate's own serializers.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Field, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType,
};
use athena_protocol::block::Block;
use athena_protocol::predicate::{
    Bound, Constraints, Direction, Expression, Marker, Scalar, ValueSet,
};
use athena_protocol::spill::{EncryptionKey, SpillLocation};
use athena_protocol::wire::{FederatedIdentity, Request, Response, Split, TableName};
use serde_json::{Value, json};

/// A member whose value is a float of 32 bits, which [`differs`] compares as such.
const FLOAT32: &str = "a float of 32 bits";

pub(super) fn request(request: &Request) -> Value {
    let own = match request {
        Request::Ping(r) => json!({"catalogName": r.catalog_name, "queryId": r.query_id}),
        Request::ListSchemas(r) => json!({"catalogName": r.catalog_name, "queryId": r.query_id}),
        Request::ListTables(r) => json!({
            "catalogName": r.catalog_name, "queryId": r.query_id, "schemaName": r.schema_name,
            "nextToken": r.next_token, "pageSize": r.page_size,
        }),
        Request::GetTable(r) => json!({
            "catalogName": r.catalog_name, "queryId": r.query_id, "tableName": table(&r.table_name),
            "queryPassthroughArguments": r.query_passthrough_arguments,
        }),
        Request::GetTableLayout(r) => json!({
            "catalogName": r.catalog_name, "queryId": r.query_id, "tableName": table(&r.table_name),
            "constraints": constraints(&r.constraints), "schema": schema(&r.schema),
            "partitionColumns": r.partition_columns,
        }),
        Request::GetSplits(r) => json!({
            "catalogName": r.catalog_name, "queryId": r.query_id, "tableName": table(&r.table_name),
            "partitions": block(&r.partitions), "partitionColumns": r.partition_columns,
            "constraints": constraints(&r.constraints), "continuationToken": r.continuation_token,
        }),
        Request::ReadRecords(r) => json!({
            "catalogName": r.catalog_name, "queryId": r.query_id, "tableName": table(&r.table_name),
            "schema": schema(&r.schema), "split": split(&r.split),
            "constraints": constraints(&r.constraints),
            "maxBlockSize": r.max_block_size, "maxInlineBlockSize": r.max_inline_block_size,
        }),
        Request::GetDataSourceCapabilities(r) => {
            json!({"catalogName": r.catalog_name, "queryId": r.query_id})
        }
        Request::UserDefinedFunction(r) => json!({
            "inputRecords": block(&r.input_records), "outputSchema": schema(&r.output_schema),
            "methodName": r.method_name, "functionType": r.function_type,
        }),
    };
    let who = request.identity().map(identity);
    with(
        own,
        [("type", json!(request.kind())), ("identity", json!(who))],
    )
}

pub(super) fn response(response: &Response) -> Value {
    let own = match response {
        Response::Ping(r) => json!({
            "catalogName": r.catalog_name, "queryId": r.query_id, "sourceType": r.source_type,
            "capabilities": r.capabilities, "serDeVersion": r.ser_de_version,
        }),
        Response::ListSchemas(r) => json!({"catalogName": r.catalog_name, "schemas": r.schemas}),
        Response::ListTables(r) => json!({
            "catalogName": r.catalog_name, "nextToken": r.next_token,
            "tables": r.tables.iter().map(table).collect::<Vec<_>>(),
        }),
        Response::GetTable(r) => json!({
            "catalogName": r.catalog_name, "tableName": table(&r.table_name),
            "schema": schema(&r.schema), "partitionColumns": r.partition_columns,
        }),
        Response::GetTableLayout(r) => json!({
            "catalogName": r.catalog_name, "tableName": table(&r.table_name),
            "partitions": block(&r.partitions),
        }),
        Response::GetSplits(r) => json!({
            "catalogName": r.catalog_name, "continuationToken": r.continuation_token,
            "splits": r.splits.iter().map(split).collect::<Vec<_>>(),
        }),
        Response::ReadRecords(r) => {
            json!({"catalogName": r.catalog_name, "records": block(&r.records)})
        }
        Response::RemoteReadRecords(r) => json!({
            "catalogName": r.catalog_name, "schema": schema(&r.schema),
            "remoteBlocks": r.remote_blocks.iter().map(location).collect::<Vec<_>>(),
            "encryptionKey": r.encryption_key.as_ref().map(key),
        }),
        Response::GetDataSourceCapabilities(r) => {
            let entries = r.capabilities.iter().map(|(name, sub_types)| {
                let sub_types = sub_types.iter();
                let sub_types =
                    sub_types.map(|s| json!({"subType": s.sub_type, "properties": s.properties}));
                (name.clone(), sub_types.collect())
            });
            json!({"catalogName": r.catalog_name, "capabilities": Value::Object(entries.collect())})
        }
        Response::UserDefinedFunction(r) => {
            json!({"records": block(&r.records), "methodName": r.method_name})
        }
    };
    with(own, [("type", json!(response.kind()))])
}

/// Where the two differ, if they do.
pub(super) fn differs(ours: &Value, expected: &Value) -> Option<String> {
    let at = |place: String, deeper: Option<String>| deeper.map(|rest| format!("{place}{rest}"));
    match (ours, expected) {
        (Value::Object(ours), expected) if ours.contains_key(FLOAT32) => {
            let bits = |number: &Value| {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "it was written from a float of 32 bits"
                )]
                number.as_f64().map(|number| (number as f32).to_bits())
            };
            let same = expected.is_number() && bits(&ours[FLOAT32]) == bits(expected);
            (!same).then(|| format!(": {ours:?} instead of {expected}"))
        }
        (Value::Object(ours), Value::Object(expected)) => {
            if let Some(name) = ours.keys().find(|name| !expected.contains_key(*name)) {
                return Some(format!(": `{name}` is too much"));
            }
            expected
                .iter()
                .find_map(|(name, expected)| match ours.get(name) {
                    None => Some(format!(": `{name}` is missing")),
                    Some(ours) if name == "partitionColumns" => at(
                        format!(".{name}"),
                        differs(&sorted(ours), &sorted(expected)),
                    ),
                    Some(ours) => at(format!(".{name}"), differs(ours, expected)),
                })
        }
        (Value::Array(ours), Value::Array(expected)) if ours.len() == expected.len() => {
            let pairs = ours.iter().zip(expected).enumerate();
            pairs
                .map(|(index, (ours, expected))| at(format!("[{index}]"), differs(ours, expected)))
                .find_map(|difference| difference)
        }
        // Zero has a sign.
        (Value::Number(a), Value::Number(b)) if a.is_f64() && b.is_f64() => {
            let same = a.as_f64().map(f64::to_bits) == b.as_f64().map(f64::to_bits);
            (!same).then(|| format!(": {a} instead of {b}"))
        }
        (ours, expected) => (ours != expected).then(|| format!(": {ours} instead of {expected}")),
    }
}

fn sorted(names: &Value) -> Value {
    let mut names = names.as_array().cloned().unwrap_or_default();
    names.sort_by_key(|name| name.as_str().map(str::to_owned));
    Value::Array(names)
}

fn with<const N: usize>(mut value: Value, members: [(&str, Value); N]) -> Value {
    for (name, member) in members {
        value[name] = member;
    }
    value
}

fn identity(identity: &FederatedIdentity) -> Value {
    json!({
        "account": identity.account, "arn": identity.arn, "principalTags": identity.tags,
        "iamGroups": identity.groups, "configOptions": identity.config_options,
    })
}

fn table(name: &TableName) -> Value {
    json!({"schemaName": name.schema_name, "tableName": name.table_name})
}

fn location(location: &SpillLocation) -> Value {
    json!({"bucket": location.bucket, "key": location.key, "directory": location.directory})
}

fn key(key: &EncryptionKey) -> Value {
    json!({"keyHex": hex(key.expose_key()), "nonceHex": hex(key.nonce())})
}

fn split(split: &Split) -> Value {
    json!({
        "spillLocation": split.spill_location.as_ref().map(location),
        "encryptionKey": split.encryption_key.as_ref().map(key),
        "properties": split.properties,
    })
}

fn constraints(constraints: &Constraints) -> Value {
    assert_eq!(
        constraints.not_understood, [""; 0],
        "all is known in the fixtures"
    );
    let summary = constraints.summary.iter();
    let order = constraints.order_by_clause.iter();
    let plan = constraints.query_plan.as_ref();
    json!({
        "summary": summary.map(|(column, set)| (column.clone(), value_set(set))).collect::<serde_json::Map<_, _>>(),
        "expression": constraints.expression.iter().map(expression).collect::<Vec<_>>(),
        "orderBy": order.map(|field| json!({
            "column": field.column_name,
            "direction": match field.direction {
                Direction::AscNullsFirst => "ASC_NULLS_FIRST",
                Direction::AscNullsLast => "ASC_NULLS_LAST",
                Direction::DescNullsFirst => "DESC_NULLS_FIRST",
                Direction::DescNullsLast => "DESC_NULLS_LAST",
            },
        })).collect::<Vec<_>>(),
        "limit": constraints.limit,
        "queryPassthroughArguments": constraints.query_passthrough_arguments,
        "queryPlan": plan.map(|plan| json!({
            "substraitVersion": plan.substrait_version, "substraitPlan": plan.substrait_plan,
        })),
    })
}

fn value_set(set: &ValueSet) -> Value {
    match set {
        ValueSet::SortedRangeSet {
            data_type,
            ranges,
            null_allowed,
        } => {
            let ranges = ranges.iter();
            let ranges =
                ranges.map(|range| json!({"low": marker(&range.low), "high": marker(&range.high)}));
            json!({
                "kind": "SortedRangeSet", "type": type_name(data_type), "nullAllowed": null_allowed,
                "ranges": ranges.collect::<Vec<_>>(),
            })
        }
        ValueSet::EquatableValueSet {
            value_block,
            white_list,
            null_allowed,
        } => json!({
            "kind": "EquatableValueSet", "type": type_name(value_block.schema().field(0).data_type()),
            "nullAllowed": null_allowed, "whiteList": white_list, "values": values(value_block),
        }),
        ValueSet::AllOrNoneValueSet {
            data_type,
            all,
            null_allowed,
        } => json!({
            "kind": "AllOrNoneValueSet", "type": type_name(data_type), "nullAllowed": null_allowed,
            "all": all,
        }),
    }
}

fn marker(marker: &Marker) -> Value {
    let value = match &marker.value {
        None => Value::Null,
        Some(Scalar::Nested(value)) => cell(value.as_ref(), 0),
        Some(value) => {
            let column = Scalar::to_array(&marker.data_type, [value]);
            cell(column.expect("a marker's value is of its type").as_ref(), 0)
        }
    };
    let bound = match marker.bound {
        Bound::Below => "BELOW",
        Bound::Exactly => "EXACTLY",
        Bound::Above => "ABOVE",
    };
    json!({"bound": bound, "unbounded": marker.value.is_none(), "value": value})
}

fn expression(node: &Expression) -> Value {
    match node {
        Expression::Constant {
            value_block,
            data_type,
        } => json!({
            "kind": "ConstantExpression", "type": type_name(data_type), "values": values(value_block),
        }),
        Expression::Variable {
            column_name,
            data_type,
        } => json!({
            "kind": "VariableExpression", "type": type_name(data_type), "column": column_name,
        }),
        Expression::Call {
            data_type,
            function_name,
            arguments,
        } => json!({
            "kind": "FunctionCallExpression", "type": type_name(data_type),
            "function": function_name.function_name,
            "arguments": arguments.iter().map(expression).collect::<Vec<_>>(),
        }),
    }
}

fn values(block: &Block) -> Vec<Value> {
    assert_eq!(block.schema().field(0).name(), "col1");
    let column = block.batch().column(0);
    (0..column.len()).map(|row| cell(column, row)).collect()
}

fn block(block: &Block) -> Value {
    json!({
        "schema": schema(&block.schema()), "rowCount": block.batch().num_rows(),
        "rows": rows(block.batch()),
    })
}

/// The rows of a batch, each an object of its columns.
pub(super) fn rows(batch: &RecordBatch) -> Vec<Value> {
    let row = |row| {
        let fields = batch.schema_ref().fields().iter().zip(batch.columns());
        let cells = fields.map(|(field, column)| (field.name().clone(), cell(column, row)));
        Value::Object(cells.collect())
    };
    (0..batch.num_rows()).map(row).collect()
}

fn schema(schema: &Schema) -> Value {
    let fields = schema.fields().iter();
    json!({"fields": fields.map(|f| field(f)).collect::<Vec<_>>(), "metadata": schema.metadata()})
}

fn field(of: &Field) -> Value {
    let own = json!({
        "name": of.name(), "nullable": of.is_nullable(), "type": type_name(of.data_type()),
    });
    let children: Vec<Value> = match of.data_type() {
        DataType::List(child) | DataType::Map(child, _) => vec![field(child)],
        DataType::Struct(children) => children.iter().map(|child| field(child)).collect(),
        _ => return own,
    };
    with(own, [("children", json!(children))])
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 => "utf8".to_owned(),
        DataType::Binary => "binary".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Int8 => "int8".to_owned(),
        DataType::Int16 => "int16".to_owned(),
        DataType::Int32 => "int32".to_owned(),
        DataType::Int64 => "int64".to_owned(),
        DataType::Float32 => "float32".to_owned(),
        DataType::Float64 => "float64".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal128({precision},{scale})"),
        DataType::Date32 => "date32".to_owned(),
        DataType::Date64 => "date64".to_owned(),
        DataType::Timestamp(TimeUnit::Millisecond, Some(zone)) => {
            format!("timestamp(millisecond,{zone})")
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) => {
            format!("timestamp(microsecond,{zone})")
        }
        DataType::List(_) => "list".to_owned(),
        DataType::Struct(_) => "struct".to_owned(),
        DataType::Map(..) => "map".to_owned(),
        other => panic!("the fixtures have no {other}"),
    }
}

fn cell(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => json!(column.as_string::<i32>().value(row)),
        DataType::Binary => json!(hex(column.as_binary::<i32>().value(row))),
        DataType::Boolean => json!(column.as_boolean().value(row)),
        DataType::Int8 => json!(column.as_primitive::<Int8Type>().value(row)),
        DataType::Int16 => json!(column.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => json!(column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float32 => {
            let value = column.as_primitive::<Float32Type>().value(row);
            float(value.into()).unwrap_or_else(|| json!({FLOAT32: value}))
        }
        DataType::Float64 => {
            let value = column.as_primitive::<Float64Type>().value(row);
            float(value).unwrap_or_else(|| json!(value))
        }
        DataType::Decimal128(_, scale) => {
            let unscaled = column.as_primitive::<Decimal128Type>().value(row);
            json!(decimal(unscaled, *scale))
        }
        DataType::Date32 => json!(column.as_primitive::<Date32Type>().value(row)),
        DataType::Date64 => json!(column.as_primitive::<Date64Type>().value(row)),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            json!(column.as_primitive::<TimestampMillisecondType>().value(row))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            json!(column.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            (0..items.len()).map(|at| cell(&items, at)).collect()
        }
        DataType::Struct(fields) => {
            let children = fields.iter().zip(column.as_struct().columns());
            let cells = children.map(|(field, child)| (field.name().clone(), cell(child, row)));
            Value::Object(cells.collect())
        }
        DataType::Map(..) => {
            let entries = column.as_map().value(row);
            let pair = |at| json!([cell(entries.column(0), at), cell(entries.column(1), at)]);
            (0..entries.len()).map(pair).collect()
        }
        other => panic!("the fixtures have no {other}"),
    }
}

/// The text of a float that JSON has no number for.
fn float(value: f64) -> Option<Value> {
    if value.is_nan() {
        Some(json!("NaN"))
    } else if value.is_infinite() {
        Some(json!(if value > 0.0 { "Infinity" } else { "-Infinity" }))
    } else {
        None
    }
}

fn decimal(unscaled: i128, scale: i8) -> String {
    let places = usize::try_from(scale).expect("the fixtures have no negative scale");
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if places == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

#[test]
fn a_difference_is_found_and_placed() {
    let expected = json!({"a": [1, {"b": 0.1, "c": "x"}], "partitionColumns": ["p", "q"]});
    let mut ours =
        json!({"a": [1, {"b": {FLOAT32: 0.1f32}, "c": "x"}], "partitionColumns": ["q", "p"]});
    assert_eq!(differs(&ours, &expected), None);
    ours["a"][1]["c"] = json!("y");
    assert_eq!(
        differs(&ours, &expected).as_deref(),
        Some(".a[1].c: \"y\" instead of \"x\"")
    );
    for (ours, expected) in [
        (json!({"a": 1}), json!({})),
        (json!({}), json!({"a": null})),
        (json!([1]), json!([1, 2])),
        (json!(-0.0), json!(0.0)),
        (json!({FLOAT32: 0.1f32}), json!(0.2)),
        (json!({FLOAT32: 0.1f32}), json!(null)),
        (json!(1), json!("1")),
    ] {
        assert!(differs(&ours, &expected).is_some(), "{ours} {expected}");
    }
}
