use arrow::datatypes::Schema;
use athena_protocol::predicate::{Asked, Constraints};

use super::choose;
use crate::plan::conditions::Condition;
use crate::plan::stored::Values;
use crate::plan::value::{Kind, Value};
use crate::plan::{Columns, PlanOptions};
use crate::table::{Index, KeyAttribute, KeyKind, Keys, Projection, Scope, Table};

fn keys(hash: &str, range: Option<&str>) -> Keys {
    let key = |name: &str| KeyAttribute {
        name: name.to_owned(),
        kind: KeyKind::S,
    };
    Keys {
        hash: key(hash),
        range: range.map(key),
    }
}

fn index(name: &str, hash: &str, range: Option<&str>) -> Index {
    Index {
        name: name.to_owned(),
        keys: keys(hash, range),
        scope: Scope::Global,
        projection: Projection::All,
        active: true,
        size_bytes: 0,
        item_count: 10,
        read_units: None,
    }
}

/// A query without order and limit.
fn nothing() -> Asked {
    Asked::of(&Constraints::default(), "t", &Schema::empty())
}

fn equal(attribute: &str, value: &str) -> Condition {
    let values = vec![Value::S(value.to_owned())];
    Condition {
        attribute: attribute.to_owned(),
        kind: Some(Kind::S),
        key: false,
        null: false,
        values: Values::OneOf(values.clone()),
        exact: Some(values),
        texts: None,
    }
}

/// Which key is chosen when each of the attributes must equal something: an index, `table`, or `-` for none.
#[track_caller]
fn check(
    range: Option<&str>,
    indexes: Vec<Index>,
    attributes: &[&str],
    consistent: bool,
    expected: &str,
) {
    let table = Table {
        name: "t".to_owned(),
        keys: keys("id", range),
        indexes,
        size_bytes: 0,
        item_count: 0,
        read_units: None,
    };
    let conditions: Vec<_> = attributes.iter().map(|name| equal(name, "x")).collect();
    let options = PlanOptions {
        consistent,
        ..PlanOptions::default()
    };
    let choice = choose(
        &table,
        &Columns::new(),
        Some(&[]),
        &conditions,
        &nothing(),
        &options,
    );
    let name = choice.map_or("-", |choice| {
        choice.index.map_or("table", |index| index.name.as_str())
    });
    assert_eq!(name, expected, "{attributes:?}");
}

#[test]
fn hash_and_range_beat_the_hash_alone_unless_it_is_the_whole_key() {
    let index = || vec![index("i", "a", Some("b"))];
    check(Some("day"), index(), &["id", "a", "b"], false, "i");
    check(None, index(), &["id", "a", "b"], false, "table");
    check(
        Some("day"),
        index(),
        &["id", "day", "a", "b"],
        false,
        "table",
    );
    check(Some("day"), index(), &["a", "b"], false, "i");
    check(Some("day"), index(), &["b"], false, "-");
}

#[test]
fn among_equals_whole_items_then_fewer_items_then_the_first_win() {
    let parts = Index {
        projection: Projection::Include(vec!["a".to_owned()]),
        ..index("parts", "a", None)
    };
    let large = Index {
        item_count: 20,
        read_units: None,
        ..index("large", "a", None)
    };
    let (one, two) = (index("one", "a", None), index("two", "a", None));
    check(
        None,
        vec![parts.clone(), large.clone()],
        &["a"],
        false,
        "large",
    );
    check(None, vec![large.clone(), one.clone()], &["a"], false, "one");
    check(None, vec![two, one], &["a"], false, "two");
    check(None, vec![parts], &["a"], false, "parts");
}

#[test]
fn an_index_that_is_not_ready_or_lags_behind_is_passed_over() {
    let building = Index {
        active: false,
        ..index("i", "a", None)
    };
    check(None, vec![building], &["a"], false, "-");
    check(None, vec![index("i", "a", None)], &["a"], true, "-");
    let local = Index {
        scope: Scope::Local,
        ..index("local", "id", Some("b"))
    };
    check(Some("day"), vec![local], &["id", "b"], true, "local");
}

#[test]
fn values_that_an_index_cannot_hold_are_not_asked_of_it() {
    let table = Table {
        name: "t".to_owned(),
        keys: keys("id", None),
        indexes: vec![index("i", "a", None)],
        size_bytes: 0,
        item_count: 0,
        read_units: None,
    };
    for value in ["", &"x".repeat(2049)] {
        let conditions = [equal("a", value)];
        assert!(
            choose(
                &table,
                &Columns::new(),
                None,
                &conditions,
                &nothing(),
                &PlanOptions::default()
            )
            .is_none()
        );
    }
}
