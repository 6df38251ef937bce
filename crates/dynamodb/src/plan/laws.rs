//! Laws that every plan keeps, over random tables, items and constraints.

mod evaluator;
mod world;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use self::evaluator::{Item, filter_holds, key_holds};
use self::world::{Choices, World};
use super::{Plan, Request, SplitWork, Value, Work, plan};
use crate::table::{Index, Table};

/// How often each item of the world is read by the plan.
fn times_read(world: &World, plan: &Plan) -> Vec<usize> {
    let mut times = vec![0; world.items.len()];
    for work in plan.splits() {
        assert_eq!(SplitWork::of_text(&work.to_text()).unwrap(), work);
        let index = index_of(&world.table, &work);
        let keys = index.map_or(&world.table.keys, |index| &index.keys);
        match &work.work {
            Work::Segments {
                first,
                count,
                total,
            } => {
                let request = work.request(None);
                assert!(request.key_condition.is_none());
                for (place, item) in world.items.iter().enumerate() {
                    let Some(item) = visible(&world.table, index, item) else {
                        continue;
                    };
                    let segment = u32::try_from(place).unwrap() % total;
                    if (*first..first + count).contains(&segment)
                        && filter_holds(&request, &item, &[])
                    {
                        times[place] += 1;
                        check_projection(world, &request, &item);
                    }
                }
            }
            Work::Items { hash, range, keys } => {
                assert!(index.is_none() && keys.len() <= world.options.max_keys.max(1));
                let request = work.request(None);
                assert!(request.filter.is_none());
                let equals = |item: &Item, name: &String, value: &Value| {
                    item.get(name).is_some_and(|found| found.is(value))
                };
                for key in keys {
                    for (place, item) in world.items.iter().enumerate() {
                        let ranged = range.as_ref().zip(key.range.as_ref());
                        if equals(item, hash, &key.hash)
                            && ranged.is_none_or(|(name, value)| equals(item, name, value))
                        {
                            times[place] += 1;
                            check_projection(world, &request, item);
                        }
                    }
                }
            }
            Work::Keys { conditions, .. } => {
                let key_names: Vec<&str> = keys.attributes().map(|key| key.name.as_str()).collect();
                for condition in conditions {
                    let request = work.request(Some(condition));
                    for (place, item) in world.items.iter().enumerate() {
                        let Some(item) = visible(&world.table, index, item) else {
                            continue;
                        };
                        if key_holds(&request, keys, &item)
                            && filter_holds(&request, &item, &key_names)
                        {
                            times[place] += 1;
                            check_projection(world, &request, &item);
                        }
                    }
                }
            }
        }
    }
    times
}

/// The index that is read; none is the table itself.
fn index_of<'a>(table: &'a Table, work: &SplitWork) -> Option<&'a Index> {
    let name = work.index.as_ref()?;
    let index = table
        .indexes
        .iter()
        .find(|index| index.name == *name)
        .unwrap();
    assert!(index.active);
    Some(index)
}

/// How an item looks in what is read, if it is there.
fn visible(table: &Table, index: Option<&Index>, item: &Item) -> Option<Item> {
    let Some(index) = index else {
        return Some(item.clone());
    };
    let complete = index
        .keys
        .attributes()
        .all(|key| item.contains_key(&key.name));
    let held = item
        .iter()
        .filter(|(name, _)| index.holds(name, &table.keys));
    complete.then(|| {
        held.map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    })
}

/// Wanted columns show the same from what a request returns as from the whole item.
fn check_projection(world: &World, request: &Request, visible: &Item) {
    let listed: Option<Vec<&String>> = request
        .projection
        .as_ref()
        .map(|text| text.split(',').map(|alias| &request.names[alias]).collect());
    let returned: Item = visible
        .iter()
        .filter(|(name, _)| listed.as_ref().is_none_or(|listed| listed.contains(name)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let key = &world.table.keys.hash.name;
    let whole = world
        .items
        .iter()
        .find(|item| item.get("id") == visible.get("id") && item[key] == visible[key]);
    let Some(whole) = whole.filter(|_| visible.contains_key("id")) else {
        return;
    };
    for name in world.wanted.iter().flatten() {
        assert_eq!(
            world.shown(name, &returned),
            world.shown(name, whole),
            "column {name}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_item_that_qualifies_is_read_once_and_none_twice(choices in prop::collection::vec(any::<u32>(), 0..600)) {
        let world = World::new(&mut Choices::new(choices));
        let plan = plan(&world.table, &world.columns, world.wanted.as_deref(), &world.asked(), &world.options);
        prop_assert_eq!(&Plan::of_text(&plan.to_text()).unwrap(), &plan);
        for (item, times) in world.items.iter().zip(times_read(&world, &plan)) {
            let wanted = world.qualifies(item);
            prop_assert!(times <= 1 && (times == 1 || !wanted), "{times} times {item:?}\n{plan:?}\n{world:?}");
        }
    }
}

/// The law above would hold for plans that never push anything; so these must be met on the way.
#[test]
fn the_random_worlds_reach_every_kind_of_plan() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..1600 {
        let choices = prop::collection::vec(any::<u32>(), 600)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let world = World::new(&mut Choices::new(choices));
        let plan = plan(
            &world.table,
            &world.columns,
            world.wanted.as_deref(),
            &world.asked(),
            &world.options,
        );
        let text = plan.describe();
        let kinds = [
            "nothing",
            "scan",
            "query table",
            "query index",
            "scan index",
            "by key, ",
            "range key",
            "filter on",
            "no filter",
        ];
        for kind in kinds.into_iter().filter(|kind| text.contains(kind)) {
            *seen.entry(kind).or_default() += 1;
        }
        let dropped = times_read(&world, &plan)
            .iter()
            .filter(|times| **times == 0)
            .count();
        *seen.entry("items not read").or_default() += dropped;
    }
    assert!(
        seen.len() == 10 && seen.values().all(|times| *times >= 20),
        "{seen:?}"
    );
}
