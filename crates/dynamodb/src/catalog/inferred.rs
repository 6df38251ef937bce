//! What a table's items say of it, looked at once in a while.

use super::{Described, Tables, gather, schema};
use crate::api::Pages;
use crate::types::infer::{NumberType, Sample};
use arrow::datatypes::Schema;
use athena_federation::{Call, Fault};
use std::sync::Arc;

impl Tables {
    /// The schema of a sample of up to `items` items.
    ///
    /// # Errors
    /// The fault of a Scan.
    pub async fn inferred_schema(
        &self,
        described: &Arc<Described>,
        items: u32,
        number_type: NumberType,
        call: &Call,
    ) -> Result<Arc<Schema>, Fault> {
        let schemas = &self.known().schemas;
        let look = async {
            let sample = self.sample(described, items, call).await?;
            Ok::<_, Fault>(Arc::new(schema(&sample, described, number_type)))
        };
        let found = schemas.get(described.clone(), self.expiry, &*self.clock, look);
        let found = found.await?;
        if found.flattened_fields().len() > MAX_FIELDS {
            schemas.forget(|of, _| of == described);
        }
        Ok(found)
    }

    /// The names of attributes in a sample of up to `items` items.
    ///
    /// # Errors
    /// The fault of a Scan.
    pub async fn attribute_names(
        &self,
        described: &Arc<Described>,
        items: u32,
        call: &Call,
    ) -> Result<Arc<Vec<String>>, Fault> {
        let look = async {
            let sample = self.sample(described, items, call).await?;
            let names = sample.attribute_names().map(str::to_owned);
            Ok::<_, Fault>(Arc::new(names.collect::<Vec<_>>()))
        };
        let names = &self.known().attribute_names;
        let found = names.get(described.clone(), self.expiry, &*self.clock, look);
        found.await
    }

    async fn sample(
        &self,
        described: &Described,
        items: u32,
        call: &Call,
    ) -> Result<Sample, Fault> {
        let pages = Pages::new(self.client().clone(), call);
        let sample = gather(&pages, described, items).await;
        if sample.is_err() {
            // The table may have been deleted or made anew since it was described.
            self.forget(&described.table.name);
        }
        sample
    }
}

/// A schema with more fields at all depths is not kept: maps whose keys are values, such as dates, have any number of them.
const MAX_FIELDS: usize = 2000;
