use std::collections::BTreeMap;

use arrow::datatypes::{DataType, Field, Schema};
use athena_protocol::predicate::{
    Asked, Constraints, Direction, OrderByField, ShownColumn, ValueSet,
};

use super::paths;
use crate::types::hints::MEMBER_NAMES;

/// `id`, and `ship`, a struct of `zip`, `2` and `to`, a struct of `city`.
fn schema() -> Schema {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let to = DataType::Struct(vec![text("city")].into());
    let ship = vec![text("zip"), text("2"), Field::new("to", to, true)];
    let fields = vec![
        text("id"),
        Field::new("ship", DataType::Struct(ship.into()), true),
    ];
    let names = r#"{"ship.zip":"PostCode","ship.to":"To","ship.to.city":"city"}"#;
    let metadata = [(MEMBER_NAMES.to_owned(), names.to_owned())];
    Schema::new_with_metadata(fields, metadata.into())
}

fn asked(shown: &[&str]) -> Asked {
    let shown = shown.iter().map(|path| {
        let mut names = path.split('.').map(str::to_owned);
        ShownColumn {
            column: names.next().unwrap(),
            path: names.collect(),
        }
    });
    Asked {
        shown: Some(shown.collect()),
        ..Asked::of(&Constraints::default(), "t", &Schema::empty())
    }
}

fn read_for(constraints: &Constraints, asked: &Asked, attributes: &[&str]) -> Vec<String> {
    let attributes = attributes.iter().map(|name| (*name).to_owned()).collect();
    let names = [vec!["Id".to_owned()], attributes];
    let found = paths(&schema(), &names, constraints, asked);
    found.iter().map(|path| path.names().join(".")).collect()
}

fn read(shown: &[&str]) -> Vec<String> {
    read_for(&Constraints::default(), &asked(shown), &["Ship"])
}

#[test]
fn members_with_a_name_of_their_own_are_read_alone() {
    assert_eq!(read(&["id", "ship.zip"]), ["Id", "Ship.PostCode"]);
    assert_eq!(
        read(&["ship.ZIP", "ship.2"]),
        ["Id", "Ship.2", "Ship.PostCode"]
    );
    assert_eq!(read(&["ship.to.city"]), ["Id", "Ship.To.city"]);
}

#[test]
fn no_path_lies_in_another() {
    assert_eq!(
        read(&["ship.to.city", "ship.zip", "ship.to", "ship.zip"]),
        ["Id", "Ship.PostCode", "Ship.To"]
    );
    assert_eq!(read(&["ship.zip", "ship"]), ["Id", "Ship"]);
}

#[test]
fn a_column_of_which_more_may_be_needed_is_read_whole() {
    let whole = ["Id", "Ship"];
    // Not shown, not there, or deeper than the type.
    for shown in [&["id"][..], &["ship.nothing"], &["ship.zip.x"]] {
        assert_eq!(read(shown), whole, "{shown:?}");
    }
    let plan = asked(&["ship.zip"]);
    let unknown = Asked {
        shown: None,
        ..plan.clone()
    };
    assert_eq!(
        read_for(&Constraints::default(), &unknown, &["Ship"]),
        whole
    );
    let tested = Constraints {
        summary: BTreeMap::from([("ship".to_owned(), ValueSet::not_null(&DataType::Utf8))]),
        ..Constraints::default()
    };
    assert_eq!(read_for(&tested, &plan, &["Ship"]), whole);
    let ordered = Asked {
        order: vec![OrderByField {
            column_name: "ship".to_owned(),
            direction: Direction::AscNullsFirst,
        }],
        ..plan.clone()
    };
    assert_eq!(
        read_for(&Constraints::default(), &ordered, &["Ship"]),
        whole
    );
    // The first that is there counts, whatever is in it.
    let several = read_for(&Constraints::default(), &plan, &["Ship", "ship"]);
    assert_eq!(several, ["Id", "Ship", "ship"]);
}

#[test]
fn members_that_any_spelling_feeds_are_not_read_alone() {
    let named_like_it = schema().with_metadata(std::collections::HashMap::default());
    let names = [vec!["id".to_owned()], vec!["ship".to_owned()]];
    let found = paths(
        &named_like_it,
        &names,
        &Constraints::default(),
        &asked(&["ship.zip"]),
    );
    let found: Vec<_> = found.iter().map(|path| path.names().join(".")).collect();
    assert_eq!(found, ["id", "ship"]);
}
