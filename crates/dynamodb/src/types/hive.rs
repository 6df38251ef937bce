//! Column types as the Glue Data Catalog writes them, which are those of Hive.
//!
//! | Hive | Arrow |
//! |---|---|
//! | `string`, `varchar(n)`, `char(n)`, `varchar`, `char`, `text`, `uuid`, `json` | Utf8 |
//! | `boolean`, `bool` | Boolean |
//! | `binary`, `varbinary` | Binary |
//! | `tinyint` `byte`, `smallint` `short`, `int` `integer`, `bigint` `long` | Int8, Int16, Int32, Int64 |
//! | `float` `real`, `double`, `double precision` | Float32, Float64 |
//! | `decimal(p,s)`, `decimal(p)`, `decimal`, `numeric` | Decimal(p,s); scale 0 without one; (38,18) without both, as Java has it |
//! | `date` | Date32 |
//! | `timestamp`, `timestamp without time zone`, `datetime` | Date64 |
//! | `timestamp with time zone`, `timestamp with local time zone`, `timestamptz` | Timestamp(ms, UTC) |
//! | `array<T>`, `list<T>`, `set<T>` | List, the element named like the column |
//! | `map<K,V>`, K a text type | Map |
//! | `struct<a:T,…>` | Struct, names as written |
//!
//! Words are read in any case, blanks do not matter outside names. `uniontype`, `interval`, maps with other keys and decimals beyond 38
//! digits have no place in the protocol (protocol §7).

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

/// Why a type cannot be used. The caller knows the table and the column.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HiveTypeError {
    /// The word is no type, or one without a place in the protocol.
    #[error("`{word}` is not a type that can be read")]
    Unknown {
        /// The word.
        word: String,
    },
    /// A decimal of impossible precision or scale.
    #[error(
        "`decimal({precision},{scale})` is not possible: precision is 1 to 38, scale 0 to the precision"
    )]
    Decimal {
        /// Digits.
        precision: u32,
        /// Digits after the point.
        scale: u32,
    },
    /// A map whose keys are not text.
    #[error("the keys of a map must be text, because those of attributes are")]
    MapKey,
    /// The text is not built like a type.
    #[error("the type is malformed at character {at}: expected {expected}")]
    Malformed {
        /// Place, counted from 1.
        at: usize,
        /// What would do there.
        expected: &'static str,
    },
    /// Types within types, too many.
    #[error("the type nests deeper than {MAX_LEVELS} levels, which no item does")]
    TooDeep,
}

/// The type that `text` writes, of a column called `name`.
///
/// # Errors
/// [`HiveTypeError`]; nothing is guessed.
pub fn parse(name: &str, text: &str) -> Result<DataType, HiveTypeError> {
    let mut reader = Reader { text, at: 0 };
    let data_type = reader.data_type(name, 0)?;
    match reader.peek() {
        None => Ok(data_type),
        Some(_) => Err(reader.malformed("the end")),
    }
}

