//! Any request and any response, small, over all types of the protocol.
//!
//! The parts are boxed: the strategy of a whole request, held by value, would not fit the stack of a test.

use super::columns::{any_block, any_flat_type, any_schema, any_type, column, values};
use crate::predicate::{
    Bound, Constraints, Direction, Expression, FunctionName, Marker, OrderByField, QueryPlan,
    Range, Scalar, ValueSet,
};
use crate::spill::{EncryptionKey, SpillLocation};
use crate::wire::*;
use arrow::datatypes::DataType;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(super) fn any_request() -> impl Strategy<Value = Request> {
    prop_oneof![any_listing(), any_reading()]
}

/// Requests without constraints.
fn any_listing() -> impl Strategy<Value = Request> {
    let start = || (option::of(any_identity()), any_text(), any_text());
    prop_oneof![
        start().prop_map(|(identity, query_id, catalog_name)| {
            Request::Ping(PingRequest {
                identity,
                catalog_name,
                query_id,
            })
        }),
        start().prop_map(|(identity, query_id, catalog_name)| {
            Request::ListSchemas(ListSchemasRequest {
                identity,
                query_id,
                catalog_name,
            })
        }),
        start().prop_map(|(identity, query_id, catalog_name)| {
            let request = GetDataSourceCapabilitiesRequest {
                identity,
                query_id,
                catalog_name,
            };
            Request::GetDataSourceCapabilities(request)
        }),
        (start(), any_text(), option::of(any_text()), any::<i32>()).prop_map(
            |((identity, query_id, catalog_name), schema_name, next_token, page_size)| {
                Request::ListTables(ListTablesRequest {
                    identity,
                    query_id,
                    catalog_name,
                    schema_name,
                    next_token,
                    page_size,
                })
            }
        ),
        (start(), any_table(), any_map()).prop_map(
            |((identity, query_id, catalog_name), table_name, query_passthrough_arguments)| {
                Request::GetTable(GetTableRequest {
                    identity,
                    query_id,
                    catalog_name,
                    table_name,
                    query_passthrough_arguments,
                })
            }
        ),
    ]
}

/// Requests with constraints, and those with a block only.
fn any_reading() -> impl Strategy<Value = Request> {
    let start = || (option::of(any_identity()), any_text(), any_text());
    let table = || (start(), any_table(), any_schema(), any_constraints());
    prop_oneof![
        (table(), vec(any_text(), 0..3)).prop_map(
            |(((identity, query_id, catalog_name), table_name, schema, constraints), columns)| {
                Request::GetTableLayout(GetTableLayoutRequest {
                    identity,
                    query_id,
                    catalog_name,
                    table_name,
                    constraints,
                    schema,
                    partition_columns: columns,
                })
            }
        ),
        (
            table(),
            vec(any_text(), 0..3),
            any_block(),
            option::of(any_text())
        )
            .prop_map(
                |(
                    ((identity, query_id, catalog_name), table_name, _, constraints),
                    partition_columns,
                    partitions,
                    continuation_token,
                )| {
                    Request::GetSplits(GetSplitsRequest {
                        identity,
                        query_id,
                        catalog_name,
                        table_name,
                        partitions,
                        partition_columns,
                        constraints,
                        continuation_token,
                    })
                }
            ),
        (table(), any_split(), any::<u64>(), any::<u64>()).prop_map(
            |(
                ((identity, query_id, catalog_name), table_name, schema, constraints),
                split,
                max_block_size,
                max_inline_block_size,
            )| {
                Request::ReadRecords(ReadRecordsRequest {
                    identity,
                    query_id,
                    catalog_name,
                    table_name,
                    schema,
                    split,
                    constraints,
                    max_block_size,
                    max_inline_block_size,
                })
            }
        ),
        (start(), any_block(), any_schema()).prop_map(
            |((identity, method_name, function_type), input_records, output_schema)| {
                Request::UserDefinedFunction(UserDefinedFunctionRequest {
                    identity,
                    input_records,
                    output_schema,
                    method_name,
                    function_type,
                })
            }
        ),
    ]
}

