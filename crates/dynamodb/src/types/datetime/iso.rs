//! ISO 8601 as it is found in the wild: complete dates with or without time, in the extended and the basic form.
//!
//! `2020-01-02`, `20200102`, `2020-01-02T03:04`, `2020-01-02 03:04:05.678901`, `20200102T030405Z`, `2020-1-2 3:04:05,6 +05:30`,
//! `2020-01-02T03:04:05+01:00[Europe/Berlin]`, `2020-01-02 03:04:05 Europe/Berlin`. A comma may part the fraction, a blank may stand
//! for the `T` and before the zone, months, days and hours may have one digit in the extended form. Weeks and days of the year
//! are not read.

use athena_protocol::timestamp::Zone;

use super::civil::{self, DAY_MILLIS};
use super::moment::{Moment, Place};

/// Reads a text as a whole; blanks around it do not matter.
pub(super) fn parse(text: &[u8]) -> Option<Moment> {
    let mut rest = Rest(text.trim_ascii());
    let days = rest.date()?;
    if rest.0.is_empty() {
        return Some(Moment {
            wall_millis: days * DAY_MILLIS,
            place: None,
            cut: false,
        });
    }
    if !(rest.eat(b'T') || rest.eat(b't') || rest.eat(b' ')) {
        return None;
    }
    let (millis, cut) = rest.time()?;
    let place = if rest.0.is_empty() {
        None
    } else {
        Some(rest.place()?)
    };
    rest.0.is_empty().then_some(Moment {
        wall_millis: days * DAY_MILLIS + millis,
        place,
        cut,
    })
}

/// What is still to be read.
pub(super) struct Rest<'a>(pub(super) &'a [u8]);