/// The text of a type, as [`parse`] reads it; `None` for types that the catalog has no word for.
pub fn write(data_type: &DataType) -> Option<String> {
    Some(match data_type {
        DataType::Utf8 => "string".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Binary => "binary".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 => "smallint".to_owned(),
        DataType::Int32 => "int".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::Float32 => "float".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Date32 => "date".to_owned(),
        DataType::Date64 => "timestamp".to_owned(),
        DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => {
            "timestamp with time zone".to_owned()
        }
        DataType::List(element) => format!("array<{}>", write(element.data_type())?),
        DataType::Map(entries, _) => {
            let DataType::Struct(children) = entries.data_type() else {
                return None;
            };
            let [key, value] = children.as_ref() else {
                return None;
            };
            format!(
                "map<{},{}>",
                write(key.data_type())?,
                write(value.data_type())?
            )
        }
        DataType::Struct(children) => {
            let child = |field: &Arc<Field>| {
                let plain = field
                    .name()
                    .chars()
                    .all(|letter| letter.is_alphanumeric() || letter == '_');
                let name = if plain {
                    field.name().clone()
                } else {
                    format!("`{}`", field.name())
                };
                (!field.name().contains('`')).then_some(())?;
                Some(format!("{name}:{}", write(field.data_type())?))
            };
            let children: Option<Vec<_>> = children.iter().map(child).collect();
            format!("struct<{}>", children?.join(","))
        }
        _ => return None,
    })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start();
        self.at += rest.len() - trimmed.len();
        trimmed.chars().next()
    }

    fn eat(&mut self, letter: char) -> bool {
        let found = self.peek() == Some(letter);
        if found {
            self.at += letter.len_utf8();
        }
        found
    }

    fn expect(&mut self, letter: char, expected: &'static str) -> Result<(), HiveTypeError> {
        if self.eat(letter) {
            Ok(())
        } else {
            Err(self.malformed(expected))
        }
    }

    fn malformed(&self, expected: &'static str) -> HiveTypeError {
        HiveTypeError::Malformed {
            at: self.text[..self.at].chars().count() + 1,
            expected,
        }
    }

    /// Letters, digits and underscores.
    fn word(&mut self) -> &'a str {
        self.peek();
        let rest = &self.text[self.at..];
        let end = rest
            .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// The words of a type in lower case, with one blank between them.
    fn words(&mut self) -> String {
        let mut words = self.word().to_lowercase();
        while self.peek().is_some_and(char::is_alphabetic) {
            words.push(' ');
            words.push_str(&self.word().to_lowercase());
        }
        words
    }

    fn number(&mut self) -> Result<u32, HiveTypeError> {
        self.peek();
        let word = self.word();
        word.parse().map_err(|_| self.malformed("a number"))
    }

    fn data_type(&mut self, name: &str, level: u32) -> Result<DataType, HiveTypeError> {
        if level == MAX_LEVELS {
            return Err(HiveTypeError::TooDeep);
        }
        let words = self.words();
        Ok(match words.as_str() {
            "string" | "text" | "uuid" | "json" => DataType::Utf8,
            "varchar" | "char" | "character" | "character varying" => {
                self.length()?;
                DataType::Utf8
            }
            "boolean" | "bool" => DataType::Boolean,
            "binary" | "varbinary" => {
                self.length()?;
                DataType::Binary
            }
            "tinyint" | "byte" => DataType::Int8,
            "smallint" | "short" => DataType::Int16,
            "int" | "integer" => DataType::Int32,
            "bigint" | "long" => DataType::Int64,
            "float" | "real" => DataType::Float32,
            "double" | "double precision" => DataType::Float64,
            "decimal" | "dec" | "numeric" => self.decimal()?,
            "date" => DataType::Date32,
            "timestamp"
            | "timestamptz"
            | "datetime"
            | "timestamp with time zone"
            | "timestamp with local time zone"
            | "timestamp without time zone" => self.timestamp(&words)?,
            "array" | "list" | "set" => {
                self.expect('<', "`<`")?;
                let element = self.data_type(name, level + 1)?;
                self.expect('>', "`>`")?;
                DataType::List(Arc::new(Field::new(name, element, true)))
            }
            "map" => {
                self.expect('<', "`<`")?;
                let key = self.data_type("key", level + 1)?;
                self.expect(',', "`,`")?;
                let value = self.data_type("value", level + 1)?;
                self.expect('>', "`>`")?;
                if key != DataType::Utf8 {
                    return Err(HiveTypeError::MapKey);
                }
                let entries = DataType::Struct(
                    vec![
                        Field::new("key", key, false),
                        Field::new("value", value, true),
                    ]
                    .into(),
                );
                DataType::Map(Arc::new(Field::new("entries", entries, false)), false)
            }
            "struct" => self.structure(level)?,
            "" => return Err(self.malformed("a type")),
            other => {
                return Err(HiveTypeError::Unknown {
                    word: other.to_owned(),
                });
            }
        })
    }

    /// A length in parentheses, which says nothing here.
    fn length(&mut self) -> Result<(), HiveTypeError> {
        if self.eat('(') {
            self.number()?;
            self.expect(')', "`)`")?;
        }
        Ok(())
    }

    fn decimal(&mut self) -> Result<DataType, HiveTypeError> {
        let (precision, scale) = if self.eat('(') {
            let precision = self.number()?;
            let scale = if self.eat(',') { self.number()? } else { 0 };
            self.expect(')', "`)`")?;
            (precision, scale)
        } else {
            (38, 18)
        };
        match (u8::try_from(precision), i8::try_from(scale)) {
            (Ok(digits @ 1..=38), Ok(places)) if scale <= precision => {
                Ok(DataType::Decimal128(digits, places))
            }
            _ => Err(HiveTypeError::Decimal { precision, scale }),
        }
    }

    /// `timestamp`, `timestamp(3)`, `timestamp(3) with time zone`.
    fn timestamp(&mut self, words: &str) -> Result<DataType, HiveTypeError> {
        let mut words = words.to_owned();
        if words == "timestamp" {
            self.length()?;
            if self.peek().is_some_and(char::is_alphabetic) {
                words.push(' ');
                words.push_str(&self.words());
            }
        }
        Ok(match words.as_str() {
            "timestamp" | "datetime" | "timestamp without time zone" => DataType::Date64,
            "timestamptz" | "timestamp with time zone" | "timestamp with local time zone" => {
                DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
            }
            other => {
                return Err(HiveTypeError::Unknown {
                    word: other.to_owned(),
                });
            }
        })
    }

    fn structure(&mut self, level: u32) -> Result<DataType, HiveTypeError> {
        self.expect('<', "`<`")?;
        let mut children = Vec::new();
        if !self.eat('>') {
            loop {
                let name = self.child()?;
                self.expect(':', "`:`")?;
                let data_type = self.data_type(&name, level + 1)?;
                children.push(Field::new(name, data_type, true));
                if self.eat('>') {
                    break;
                }
                self.expect(',', "`,` or `>`")?;
            }
        }
        Ok(DataType::Struct(Fields::from(children)))
    }

    /// The name of a child: all up to the colon, or what stands between backticks.
    fn child(&mut self) -> Result<String, HiveTypeError> {
        let quoted = self.eat('`');
        let rest = &self.text[self.at..];
        let end = rest
            .find(if quoted { '`' } else { ':' })
            .ok_or_else(|| self.malformed("a name and `:`"))?;
        let name = if quoted {
            &rest[..end]
        } else {
            rest[..end].trim()
        };
        if name.is_empty() || !quoted && name.contains(['<', '>', ',']) {
            return Err(self.malformed("the name of a member"));
        }
        self.at += end + usize::from(quoted);
        Ok(name.to_owned())
    }
}