pub(super) fn any_response() -> impl Strategy<Value = Response> {
    let sub_type =
        (any_text(), vec(any_text(), 0..3)).prop_map(|(sub_type, properties)| CapabilitySubType {
            sub_type,
            properties,
        });
    prop_oneof![
        (any_text(), any_text(), any_text(), any::<u32>(), 1u32..).prop_map(
            |(catalog_name, query_id, source_type, capabilities, ser_de_version)| {
                Response::Ping(PingResponse {
                    catalog_name,
                    query_id,
                    source_type,
                    capabilities,
                    ser_de_version,
                })
            }
        ),
        (any_text(), vec(any_text(), 0..3)).prop_map(|(catalog_name, schemas)| {
            Response::ListSchemas(ListSchemasResponse {
                catalog_name,
                schemas,
            })
        }),
        (vec(any_table(), 0..3), any_text(), option::of(any_text())).prop_map(
            |(tables, catalog_name, next_token)| {
                Response::ListTables(ListTablesResponse {
                    tables,
                    catalog_name,
                    next_token,
                })
            }
        ),
        (any_text(), any_table(), any_schema(), vec(any_text(), 0..3)).prop_map(
            |(catalog_name, table_name, schema, partition_columns)| {
                Response::GetTable(GetTableResponse {
                    catalog_name,
                    table_name,
                    schema,
                    partition_columns,
                })
            }
        ),
        (any_text(), any_table(), any_block()).prop_map(
            |(catalog_name, table_name, partitions)| {
                Response::GetTableLayout(GetTableLayoutResponse {
                    catalog_name,
                    table_name,
                    partitions,
                })
            }
        ),
        (any_text(), vec(any_split(), 0..3), option::of(any_text())).prop_map(
            |(catalog_name, splits, continuation_token)| {
                Response::GetSplits(GetSplitsResponse {
                    catalog_name,
                    splits,
                    continuation_token,
                })
            }
        ),
        (any_text(), any_block()).prop_map(|(catalog_name, records)| {
            Response::ReadRecords(ReadRecordsResponse {
                catalog_name,
                records,
            })
        }),
        (
            any_text(),
            any_schema(),
            vec(any_location(), 0..3),
            option::of(any_key())
        )
            .prop_map(|(catalog_name, schema, remote_blocks, encryption_key)| {
                Response::RemoteReadRecords(RemoteReadRecordsResponse {
                    catalog_name,
                    schema,
                    remote_blocks,
                    encryption_key,
                })
            }),
        (any_text(), vec((any_text(), vec(sub_type, 0..3)), 0..3)).prop_map(
            |(catalog_name, capabilities)| {
                let response = GetDataSourceCapabilitiesResponse {
                    catalog_name,
                    capabilities,
                };
                Response::GetDataSourceCapabilities(response)
            }
        ),
        (any_block(), any_text()).prop_map(|(records, method_name)| {
            Response::UserDefinedFunction(UserDefinedFunctionResponse {
                records,
                method_name,
            })
        }),
    ]
}

/// Texts that need no escape, that do, and that are long in UTF-8.
pub(super) fn any_text() -> BoxedStrategy<String> {
    prop_oneof![
        "[a-z]{0,5}",
        any::<String>(),
        Just("\"\\/\n\u{0}😀".to_owned())
    ]
    .boxed()
}

pub(super) fn any_map() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(
        any_text().prop_map(|text| format!("key{text}")),
        any_text(),
        0..3,
    )
}

fn any_table() -> impl Strategy<Value = TableName> {
    (any_text(), any_text()).prop_map(|(schema, table)| TableName::new(schema, table))
}

fn any_identity() -> BoxedStrategy<FederatedIdentity> {
    let texts = || option::of(any_text());
    (
        texts(),
        texts(),
        any_map(),
        vec(any_text(), 0..3),
        any_map(),
    )
        .prop_map(
            |(account, arn, tags, groups, config_options)| FederatedIdentity {
                account,
                arn,
                tags,
                groups,
                config_options,
                ..FederatedIdentity::default()
            },
        )
        .boxed()
}

fn any_location() -> impl Strategy<Value = SpillLocation> {
    (any_text(), any_text(), any::<bool>()).prop_map(|(bucket, key, directory)| SpillLocation {
        bucket,
        key,
        directory,
    })
}

fn any_key() -> impl Strategy<Value = EncryptionKey> {
    (vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..20))
        .prop_map(|(key, nonce)| EncryptionKey::new(key, nonce))
}

fn any_split() -> BoxedStrategy<Split> {
    (option::of(any_location()), option::of(any_key()), any_map())
        .prop_map(|(spill_location, encryption_key, properties)| Split {
            spill_location,
            encryption_key,
            properties,
        })
        .boxed()
}

