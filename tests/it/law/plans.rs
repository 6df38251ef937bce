//! The newest form: a Substrait plan, written from the numbers of `plan.proto`, `algebra.proto` and `type.proto`.

use super::predicate::{Operand, Predicate, Relation};
use super::protobuf::Message;
use super::questions::Question;
use arrow::datatypes::{DataType, Schema, TimeUnit};
use athena_protocol::predicate::{Direction, QueryPlan, Scalar};
use athena_protocol::timestamp;
use fastrand::Rng;

/// A plan of the question; at random with the condition in the read or above it, and with other columns in between. Of structs
/// only a field is shown where the question says so.
pub(super) fn plan(question: &Question, table: &str, schema: &Schema, rng: &mut Rng) -> QueryPlan {
    let condition = condition(&question.predicate, schema);
    let names = Message::new().text(1, table);
    let mut read = Message::new().message(2, base_schema(schema));
    let in_read = rng.u8(..4) == 0;
    if in_read {
        read = read.message(3, condition.clone());
    }
    let mut relation = Message::new().message(1, read.message(7, names));
    if !in_read {
        let filter = Message::new().message(2, relation).message(3, condition);
        relation = Message::new().message(2, filter);
    }
    let width = schema.fields().len();
    let turned = rng.u8(..3) == 0;
    if turned {
        relation = turn(relation, width);
    }
    // Where a column of the table stands now.
    let place = |column: usize| if turned { width - 1 - column } else { column };
    if !question.order.is_empty() {
        let keys = question.order.iter().map(|(column, direction)| {
            let direction = match direction {
                Direction::AscNullsFirst => 1,
                Direction::AscNullsLast => 2,
                Direction::DescNullsFirst => 3,
                Direction::DescNullsLast => 4,
            };
            Message::new()
                .message(1, field(place(*column)))
                .int(2, direction)
        });
        let sort = Message::new().message(2, relation).messages(3, keys);
        relation = Message::new().message(5, sort);
    }
    if let Some(limit) = question.limit {
        // The rows that are skipped have to come as well: the engine skips them.
        let skipped = rng.u64(..=limit);
        let [skipped, wanted] = [skipped, limit - skipped].map(u64::cast_signed);
        let fetch = Message::new().message(2, relation);
        let fetch = if rng.bool() {
            fetch.int(3, skipped).int(4, wanted)
        } else {
            let number = |value| literal(Message::new().int(7, value));
            fetch.message(5, number(skipped)).message(6, number(wanted))
        };
        relation = Message::new().message(3, fetch);
    }
    if question.fields_only {
        let shown = (0..width).map(|at| match schema.field(place(at)).data_type() {
            DataType::Struct(_) => field_within(at, 0),
            _ => field(at),
        });
        relation = project(relation, width, shown);
    }
    let root = Message::new().message(1, relation);
    let shown = (0..width).map(|at| schema.field(place(at)));
    let root = shown.fold(root, |root, field| match field.data_type() {
        DataType::Struct(fields) if question.fields_only => {
            named(root, 2, fields[0].name(), fields[0].data_type())
        }
        data_type => named(root, 2, field.name(), data_type),
    });
    let message = Message::new()
        .messages(
            2,
            FUNCTIONS
                .iter()
                .zip(0..)
                .map(|(name, anchor)| declaration(name, anchor)),
        )
        .message(3, Message::new().message(2, root))
        .messages(
            8,
            EXTENSIONS
                .iter()
                .zip(1..)
                .map(|(urn, anchor)| Message::new().int(1, anchor).text(2, urn)),
        );
    QueryPlan {
        substrait_version: "0.77.0".to_owned(),
        substrait_plan: base64_simd::STANDARD.encode_to_string(message.into_bytes()),
    }
}

/// All columns in the opposite order.
fn turn(relation: Message, width: usize) -> Message {
    project(relation, width, (0..width).rev().map(field))
}

/// These expressions, as many as there were columns, in place of those.
fn project(relation: Message, width: usize, expressions: impl Iterator<Item = Message>) -> Message {
    let mapping = (0..width).fold(Message::new(), |mapping, at| {
        mapping.int(1, place_number(width + at))
    });
    let common = Message::new().message(2, mapping);
    let project = Message::new()
        .message(1, common)
        .message(2, relation)
        .messages(3, expressions);
    Message::new().message(7, project)
}

fn declaration(name: &str, anchor: i64) -> Message {
    // The foreign function belongs to the second extension, all others to the first.
    let extension = if name == FOREIGN { 2 } else { 1 };
    let function = Message::new()
        .int(2, anchor)
        .text(3, name)
        .int(4, extension);
    Message::new().message(3, function)
}

fn base_schema(schema: &Schema) -> Message {
    let fields = schema.fields().iter();
    let names = fields.clone().fold(Message::new(), |message, field| {
        named(message, 1, field.name(), field.data_type())
    });
    let types = fields.map(|field| data_type(field.data_type()));
    names.message(2, Message::new().messages(1, types))
}

