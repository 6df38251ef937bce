//! How the dates of a table are read, as its schema's metadata says.

use std::collections::{BTreeMap, HashMap};

use super::{EpochUnit, Pattern, PatternError, TimeReader, ZoneRules};
use crate::types::names::fold;

/// The metadata key of formats by column: `column=format,other=format`. A comma within a format is kept, as long as no `=` follows it
/// in that format.
pub const FORMATS: &str = "datetimeFormatMapping";

/// The same with the columns as the schema names them; it wins.
pub const NORMALIZED_FORMATS: &str = "datetimeFormatMappingNormalized";

/// The metadata key of the zone of values that name none, and of `date` and `timestamp` columns. UTC unless set.
pub const DEFAULT_ZONE: &str = "defaultTimeZone";

/// The metadata key of what numbers count: `millis` (default), `seconds` or `auto`.
pub const EPOCH_UNIT: &str = "epochUnit";

/// Formats, zone and unit of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableTimes {
    formats: BTreeMap<String, Format>,
    unit: EpochUnit,
    zone: ZoneRules,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Format {
    Pattern(Pattern),
    /// `epoch_millis`, `epoch_seconds` or `epoch_auto` in place of a format.
    Epoch(EpochUnit),
}

/// Why a table's dates cannot be read.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimesError {
    /// The formats are not pairs.
    #[error(
        "the table property `datetimeFormatMapping` is not a list of `column=format`: see its part `{part}`"
    )]
    Formats {
        /// The part without `=`, or without a column before it.
        part: String,
    },
    /// A format cannot be used.
    #[error(
        "the table property `datetimeFormatMapping` has a format for column `{column}` that cannot be read: {problem}"
    )]
    Format {
        /// The column.
        column: String,
        /// What is wrong with the format.
        problem: PatternError,
    },
    /// No zone has that id.
    #[error(
        "the table property `defaultTimeZone` must be the id of a time zone such as `Europe/Berlin`, got `{id}`"
    )]
    Zone {
        /// The id.
        id: String,
    },
    /// No unit has that name.
    #[error("the table property `epochUnit` must be `millis`, `seconds` or `auto`, got `{name}`")]
    Unit {
        /// The name.
        name: String,
    },
}

impl Default for TableTimes {
    fn default() -> Self {
        Self {
            formats: BTreeMap::new(),
            unit: EpochUnit::default(),
            zone: ZoneRules::UTC,
        }
    }
}

impl TableTimes {
    /// Reads a schema's metadata.
    ///
    /// # Errors
    /// [`TimesError`] for the first property that cannot be used.
    pub fn of(metadata: &HashMap<String, String>) -> Result<Self, TimesError> {
        let set = |key: &str| {
            metadata
                .get(key)
                .map(|text| text.trim())
                .filter(|text| !text.is_empty())
        };
        let mut times = Self::default();
        if let Some(id) = set(DEFAULT_ZONE) {
            times.zone =
                ZoneRules::of_id(id).ok_or_else(|| TimesError::Zone { id: id.to_owned() })?;
        }
        if let Some(name) = set(EPOCH_UNIT) {
            times.unit = EpochUnit::of_name(name).ok_or_else(|| TimesError::Unit {
                name: name.to_owned(),
            })?;
        }
        if let Some(text) = set(NORMALIZED_FORMATS).or_else(|| set(FORMATS)) {
            for (column, format) in formats(text)? {
                let epoch = format.strip_prefix("epoch_").and_then(EpochUnit::of_name);
                let format = match epoch {
                    Some(unit) => Format::Epoch(unit),
                    None => Format::Pattern(Pattern::new(format).map_err(|problem| {
                        TimesError::Format {
                            column: column.to_owned(),
                            problem,
                        }
                    })?),
                };
                times.formats.insert(fold(column), format);
            }
        }
        Ok(times)
    }

