//! Formats that a table names for a column, in Java's letters.
//!
//! | letter | means |
//! |---|---|
//! | `y` `u` | year; `yy` is one of 2000 to 2099 |
//! | `M` `L` | month: number up to two letters, English name with three or more |
//! | `d`, `D` | day of the month, of the year |
//! | `E` | English name of the weekday, passed over |
//! | `H` `k`, `h` `K`, `a` | hour of the day from 0 or 1, of the half from 1 or 0, AM or PM |
//! | `m`, `s`, `S` | minute, second, fraction of a second |
//! | `z` `V`, `X` `x` `Z` | name of a zone, or its offset |
//!
//! A number takes as many digits as it has letters if it touches another one, else as many as there are. Text in quotes, and
//! all that is no letter, stands for itself. Names are read in any case. Other letters are refused.

use athena_protocol::timestamp::Zone;

use super::civil::{self, DAY_MILLIS};
use super::iso::Rest;
use super::moment::{Moment, Place};

/// A format, ready to read with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

/// Why a format cannot be used.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A letter without meaning here.
    #[error("the letter `{letter}` of the format has no meaning here")]
    Letter {
        /// The letter.
        letter: char,
    },
    /// A quote without its other half.
    #[error("a quote of the format is not closed")]
    Quote,
    /// Nothing of a date in it.
    #[error("the format reads nothing of a date or time")]
    Empty,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Vec<u8>),
    /// A number, with its digits if their count is fixed.
    Number(Field, Option<usize>),
    ShortYear,
    MonthName,
    DayName,
    HalfDay,
    Fraction(Option<usize>),
    Zone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Year,
    Month,
    Day,
    DayOfYear,
    /// Hour of the day, from 0.
    Hour,
    /// Hour of the day, from 1.
    HourFromOne,
    /// Hour of the half day, from 0 or from 1, where 12 is 0.
    HalfHour,
    Minute,
    Second,
}

impl Pattern {
    /// Reads a format.
    ///
    /// # Errors
    /// [`PatternError`] for letters without meaning, open quotes, and formats that read nothing.
    pub fn new(format: &str) -> Result<Self, PatternError> {
        let mut parts: Vec<Part> = Vec::new();
        let mut letters = format.chars().peekable();
        while let Some(letter) = letters.next() {
            if letter == '\'' {
                parts.push(Part::Literal(quoted(&mut letters)?.into_bytes()));
            } else if letter.is_ascii_alphabetic() {
                let mut count = 1;
                while letters.next_if_eq(&letter).is_some() {
                    count += 1;
                }
                let number = |field| Part::Number(field, Some(count));
                parts.push(match letter {
                    'y' | 'u' if count == 2 => Part::ShortYear,
                    'y' | 'u' => number(Field::Year),
                    'M' | 'L' if count > 2 => Part::MonthName,
                    'M' | 'L' => number(Field::Month),
                    'd' => number(Field::Day),
                    'D' => number(Field::DayOfYear),
                    'E' => Part::DayName,
                    'a' => Part::HalfDay,
                    'H' => number(Field::Hour),
                    'k' => number(Field::HourFromOne),
                    'h' | 'K' => number(Field::HalfHour),
                    'm' => number(Field::Minute),
                    's' => number(Field::Second),
                    'S' => Part::Fraction(Some(count)),
                    'z' | 'V' | 'X' | 'x' | 'Z' => Part::Zone,
                    letter => return Err(PatternError::Letter { letter }),
                });
            } else {
                parts.push(Part::Literal(letter.to_string().into_bytes()));
            }
        }
        if parts.iter().all(|part| matches!(part, Part::Literal(_))) {
            return Err(PatternError::Empty);
        }
        // Only numbers that touch each other end where their letters do.
        let touches = |at: Option<usize>| {
            let part = at.and_then(|at| parts.get(at));
            matches!(
                part,
                Some(Part::Number(..) | Part::ShortYear | Part::Fraction(_))
            )
        };
        let alone: Vec<bool> = (0..parts.len())
            .map(|at| !touches(at.checked_sub(1)) && !touches(Some(at + 1)))
            .collect();
        for (part, alone) in parts.iter_mut().zip(alone) {
            if let (Part::Number(_, digits) | Part::Fraction(digits), true) = (part, alone) {
                *digits = None;
            }
        }
        Ok(Self(parts))
    }

    /// Reads a text as a whole; blanks around it do not matter.
    pub fn parse(&self, text: &[u8]) -> Option<Moment> {
        let mut rest = Rest(text.trim_ascii());
        let mut read = Parts::default();
        for part in &self.0 {
            read.read(part, &mut rest)?;
        }
        if !rest.0.is_empty() {
            return None;
        }
        read.moment()
    }
}