/// The name of a column, and behind it those of its children.
fn named(message: Message, number: u32, name: &str, data_type: &DataType) -> Message {
    children(message.text(number, name), number, data_type)
}

fn children(message: Message, number: u32, data_type: &DataType) -> Message {
    match data_type {
        DataType::Struct(fields) => fields.iter().fold(message, |message, field| {
            named(message, number, field.name(), field.data_type())
        }),
        DataType::List(element) => children(message, number, element.data_type()),
        _ => message,
    }
}

fn data_type(data_type: &DataType) -> Message {
    const NULLABLE: i64 = 1;
    let plain = |kind| Message::new().message(kind, Message::new().int(2, NULLABLE));
    match data_type {
        DataType::Boolean => plain(1),
        DataType::Int8 => plain(2),
        DataType::Int16 => plain(3),
        DataType::Int32 => plain(5),
        DataType::Int64 => plain(7),
        DataType::Float32 => plain(10),
        DataType::Float64 => plain(11),
        DataType::Utf8 => plain(12),
        DataType::Binary => plain(13),
        DataType::Date32 => plain(16),
        DataType::Decimal128(precision, scale) => {
            let decimal = Message::new().int(1, (*scale).into());
            Message::new().message(24, decimal.int(2, (*precision).into()).int(4, NULLABLE))
        }
        DataType::Date64 => Message::new().message(33, Message::new().int(1, 3).int(3, NULLABLE)),
        DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => {
            Message::new().message(34, Message::new().int(1, 3).int(3, NULLABLE))
        }
        DataType::List(element) => {
            let list = Message::new().message(1, self::data_type(element.data_type()));
            Message::new().message(27, list.int(3, NULLABLE))
        }
        DataType::Struct(fields) => {
            let types = fields
                .iter()
                .map(|field| self::data_type(field.data_type()));
            Message::new().message(25, Message::new().messages(1, types).int(3, NULLABLE))
        }
        other => panic!("no column of the law is of type {other}"),
    }
}

fn condition(predicate: &Predicate, schema: &Schema) -> Message {
    let each = |parts: &[Predicate]| {
        let parts = parts.iter().map(|part| condition(part, schema));
        parts.collect::<Vec<_>>()
    };
    let constant =
        |column: usize, value: Option<&Scalar>| value_of(schema.field(column).data_type(), value);
    // A value that Substrait has no literal for here: a function that nobody knows stands for the whole condition.
    let with = |name: &str, column: usize, value: Option<Message>| match value {
        Some(value) => call(name, [field(column), value]),
        None => call(FOREIGN, [field(column)]),
    };
    match predicate {
        Predicate::And(parts) => call("and", each(parts)),
        Predicate::Or(parts) => call("or", each(parts)),
        Predicate::Not(part) => match &**part {
            Predicate::IsNull(column) => call("is_not_null", [field(*column)]),
            part => call("not", [condition(part, schema)]),
        },
        Predicate::Compare(column, relation, other) => {
            let name = match relation {
                Relation::Equal => "equal",
                Relation::NotEqual => "not_equal",
                Relation::Less => "lt",
                Relation::LessOrEqual => "lte",
                Relation::Greater => "gt",
                Relation::GreaterOrEqual => "gte",
            };
            let other = match other {
                Operand::Value(value) => {
                    let of = schema.field(*column).data_type();
                    if let Some((field, value)) = widened(*column, of, value.as_ref()) {
                        return call(name, [field, value]);
                    }
                    constant(*column, value.as_ref())
                }
                Operand::Column(other) => Some(field(*other)),
            };
            with(name, *column, other)
        }
        Predicate::Between(column, low, high) => {
            match (constant(*column, Some(low)), constant(*column, Some(high))) {
                (Some(low), Some(high)) => call("between", [field(*column), low, high]),
                _ => call(FOREIGN, [field(*column)]),
            }
        }
        Predicate::In(column, values) => {
            let options = values.iter().map(|value| constant(*column, value.as_ref()));
            match options.collect::<Option<Vec<_>>>() {
                Some(options) => {
                    let list = Message::new()
                        .message(1, field(*column))
                        .messages(2, options);
                    Message::new().message(8, list)
                }
                None => call(FOREIGN, [field(*column)]),
            }
        }
        Predicate::IsNull(column) => call("is_null", [field(*column)]),
        Predicate::Like(column, pattern) => {
            let pattern = Scalar::Utf8(pattern.clone());
            with("like", *column, constant(*column, Some(&pattern)))
        }
        Predicate::Distinct(column, value) => with(
            "is_distinct_from",
            *column,
            constant(*column, value.as_ref()),
        ),
        Predicate::Foreign(column) => call(FOREIGN, [field(*column)]),
    }
}

