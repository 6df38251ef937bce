//! The buffers that columns of varying length are made of.

use arrow::array::{ArrowPrimitiveType, GenericByteArray, NullBufferBuilder, PrimitiveArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::ByteArrayType;
use arrow::error::ArrowError;

use crate::json::DecodeError;

/// Where each value ends, with the 0 in front that Arrow wants.
#[derive(Debug)]
pub(super) struct Offsets(Vec<i32>);

impl Default for Offsets {
    fn default() -> Self {
        Self(vec![0])
    }
}

impl Offsets {
    /// Ends a value at `end`. The page's byte `at` is for the error.
    #[inline]
    pub(super) fn push(&mut self, end: usize, at: usize) -> Result<(), DecodeError> {
        let Ok(end) = i32::try_from(end) else {
            return Err(DecodeError::TooLarge { offset: at });
        };
        self.0.push(end);
        Ok(())
    }

    /// Adds an empty value.
    pub(super) fn push_empty(&mut self) {
        self.0.push(self.0[self.0.len() - 1]);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len() - 1
    }

    pub(super) fn finish(&mut self) -> OffsetBuffer<i32> {
        let mut next = Vec::with_capacity(with_slack(self.0.len()));
        next.push(0);
        OffsetBuffer::new(ScalarBuffer::from(std::mem::replace(&mut self.0, next)))
    }

    pub(super) fn clear(&mut self) {
        self.0.truncate(1);
    }
}

/// Texts or byte strings, one behind the other.
#[derive(Debug)]
pub(super) struct Bytes {
    content: Vec<u8>,
    offsets: Offsets,
    nulls: NullBufferBuilder,
}

impl Default for Bytes {
    fn default() -> Self {
        Self {
            content: Vec::new(),
            offsets: Offsets::default(),
            nulls: NullBufferBuilder::new(0),
        }
    }
}

impl Bytes {
    /// Appends what `write` appends to the buffer as one value. The page's byte `at` is for the error.
    #[inline]
    pub(super) fn append(
        &mut self,
        at: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        write(&mut self.content)?;
        self.nulls.append_non_null();
        self.offsets.push(self.content.len(), at)
    }

    pub(super) fn append_null(&mut self) {
        self.nulls.append_null();
        self.offsets.push_empty();
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Checks the bytes as `T` wants them: texts for UTF-8, as a whole and at their ends.
    pub(super) fn finish<T: ByteArrayType<Offset = i32>>(
        &mut self,
    ) -> Result<GenericByteArray<T>, ArrowError> {
        let content = take(&mut self.content);
        GenericByteArray::try_new(
            self.offsets.finish(),
            Buffer::from_vec(content),
            self.nulls.finish(),
        )
    }

    pub(super) fn clear(&mut self) {
        self.content.clear();
        self.offsets.clear();
        self.nulls.finish();
    }
}

/// Values of one width, and which of them are null.
#[derive(Debug)]
pub(super) struct Values<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    nulls: NullBufferBuilder,
}

impl<T: ArrowPrimitiveType> Default for Values<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            nulls: NullBufferBuilder::new(0),
        }
    }
}

impl<T: ArrowPrimitiveType> Values<T> {
    #[inline]
    pub(super) fn push(&mut self, value: T::Native) {
        self.values.push(value);
        self.nulls.append_non_null();
    }

    #[inline]
    pub(super) fn append_null(&mut self) {
        self.values.push(T::default_value());
        self.nulls.append_null();
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn finish(&mut self) -> PrimitiveArray<T> {
        let values = ScalarBuffer::from(take(&mut self.values));
        PrimitiveArray::new(values, self.nulls.finish())
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.nulls.finish();
    }
}

/// Takes a buffer's content and leaves room for as much again: pages of a table resemble each other.
pub(super) fn take<T>(buffer: &mut Vec<T>) -> Vec<T> {
    let next = Vec::with_capacity(with_slack(buffer.len()));
    std::mem::replace(buffer, next)
}

fn with_slack(length: usize) -> usize {
    length + length / 16
}