fn any_constraints() -> BoxedStrategy<Constraints> {
    let direction = proptest::sample::select(vec![
        Direction::AscNullsFirst,
        Direction::AscNullsLast,
        Direction::DescNullsFirst,
        Direction::DescNullsLast,
    ]);
    let order = (any_text(), direction).prop_map(|(column_name, direction)| OrderByField {
        column_name,
        direction,
    });
    let plan = (any_text(), any_text()).prop_map(|(substrait_version, substrait_plan)| QueryPlan {
        substrait_version,
        substrait_plan,
    });
    // Each half of the time empty, so that lower versions get their share.
    let summary = btree_map(
        any_text().prop_map(|text| format!("key{text}")),
        any_value_set(),
        0..3,
    );
    let expressions = prop_oneof![Just(Vec::new()), vec(any_expression(), 1..3)];
    let orders = prop_oneof![Just(Vec::new()), vec(order, 1..3)];
    let limit = prop_oneof![Just(-1), -1..=i64::MAX];
    let arguments = prop_oneof![Just(BTreeMap::new()), any_map()];
    (
        summary,
        expressions,
        orders,
        limit,
        arguments,
        option::of(plan),
    )
        .prop_map(
            |(
                summary,
                expression,
                order_by_clause,
                limit,
                query_passthrough_arguments,
                query_plan,
            )| {
                Constraints {
                    summary,
                    expression,
                    order_by_clause,
                    limit,
                    query_passthrough_arguments,
                    query_plan,
                    not_understood: Vec::new(),
                }
            },
        )
        .boxed()
}

fn any_value_set() -> BoxedStrategy<ValueSet> {
    let sorted = (
        any_flat_type(),
        vec(any::<(End, End)>(), 0..3),
        any::<bool>(),
    );
    let equatable = (
        any_type(),
        vec(any::<u64>(), 0..4),
        any::<bool>(),
        any::<bool>(),
    );
    prop_oneof![
        sorted.prop_map(|(data_type, ends, null_allowed)| {
            let ranges = ends.into_iter().filter_map(|(low, high)| {
                let range = Range {
                    low: marker(&data_type, low, Bound::Above),
                    high: marker(&data_type, high, Bound::Below),
                };
                range
                    .low
                    .compare(&range.high)
                    .is_some_and(std::cmp::Ordering::is_le)
                    .then_some(range)
            });
            let ranges = ranges.collect();
            let mut set = ValueSet::SortedRangeSet {
                data_type,
                ranges,
                null_allowed,
            };
            set.normalise();
            set
        }),
        equatable.prop_map(|(data_type, seeds, white_list, null_allowed)| {
            ValueSet::EquatableValueSet {
                value_block: values(&data_type, &seeds),
                white_list,
                null_allowed,
            }
        }),
        (any_flat_type(), any::<bool>(), any::<bool>()).prop_map(
            |(data_type, all, null_allowed)| {
                ValueSet::AllOrNoneValueSet {
                    data_type,
                    all,
                    null_allowed,
                }
            }
        ),
    ]
    .boxed()
}

/// An end of a range whose type is chosen elsewhere: the seed of its value, if it has one, and whether that is included.
type End = (Option<u64>, bool);

/// Without a value, or at a value: included, or not on the side of `open`.
fn marker(data_type: &DataType, (seed, included): End, open: Bound) -> Marker {
    Marker {
        data_type: data_type.clone(),
        value: seed.and_then(|seed| Scalar::of(&column(data_type, &[seed | 1]), 0)),
        bound: if included && seed.is_some() {
            Bound::Exactly
        } else {
            open
        },
    }
}

fn any_expression() -> BoxedStrategy<Expression> {
    let leaf = prop_oneof![
        (any_flat_type(), vec(any::<u64>(), 0..3)).prop_map(|(data_type, seeds)| {
            Expression::Constant {
                value_block: values(&data_type, &seeds),
                data_type,
            }
        }),
        (any_text(), any_flat_type()).prop_map(|(column_name, data_type)| Expression::Variable {
            column_name,
            data_type
        }),
    ];
    leaf.prop_recursive(4, 8, 3, |inner| {
        (any_flat_type(), any_text(), vec(inner, 0..3)).prop_map(
            |(data_type, function_name, arguments)| Expression::Call {
                data_type,
                function_name: FunctionName { function_name },
                arguments,
            },
        )
    })
    .boxed()
}