fn call(name: &str, arguments: impl IntoIterator<Item = Message>) -> Message {
    let anchor = FUNCTIONS
        .iter()
        .position(|function| function.split(':').next() == Some(name));
    let anchor = anchor.expect("all functions of the law are declared");
    let arguments = arguments.into_iter();
    let function = Message::new()
        .int(1, place_number(anchor))
        .messages(
            4,
            arguments.map(|argument| Message::new().message(3, argument)),
        )
        .message(3, data_type(&DataType::Boolean));
    Message::new().message(3, function)
}

fn field(column: usize) -> Message {
    let segment = Message::new().message(2, Message::new().int(1, place_number(column)));
    let reference = Message::new()
        .message(1, segment)
        .message(4, Message::new());
    Message::new().message(2, reference)
}

/// A field of a column that is a struct.
fn field_within(column: usize, place: usize) -> Message {
    let child = Message::new().message(2, Message::new().int(1, place_number(place)));
    let struct_field = Message::new()
        .int(1, place_number(column))
        .message(2, child);
    let segment = Message::new().message(2, struct_field);
    let reference = Message::new()
        .message(1, segment)
        .message(4, Message::new());
    Message::new().message(2, reference)
}

/// Column and value in a wider type, as engines write comparisons of two types; for every other value.
fn widened(column: usize, of: &DataType, value: Option<&Scalar>) -> Option<(Message, Message)> {
    let cast = |to: &DataType| {
        let cast = Message::new()
            .message(1, data_type(to))
            .message(2, field(column));
        Message::new().message(11, cast)
    };
    Some(match (of, value?) {
        (DataType::Int8 | DataType::Int16 | DataType::Int32, Scalar::Int(int)) if int % 2 == 0 => {
            (cast(&DataType::Int64), literal(Message::new().int(7, *int)))
        }
        (DataType::Decimal128(precision @ ..38, scale), Scalar::Decimal { unscaled, .. })
            if unscaled % 2 == 0 =>
        {
            let to = DataType::Decimal128(precision + 1, scale + 1);
            let value = Scalar::Decimal {
                unscaled: unscaled * 10,
                scale: scale + 1,
            };
            (cast(&to), value_of(&to, Some(&value))?)
        }
        (DataType::Date64, Scalar::Date64(millis)) if millis % 2 == 0 => {
            let micros = Message::new().int(1, 6).int(2, millis.checked_mul(1000)?);
            (field(column), literal(Message::new().message(34, micros)))
        }
        _ => return None,
    })
}

fn literal(literal: Message) -> Message {
    Message::new().message(1, literal)
}

fn value_of(of: &DataType, value: Option<&Scalar>) -> Option<Message> {
    let message = Message::new();
    Some(literal(match (of, value) {
        (_, None) => message.message(29, data_type(of)),
        (_, Some(Scalar::Bool(truth))) => message.int(1, (*truth).into()),
        (DataType::Int8, Some(Scalar::Int(int))) => message.int(2, *int),
        (DataType::Int16, Some(Scalar::Int(int))) => message.int(3, *int),
        (DataType::Int32, Some(Scalar::Int(int))) => message.int(5, *int),
        (_, Some(Scalar::Int(int))) => message.int(7, *int),
        (_, Some(Scalar::Float32(float))) => message.float(10, *float),
        (_, Some(Scalar::Float64(float))) => message.double(11, *float),
        (_, Some(Scalar::Utf8(text))) => message.text(12, text),
        (_, Some(Scalar::Binary(bytes))) => message.bytes(13, bytes),
        (_, Some(Scalar::Date32(days))) => message.int(16, (*days).into()),
        (DataType::Decimal128(precision, scale), Some(Scalar::Decimal { unscaled, .. })) => {
            let decimal = Message::new()
                .bytes(1, &unscaled.to_le_bytes())
                .int(2, (*precision).into());
            message.message(24, decimal.int(3, (*scale).into()))
        }
        (_, Some(Scalar::Date64(millis))) => {
            message.message(34, Message::new().int(1, 3).int(2, *millis))
        }
        (_, Some(Scalar::Timestamp(packed))) => {
            let millis = timestamp::epoch_millis(*packed);
            message.message(35, Message::new().int(1, 3).int(2, millis))
        }
        (_, Some(_)) => return None,
    }))
}

fn place_number(place: usize) -> i64 {
    i64::try_from(place).expect("a table of the law has few columns")
}

/// A function of another extension than Substrait's.
const FOREIGN: &str = "of_the_engine";
const EXTENSIONS: [&str; 2] = [
    "extension:io.substrait:functions_comparison",
    "extension:org.example:functions",
];
const FUNCTIONS: [&str; 15] = [
    "and:bool",
    "or:bool",
    "not:bool",
    "equal:any_any",
    "not_equal:any_any",
    "lt:any_any",
    "lte:any_any",
    "gt:any_any",
    "gte:any_any",
    "between:any_any_any",
    "is_null:any",
    "is_not_null:any",
    "is_distinct_from:any_any",
    "like:str_str",
    FOREIGN,
];
