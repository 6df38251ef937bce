//! Points in time as items spell them, and what columns show of them.
//!
//! `DynamoDB` has no type for dates; they are text in many forms, or numbers since 1970. [`iso`] reads the forms of ISO 8601,
//! [`Pattern`] those that a table names, and [`ZoneRules`] says what a clock on the wall shows. A [`TimeReader`] puts them together
//! for one column. Text that names no zone is local time of the table's default zone, and numbers are instants.

mod civil;
mod moment;
mod iso;
mod zone_rules;
mod pattern;
mod reader;
mod table_times;

pub use civil::DAY_MILLIS;
pub use moment::{Moment, Place};
pub use pattern::{Pattern, PatternError};
pub use reader::{EpochUnit, Spelled, TimeReader};
pub use table_times::{
    DEFAULT_ZONE, EPOCH_UNIT, FORMATS, NORMALIZED_FORMATS, TableTimes, TimesError, formats,
};
pub use zone_rules::ZoneRules;