    /// How the values of a column, or of a child in it, are read. `path` is the column's name, with `.` before a struct's member
    /// and `[]` or `{}` behind a list or map. A child is looked up by its path and then by its own name.
    pub fn reader(&self, path: &str) -> TimeReader {
        let path = fold(path);
        let path = path.trim_end_matches(['[', ']', '{', '}']);
        let own = path.rsplit_once('.').map_or(path, |(_, own)| own);
        let (pattern, unit) = match self.formats.get(path).or_else(|| self.formats.get(own)) {
            Some(Format::Pattern(pattern)) => (Some(pattern.clone()), self.unit),
            Some(Format::Epoch(unit)) => (None, *unit),
            None => (None, self.unit),
        };
        TimeReader::new(pattern, unit, self.zone)
    }
}

/// The pairs of column and format.
///
/// # Errors
/// [`TimesError::Formats`] where a part is no pair.
pub fn formats(text: &str) -> Result<Vec<(&str, &str)>, TimesError> {
    let mut pairs = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(',').chain([(text.len(), "")]) {
        // A comma belongs to the format unless a new pair begins behind it.
        let next = &text[(at + 1).min(text.len())..];
        let next = next.split(',').next().unwrap_or_default();
        if at < text.len() && !next.contains('=') && !next.trim().is_empty() {
            continue;
        }
        let part = &text[start..at];
        start = at + 1;
        if part.trim().is_empty() {
            continue;
        }
        match part.split_once('=') {
            Some((column, format)) if !column.trim().is_empty() => {
                pairs.push((column.trim(), format.trim()));
            }
            _ => {
                return Err(TimesError::Formats {
                    part: part.trim().to_owned(),
                });
            }
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::datetime::Spelled;

    fn times(pairs: &[(&str, &str)]) -> Result<TableTimes, TimesError> {
        let metadata = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        TableTimes::of(&metadata.collect())
    }

    #[test]
    fn commas_within_a_format_are_kept() {
        for (text, expected) in [
            ("a=yyyy,b=MM", vec![("a", "yyyy"), ("b", "MM")]),
            (" a = yyyy , b=MM, ", vec![("a", "yyyy"), ("b", "MM")]),
            (
                "a=EEE, dd MMM yyyy,b=yyyy",
                vec![("a", "EEE, dd MMM yyyy"), ("b", "yyyy")],
            ),
            ("", vec![]),
        ] {
            assert_eq!(formats(text).unwrap(), expected, "{text}");
        }
        for text in ["yyyy", "=yyyy", "a,b=yyyy"] {
            assert!(
                matches!(formats(text), Err(TimesError::Formats { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn a_column_is_read_by_its_own_format_and_a_child_by_its_path_or_name() {
        let times = times(&[
            (FORMATS, "wrong=yyyy"),
            (
                NORMALIZED_FORMATS,
                "Day=dd.MM.yyyy,s.at=epoch_seconds,at=yyyyMMdd",
            ),
            (DEFAULT_ZONE, "Europe/Berlin"),
        ])
        .unwrap();
        let reads = |path: &str, text: &str| times.reader(path).text(text.as_bytes()).is_some();
        assert!(reads("day", "31.12.2020"));
        assert!(reads("day[]", "31.12.2020"));
        assert!(reads("day{}", "31.12.2020"));
        assert!(reads("x.day", "31.12.2020"));
        assert!(!reads("night", "31.12.2020"));
        assert_eq!(
            times.reader("s.at").number(b"1"),
            Some(Spelled::Instant {
                millis: 1000,
                cut: false
            })
        );
        assert_eq!(
            times.reader("at").number(b"1"),
            Some(Spelled::Instant {
                millis: 1,
                cut: false
            })
        );
        assert_eq!(times.reader("at").zone().zone().id(), "Europe/Berlin");
    }

    #[test]
    fn properties_that_cannot_be_used_are_named() {
        for (key, value, word) in [
            (FORMATS, "a", "`a`"),
            (FORMATS, "a=qq", "`q`"),
            (DEFAULT_ZONE, "Mars/Base", "Mars/Base"),
            (EPOCH_UNIT, "weeks", "weeks"),
        ] {
            let error = times(&[(key, value)]).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
            assert!(error.contains(key), "{error}");
        }
        assert_eq!(
            times(&[(FORMATS, " "), (DEFAULT_ZONE, "")]),
            Ok(TableTimes::default())
        );
    }
}
