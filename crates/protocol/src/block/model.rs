//! Batches as plain rows, for tests: every type of the protocol, nulls with something beneath them, nested to some depth.

use arrow::array::{ArrayData, ArrayRef, RecordBatch, RecordBatchOptions, make_array};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, Schema, TimeUnit};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

/// One value; what a null has beneath it is kept, since it is written too.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    valid: bool,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    Nothing,
    Bool(bool),
    /// The bytes of a number, or those of text.
    Bytes(Vec<u8>),
    /// Elements of a list; a map's are pairs.
    List(Vec<Cell>),
    Struct(Vec<Cell>),
}

/// Rows of a schema.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) schema: Arc<Schema>,
    rows: Vec<Vec<Cell>>,
}

impl Rows {
    /// The same rows as arrays.
    pub(super) fn batch(&self) -> RecordBatch {
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows.len()));
        let columns = self
            .columns()
            .map(|(field, cells)| array(field.data_type(), &cells))
            .collect();
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).unwrap()
    }

    /// What the engine counts for these rows, counted row by row (protocol §6).
    pub(super) fn bytes(&self) -> usize {
        self.columns()
            .map(|(field, cells)| bytes(field.data_type(), &cells))
            .sum()
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn slice(&self, offset: usize, len: usize) -> Self {
        Self {
            schema: self.schema.clone(),
            rows: self.rows[offset..offset + len].to_vec(),
        }
    }

    fn columns(&self) -> impl Iterator<Item = (&FieldRef, Vec<Cell>)> {
        let fields = self.schema.fields().iter().enumerate();
        fields.map(|(at, field)| (field, nth(&self.rows, at)))
    }
}

/// Batches of up to `rows` rows with one to five columns of any type, nulls at every level, custom metadata.
pub(super) fn any_rows(rows: usize) -> impl Strategy<Value = Rows> {
    (vec(any_type(), 1..6), vec("[a-z]{0,4}", 0..3)).prop_flat_map(move |(types, notes)| {
        let fields: Vec<Field> = types
            .into_iter()
            .enumerate()
            .map(|(at, data_type)| Field::new(format!("c{at}"), data_type, true))
            .collect();
        let notes = notes.into_iter().map(|note| (note.clone(), note));
        let schema = Arc::new(Schema::new_with_metadata(fields, notes.collect()));
        let row = cells(schema.fields());
        vec(row, 0..=rows).prop_map(move |rows| Rows {
            schema: schema.clone(),
            rows,
        })
    })
}

/// Rows of one schema.
pub(super) fn rows_of(schema: Schema, rows: usize) -> impl Strategy<Value = Rows> {
    let schema = Arc::new(schema);
    vec(cells(schema.fields()), rows).prop_map(move |rows| Rows {
        schema: schema.clone(),
        rows,
    })
}

/// One column of each type of the protocol that has no children, and of each kind of nesting.
pub(super) fn every_type() -> Schema {
    let mut types = flat_types();
    let inner = pair(DataType::Utf8, DataType::Decimal128(38, 9));
    types.extend([
        DataType::List(item(DataType::Utf8, true)),
        DataType::List(item(DataType::List(item(DataType::Int32, true)), true)),
        DataType::FixedSizeList(item(DataType::Boolean, true), 3),
        DataType::Struct(Fields::empty()),
        DataType::Struct(vec![item(DataType::Utf8, true), item(inner.clone(), true)].into()),
        DataType::List(item(DataType::Struct(vec![item(inner, true)].into()), true)),
    ]);
    let fields = types.into_iter().enumerate();
    Schema::new(
        fields
            .map(|(at, data_type)| Field::new(format!("c{at}"), data_type, true))
            .collect::<Vec<_>>(),
    )
}

/// A map with the names that the protocol gives its parts.
pub(super) fn pair(key: DataType, value: DataType) -> DataType {
    let pair = vec![
        Field::new("key", key, false),
        Field::new("value", value, true),
    ];
    let entries = Field::new("entries", DataType::Struct(pair.into()), false);
    DataType::Map(Arc::new(entries), false)
}

pub(super) fn item(data_type: DataType, nullable: bool) -> FieldRef {
    Arc::new(Field::new("item", data_type, nullable))
}

