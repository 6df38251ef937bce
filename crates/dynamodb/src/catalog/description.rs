//! `DescribeTable`'s answer as plain data for planning.

use crate::table::{Index, KeyAttribute, KeyKind, Keys, Projection, Scope, Table};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, GlobalSecondaryIndexDescription,
    GlobalSecondaryIndexWarmThroughputDescription, IndexStatus, KeySchemaElement, KeyType,
    LocalSecondaryIndexDescription, ProjectionType, ProvisionedThroughputDescription,
    ScalarAttributeType, TableDescription, TableWarmThroughputDescription,
};

/// The table and its attribute definitions; `None` if the answer lacks what every table has.
pub(super) fn table(description: &TableDescription) -> Option<(Table, Vec<KeyAttribute>)> {
    let definitions: Vec<KeyAttribute> = description
        .attribute_definitions()
        .iter()
        .filter_map(attribute)
        .collect();
    let keys = keys(description.key_schema(), &definitions)?;
    let local = description
        .local_secondary_indexes()
        .iter()
        .filter_map(|index| local(index, &definitions));
    let global = description
        .global_secondary_indexes()
        .iter()
        .filter_map(|index| global(index, &definitions));
    let table = Table {
        name: description.table_name()?.to_owned(),
        keys,
        indexes: local.chain(global).collect(),
        size_bytes: count(description.table_size_bytes),
        item_count: count(description.item_count),
        read_units: units(
            description
                .provisioned_throughput()
                .and_then(ProvisionedThroughputDescription::read_capacity_units),
            description
                .warm_throughput()
                .and_then(TableWarmThroughputDescription::read_units_per_second),
        ),
    };
    Some((table, definitions))
}

fn attribute(definition: &AttributeDefinition) -> Option<KeyAttribute> {
    let kind = match definition.attribute_type() {
        ScalarAttributeType::S => KeyKind::S,
        ScalarAttributeType::N => KeyKind::N,
        ScalarAttributeType::B => KeyKind::B,
        _ => return None,
    };
    Some(KeyAttribute {
        name: definition.attribute_name().to_owned(),
        kind,
    })
}

/// One hash key and at most one range key; anything else is not understood and left out.
fn keys(schema: &[KeySchemaElement], definitions: &[KeyAttribute]) -> Option<Keys> {
    let find = |element: &KeySchemaElement| {
        definitions
            .iter()
            .find(|definition| definition.name == element.attribute_name())
            .cloned()
    };
    let of_type = |wanted: KeyType| {
        schema
            .iter()
            .filter(move |element| *element.key_type() == wanted)
            .collect::<Vec<_>>()
    };
    let (hash, range) = (of_type(KeyType::Hash), of_type(KeyType::Range));
    if hash.len() + range.len() != schema.len() {
        return None;
    }
    match (hash.as_slice(), range.as_slice()) {
        ([hash], []) => Some(Keys {
            hash: find(hash)?,
            range: None,
        }),
        ([hash], [range]) => Some(Keys {
            hash: find(hash)?,
            range: Some(find(range)?),
        }),
        _ => None,
    }
}

fn local(index: &LocalSecondaryIndexDescription, definitions: &[KeyAttribute]) -> Option<Index> {
    Some(Index {
        name: index.index_name()?.to_owned(),
        keys: keys(index.key_schema(), definitions)?,
        scope: Scope::Local,
        projection: projection(index.projection())?,
        active: true,
        size_bytes: count(index.index_size_bytes),
        item_count: count(index.item_count),
        // It shares what its table has.
        read_units: None,
    })
}

fn global(index: &GlobalSecondaryIndexDescription, definitions: &[KeyAttribute]) -> Option<Index> {
    Some(Index {
        name: index.index_name()?.to_owned(),
        keys: keys(index.key_schema(), definitions)?,
        scope: Scope::Global,
        projection: projection(index.projection())?,
        active: index.index_status() == Some(&IndexStatus::Active)
            && !index.backfilling().unwrap_or(false),
        size_bytes: count(index.index_size_bytes),
        item_count: count(index.item_count),
        read_units: units(
            index
                .provisioned_throughput()
                .and_then(ProvisionedThroughputDescription::read_capacity_units),
            index
                .warm_throughput()
                .and_then(GlobalSecondaryIndexWarmThroughputDescription::read_units_per_second),
        ),
    })
}

fn projection(projection: Option<&aws_sdk_dynamodb::types::Projection>) -> Option<Projection> {
    let projection = projection?;
    match projection.projection_type()? {
        ProjectionType::All => Some(Projection::All),
        ProjectionType::KeysOnly => Some(Projection::KeysOnly),
        ProjectionType::Include => Some(Projection::Include(
            projection.non_key_attributes().to_vec(),
        )),
        _ => None,
    }
}

/// What is provisioned, which is 0 for on-demand tables; those grant at least what they are warm for.
fn units(provisioned: Option<i64>, warm: Option<i64>) -> Option<u64> {
    let positive = |figure: Option<i64>| Some(count(figure)).filter(|units| *units > 0);
    positive(provisioned).or(positive(warm))
}

fn count(figure: Option<i64>) -> u64 {
    figure
        .and_then(|figure| u64::try_from(figure).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::ProvisionedThroughputDescription as Provisioned;

    #[test]
    fn an_on_demand_table_grants_what_it_is_warm_for_and_another_what_is_provisioned() {
        for (provisioned, warm, expected) in [
            (Some(0), Some(12_000), Some(12_000)),
            (Some(50), Some(12_000), Some(50)),
            (None, None, None),
            (Some(0), None, None),
        ] {
            let key = KeySchemaElement::builder()
                .attribute_name("id")
                .key_type(KeyType::Hash);
            let id = AttributeDefinition::builder()
                .attribute_name("id")
                .attribute_type(ScalarAttributeType::S);
            let provisioned =
                provisioned.map(|units| Provisioned::builder().read_capacity_units(units).build());
            let warm = warm.map(|units| {
                TableWarmThroughputDescription::builder()
                    .read_units_per_second(units)
                    .build()
            });
            let description = TableDescription::builder()
                .table_name("orders")
                .key_schema(key.build().unwrap())
                .attribute_definitions(id.build().unwrap())
                .set_provisioned_throughput(provisioned)
                .set_warm_throughput(warm)
                .build();
            let (table, _) = table(&description).unwrap();
            assert_eq!(table.read_units, expected);
        }
    }
}
