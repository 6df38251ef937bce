//! A record batch message written straight from the batches whose rows it joins (protocol §6).
//!
//! Joining batches first and encoding them then holds every row three times. Here each buffer of the body is the list of its pieces, and
//! the pieces are copied once, to where they stay. The bytes are those that Arrow's own writer makes of the joined batch.

use super::BlockError;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBufferBuilder, GenericListArray, MapArray, RecordBatch,
};
use arrow::buffer::{BooleanBuffer, Buffer, OffsetBuffer};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::ipc::{FieldNode, MessageBuilder, MessageHeader, MetadataVersion, RecordBatchBuilder};
use flatbuffers::FlatBufferBuilder;

/// The body of a message, in pieces, and what its header says of it.
#[derive(Debug, Default)]
pub(super) struct Body {
    nodes: Vec<FieldNode>,
    places: Vec<arrow::ipc::Buffer>,
    buffers: Vec<Pieces>,
    bytes: usize,
    rows: usize,
}

/// One buffer of the body: its pieces in the order of the rows.
#[derive(Debug)]
enum Pieces {
    Bits(Vec<BooleanBuffer>),
    /// Offsets, each list beginning where the one before ended.
    Offsets(Vec<OffsetBuffer<i32>>),
    Bytes(Vec<Buffer>),
}

impl Body {
    /// The rows of all `batches`, which have the same schema, one after another.
    ///
    /// # Errors
    /// [`BlockError::Encode`] if texts, or elements of lists, are together more than 32-bit offsets reach.
    pub(super) fn of(batches: &[RecordBatch]) -> Result<Self, BlockError> {
        let mut body = Self {
            rows: batches.iter().map(RecordBatch::num_rows).sum(),
            ..Self::default()
        };
        let columns = batches.first().map_or(0, RecordBatch::num_columns);
        for column in 0..columns {
            let pieces: Vec<ArrayRef> = batches
                .iter()
                .filter(|batch| batch.num_rows() > 0)
                .map(|batch| batch.column(column).clone())
                .collect();
            let schema = batches[0].schema_ref();
            body.column(schema.field(column).data_type(), &pieces)
                .map_err(|source| BlockError::Encode {
                    rows: body.rows,
                    source,
                })?;
        }
        Ok(body)
    }

    /// Bytes of the body, padding included.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The flatbuffer that stands before the body.
    pub(super) fn header(&self, version: MetadataVersion) -> Vec<u8> {
        let mut header = FlatBufferBuilder::with_capacity(
            16 * (self.nodes.len() + self.places.len()) + HEADER_SLACK,
        );
        let places = header.create_vector(&self.places);
        let nodes = header.create_vector(&self.nodes);
        let mut batch = RecordBatchBuilder::new(&mut header);
        batch.add_length(whole(self.rows));
        batch.add_nodes(nodes);
        batch.add_buffers(places);
        let batch = batch.finish().as_union_value();
        let mut message = MessageBuilder::new(&mut header);
        message.add_version(version);
        message.add_header_type(MessageHeader::RecordBatch);
        message.add_bodyLength(whole(self.bytes));
        message.add_header(batch);
        let message = message.finish();
        header.finish(message, None);
        header.finished_data().to_vec()
    }

    /// Appends the body to `message`, whose length is a multiple of 8.
    pub(super) fn write(self, message: &mut Vec<u8>) {
        for pieces in self.buffers {
            match pieces {
                Pieces::Bits(pieces) => write_bits(&pieces, message),
                Pieces::Offsets(pieces) => write_offsets(&pieces, message),
                Pieces::Bytes(pieces) => {
                    for piece in pieces {
                        message.extend_from_slice(&piece);
                    }
                }
            }
            message.resize(message.len().next_multiple_of(ALIGNMENT), 0);
        }
    }

