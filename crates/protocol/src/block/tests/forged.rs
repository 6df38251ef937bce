//! Messages made by hand, which may say of themselves what is not so.

use crate::block::{BlockError, frame};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::{self, MessageHeader, MetadataVersion};
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};
use std::sync::Arc;

pub(super) type Builder<'a> = FlatBufferBuilder<'a>;

/// A message in the current framing.
pub(super) fn message<'a>(
    kind: MessageHeader,
    version: MetadataVersion,
    body: &[u8],
    header: impl FnOnce(&mut Builder<'a>) -> WIPOffset<UnionWIPOffset>,
) -> Vec<u8> {
    let mut builder = Builder::new();
    let header = header(&mut builder);
    let message = ipc::Message::create(
        &mut builder,
        &ipc::MessageArgs {
            version,
            header_type: kind,
            header: Some(header),
            bodyLength: i64::try_from(body.len()).unwrap(),
            custom_metadata: None,
        },
    );
    builder.finish(message, None);
    let metadata = builder.finished_data();
    let length = i32::try_from(metadata.len()).unwrap();
    let mut bytes = vec![0xff; 4];
    bytes.extend(length.to_le_bytes());
    bytes.extend(metadata);
    bytes.extend(body);
    bytes
}

/// A schema of one field, which `field` makes.
pub(super) fn schema_with<'a>(
    endianness: ipc::Endianness,
    field: impl FnOnce(&mut Builder<'a>) -> WIPOffset<ipc::Field<'a>>,
) -> Vec<u8> {
    message(MessageHeader::Schema, MetadataVersion::V5, &[], |builder| {
        let field = field(builder);
        let fields = Some(builder.create_vector(&[field]));
        let args = ipc::SchemaArgs {
            endianness,
            fields,
            ..Default::default()
        };
        ipc::Schema::create(builder, &args).as_union_value()
    })
}

pub(super) fn text<'a>(builder: &mut Builder<'a>) -> WIPOffset<ipc::Field<'a>> {
    let type_ = Some(ipc::Utf8::create(builder, &ipc::Utf8Args {}).as_union_value());
    let args = ipc::FieldArgs {
        type_type: ipc::Type::Utf8,
        type_,
        ..Default::default()
    };
    ipc::Field::create(builder, &args)
}

/// A field `c` of the type that `make` makes, with children of type text.
pub(super) fn field<'a>(
    builder: &mut Builder<'a>,
    kind: ipc::Type,
    children: usize,
    make: impl FnOnce(&mut Builder<'a>) -> WIPOffset<UnionWIPOffset>,
) -> WIPOffset<ipc::Field<'a>> {
    let children: Vec<_> = (0..children).map(|_| text(builder)).collect();
    let children = Some(builder.create_vector(&children));
    let name = Some(builder.create_string("c"));
    let type_ = Some(make(builder));
    ipc::Field::create(
        builder,
        &ipc::FieldArgs {
            name,
            nullable: true,
            type_type: kind,
            type_,
            children,
            ..Default::default()
        },
    )
}

/// The figures of a record batch, and its body.
#[derive(Clone, Copy)]
pub(super) struct Forged<'a> {
    pub(super) rows: i64,
    pub(super) nodes: &'a [(i64, i64)],
    /// Offset and length.
    pub(super) buffers: &'a [(i64, i64)],
    pub(super) body: &'a [u8],
}

impl Forged<'_> {
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.with(MetadataVersion::V5, |_, _| ())
    }

    pub(super) fn with(
        &self,
        version: MetadataVersion,
        more: impl for<'a> FnOnce(&mut Builder<'a>, &mut ipc::RecordBatchArgs<'a>),
    ) -> Vec<u8> {
        message(MessageHeader::RecordBatch, version, self.body, |builder| {
            let nodes: Vec<_> = (self.nodes.iter())
                .map(|(rows, nulls)| ipc::FieldNode::new(*rows, *nulls))
                .collect();
            let buffers: Vec<_> = (self.buffers.iter())
                .map(|(offset, length)| ipc::Buffer::new(*offset, *length))
                .collect();
            let mut args = ipc::RecordBatchArgs {
                length: self.rows,
                nodes: Some(builder.create_vector(&nodes)),
                buffers: Some(builder.create_vector(&buffers)),
                ..Default::default()
            };
            more(builder, &mut args);
            ipc::RecordBatch::create(builder, &args).as_union_value()
        })
    }

    pub(super) fn read(&self, data_type: DataType) -> Result<RecordBatch, BlockError> {
        frame::decode_batch(&one(data_type), &self.bytes())
    }

    #[track_caller]
    pub(super) fn refused(&self, data_type: DataType, expected: &str) {
        let error = self.read(data_type).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// A forged batch of these rows, nodes (values and nulls), buffers (offset and length) and body.
pub(super) const fn forged<'a>(
    rows: i64,
    nodes: &'a [(i64, i64)],
    buffers: &'a [(i64, i64)],
    body: &'a [u8],
) -> Forged<'a> {
    Forged {
        rows,
        nodes,
        buffers,
        body,
    }
}

/// A schema of one column `c`.
pub(super) fn one(data_type: DataType) -> Arc<Schema> {
    Arc::new(Schema::new(vec![Field::new("c", data_type, true)]))
}
