//! The body of a record-batch message as arrays (protocol §6).
//!
//! Arrow's own reader trusts what the message says of itself and panics where it lies. Here every length is compared with the
//! bytes that are there before anything is built, so that damaged or hostile bytes are an error, and nothing is allocated beyond
//! a small multiple of them. Buffers are slices of the body; only those that are not aligned for their type are copied.

use super::BlockError;
use super::error::shown;
use super::schema::is_flat;
use arrow::array::{
    ArrayData, ArrayRef, AsArray, FixedSizeListArray, ListArray, MapArray, NullArray, RecordBatch,
    RecordBatchOptions, StructArray, make_array, new_empty_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, SchemaRef};
use arrow::ipc::{self, FieldNode};
use std::slice::Iter;
use std::sync::Arc;

/// Rows of a batch, at most: what the engine can count.
pub(super) const MAX_ROWS: usize = i32::MAX as usize;

/// Values of a column that take no byte of the body, at most, where the body holds fewer bits.
pub(super) const MAX_FREE_VALUES: usize = 65_536;

/// Builds the arrays of `schema` from a verified header and its body.
pub(super) fn read(
    schema: &SchemaRef,
    header: ipc::RecordBatch<'_>,
    body: &Buffer,
) -> Result<RecordBatch, BlockError> {
    if header.compression().is_some() {
        return Err(BlockError::Unsupported {
            feature: "compression",
        });
    }
    if (header.variadicBufferCounts()).is_some_and(|counts| !counts.is_empty()) {
        return Err(BlockError::Unsupported {
            feature: "view types",
        });
    }
    let rows = usize::try_from(header.length())
        .ok()
        .filter(|rows| *rows <= MAX_ROWS)
        .ok_or(BlockError::Rows {
            rows: header.length(),
            limit: MAX_ROWS,
        })?;
    let nodes: Vec<FieldNode> = header.nodes().into_iter().flatten().copied().collect();
    let buffers = buffers(header, body)?;
    let mut expected = Parts::default();
    for field in schema.fields() {
        expected.add(field.data_type());
    }
    for (what, expected, got) in [
        ("field nodes", expected.nodes, nodes.len()),
        ("buffers", expected.buffers, buffers.len()),
    ] {
        if expected != got {
            return Err(BlockError::Parts {
                what,
                expected,
                got,
            });
        }
    }
    let mut reader = Reader {
        most: MAX_FREE_VALUES
            .max(body.len().saturating_mul(8))
            .min(MAX_ROWS),
        nodes: nodes.iter(),
        buffers: buffers.iter(),
    };
    let columns = schema
        .fields()
        .iter()
        .map(|field| {
            let column = reader.array(field)?;
            expect(field, "values", rows, column.len())?;
            Ok(column)
        })
        .collect::<Result<Vec<_>, BlockError>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options).map_err(|source| {
        BlockError::Decode {
            bytes: body.len(),
            source,
        }
    })
}

/// The buffers of the body, which lie in it and not upon each other.
fn buffers(header: ipc::RecordBatch<'_>, body: &Buffer) -> Result<Vec<Buffer>, BlockError> {
    let mut left = body.len();
    header
        .buffers()
        .into_iter()
        .flatten()
        .map(|place| {
            let offset = usize::try_from(place.offset()).ok()?;
            let length = usize::try_from(place.length()).ok()?;
            // Shared bytes would be read, and copied where they are not aligned, once for each buffer.
            left = left.checked_sub(length)?;
            (offset.checked_add(length)? <= body.len())
                .then(|| body.slice_with_length(offset, length))
        })
        .collect::<Option<_>>()
        .ok_or(BlockError::Metadata { bytes: body.len() })
}

/// What a type calls for.
#[derive(Default)]
struct Parts {
    nodes: usize,
    buffers: usize,
}

impl Parts {
    fn add(&mut self, data_type: &DataType) {
        self.nodes += 1;
        match data_type {
            DataType::Null => {}
            DataType::Utf8 | DataType::Binary => self.buffers += 3,
            DataType::List(child) | DataType::Map(child, _) => {
                self.buffers += 2;
                self.add(child.data_type());
            }
            DataType::FixedSizeList(child, _) => {
                self.buffers += 1;
                self.add(child.data_type());
            }
            DataType::Struct(children) => {
                self.buffers += 1;
                for child in children {
                    self.add(child.data_type());
                }
            }
            _ => self.buffers += 2,
        }
    }
}

