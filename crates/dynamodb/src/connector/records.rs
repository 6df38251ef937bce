//! `ReadRecords`: a split's part of the plan becomes a stream of batches.

use super::parts::parts;
use super::{DynamoDb, asked, pages, source_role};
use crate::catalog::Tables;
use crate::catalog::glue::GlueCatalog;
use crate::plan::{SplitWork, paths};
use crate::read::stream::{Limit, Read};
use crate::read::{Pace, PageDecoder};
use crate::types::item_columns::ItemColumns;
use crate::types::names::{any_case, attribute_names};
use arrow::datatypes::Schema;
use athena_federation::{BatchStream, Call, Fault};
use athena_protocol::predicate::Asked;
use athena_protocol::wire::{ReadRecordsRequest, SourceErrorCode, TableName};
use futures::{StreamExt, TryStreamExt};
use std::num::NonZeroUsize;

impl DynamoDb {
    /// The rows of a split.
    ///
    /// # Errors
    /// If the split cannot be read, or not for these columns.
    pub(super) fn read_split(
        &self,
        call: &Call,
        request: &ReadRecordsRequest,
    ) -> Result<BatchStream, Fault> {
        let work = SplitWork::of_properties(&request.split.properties)
            .map_err(|error| Fault::invalid_input(error.to_string()))?;
        let role = source_role(work.role.as_ref())?;
        let names = attribute_names(&request.schema)
            .map_err(|error| Fault::invalid_input(error.to_string()))?;
        // A column that any spelling feeds needs whole items, and so does one that shows them.
        let items = ItemColumns::of(request.schema.metadata());
        let mut fields = request.schema.fields().iter();
        let whole = fields.any(|field| items.contains(field.name()));
        let wanted = (!whole && !any_case(&request.schema).contains(&true))
            .then(|| names.iter().flatten().cloned().collect::<Vec<String>>());
        let decoder = PageDecoder::new(request.schema.clone(), &names).map_err(|error| {
            Fault::new(SourceErrorCode::OperationNotSupported, error.to_string())
        })?;
        if !work.can_read(wanted.as_deref()) {
            return Err(Fault::invalid_input(format!(
                "the split reads an index of table `{}` that lacks attributes of the columns asked for",
                work.table
            ))
            .with_hint("ask GetTableLayout for all columns that are read later"));
        }
        let asked = asked(&request.constraints, &request.table_name, &request.schema);
        let limit = limit(&asked, &work, &request.schema);
        let paths = wanted.map(|_| paths(&request.schema, &names, &request.constraints, &asked));
        let work = work.with_paths(paths.as_deref());
        let parts = parts(
            &work,
            limit
                .as_ref()
                .filter(|_| work.only_wanted)
                .map(|limit| limit.rows),
        );
        let tables = self.tables.of_call(call, role);
        let read = Read {
            pages: pages(&tables, call).over(&self.link),
            parts,
            // Few rows are wanted: reading side by side would only read more than that.
            streams: if limit.is_some() {
                NonZeroUsize::MIN
            } else {
                self.config.streams_per_split
            },
            decoder,
            predicate: asked.predicate,
            pace: work.budget.map(Pace::new),
            limit,
            refuse_mismatches: self.config.refuse_mismatches,
            metrics: call.metrics.clone(),
        };
        let stale = Stale {
            glue: self.glue.clone(),
            tables,
            name: request.table_name.clone(),
            source: work.table,
        };
        let batches = read.start().inspect_err(move |_| stale.forget());
        Ok(batches.boxed())
    }
}

/// What may be wrong about a table that cannot be read as it was planned: it may have been deleted or made anew since.
struct Stale {
    glue: Option<GlueCatalog>,
    name: TableName,
    tables: Tables,
    source: String,
}

impl Stale {
    /// Has the next query look the table up again.
    fn forget(&self) {
        self.tables.forget(&self.source);
        if let Some(glue) = &self.glue {
            glue.forget(&self.name);
        }
    }
}

/// The rows after which a read may stop: only where every condition of the query is decided here, and rows come in the order that
/// they are wanted in.
fn limit(asked: &Asked, work: &SplitWork, schema: &Schema) -> Option<Limit> {
    if !asked.predicate.decides(schema) {
        return None;
    }
    let rows = asked.limit?;
    match &work.top {
        None => asked.order.is_empty().then_some(Limit { rows, by: None }),
        Some(top) => {
            let in_order = asked
                .only_order()
                .is_some_and(|(column, _)| column == top.column);
            let by = schema.index_of(&top.column).ok();
            (in_order && by.is_some()).then_some(Limit { rows, by })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::{DataType, Field, TimeUnit};
    use athena_protocol::predicate::{Constraints, Marker, Range, Scalar, ValueSet};
    use std::collections::BTreeMap;

    const SCAN: &str =
        r#"{"v":1,"body":{"table":"t","work":{"segments":{"first":0,"count":1,"total":1}}}}"#;

    #[test]
    fn a_limit_counts_rows_only_where_every_value_is_decided() {
        let ids = ValueSet::of_values(&DataType::Utf8, [Scalar::Utf8("a".to_owned())]);
        let lost = ValueSet::AllOrNoneValueSet {
            data_type: DataType::Utf8,
            all: false,
            null_allowed: false,
        };
        let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let late = ValueSet::SortedRangeSet {
            data_type: micros.clone(),
            ranges: vec![Range {
                low: Marker::lower_unbounded(&micros),
                ..Range::equal(&micros, Scalar::Micros(7))
            }],
            null_allowed: false,
        };
        for (data_type, set, limited) in [
            (DataType::Utf8, ids.clone(), true),
            // Such a set is not applied at all, since it may stand for "everything but null".
            (DataType::Utf8, lost, false),
            // These rows are kept whatever they hold.
            (micros, late, false),
            (DataType::Int32, ids, false),
        ] {
            let schema = Schema::new(vec![Field::new("column", data_type, true)]);
            let constraints = Constraints {
                summary: BTreeMap::from([("column".to_owned(), set)]),
                limit: 10,
                ..Constraints::default()
            };
            let asked = Asked::of(&constraints, "t", &schema);
            let work = SplitWork::of_text(SCAN).unwrap();
            let rows = limit(&asked, &work, &schema).map(|limit| limit.rows);
            assert_eq!(rows, limited.then_some(10), "{constraints:?}");
        }
    }
}