pub(super) fn flat_types() -> Vec<DataType> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    let mut types = vec![
        DataType::Null,
        DataType::Boolean,
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::UInt8,
        DataType::UInt16,
        DataType::UInt32,
        DataType::UInt64,
        DataType::Float16,
        DataType::Float32,
        DataType::Float64,
        DataType::Date32,
        DataType::Date64,
        DataType::Time32(Second),
        DataType::Time32(Millisecond),
        DataType::Time64(Microsecond),
        DataType::Time64(Nanosecond),
        DataType::Interval(IntervalUnit::YearMonth),
        DataType::Interval(IntervalUnit::DayTime),
        DataType::Interval(IntervalUnit::MonthDayNano),
        DataType::Utf8,
        DataType::Binary,
        DataType::FixedSizeBinary(0),
        DataType::FixedSizeBinary(5),
        DataType::Decimal128(38, 9),
        DataType::Decimal128(3, -3),
    ];
    for unit in [Second, Millisecond, Microsecond, Nanosecond] {
        types.push(DataType::Timestamp(unit, None));
        types.push(DataType::Timestamp(unit, Some("Europe/Berlin".into())));
    }
    types
}

fn any_type() -> impl Strategy<Value = DataType> {
    proptest::sample::select(flat_types()).prop_recursive(4, 16, 4, |inner| {
        let field = (inner.clone(), any::<bool>()).prop_map(|(data_type, nullable)| {
            item(data_type.clone(), nullable || data_type == DataType::Null)
        });
        let entries = ((inner.clone(), inner), any::<bool>());
        prop_oneof![
            field.clone().prop_map(DataType::List),
            vec(field.clone(), 0..4).prop_map(|children| DataType::Struct(children.into())),
            (field, 0..4)
                .prop_filter("no list of nulls", |(child, _)| child.data_type()
                    != &DataType::Null)
                .prop_map(|(child, size)| DataType::FixedSizeList(child, size)),
            entries
                .prop_filter("no keys of nulls", |((key, _), _)| key != &DataType::Null)
                .prop_map(|((key, value), sorted)| match pair(key, value) {
                    DataType::Map(entries, _) => DataType::Map(entries, sorted),
                    other => other,
                }),
        ]
    })
}

fn cells(fields: &Fields) -> Vec<BoxedStrategy<Cell>> {
    let cell = |field: &FieldRef| cell(field.data_type(), field.is_nullable());
    fields.iter().map(cell).collect()
}

fn cell(data_type: &DataType, nullable: bool) -> BoxedStrategy<Cell> {
    let value = match data_type {
        DataType::Null => Just(Value::Nothing).boxed(),
        DataType::Boolean => any::<bool>().prop_map(Value::Bool).boxed(),
        DataType::Utf8 => "[aé€𝄞]{0,5}"
            .prop_map(|text| Value::Bytes(text.into_bytes()))
            .boxed(),
        DataType::Binary => vec(any::<u8>(), 0..9).prop_map(Value::Bytes).boxed(),
        DataType::List(child) => vec(cell(child.data_type(), child.is_nullable()), 0..4)
            .prop_map(Value::List)
            .boxed(),
        DataType::Map(entries, _) => vec(cell(entries.data_type(), false), 0..3)
            .prop_map(Value::List)
            .boxed(),
        DataType::FixedSizeList(child, size) => {
            let size = usize::try_from(*size).unwrap();
            vec(cell(child.data_type(), child.is_nullable()), size)
                .prop_map(Value::List)
                .boxed()
        }
        DataType::Struct(children) => cells(children).prop_map(Value::Struct).boxed(),
        fixed => vec(any::<u8>(), width(fixed))
            .prop_map(Value::Bytes)
            .boxed(),
    };
    let valid = if nullable {
        prop::bool::weighted(0.7).boxed()
    } else {
        Just(true).boxed()
    };
    (valid, value)
        .prop_map(|(valid, value)| Cell { valid, value })
        .boxed()
}

fn array(data_type: &DataType, cells: &[Cell]) -> ArrayRef {
    make_array(array_data(data_type, cells))
}