/// Takes nodes and buffers in the order of the schema, a column before its children. There are as many as it asks for.
///
/// Each kind of column has a function of its own, without closures around the next level: types nest, and so does the stack.
struct Reader<'a> {
    most: usize,
    nodes: Iter<'a, FieldNode>,
    buffers: Iter<'a, Buffer>,
}

impl Reader<'_> {
    fn array(&mut self, field: &Field) -> Result<ArrayRef, BlockError> {
        match field.data_type() {
            DataType::List(child) => self.list(field, child),
            DataType::Map(entries, sorted) => self.map(field, entries, *sorted),
            DataType::FixedSizeList(child, size) => self.fixed_size_list(field, child, *size),
            DataType::Struct(children) => self.structure(field, children),
            flat if is_flat(flat) => self.flat(field),
            _ => Err(unsupported(field)),
        }
    }

    fn list(&mut self, field: &Field, child: &FieldRef) -> Result<ArrayRef, BlockError> {
        let (len, nulls) = self.start(field)?;
        let offsets = self.buffer();
        let values = self.child(field, child)?;
        let offsets = list_offsets(field, &offsets, len, values.len())?;
        let list = ListArray::try_new(child.clone(), offsets, values, nulls);
        Ok(Arc::new(list.map_err(refused(field))?))
    }

    fn map(
        &mut self,
        field: &Field,
        entries: &FieldRef,
        sorted: bool,
    ) -> Result<ArrayRef, BlockError> {
        let (len, nulls) = self.start(field)?;
        let offsets = self.buffer();
        let pairs = self.child(field, entries)?;
        let offsets = list_offsets(field, &offsets, len, pairs.len())?;
        let pairs = pairs.as_struct_opt().ok_or_else(|| unsupported(field))?;
        let map = MapArray::try_new(entries.clone(), offsets, pairs.clone(), nulls, sorted);
        Ok(Arc::new(map.map_err(refused(field))?))
    }

    fn fixed_size_list(
        &mut self,
        field: &Field,
        child: &FieldRef,
        size: i32,
    ) -> Result<ArrayRef, BlockError> {
        let (len, nulls) = self.start(field)?;
        let values = self.child(field, child)?;
        // Arrow makes a bit for each null of the type of nulls, which no byte of the body pays for.
        let needed = usize::try_from(size)
            .ok()
            .filter(|_| child.data_type() != &DataType::Null)
            .and_then(|size| len.checked_mul(size))
            .ok_or_else(|| unsupported(field))?;
        expect(field, "values in its lists", needed, values.len())?;
        let list = FixedSizeListArray::try_new_with_length(child.clone(), size, values, nulls, len);
        Ok(Arc::new(list.map_err(refused(field))?))
    }

    fn structure(&mut self, field: &Field, children: &Fields) -> Result<ArrayRef, BlockError> {
        let (len, nulls) = self.start(field)?;
        let mut arrays = Vec::with_capacity(children.len());
        for child in children {
            let array = self.child(field, child)?;
            expect(child, "values", len, array.len())
                .map_err(|error| error.within(field.name()))?;
            arrays.push(array);
        }
        let array = StructArray::try_new_with_length(children.clone(), arrays, nulls, len);
        Ok(Arc::new(array.map_err(refused(field))?))
    }

    /// A column of a type without children.
    fn flat(&mut self, field: &Field) -> Result<ArrayRef, BlockError> {
        if field.data_type() == &DataType::Null {
            let (len, nulls) = self.node(field)?;
            expect(field, "nulls", len, nulls)?;
            if !field.is_nullable() {
                expect(field, "nulls", 0, nulls)?;
            }
            return Ok(Arc::new(NullArray::new(len)));
        }
        let (len, nulls) = self.start(field)?;
        let buffers = match field.data_type() {
            DataType::Utf8 | DataType::Binary => {
                let (offsets, values) = (self.buffer(), self.buffer());
                if len == 0 {
                    return Ok(new_empty_array(field.data_type()));
                }
                let offsets = fixed(field, "bytes of offsets", &offsets, (len + 1) * 4)?;
                vec![offsets, values]
            }
            data_type => {
                let needed = match data_type {
                    DataType::Boolean => Some(len.div_ceil(8)),
                    DataType::FixedSizeBinary(width) => usize::try_from(*width)
                        .ok()
                        .and_then(|width| len.checked_mul(width)),
                    other => other
                        .primitive_width()
                        .and_then(|width| len.checked_mul(width)),
                };
                let needed = needed.ok_or_else(|| unsupported(field))?;
                vec![fixed(field, "bytes of values", &self.buffer(), needed)?]
            }
        };
        ArrayData::builder(field.data_type().clone())
            .len(len)
            .nulls(nulls)
            .buffers(buffers)
            .align_buffers(true)
            .build()
            .map(make_array)
            .map_err(refused(field))
    }

    /// Number of values of a column that has validity bits, and those.
    fn start(&mut self, field: &Field) -> Result<(usize, Option<NullBuffer>), BlockError> {
        let (len, nulls) = self.node(field)?;
        Ok((len, self.validity(field, len, nulls)?))
    }

    fn child(&mut self, parent: &Field, child: &FieldRef) -> Result<ArrayRef, BlockError> {
        self.array(child)
            .map_err(|error| error.within(parent.name()))
    }

    /// Number of values and of nulls.
    fn node(&mut self, field: &Field) -> Result<(usize, usize), BlockError> {
        let node = self.nodes.next().expect(COUNTED);
        let count = |count: i64, most: usize| usize::try_from(count).ok().filter(|n| *n <= most);
        count(node.length(), self.most)
            .and_then(|len| Some((len, count(node.null_count(), len)?)))
            .ok_or_else(|| BlockError::Lengths {
                column: shown(field.name()),
                rows: node.length(),
                nulls: node.null_count(),
                limit: self.most,
            })
    }

    fn buffer(&mut self) -> Buffer {
        self.buffers.next().expect(COUNTED).clone()
    }

    /// The validity bits, which need not be there where nothing is null.
    fn validity(
        &mut self,
        field: &Field,
        len: usize,
        nulls: usize,
    ) -> Result<Option<NullBuffer>, BlockError> {
        let bits = self.buffer();
        if nulls == 0 {
            return Ok(None);
        }
        let bits = fixed(field, "bytes of validity", &bits, len.div_ceil(8))?;
        let validity = NullBuffer::new(BooleanBuffer::new(bits, 0, len));
        expect(field, "nulls", nulls, validity.null_count())?;
        Ok(Some(validity))
    }
}