/// Levels of types: items nest up to 32 (AWS: service quotas), and each has one type.
const MAX_LEVELS: u32 = 33;

#[cfg(test)]
mod tests {
    use super::*;

    fn list(name: &str, element: DataType) -> DataType {
        DataType::List(Arc::new(Field::new(name, element, true)))
    }

    fn structure(children: &[(&str, DataType)]) -> DataType {
        let children = children
            .iter()
            .map(|(name, data_type)| Field::new(*name, data_type.clone(), true));
        DataType::Struct(children.collect())
    }

    #[test]
    fn simple_types_are_read_in_any_case_and_with_blanks() {
        let zoned = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
        for (text, expected) in [
            ("string", DataType::Utf8),
            (" STRING ", DataType::Utf8),
            ("varchar(20)", DataType::Utf8),
            ("char ( 3 )", DataType::Utf8),
            ("varchar", DataType::Utf8),
            ("boolean", DataType::Boolean),
            ("binary", DataType::Binary),
            ("tinyint", DataType::Int8),
            ("smallint", DataType::Int16),
            ("int", DataType::Int32),
            ("Integer", DataType::Int32),
            ("bigint", DataType::Int64),
            ("long", DataType::Int64),
            ("float", DataType::Float32),
            ("double", DataType::Float64),
            ("double precision", DataType::Float64),
            ("decimal(10,2)", DataType::Decimal128(10, 2)),
            ("DECIMAL ( 38 , 9 )", DataType::Decimal128(38, 9)),
            ("decimal(5)", DataType::Decimal128(5, 0)),
            ("decimal", DataType::Decimal128(38, 18)),
            ("date", DataType::Date32),
            ("timestamp", DataType::Date64),
            ("timestamp(3)", DataType::Date64),
            ("timestamp without time zone", DataType::Date64),
            ("timestamp with time zone", zoned.clone()),
            ("timestamp(3) with time zone", zoned.clone()),
            ("timestamptz", zoned),
        ] {
            assert_eq!(parse("c", text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn nested_types_keep_the_names_that_the_protocol_wants() {
        assert_eq!(parse("c", "array<string>"), Ok(list("c", DataType::Utf8)));
        assert_eq!(parse("c", "set < int >"), Ok(list("c", DataType::Int32)));
        assert_eq!(
            parse(
                "c",
                "array<struct<a:int,`b:x`:array<decimal(3,1)>, C d :string>>"
            ),
            Ok(list(
                "c",
                structure(&[
                    ("a", DataType::Int32),
                    ("b:x", list("b:x", DataType::Decimal128(3, 1))),
                    ("C d", DataType::Utf8),
                ])
            ))
        );
        let DataType::Map(entries, false) = parse("c", "map<string,array<int>>").unwrap() else {
            panic!("a map")
        };
        assert_eq!(entries.name(), "entries");
        assert_eq!(
            entries.data_type(),
            &DataType::Struct(
                vec![
                    Field::new("key", DataType::Utf8, false),
                    Field::new("value", list("value", DataType::Int32), true)
                ]
                .into()
            )
        );
        assert_eq!(parse("c", "struct<>"), Ok(structure(&[])));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (text, expected) in [
            ("uniontype<int,string>", "`uniontype`"),
            ("interval", "`interval`"),
            ("timestamp with clock", "`timestamp with clock`"),
            ("decimal(39,2)", "decimal(39,2)"),
            ("decimal(5,6)", "decimal(5,6)"),
            ("decimal(0,0)", "decimal(0,0)"),
            ("decimal(a,0)", "a number"),
            ("map<int,string>", "keys of a map"),
            ("array<string", "character 13: expected `>`"),
            ("array string", "`array string`"),
            ("struct<a>", "name and `:`"),
            ("struct<a:int b:int>", "`int b`"),
            ("struct<:int>", "the name of a member"),
            ("string>", "character 7: expected the end"),
            ("", "a type"),
            ("varchar(20", "`)`"),
            ("varchar()", "a number"),
        ] {
            let error = parse("c", text).expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let deep = "array<".repeat(100_000) + "int" + &">".repeat(100_000);
        assert_eq!(parse("c", &deep), Err(HiveTypeError::TooDeep));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "string",
            "boolean",
            "binary",
            "tinyint",
            "smallint",
            "int",
            "bigint",
            "float",
            "double",
            "decimal(38,9)",
            "date",
            "timestamp",
            "timestamp with time zone",
            "array<array<int>>",
            "map<string,array<double>>",
            "struct<a:int,`b:c d`:struct<ä:string>>",
        ] {
            let data_type = parse("c", text).unwrap();
            assert_eq!(write(&data_type).as_deref(), Some(text));
        }
        assert_eq!(write(&DataType::LargeUtf8), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_type_or_not(text in "[a-z<>:,()` 0-9ä]{0,40}") {
            let _ = parse("c", &text);
        }
    }
}