    fn column(&mut self, data_type: &DataType, pieces: &[ArrayRef]) -> Result<(), ArrowError> {
        let rows = pieces.iter().map(Array::len).sum();
        if *data_type == DataType::Null {
            self.nodes.push(FieldNode::new(whole(rows), whole(rows)));
            return Ok(());
        }
        let nulls = pieces.iter().map(Array::null_count).sum();
        self.nodes.push(FieldNode::new(whole(rows), whole(nulls)));
        let validity = pieces.iter().map(|piece| match piece.nulls() {
            Some(nulls) => nulls.inner().clone(),
            None => BooleanBuffer::new_set(piece.len()),
        });
        // A column without nulls may leave its bits out.
        let validity = if nulls > 0 {
            validity.collect()
        } else {
            Vec::new()
        };
        self.push(
            rows.div_ceil(8) * usize::from(nulls > 0),
            Pieces::Bits(validity),
        );
        match data_type {
            DataType::Boolean => {
                let values = pieces
                    .iter()
                    .map(|piece| piece.as_boolean().values().clone());
                self.push(rows.div_ceil(8), Pieces::Bits(values.collect()));
            }
            DataType::Utf8 => {
                let texts = pieces.iter().map(AsArray::as_string::<i32>);
                self.texts(texts.map(|piece| (piece.offsets(), piece.values())).unzip())?;
            }
            DataType::Binary => {
                let texts = pieces.iter().map(AsArray::as_binary::<i32>);
                self.texts(texts.map(|piece| (piece.offsets(), piece.values())).unzip())?;
            }
            DataType::List(child) => {
                let lists = pieces.iter().map(AsArray::as_list::<i32>);
                let elements =
                    self.spans(lists.clone().map(GenericListArray::offsets).collect())?;
                let children = lists
                    .zip(elements)
                    .map(|(list, (start, count))| list.values().slice(start, count));
                self.column(child.data_type(), &children.collect::<Vec<_>>())?;
            }
            DataType::Map(child, _) => {
                let maps = pieces.iter().map(AsArray::as_map);
                let entries = self.spans(maps.clone().map(MapArray::offsets).collect())?;
                let children = maps.zip(entries).map(|(map, (start, count))| {
                    std::sync::Arc::new(map.entries().slice(start, count)) as ArrayRef
                });
                self.column(child.data_type(), &children.collect::<Vec<_>>())?;
            }
            DataType::FixedSizeList(child, _) => {
                // A slice of such an array has the slice of its elements.
                let lists = pieces
                    .iter()
                    .map(|piece| piece.as_fixed_size_list().values());
                self.column(child.data_type(), &lists.cloned().collect::<Vec<_>>())?;
            }
            DataType::Struct(fields) => {
                for (number, field) in fields.iter().enumerate() {
                    let structs = pieces.iter().map(AsArray::as_struct);
                    let children = structs.map(|piece| piece.column(number).clone());
                    self.column(field.data_type(), &children.collect::<Vec<_>>())?;
                }
            }
            fixed => {
                let width = match fixed {
                    DataType::FixedSizeBinary(bytes) => usize::try_from(*bytes).ok(),
                    fixed => fixed.primitive_width(),
                };
                let width = width.ok_or_else(|| {
                    ArrowError::NotYetImplemented(format!("the type {fixed} cannot be written"))
                })?;
                let values = pieces.iter().map(|piece| {
                    let data = piece.to_data();
                    data.buffers()[0].slice_with_length(data.offset() * width, data.len() * width)
                });
                self.push(rows * width, Pieces::Bytes(values.collect()));
            }
        }
        Ok(())
    }

    /// Offsets and values of a column of texts.
    fn texts(
        &mut self,
        (offsets, values): (Vec<&OffsetBuffer<i32>>, Vec<&Buffer>),
    ) -> Result<(), ArrowError> {
        let spans = self.spans(offsets)?;
        let bytes = spans.iter().map(|(_, count)| count).sum();
        let values = values.into_iter().zip(spans);
        let values = values.map(|(values, (start, count))| values.slice_with_length(start, count));
        self.push(bytes, Pieces::Bytes(values.collect()));
        Ok(())
    }

    /// A buffer of offsets; gives the first element of each piece, and their number.
    fn spans(
        &mut self,
        offsets: Vec<&OffsetBuffer<i32>>,
    ) -> Result<Vec<(usize, usize)>, ArrowError> {
        let mut spans = Vec::with_capacity(offsets.len());
        let (mut rows, mut elements) = (0, 0);
        for offsets in &offsets {
            let first = length(offsets[0]);
            let count = length(offsets[offsets.len() - 1]) - first;
            spans.push((first, count));
            rows += offsets.len() - 1;
            elements += count;
        }
        if i32::try_from(elements).is_err() {
            return Err(ArrowError::OffsetOverflowError(elements));
        }
        let offsets = offsets.into_iter().cloned().collect();
        self.push(4 * (rows + 1), Pieces::Offsets(offsets));
        Ok(spans)
    }

    fn push(&mut self, bytes: usize, pieces: Pieces) {
        self.places
            .push(arrow::ipc::Buffer::new(whole(self.bytes), whole(bytes)));
        self.buffers.push(pieces);
        self.bytes = (self.bytes + bytes).next_multiple_of(ALIGNMENT);
    }
}

fn write_bits(pieces: &[BooleanBuffer], message: &mut Vec<u8>) {
    if let [piece] = pieces {
        message.extend_from_slice(&piece.sliced());
        return;
    }
    let mut bits = BooleanBufferBuilder::new(pieces.iter().map(BooleanBuffer::len).sum());
    for piece in pieces {
        bits.append_buffer(piece);
    }
    message.extend_from_slice(bits.as_slice());
}

fn write_offsets(pieces: &[OffsetBuffer<i32>], message: &mut Vec<u8>) {
    let mut end = 0;
    message.extend_from_slice(&i32::to_le_bytes(end));
    for piece in pieces {
        let moved_by = end - piece[0];
        let start = message.len();
        message.resize(start + 4 * (piece.len() - 1), 0);
        let (places, _) = message[start..].as_chunks_mut::<4>();
        for (place, offset) in places.iter_mut().zip(&piece[1..]) {
            *place = (offset + moved_by).to_le_bytes();
        }
        end = piece[piece.len() - 1] + moved_by;
    }
}

fn length(offset: i32) -> usize {
    usize::try_from(offset).expect("Arrow's offsets are never negative")
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).expect("no buffer in memory is longer")
}

/// Every buffer begins at a multiple of this.
pub(super) const ALIGNMENT: usize = 8;

/// Bytes of a header besides its nodes and buffers, at least.
const HEADER_SLACK: usize = 256;