impl Rest<'_> {
    /// Passes over a byte, if it is next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.0.first() == Some(&byte);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    /// The number that the next digits spell, of which there are `least` to `most`.
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let digits = self.digits().min(most);
        if digits < least {
            return None;
        }
        let (number, rest) = self.0.split_at(digits);
        self.0 = rest;
        number.iter().try_fold(0_u32, |number, digit| {
            number.checked_mul(10)?.checked_add(u32::from(digit - b'0'))
        })
    }

    /// How many digits are next.
    pub(super) fn digits(&self) -> usize {
        self.0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    }

    /// A date, as days since 1970-01-01.
    fn date(&mut self) -> Option<i64> {
        let sign = match self.0.first()? {
            b'+' => Some(1),
            b'-' => Some(-1),
            _ => None,
        };
        let (year, month, day) = match (sign, self.digits()) {
            (None, 8) => (self.number(4, 4)?, self.number(2, 2)?, self.number(2, 2)?),
            (None, 4) | (Some(_), 0) => {
                let year = if sign.is_none() {
                    self.number(4, 4)?
                } else {
                    // More digits than four are for years that say their sign.
                    self.0 = &self.0[1..];
                    self.number(4, 6)?
                };
                let mut part = || self.eat(b'-').then(|| self.number(1, 2)).flatten();
                (year, part()?, part()?)
            }
            _ => return None,
        };
        civil::days(i64::from(year) * sign.unwrap_or(1), month, day)
    }

    /// A time of day in milliseconds, and whether it was cut to them.
    fn time(&mut self) -> Option<(i64, bool)> {
        let (hours, minutes, seconds) = match self.digits() {
            1 | 2 => {
                let hours = self.number(1, 2)?;
                let minutes = self.eat(b':').then(|| self.number(2, 2)).flatten()?;
                let seconds = if self.eat(b':') {
                    self.number(2, 2)?
                } else {
                    0
                };
                (hours, minutes, seconds)
            }
            4 => (self.number(2, 2)?, self.number(2, 2)?, 0),
            6 => (self.number(2, 2)?, self.number(2, 2)?, self.number(2, 2)?),
            _ => return None,
        };
        if hours > 23 || minutes > 59 || seconds > 59 {
            return None;
        }
        let (millis, cut) = match self.0.first() {
            Some(b'.' | b',') => {
                self.0 = &self.0[1..];
                self.fraction()?
            }
            _ => (0, false),
        };
        let seconds = i64::from((hours * 60 + minutes) * 60 + seconds);
        Some((seconds * 1000 + i64::from(millis), cut))
    }

    /// The digits of a fraction of a second as milliseconds, and whether some that are not 0 were cut off.
    pub(super) fn fraction(&mut self) -> Option<(u32, bool)> {
        let (digits, rest) = self.0.split_at(self.digits());
        self.0 = rest;
        if digits.is_empty() {
            return None;
        }
        let digit = |at: usize| digits.get(at).map_or(0, |digit| u32::from(digit - b'0'));
        let cut = digits.iter().skip(3).any(|digit| *digit != b'0');
        Some((100 * digit(0) + 10 * digit(1) + digit(2), cut))
    }

    /// A zone to the end of the text: an offset, a name, or an offset with the name in brackets.
    fn place(&mut self) -> Option<Place> {
        self.eat(b' ');
        if self.eat(b'Z') || self.eat(b'z') {
            if self.0.is_empty() {
                return Some(Place::Offset(0));
            }
            return self.bracketed(0);
        }
        if let Some(minutes) = self.offset() {
            if self.0.is_empty() {
                return Some(Place::Offset(minutes));
            }
            return self.bracketed(minutes);
        }
        let name = std::str::from_utf8(self.0).ok()?;
        self.0 = &[];
        Some(Place::Zone(Zone::from_id(name)?, None))
    }

    /// `+05:30`, `+0530` or `+05`, in minutes.
    pub(super) fn offset(&mut self) -> Option<i16> {
        let sign = match self.0.first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.0 = &self.0[1..];
        let (hours, minutes) = match self.digits() {
            2 => {
                let hours = self.number(2, 2)?;
                let minutes = if self.eat(b':') {
                    self.number(2, 2)?
                } else {
                    0
                };
                (hours, minutes)
            }
            4 => (self.number(2, 2)?, self.number(2, 2)?),
            _ => return None,
        };
        let offset = i16::try_from(hours * 60 + minutes).ok()?;
        (minutes < 60 && offset <= MAX_OFFSET).then_some(sign * offset)
    }

    /// `[Europe/Berlin]` behind an offset.
    fn bracketed(&mut self, minutes: i16) -> Option<Place> {
        let name = self.0.strip_prefix(b"[")?.strip_suffix(b"]")?;
        self.0 = &[];
        let zone = Zone::from_id(std::str::from_utf8(name).ok()?)?;
        Some(Place::Zone(zone, Some(minutes)))
    }
}