/// Text up to the closing quote; two quotes are one.
fn quoted(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, PatternError> {
    let mut text = String::new();
    loop {
        match letters.next() {
            Some('\'') if letters.next_if_eq(&'\'').is_some() => text.push('\''),
            // Two quotes with nothing between them are one.
            Some('\'') if text.is_empty() => return Ok("'".to_owned()),
            Some('\'') => return Ok(text),
            Some(letter) => text.push(letter),
            None => return Err(PatternError::Quote),
        }
    }
}

/// What was read so far.
#[derive(Default)]
struct Parts {
    negative: bool,
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    hour: u32,
    half_hour: Option<u32>,
    afternoon: Option<bool>,
    minute: u32,
    second: u32,
    millis: u32,
    cut: bool,
    place: Option<Place>,
}

impl Parts {
    fn read(&mut self, part: &Part, rest: &mut Rest<'_>) -> Option<()> {
        match part {
            Part::Literal(text) => rest.0 = rest.0.strip_prefix(text.as_slice())?,
            Part::Number(field, digits) => {
                if *field == Field::Year && digits.is_none() {
                    self.negative = rest.eat(b'-');
                }
                let number = match digits {
                    Some(digits) => rest.number(*digits, *digits)?,
                    None => rest.number(1, MAX_DIGITS)?,
                };
                match field {
                    Field::Year => self.year = Some(number),
                    Field::Month => self.month = Some(number),
                    Field::Day => self.day = Some(number),
                    Field::DayOfYear => self.day_of_year = Some(number),
                    Field::Hour => self.hour = number,
                    Field::HourFromOne if number <= 24 => self.hour = number % 24,
                    Field::HalfHour if number <= 12 => self.half_hour = Some(number % 12),
                    Field::HourFromOne | Field::HalfHour => return None,
                    Field::Minute => self.minute = number,
                    Field::Second => self.second = number,
                }
            }
            Part::ShortYear => self.year = Some(2000 + rest.number(2, 2)?),
            Part::MonthName => self.month = Some(name(rest, &MONTHS)? + 1),
            Part::DayName => drop(name(rest, &DAYS)?),
            Part::HalfDay => self.afternoon = Some(name(rest, &["am", "pm"])? == 1),
            Part::Fraction(digits) => {
                let all = rest.0;
                let (now, later) =
                    all.split_at(digits.map_or(all.len(), |digits| digits.min(all.len())));
                rest.0 = now;
                (self.millis, self.cut) = rest.fraction()?;
                if !rest.0.is_empty() && !later.is_empty() {
                    return None;
                }
                if !later.is_empty() {
                    rest.0 = later;
                }
            }
            Part::Zone => self.place = Some(place(rest)?),
        }
        Some(())
    }

    fn moment(&self) -> Option<Moment> {
        let year = i64::from(self.year.unwrap_or(1970)) * if self.negative { -1 } else { 1 };
        let days = match self.day_of_year {
            Some(day) if self.month.is_none() && self.day.is_none() => {
                let days = civil::days(year, 1, 1)? + i64::from(day) - 1;
                (day > 0 && days < civil::days(year + 1, 1, 1)?).then_some(days)?
            }
            _ => civil::days(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?,
        };
        let hour = match self.half_hour {
            Some(half) => half + if self.afternoon == Some(true) { 12 } else { 0 },
            None => self.hour,
        };
        if hour > 23 || self.minute > 59 || self.second > 59 {
            return None;
        }
        let seconds = i64::from((hour * 60 + self.minute) * 60 + self.second);
        Some(Moment {
            wall_millis: days * DAY_MILLIS + seconds * 1000 + i64::from(self.millis),
            place: self.place,
            cut: self.cut,
        })
    }
}

/// The place in `names` of the name that is next, whole or its first three letters.
fn name(rest: &mut Rest<'_>, names: &[&str]) -> Option<u32> {
    let length = rest
        .0
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let (word, after) = rest.0.split_at(length);
    let found = names.iter().position(|name| {
        let name = name.as_bytes();
        word.eq_ignore_ascii_case(name)
            || word.len() == 3 && word.eq_ignore_ascii_case(&name[..3.min(name.len())])
    })?;
    rest.0 = after;
    u32::try_from(found).ok()
}

/// An offset, `Z`, or the name of a zone up to a blank or the end.
fn place(rest: &mut Rest<'_>) -> Option<Place> {
    if matches!(rest.0.first(), Some(b'+' | b'-')) {
        return rest.offset().map(Place::Offset);
    }
    if rest.eat(b'Z') {
        return Some(Place::Offset(0));
    }
    let end = rest
        .0
        .iter()
        .position(|byte| *byte == b' ' || *byte == b']')
        .unwrap_or(rest.0.len());
    let (name, after) = rest.0.split_at(end);
    rest.0 = after;
    let zone = Zone::from_id(std::str::from_utf8(name).ok()?)?;
    Some(Place::Zone(zone, None))
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Digits of a number that nothing ends but its last digit.
const MAX_DIGITS: usize = 6;

#[cfg(test)]
mod tests {
    use super::super::iso;
    use super::*;

    #[test]
    fn formats_read_what_they_say() {
        for (format, text, expected) in [
            ("yyyy-MM-dd", "2020-01-02", "2020-01-02"),
            ("yyyy-MM-dd", "2020-1-2", "2020-01-02"),
            ("yyyyMMdd", "20200102", "2020-01-02"),
            (
                "yyyyMMddHHmmssSSS",
                "20200102030405678",
                "2020-01-02T03:04:05.678",
            ),
            ("dd/MM/yyyy HH:mm", "02/01/2020 03:04", "2020-01-02T03:04"),
            ("M/d/yy h:mm a", "1/2/20 3:04 PM", "2020-01-02T15:04"),
            ("M/d/yy h:mm a", "1/2/20 12:04 am", "2020-01-02T00:04"),
            (
                "yyyy-MM-dd'T'HH:mm:ss.SSS",
                "2020-01-02T03:04:05.6",
                "2020-01-02T03:04:05.6",
            ),
            (
                "yyyy-MM-dd'T'HH:mm:ssX",
                "2020-01-02T03:04:05Z",
                "2020-01-02T03:04:05Z",
            ),
            (
                "yyyy-MM-dd'T'HH:mm:ssXXX",
                "2020-01-02T03:04:05+05:30",
                "2020-01-02T03:04:05+05:30",
            ),
            (
                "yyyy-MM-dd HH:mm:ss Z",
                "2020-01-02 03:04:05 -0800",
                "2020-01-02T03:04:05-08:00",
            ),
            (
                "EEE, dd MMM yyyy HH:mm:ss z",
                "Thu, 02 Jan 2020 03:04:05 GMT",
                "2020-01-02T03:04:05 UTC",
            ),
            ("EEEE d MMMM yyyy", "Thursday 2 january 2020", "2020-01-02"),
            ("yyyy.DDD", "2020.366", "2020-12-31"),
            ("kk:mm", "24:30", "1970-01-01T00:30"),
            ("yyyy''MM", "2020'07", "2020-07-01"),
            ("'year' yyyy", "year 2020", "2020-01-01"),
            ("yyyy", "2020", "2020-01-01"),
        ] {
            let got = Pattern::new(format).unwrap().parse(text.as_bytes());
            let expected = iso::parse(expected.as_bytes());
            assert!(expected.is_some());
            assert_eq!(got, expected, "{format}: {text}");
        }
    }

    #[test]
    fn texts_of_another_form_are_not_read() {
        for (format, text) in [
            ("yyyy-MM-dd", "2020-01-02T03:04"),
            ("yyyy-MM-dd", "2020-02-30"),
            ("yyyy-MM-dd", "2020/01/02"),
            ("yyyyMMdd", "2020012"),
            ("HH:mm", "24:00"),
            ("hh:mm a", "13:00 PM"),
            ("MMM", "Foo"),
            ("yyyy.DDD", "2021.366"),
            ("yyyy.DDD", "2021.000"),
            ("ss.SSS", "01."),
            ("yyyy-MM-dd'T'HH:mm:ssX", "2020-01-02T03:04:05 "),
        ] {
            assert_eq!(
                Pattern::new(format).unwrap().parse(text.as_bytes()),
                None,
                "{format}: {text}"
            );
        }
    }

    #[test]
    fn formats_that_cannot_be_used_are_refused() {
        assert_eq!(
            Pattern::new("yyyy-qq"),
            Err(PatternError::Letter { letter: 'q' })
        );
        assert_eq!(Pattern::new("yyyy'T"), Err(PatternError::Quote));
        assert_eq!(Pattern::new("--"), Err(PatternError::Empty));
        assert_eq!(Pattern::new(""), Err(PatternError::Empty));
    }

    proptest::proptest! {
        #[test]
        fn any_format_and_any_text_are_no_panic(format in "[yMdHhmsSEazZX'. :-]{0,14}", text in ".{0,24}") {
            if let Ok(pattern) = Pattern::new(&format) {
                let _ = pattern.parse(text.as_bytes());
            }
        }
    }
}