fn array_data(data_type: &DataType, cells: &[Cell]) -> ArrayData {
    let mut builder = ArrayData::builder(data_type.clone()).len(cells.len());
    if data_type != &DataType::Null {
        let valid: BooleanBuffer = cells.iter().map(|cell| cell.valid).collect();
        builder = builder.nulls(Some(NullBuffer::new(valid)));
    }
    builder = match data_type {
        DataType::Null => builder,
        DataType::Boolean => {
            let bits = cells
                .iter()
                .map(|cell| matches!(cell.value, Value::Bool(true)));
            builder.add_buffer(bits.collect::<BooleanBuffer>().into_inner())
        }
        DataType::Utf8 | DataType::Binary => builder
            .add_buffer(offsets(cells.iter().map(|cell| cell.bytes().len())))
            .add_buffer(joined(cells)),
        DataType::List(child) | DataType::Map(child, _) => builder
            .add_buffer(offsets(cells.iter().map(|cell| cell.elements().len())))
            .add_child_data(array_data(child.data_type(), &elements(cells))),
        DataType::FixedSizeList(child, _) => {
            builder.add_child_data(array_data(child.data_type(), &elements(cells)))
        }
        DataType::Struct(children) => builder.child_data(
            children
                .iter()
                .enumerate()
                .map(|(at, child)| array_data(child.data_type(), &members(cells, at)))
                .collect(),
        ),
        _ => builder.add_buffer(joined(cells)),
    };
    builder.align_buffers(true).build().unwrap()
}

fn bytes(data_type: &DataType, cells: &[Cell]) -> usize {
    let rows = cells.len();
    if rows == 0 {
        return 0;
    }
    let validity = rows.div_ceil(8);
    match data_type {
        DataType::Null => 0,
        DataType::Boolean => 2 * validity,
        DataType::Utf8 | DataType::Binary => {
            let text: usize = cells.iter().map(|cell| cell.bytes().len()).sum();
            validity + 4 * (rows + 1) + text
        }
        DataType::List(child) | DataType::Map(child, _) => {
            validity + 4 * (rows + 1) + bytes(child.data_type(), &elements(cells))
        }
        DataType::FixedSizeList(child, _) => validity + bytes(child.data_type(), &elements(cells)),
        DataType::Struct(children) => {
            let children = children.iter().enumerate();
            let bytes = children.map(|(at, child)| bytes(child.data_type(), &members(cells, at)));
            validity + bytes.sum::<usize>()
        }
        fixed => validity + rows * width(fixed),
    }
}

impl Cell {
    fn bytes(&self) -> &[u8] {
        match &self.value {
            Value::Bytes(bytes) => bytes,
            other => panic!("no bytes: {other:?}"),
        }
    }

    fn elements(&self) -> &[Cell] {
        match &self.value {
            Value::List(elements) => elements,
            other => panic!("no list: {other:?}"),
        }
    }
}

fn elements(cells: &[Cell]) -> Vec<Cell> {
    cells.iter().flat_map(Cell::elements).cloned().collect()
}

fn members(cells: &[Cell], at: usize) -> Vec<Cell> {
    let member = |cell: &Cell| match &cell.value {
        Value::Struct(members) => members[at].clone(),
        other => panic!("no struct: {other:?}"),
    };
    cells.iter().map(member).collect()
}

fn nth(rows: &[Vec<Cell>], at: usize) -> Vec<Cell> {
    rows.iter().map(|row| row[at].clone()).collect()
}

fn joined(cells: &[Cell]) -> Buffer {
    Buffer::from_vec(
        cells
            .iter()
            .flat_map(Cell::bytes)
            .copied()
            .collect::<Vec<u8>>(),
    )
}

fn offsets(lengths: impl Iterator<Item = usize>) -> Buffer {
    let mut offsets = vec![0i32];
    for length in lengths {
        offsets.push(offsets[offsets.len() - 1] + i32::try_from(length).unwrap());
    }
    Buffer::from_vec(offsets)
}

fn width(data_type: &DataType) -> usize {
    use DataType as T;
    match data_type {
        T::Int8 | T::UInt8 => 1,
        T::Int16 | T::UInt16 | T::Float16 => 2,
        T::Int32 | T::UInt32 | T::Float32 | T::Date32 | T::Time32(_) => 4,
        T::Int64 | T::UInt64 | T::Float64 | T::Date64 | T::Time64(_) | T::Timestamp(..) => 8,
        T::Interval(unit) => match unit {
            IntervalUnit::YearMonth => 4,
            IntervalUnit::DayTime => 8,
            IntervalUnit::MonthDayNano => 16,
        },
        T::Decimal128(..) => 16,
        T::FixedSizeBinary(width) => usize::try_from(*width).unwrap(),
        other => panic!("{other} has no width"),
    }
}