/// Minutes that a zone can be away from UTC (`java.time.ZoneOffset`).
const MAX_OFFSET: i16 = 18 * 60;

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, NaiveDateTime};
    use proptest::prelude::*;

    fn wall(text: &str) -> i64 {
        let text = if text.contains('T') {
            text.to_owned()
        } else {
            format!("{text}T00:00:00")
        };
        let format = "%Y-%m-%dT%H:%M:%S%.f";
        NaiveDateTime::parse_from_str(&text, format)
            .unwrap()
            .and_utc()
            .timestamp_millis()
    }

    #[test]
    fn forms_of_dates_and_times_are_read() {
        for (text, expected) in [
            ("2020-01-02", "2020-01-02"),
            ("20200102", "2020-01-02"),
            (" 2020-1-2 ", "2020-01-02"),
            ("2020-01-02T03:04", "2020-01-02T03:04:00"),
            ("2020-01-02t03:04:05", "2020-01-02T03:04:05"),
            ("2020-01-02 3:04:05", "2020-01-02T03:04:05"),
            ("2020-01-02 03:04:05.6", "2020-01-02T03:04:05.600"),
            ("2020-01-02 03:04:05,678", "2020-01-02T03:04:05.678"),
            ("20200102T030405", "2020-01-02T03:04:05"),
            ("20200102T0304", "2020-01-02T03:04:00"),
            ("20200102T030405.25", "2020-01-02T03:04:05.250"),
            ("1969-12-31T23:59:59.999", "1969-12-31T23:59:59.999"),
            ("0001-01-01", "0001-01-01"),
            ("+2020-01-02", "2020-01-02"),
        ] {
            let moment = parse(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                moment,
                Moment {
                    wall_millis: wall(expected),
                    place: None,
                    cut: false
                },
                "{text}"
            );
        }
        assert_eq!(
            parse(b"-0001-01-01").unwrap().wall_millis,
            -62_198_755_200_000
        );
        assert_eq!(
            parse(b"+12020-01-01").unwrap().wall_millis / DAY_MILLIS,
            civil::days(12_020, 1, 1).unwrap()
        );
    }

    #[test]
    fn zones_are_read_as_offsets_names_or_both() {
        let berlin = Zone::from_id("Europe/Berlin").unwrap();
        for (zone, expected) in [
            ("Z", Place::Offset(0)),
            ("z", Place::Offset(0)),
            ("+05:30", Place::Offset(330)),
            ("-0530", Place::Offset(-330)),
            (" +05", Place::Offset(300)),
            ("+18:00", Place::Offset(1080)),
            ("+01:00[Europe/Berlin]", Place::Zone(berlin, Some(60))),
            ("Z[Europe/Berlin]", Place::Zone(berlin, Some(0))),
            (" Europe/Berlin", Place::Zone(berlin, None)),
            (" UTC", Place::Zone(Zone::UTC, None)),
        ] {
            let text = format!("2020-01-02T03:04:05.5{zone}");
            let moment = parse(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(moment.place, Some(expected), "{text}");
            assert_eq!(
                moment.wall_millis,
                wall("2020-01-02T03:04:05.500"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_cut_off_is_told() {
        for (fraction, millis, cut) in [
            ("1234", 123, true),
            ("123000", 123, false),
            ("000000001", 0, true),
            ("9999", 999, true),
        ] {
            let moment = parse(format!("1970-01-01T00:00:00.{fraction}Z").as_bytes()).unwrap();
            assert_eq!(
                (moment.wall_millis, moment.cut),
                (millis, cut),
                "{fraction}"
            );
        }
    }

    #[test]
    fn what_is_no_point_in_time_is_not_read() {
        for text in [
            "",
            " ",
            "2020",
            "2020-01",
            "202001",
            "2020-02-30",
            "2020-13-01",
            "2020-01-02T",
            "2020-01-02T24:00",
            "2020-01-02T03",
            "2020-01-02T03:60",
            "2020-01-02T03:04:60",
            "2020-01-02T03:04:05.",
            "2020-01-02T03:04:05+",
            "2020-01-02T03:04:05+5",
            "2020-01-02T03:04:05+18:01",
            "2020-01-02T03:04:05+05:60",
            "2020-01-02T03:04:05 Nowhere/City",
            "2020-01-02T03:04:05Zz",
            "2020-01-02X03:04",
            "2020/01/02",
            "12020-01-01",
            "20200102030405",
            "2020-01-02T03:04:05+01:00[Europe/Berlin",
            "١٢٣٤-٠١-٠١",
            "2020-W01-1",
            "1577836800",
            "99999999999999999999",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_chrono_writes_is_read_as_it_was(millis in -62_135_596_800_000_i64..253_402_300_799_999, minutes in -1079_i32..1079) {
            let zone = chrono::FixedOffset::east_opt(minutes * 60).unwrap();
            let at = DateTime::from_timestamp_millis(millis).unwrap().with_timezone(&zone);
            let wall_millis = at.naive_local().and_utc().timestamp_millis();
            prop_assume!((0..=9999).contains(&chrono::Datelike::year(&at)));
            let place = Some(Place::Offset(i16::try_from(minutes).unwrap()));
            prop_assert_eq!(parse(at.to_rfc3339().as_bytes()), Some(Moment { wall_millis, place, cut: false }));
        }

        #[test]
        fn any_text_is_read_or_not(text in "[0-9TZ:+., \\[\\]-]{0,40}") {
            let _ = parse(text.as_bytes());
        }
    }
}
