//! Dates and timestamps, from text and numbers.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType};
use arrow::datatypes::{DataType, Date32Type, Date64Type, TimestampMillisecondType};
use arrow::error::ArrowError;
use athena_protocol::timestamp;

use super::buffers::Values;
use super::mismatch;
use crate::json::{Cursor, DecodeError, Tag};
use crate::read::mismatch::Tally;
use crate::types::datetime::{DAY_MILLIS, Spelled, TimeReader, ZoneRules};

/// A type whose values show a point in time.
pub(super) trait Shows: ArrowPrimitiveType {
    /// What is shown, in the zone of the table where the type has none; `None` if the type cannot hold it.
    fn of(spelled: Spelled, zone: ZoneRules) -> Option<Self::Native>;

    /// Whether less than a millisecond is missed.
    const EXACT: bool;
}

#[derive(Debug)]
pub(super) struct DateTimeColumn<T: Shows> {
    data_type: DataType,
    reader: TimeReader,
    values: Values<T>,
}

impl<T: Shows> DateTimeColumn<T> {
    pub(super) fn new(data_type: DataType, reader: TimeReader) -> Self {
        Self {
            data_type,
            reader,
            values: Values::default(),
        }
    }

    pub(super) fn append(
        &mut self,
        cursor: &mut Cursor<'_>,
        tag: Tag,
        tally: &mut Tally,
    ) -> Result<(), DecodeError> {
        if !matches!(tag, Tag::N | Tag::S) {
            self.append_null();
            return mismatch(cursor, tag, tally);
        }
        let mut scratch = Vec::new();
        let text = cursor.string(&mut scratch)?;
        let spelled = match tag {
            Tag::N => self.reader.number(text),
            _ => self.reader.text(text),
        };
        let shown = spelled.and_then(|spelled| T::of(spelled, self.reader.zone()));
        let (Some(spelled), Some(shown)) = (spelled, shown) else {
            tally.add_nulled(tag);
            self.append_null();
            return Ok(());
        };
        if spelled.is_cut() && T::EXACT {
            tally.add_rounded();
        }
        self.values.push(shown);
        Ok(())
    }

    pub(super) fn append_null(&mut self) {
        self.values.append_null();
    }

    #[expect(clippy::unnecessary_wraps, reason = "all columns finish alike")]
    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let array = self.values.finish();
        Ok(Arc::new(array.with_data_type(self.data_type.clone())))
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}

/// What a clock shows in the table's zone.
fn wall(spelled: Spelled, zone: ZoneRules) -> Option<i64> {
    match spelled {
        Spelled::Moment(moment) => moment.wall(zone),
        Spelled::Instant { millis, .. } => zone.wall_of(millis),
    }
}

impl Shows for Date32Type {
    fn of(spelled: Spelled, zone: ZoneRules) -> Option<i32> {
        i32::try_from(wall(spelled, zone)?.div_euclid(DAY_MILLIS)).ok()
    }

    const EXACT: bool = false;
}

impl Shows for Date64Type {
    fn of(spelled: Spelled, zone: ZoneRules) -> Option<i64> {
        wall(spelled, zone)
    }

    const EXACT: bool = true;
}

/// An instant with the zone that it was spelled in, packed (protocol §7).
impl Shows for TimestampMillisecondType {
    fn of(spelled: Spelled, zone: ZoneRules) -> Option<i64> {
        let (millis, zone) = match spelled {
            Spelled::Moment(moment) => moment.instant(zone)?,
            Spelled::Instant { millis, .. } => (millis, zone.zone()),
        };
        timestamp::pack(millis, zone)
    }

    const EXACT: bool = true;
}
