//! Printing loses nothing, for any document.

use std::collections::BTreeSet;

use iam_policy_kit::json::Text;
use iam_policy_kit::{
    Action, AwsPrincipal, Change, ConditionKey, Conditions, Document, Effect, Operator, Principal,
    Quantifier, ResourcePattern, Scope, Sid, Statement, Test, Unnamed, Version,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

fn scope<T: Clone + std::fmt::Debug>(
    inner: impl Strategy<Value = T>,
) -> impl Strategy<Value = Scope<T>> {
    (inner, any::<bool>()).prop_map(|(named, negated)| {
        if negated {
            Scope::AllBut(named)
        } else {
            Scope::Only(named)
        }
    })
}

fn actions() -> impl Strategy<Value = BTreeSet<Action>> {
    btree_set(
        prop_oneof!["\\*", "[a-zA-Z0-9-]{1,4}:[a-zA-Z*?]{1,4}"]
            .prop_map(|text| Action::new(text).unwrap()),
        1..4,
    )
}

fn resources() -> impl Strategy<Value = BTreeSet<ResourcePattern>> {
    btree_set(
        "\\PC{1,12}".prop_map(|text| ResourcePattern::new(text).unwrap()),
        1..4,
    )
}

fn aws_principal() -> impl Strategy<Value = AwsPrincipal> {
    prop_oneof![
        "\\*",
        "[0-9]{12}",
        "arn:aws(-cn)?:iam::[0-9]{12}:root",
        "arn:aws:iam::[0-9]{12}:role/[a-z]{1,4}",
        "AROA[A-Z0-9]{17}",
    ]
    .prop_map(|text| AwsPrincipal::new(&text).unwrap())
}

fn principal() -> impl Strategy<Value = Principal> {
    let names = || btree_set("[a-z.]{1,6}", 0..3);
    (btree_set(aws_principal(), 0..3), names(), names(), names())
        .prop_map(|(aws, services, federated, canonical_users)| Principal {
            aws,
            services,
            federated,
            canonical_users,
        })
        .prop_filter("a principal names someone", |principal| {
            *principal != Principal::default()
        })
}

fn operator() -> impl Strategy<Value = Operator> {
    let quantifier = option::of(prop_oneof![
        Just(Quantifier::ForAnyValue),
        Just(Quantifier::ForAllValues)
    ]);
    let test = prop_oneof![
        Just(Test::StringNotEqualsIgnoreCase),
        Just(Test::ArnLike),
        Just(Test::DateLessThanEquals),
        Just(Test::NotIpAddress),
        Just(Test::Null),
    ];
    (quantifier, test, any::<bool>()).prop_map(|(quantifier, test, if_exists)| Operator {
        quantifier,
        test,
        if_exists: if_exists && test != Test::Null,
    })
}

fn conditions() -> impl Strategy<Value = Conditions> {
    vec(
        (operator(), "[a-zA-Z:/]{1,4}", btree_set("\\PC{0,6}", 1..3)),
        0..4,
    )
    .prop_map(|entries| {
        entries
            .into_iter()
            .fold(Conditions::none(), |conditions, (operator, key, values)| {
                conditions.with(operator, ConditionKey::new(key).unwrap(), values)
            })
    })
}

pub(crate) fn statement() -> impl Strategy<Value = Statement> {
    let sid = option::of(
        prop_oneof!["[abc]", "[a-zA-Z0-9]{1,6}"].prop_map(|text| Sid::new(text).unwrap()),
    );
    let effect = prop_oneof![Just(Effect::Allow), Just(Effect::Deny)];
    (
        sid,
        effect,
        option::of(scope(principal())),
        scope(actions()),
        option::of(scope(resources())),
        conditions(),
    )
        .prop_map(
            |(sid, effect, principal, action, resource, conditions)| Statement {
                sid,
                effect,
                principal,
                action,
                resource,
                conditions,
            },
        )
}

pub(crate) fn document() -> impl Strategy<Value = Document> {
    let version = option::of(prop_oneof![Just(Version::V2008), Just(Version::V2012)]);
    (version, option::of("\\PC{0,8}"), vec(statement(), 0..4)).prop_map(
        |(version, id, statements)| Document {
            version,
            id,
            statements,
        },
    )
}

proptest! {
    #[test]
    fn what_was_printed_reads_as_the_same_document(document in document()) {
        for printed in [document.to_json(), document.to_json_pretty()] {
            let read = Document::from_json(&printed).unwrap();
            prop_assert_eq!(&read, &document);
            prop_assert_eq!(read.version, document.version);
            prop_assert_eq!(read.to_json(), document.to_json());
        }
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in prop_oneof!["\\PC{0,40}", r#"\{"Statement": ?(\[\{"Sid":|\[\]|\{|"|1|,|\]|\}){0,6}\}"#]) {
        let _ = (Document::from_json(&text), Text::new(&text));
    }

    #[test]
    fn statements_in_another_order_are_the_same_document(document in document()) {
        let reversed = Document { statements: document.statements.iter().rev().cloned().collect(), ..document.clone() };
        prop_assert_eq!(reversed, document);
    }

    #[test]
    fn putting_twice_is_putting_once_and_foreign_statements_stay(document in document(), own in statement(), adopt in any::<bool>()) {
        let unnamed = if adopt { Unnamed::Adopt } else { Unnamed::Accept };
        let is_foreign = |statement: &&Statement| statement.sid != own.sid && **statement != Statement { sid: None, ..own.clone() };
        let foreign = |document: &Document| document.statements.iter().filter(is_foreign).cloned().collect::<Vec<_>>();
        let mut once = document.clone();
        once.put(&own, unnamed);
        prop_assert_eq!(foreign(&once), foreign(&document));
        let mut twice = once.clone();
        prop_assert_eq!(twice.put(&own, unnamed), Change::Nothing);
        prop_assert_eq!(twice.to_json(), once.to_json());
    }

    #[test]
    fn putting_into_the_text_and_into_the_values_is_the_same(document in document(), own in statement(), remove in any::<bool>()) {
        let mut text = Text::new(&document.to_json_pretty()).unwrap();
        let mut values = document;
        prop_assert_eq!(text.put(&own, Unnamed::Adopt), values.put(&own, Unnamed::Adopt));
        if let (true, Some(sid)) = (remove, &own.sid) {
            prop_assert_eq!(text.remove(sid), Change::Removed);
            prop_assert_eq!(values.remove(sid), Change::Removed);
        }
        prop_assert_eq!(Document::from_json(&text.to_string()).unwrap().to_json(), values.to_json());
    }
}
