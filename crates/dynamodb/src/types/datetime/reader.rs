//! The reading of one column's values.

use super::moment::Moment;
use super::{Pattern, ZoneRules, iso};
use crate::types::decimal::{self, Decimal};

/// What numbers count from 1970-01-01T00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EpochUnit {
    /// Milliseconds, as the Java connector has it.
    #[default]
    Millis,
    /// Seconds, as DynamoDB's own time to live.
    Seconds,
    /// Seconds below 100,000,000,000 on either side of 0 (the year 5138, as milliseconds 1973), milliseconds beyond.
    Auto,
}

impl EpochUnit {
    /// The unit of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "millis" => Self::Millis,
            "seconds" => Self::Seconds,
            "auto" => Self::Auto,
            _ => return None,
        })
    }
}

/// How the values of a column are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeReader {
    pattern: Option<Pattern>,
    unit: EpochUnit,
    zone: ZoneRules,
}

impl TimeReader {
    /// Reads texts by `pattern`, if there is one, and else as ISO 8601 or digits; numbers count in `unit`. Text without a zone is
    /// local time of `zone`.
    pub fn new(pattern: Option<Pattern>, unit: EpochUnit, zone: ZoneRules) -> Self {
        Self {
            pattern,
            unit,
            zone,
        }
    }

    /// The zone of texts that name none.
    pub fn zone(&self) -> ZoneRules {
        self.zone
    }

    /// What numbers count.
    pub fn unit(&self) -> EpochUnit {
        self.unit
    }

    /// Whether texts are read as ISO 8601 or digits alone, by no format of the table's own.
    pub fn is_plain(&self) -> bool {
        self.pattern.is_none()
    }

    /// What a text says. Every value is tried by itself: the format first, then ISO 8601, then digits of a number.
    pub fn text(&self, text: &[u8]) -> Option<Spelled> {
        let moment = self
            .pattern
            .as_ref()
            .and_then(|pattern| pattern.parse(text));
        match moment.or_else(|| iso::parse(text)) {
            Some(moment) => Some(Spelled::Moment(moment)),
            None => Some(text.trim_ascii())
                .filter(|text| {
                    text.iter().filter(|byte| byte.is_ascii_digit()).count() >= EPOCH_DIGITS
                })
                .and_then(|text| self.number(text)),
        }
    }

    /// The instant that a number says; `None` if it is none, or too far away.
    pub fn number(&self, text: &[u8]) -> Option<Spelled> {
        let (billionths, rounded) = match decimal::parse(text, 38, 9) {
            Decimal::Exact(number) => (number, false),
            Decimal::Rounded(number) => (number, true),
            Decimal::Overflow | Decimal::Invalid => return None,
        };
        let seconds = match self.unit {
            EpochUnit::Millis => false,
            EpochUnit::Seconds => true,
            EpochUnit::Auto => billionths.unsigned_abs() < SECONDS_BELOW * 1_000_000_000,
        };
        let divisor = if seconds { 1_000_000 } else { 1_000_000_000 };
        let millis = i64::try_from(billionths.div_euclid(divisor)).ok()?;
        let cut = rounded || billionths.rem_euclid(divisor) != 0;
        Some(Spelled::Instant { millis, cut })
    }
}

/// What a value says of a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelled {
    /// A clock on the wall.
    Moment(Moment),
    /// An instant.
    Instant {
        /// Milliseconds since 1970-01-01T00:00Z.
        millis: i64,
        /// Whether digits beyond the millisecond were cut off.
        cut: bool,
    },
}

impl Spelled {
    /// Whether digits beyond the millisecond were cut off.
    pub fn is_cut(&self) -> bool {
        match self {
            Self::Moment(moment) => moment.cut,
            Self::Instant { cut, .. } => *cut,
        }
    }
}

const SECONDS_BELOW: u128 = 100_000_000_000;

/// Text of fewer digits is rather a year or a number of something else than a time.
const EPOCH_DIGITS: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(reader: &TimeReader, text: &str) -> Option<(i64, bool)> {
        match reader.number(text.as_bytes())? {
            Spelled::Instant { millis, cut } => Some((millis, cut)),
            Spelled::Moment(_) => None,
        }
    }

    #[test]
    fn numbers_count_in_the_unit_that_was_chosen() {
        let reader = |unit| TimeReader::new(None, unit, ZoneRules::UTC);
        for (unit, text, expected) in [
            (
                EpochUnit::Millis,
                "1577836800000",
                Some((1_577_836_800_000, false)),
            ),
            (
                EpochUnit::Millis,
                "1.5778368E+12",
                Some((1_577_836_800_000, false)),
            ),
            (EpochUnit::Millis, "12.5", Some((12, true))),
            (EpochUnit::Millis, "-0.5", Some((-1, true))),
            (
                EpochUnit::Seconds,
                "1577836800",
                Some((1_577_836_800_000, false)),
            ),
            (
                EpochUnit::Seconds,
                "1577836800.123",
                Some((1_577_836_800_123, false)),
            ),
            (
                EpochUnit::Seconds,
                "1577836800.1234567891",
                Some((1_577_836_800_123, true)),
            ),
            (
                EpochUnit::Auto,
                "1577836800",
                Some((1_577_836_800_000, false)),
            ),
            (
                EpochUnit::Auto,
                "1577836800000",
                Some((1_577_836_800_000, false)),
            ),
            (
                EpochUnit::Auto,
                "99999999999",
                Some((99_999_999_999_000, false)),
            ),
            (
                EpochUnit::Auto,
                "-100000000000",
                Some((-100_000_000_000, false)),
            ),
            (EpochUnit::Seconds, "1E+30", None),
            (EpochUnit::Millis, "soon", None),
        ] {
            assert_eq!(instant(&reader(unit), text), expected, "{unit:?} {text}");
        }
    }

    #[test]
    fn each_text_is_tried_in_every_form() {
        let pattern = Pattern::new("dd/MM/yyyy").unwrap();
        let reader = TimeReader::new(Some(pattern), EpochUnit::Seconds, ZoneRules::UTC);
        let day = 1_577_923_200_000;
        for text in ["02/01/2020", "2020-01-02", "20200102"] {
            let Some(Spelled::Moment(moment)) = reader.text(text.as_bytes()) else {
                panic!("{text}")
            };
            assert_eq!(moment.wall_millis, day, "{text}");
        }
        assert_eq!(
            reader.text(b" 1577923200 "),
            Some(Spelled::Instant {
                millis: day,
                cut: false
            })
        );
        for text in ["2020", "12", "2020-13-01", "1.5", ""] {
            assert_eq!(reader.text(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn units_have_names() {
        assert_eq!(EpochUnit::of_name("Seconds"), Some(EpochUnit::Seconds));
        assert_eq!(EpochUnit::of_name("weeks"), None);
    }
}
