//! Pages to record batches.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions, StringBuilder};
use arrow::datatypes::SchemaRef;

use super::columns::Column;
use super::members::Members;
use super::mismatch::Mismatches;
use crate::json::{DecodeError, each_item};
use crate::types::hints::Hints;
use crate::types::item_columns::ItemColumns;
use crate::types::names::any_case;

/// Decodes pages of one table, or index, into batches of one schema.
///
/// A decoder learns the order of attributes and the size of columns from the pages it has seen; what it answers does not depend on
/// them.
///
/// ```
/// use std::sync::Arc;
/// use arrow::datatypes::{DataType, Field, Schema};
/// use athena_dynamodb::read::PageDecoder;
///
/// let schema = Arc::new(Schema::new(vec![Field::new("price", DataType::Decimal128(38, 9), true)]));
/// let mut decoder = PageDecoder::new(schema, &[vec!["Price".to_owned()]])?;
/// let batch = decoder.decode(br#"{"Items":[{"Price":{"N":"12.345"}},{"Price":{"BOOL":true}}],"Count":2}"#)?;
/// assert_eq!((batch.num_rows(), batch.column(0).null_count()), (2, 1));
/// assert!(!decoder.mismatches().is_empty());
/// # Ok::<(), athena_dynamodb::json::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct PageDecoder {
    schema: SchemaRef,
    members: Members,
    items: ItemColumns,
    /// Places of the columns that show items, and whether they show them whole.
    texts: Vec<(usize, bool)>,
    /// Those of the page being decoded, which count only if the page is good.
    of_page: Mismatches,
    mismatches: Mismatches,
}

impl PageDecoder {
    /// Decodes into `schema`; `names` lists for each column the attributes that feed it, preferred first. Where an item has several
    /// of them, the first that is not NULL counts. Names are compared exactly, unless the schema says [otherwise](any_case). A schema without columns gives batches of bare rows;
    /// what [`ItemColumns`] describes is fed by whole items.
    ///
    /// # Errors
    /// If a column's type has no decoder, the schema's metadata says nothing useful of dates, or the names do not give each column attributes of its own.
    pub fn new(schema: SchemaRef, names: &[Vec<String>]) -> Result<Self, DecodeError> {
        let columns = schema.fields().len();
        if names.len() != columns {
            return Err(DecodeError::NameCount {
                columns,
                names: names.len(),
            });
        }
        let items = ItemColumns::of(schema.metadata());
        let mut feeds = HashMap::new();
        for (field, names) in schema.fields().iter().zip(names) {
            if items.contains(field.name()) {
                continue;
            }
            if names.is_empty() {
                return Err(DecodeError::NoName {
                    column: field.name().clone(),
                });
            }
            for name in names {
                if let Some(first) = feeds.insert(name, field.name()) {
                    let (first, second) = (first.clone(), field.name().clone());
                    return Err(DecodeError::SharedName {
                        name: name.clone(),
                        first,
                        second,
                    });
                }
            }
        }
        let any_case = any_case(&schema);
        let hints = Hints::of(schema.metadata())?;
        let decoders = schema
            .fields()
            .iter()
            .map(|field| Column::new(field.name(), field.data_type(), &hints))
            .collect::<Result<_, _>>()?;
        // No member of an item feeds a column that shows all of them.
        let fed: Vec<Vec<String>> = schema
            .fields()
            .iter()
            .zip(names)
            .map(|(field, names)| {
                if items.contains(field.name()) {
                    Vec::new()
                } else {
                    names.clone()
                }
            })
            .collect();
        let place = |name: &Option<String>| schema.index_of(name.as_ref()?).ok();
        let texts = [(place(&items.item), true), (place(&items.extra), false)];
        let texts = texts
            .into_iter()
            .filter_map(|(place, whole)| Some((place?, whole)))
            .collect();
        Ok(Self {
            members: Members::new(decoders, &fed, |column| any_case[column]),
            items,
            texts,
            of_page: Mismatches::new(columns),
            mismatches: Mismatches::new(columns),
            schema,
        })
    }

    /// Decodes all items of a page, one row each, in their order. A page without `Items` gives a batch without rows.
    ///
    /// # Errors
    /// If anything is wrong with the page; then nothing of it is kept or counted, and the decoder is ready for the next one. An item
    /// that names an attribute twice is wrong. Attributes that no column asks for are not checked beyond their brackets and quotes.
    pub fn decode(&mut self, page: &[u8]) -> Result<RecordBatch, DecodeError> {
        self.of_page.clear();
        let batch = self.batch(page);
        match batch {
            Ok(_) => self.mismatches.merge(&self.of_page),
            Err(_) => self.members.clear(),
        }
        batch
    }

    /// What the pages decoded so far held that did not fit.
    pub fn mismatches(&self) -> &Mismatches {
        &self.mismatches
    }

    /// The schema of all batches.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn batch(&mut self, page: &[u8]) -> Result<RecordBatch, DecodeError> {
        let (members, tallies) = (&mut self.members, &mut self.of_page.columns[..]);
        let mut texts: Vec<StringBuilder> =
            self.texts.iter().map(|_| StringBuilder::new()).collect();
        let (items, places) = (&self.items, &self.texts);
        let rows = each_item(page, |cursor| {
            for ((_, whole), texts) in places.iter().zip(&mut texts) {
                let offset = cursor.offset();
                let mut text = Vec::new();
                let any = items.write(&mut cursor.clone(), *whole, &mut text)?;
                let text = String::from_utf8(text).map_err(|_| DecodeError::NotUtf8 { offset })?;
                texts.append_option((any || *whole).then_some(text));
            }
            members.append(cursor, tallies)
        })?;
        let arrays = self.members.finish().map(|mut arrays| {
            for ((place, _), texts) in self.texts.iter().zip(&mut texts) {
                arrays[*place] = Arc::new(texts.finish());
            }
            arrays
        });
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        arrays
            .and_then(|arrays| {
                RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
            })
            .map_err(|source| match std::str::from_utf8(page) {
                Err(at) => DecodeError::NotUtf8 {
                    offset: at.valid_up_to(),
                },
                Ok(_) => DecodeError::Batch { rows, source },
            })
    }
}

#[cfg(test)]
mod tests;