/// The first `needed` bytes of a buffer.
fn fixed(
    field: &Field,
    what: &'static str,
    buffer: &Buffer,
    needed: usize,
) -> Result<Buffer, BlockError> {
    if buffer.len() < needed {
        expect(field, what, needed, buffer.len())?;
    }
    Ok(buffer.slice_with_length(0, needed))
}

/// The offsets of `len` lists over `values` values.
fn list_offsets(
    field: &Field,
    buffer: &Buffer,
    len: usize,
    values: usize,
) -> Result<OffsetBuffer<i32>, BlockError> {
    if len == 0 {
        return Ok(OffsetBuffer::new_empty());
    }
    let bytes = fixed(field, "bytes of offsets", buffer, (len + 1) * 4)?;
    let bytes = match bytes.as_ptr().align_offset(align_of::<i32>()) {
        0 => bytes,
        _ => Buffer::from(bytes.as_slice()),
    };
    let offsets = ScalarBuffer::<i32>::new(bytes, 0, len + 1);
    let rising = offsets.windows(2).all(|pair| pair[0] <= pair[1]);
    let last = usize::try_from(offsets[len]).ok();
    if !rising || offsets[0] < 0 || last.is_none_or(|last| last > values) {
        return Err(BlockError::Offsets {
            column: shown(field.name()),
        });
    }
    Ok(OffsetBuffer::new(offsets))
}

fn expect(
    field: &Field,
    what: &'static str,
    expected: usize,
    got: usize,
) -> Result<(), BlockError> {
    if expected == got {
        return Ok(());
    }
    Err(BlockError::Mismatch {
        column: shown(field.name()),
        what,
        expected,
        got,
    })
}

fn refused(field: &Field) -> impl FnOnce(arrow::error::ArrowError) -> BlockError {
    |source| BlockError::Values {
        column: shown(field.name()),
        source,
    }
}

fn unsupported(field: &Field) -> BlockError {
    BlockError::UnsupportedType {
        column: shown(field.name()),
        got: field.data_type().to_string(),
    }
}

const COUNTED: &str = "nodes and buffers were counted before";
