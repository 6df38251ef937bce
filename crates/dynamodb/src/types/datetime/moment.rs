//! A point in time as it was spelled.

use athena_protocol::timestamp::Zone;

/// What a text says of a point in time: a clock on the wall, and the place of the wall if the text names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds from 1970-01-01T00:00 to what the clock shows.
    pub wall_millis: i64,
    /// Where the clock hangs.
    pub place: Option<Place>,
    /// Whether digits beyond the millisecond were cut off.
    pub cut: bool,
}

/// Where a clock hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// So many minutes ahead of UTC, from -18 to 18 hours.
    Offset(i16),
    /// In a zone, at this many minutes ahead of UTC if the text says both.
    Zone(Zone, Option<i16>),
}
