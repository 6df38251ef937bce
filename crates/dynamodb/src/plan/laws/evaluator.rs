//! The condition language of `DynamoDB`, as its documentation tells of it, over items in memory. What the service would refuse
//! panics.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Request, Value};
use crate::table::{KeyKind, Keys};
use crate::types::decimal::{self, Decimal};

/// An item.
pub(super) type Item = BTreeMap<String, Attribute>;

/// An attribute's value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Attribute {
    S(String),
    N(String),
    B(Vec<u8>),
    Bool(bool),
    Null,
    Ss(Vec<String>),
}

impl Attribute {
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::Ss(_) => "SS",
        }
    }

    /// Whether this is the value.
    pub(super) fn is(&self, value: &Value) -> bool {
        self.order(value) == Some(Ordering::Equal)
    }

    /// The order of two values of one type that has an order or equality.
    fn order(&self, value: &Value) -> Option<Ordering> {
        match (self, value) {
            (Self::S(a), Value::S(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
            (Self::N(a), Value::N(b)) => Some(number(a).cmp(&number(b))),
            (Self::B(a), Value::B(b)) => Some(a.cmp(b)),
            (Self::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// Numbers of the tests have few digits.
fn number(text: &str) -> i128 {
    match decimal::parse(text.as_bytes(), 38, 22) {
        Decimal::Exact(value) => value,
        other => panic!("{other:?}"),
    }
}

/// Whether the item passes the request's filter, which must not test any of `keys`.
///
/// Whether the service compares the table's key attributes with empty values in a filter is not documented, so that panics too.
pub(super) fn filter_holds(request: &Request, item: &Item, keys: &[&str]) -> bool {
    check_placeholders(request);
    let Some(filter) = &request.filter else {
        return true;
    };
    assert!(filter.len() <= 4096, "{filter}");
    let mut parser = Parser::new(filter, request, item);
    let holds = parser.whole();
    assert!(parser.operators <= 300, "{filter}");
    assert!(
        parser
            .tested
            .iter()
            .all(|name| !keys.contains(&name.as_str())),
        "a key in {filter}"
    );
    holds
}

/// Whether the item meets the key condition, which must be one that `DynamoDB` takes for these keys.
pub(super) fn key_holds(request: &Request, keys: &Keys, item: &Item) -> bool {
    let text = request.key_condition.as_deref().unwrap();
    let words: Vec<&str> = text.split(' ').collect();
    let name = |alias: &str| request.names[alias].as_str();
    let kind = |alias: &str, kind: KeyKind, limit: usize| {
        let value = &request.values[alias];
        assert_eq!(value.kind(), kind.into());
        assert!((1..=limit).contains(&value.key_bytes()));
    };
    assert_eq!(
        (name(words[0]), words[1]),
        (keys.hash.name.as_str(), "="),
        "{text}"
    );
    kind(words[2], keys.hash.kind, 2048);
    if let Some(rest) = words.get(3..).filter(|rest| !rest.is_empty()) {
        let range = keys.range.as_ref().unwrap();
        if let ["AND", function, value] = rest
            && let Some(alias) = function.strip_prefix("begins_with(")
        {
            assert_eq!(name(alias.trim_end_matches(',')), range.name, "{text}");
            kind(value.trim_end_matches(')'), range.kind, 1024);
            return Parser::new(text, request, item).whole();
        }
        assert_eq!(
            (rest[0], name(rest[1])),
            ("AND", range.name.as_str()),
            "{text}"
        );
        match rest[2..] {
            ["=" | "<" | "<=" | ">" | ">=", value] => kind(value, range.kind, 1024),
            ["BETWEEN", low, "AND", high] => {
                kind(low, range.kind, 1024);
                kind(high, range.kind, 1024);
            }
            _ => panic!("{text}"),
        }
    }
    Parser::new(text, request, item).whole()
}

fn check_placeholders(request: &Request) {
    let Request {
        key_condition,
        filter,
        projection,
        names,
        values,
    } = request;
    let texts = key_condition.iter().chain(filter).chain(projection);
    let used: BTreeSet<&str> = texts
        .flat_map(|text| text.split([' ', '(', ')', ',', '.']))
        .filter(|word| word.starts_with(['#', ':']))
        .collect();
    let given: BTreeSet<&str> = names
        .keys()
        .chain(values.keys())
        .map(String::as_str)
        .collect();
    assert_eq!(used, given);
    let projected: Vec<&str> = projection.iter().flat_map(|text| text.split(',')).collect();
    let distinct: BTreeSet<&String> = projected.iter().map(|alias| &names[*alias]).collect();
    assert_eq!(distinct.len(), projected.len(), "overlapping paths");
}

/// A parser that evaluates as it goes; it never stops early, so that all of the text is checked.
struct Parser<'a> {
    words: Vec<String>,
    at: usize,
    request: &'a Request,
    item: &'a Item,
    operators: usize,
    tested: Vec<String>,
}

impl<'a> Parser<'a> {
    fn new(text: &str, request: &'a Request, item: &'a Item) -> Self {
        let spaced = text
            .replace('(', " ( ")
            .replace(')', " ) ")
            .replace(',', " , ");
        let words = spaced.split_whitespace().map(str::to_owned).collect();
        Self {
            words,
            at: 0,
            request,
            item,
            operators: 0,
            tested: Vec::new(),
        }
    }

    fn whole(&mut self) -> bool {
        let holds = self.any_of();
        assert_eq!(self.at, self.words.len(), "{:?}", self.words);
        holds
    }

    fn next(&mut self) -> String {
        self.at += 1;
        self.words[self.at - 1].clone()
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at).is_some_and(|next| next == word);
        self.at += usize::from(found);
        found
    }

    fn any_of(&mut self) -> bool {
        let mut holds = self.all_of();
        while self.take("OR") {
            self.operators += 1;
            holds |= self.all_of();
        }
        holds
    }

    fn all_of(&mut self) -> bool {
        let mut holds = self.negated();
        while self.take("AND") {
            self.operators += 1;
            holds &= self.negated();
        }
        holds
    }

    fn negated(&mut self) -> bool {
        if self.take("NOT") {
            self.operators += 1;
            return !self.negated();
        }
        if !self.take("(") {
            return self.test();
        }
        let start = self.at;
        let holds = self.any_of();
        let redundant = self.words[start] == "(" && self.closing(start) + 1 == self.at;
        assert!(!redundant, "redundant parentheses in {:?}", self.words);
        assert!(self.take(")"));
        holds
    }

    fn closing(&self, open: usize) -> usize {
        let mut depth = 0;
        (open..self.words.len())
            .find(|place| {
                depth +=
                    i32::from(self.words[*place] == "(") - i32::from(self.words[*place] == ")");
                depth == 0
            })
            .unwrap()
    }

    fn test(&mut self) -> bool {
        let word = self.next();
        self.operators += 1;
        if word == "begins_with" {
            assert!(self.take("("));
            let attribute = self.attribute();
            assert!(self.take(","));
            let Value::S(prefix) = self.value() else {
                panic!("a prefix is not text")
            };
            assert!(self.take(")") && !prefix.is_empty());
            return matches!(attribute, Some(Attribute::S(text)) if text.starts_with(&prefix));
        }
        if word == "contains" {
            assert!(self.take("("));
            let attribute = self.attribute();
            assert!(self.take(","));
            let Value::S(part) = self.value() else {
                panic!("a part is not text")
            };
            assert!(self.take(")"));
            return match attribute {
                Some(Attribute::S(text)) => text.contains(&part),
                Some(Attribute::Ss(texts)) => texts.contains(&part),
                _ => false,
            };
        }
        if word.starts_with("attribute_") {
            assert!(self.take("("));
            let attribute = self.attribute();
            let holds = match word.as_str() {
                "attribute_exists" => attribute.is_some(),
                "attribute_not_exists" => attribute.is_none(),
                "attribute_type" => {
                    assert!(self.take(","));
                    let Value::S(name) = self.value() else {
                        panic!("type is not text")
                    };
                    assert!(
                        ["S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M"]
                            .contains(&name.as_str())
                    );
                    attribute.is_some_and(|attribute| attribute.type_name() == name)
                }
                _ => panic!("{word}"),
            };
            assert!(self.take(")"));
            return holds;
        }
        self.at -= 1;
        let attribute = self.attribute();
        let is_key = self
            .tested
            .last()
            .is_some_and(|name| name == "pk" || name == "sk");
        let order = |value: &Value| {
            assert!(
                !is_key || value.key_bytes() > 0,
                "a key compared with an empty value"
            );
            attribute
                .as_ref()
                .and_then(|attribute| attribute.order(value))
        };
        match self.next().as_str() {
            "=" => order(&self.value()) == Some(Ordering::Equal),
            "<" => order(&self.ordered_value()) == Some(Ordering::Less),
            "<=" => order(&self.ordered_value()).is_some_and(Ordering::is_le),
            ">" => order(&self.ordered_value()) == Some(Ordering::Greater),
            ">=" => order(&self.ordered_value()).is_some_and(Ordering::is_ge),
            "BETWEEN" => {
                let low = self.ordered_value();
                assert!(self.take("AND"));
                let high = self.ordered_value();
                assert!(
                    as_attribute(&low).order(&high).unwrap().is_le(),
                    "bounds are the wrong way round"
                );
                order(&low).is_some_and(Ordering::is_ge)
                    && order(&high).is_some_and(Ordering::is_le)
            }
            "IN" => {
                assert!(self.take("("));
                let mut listed = vec![self.value()];
                while self.take(",") {
                    listed.push(self.value());
                }
                assert!(self.take(")") && listed.len() <= 100);
                listed
                    .iter()
                    .any(|value| order(value) == Some(Ordering::Equal))
            }
            other => panic!("{other}"),
        }
    }

    fn attribute(&mut self) -> Option<Attribute> {
        let alias = self.next();
        let name = self.request.names[&alias].clone();
        let attribute = self.item.get(&name).cloned();
        self.tested.push(name);
        attribute
    }

    fn value(&mut self) -> Value {
        let alias = self.next();
        self.request.values[&alias].clone()
    }

    /// Only text, numbers and bytes have an order.
    fn ordered_value(&mut self) -> Value {
        let value = self.value();
        assert!(!matches!(value, Value::Bool(_)));
        value
    }
}

fn as_attribute(value: &Value) -> Attribute {
    match value.clone() {
        Value::S(text) => Attribute::S(text),
        Value::N(text) => Attribute::N(text),
        Value::B(bytes) => Attribute::B(bytes),
        Value::Bool(truth) => Attribute::Bool(truth),
    }
}
