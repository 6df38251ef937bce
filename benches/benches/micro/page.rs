//! Pages to work on: canned ones of the test kit, and pages of one attribute of one type.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use athena_dynamodb::api::{Page, PageRequest, Pages as PageReader};
use athena_dynamodb::read::PageDecoder;
use athena_dynamodb::types::infer::{KeyType, NumberType, Sample};
use athena_federation::Call;
use athena_federation::clock::SystemClock;
use athena_testkit::Pages;
use athena_testkit::pages::Shape;

/// A page of 1 MB of items as the connector gets it.
pub(crate) fn canned(shape: Shape) -> Page {
    let runtime = tokio::runtime::Runtime::new().expect("threads for the test kit");
    runtime.block_on(async {
        let server = Pages::builder().shape(shape).pages(1).start().await;
        let server = server.expect("canned pages need only a port");
        let call = Call::lasting(Duration::from_mins(1), Arc::new(SystemClock));
        let request = PageRequest {
            table: server.table().to_owned(),
            ..PageRequest::default()
        };
        let reader = PageReader::new(server.client(), &call);
        let page = reader.page(&request, None).await;
        page.expect("the first page is there")
    })
}

/// What the connector would infer of a page: a schema and the attributes of each column.
pub(crate) fn inferred(page: &[u8]) -> (SchemaRef, Vec<Vec<String>>) {
    let mut sample = Sample::new();
    sample
        .push_page(page)
        .expect("a page of the test kit is good");
    let inferred = sample.schema(&[("id".to_owned(), KeyType::S)], NumberType::Decimal);
    (Arc::new(inferred.schema), inferred.names)
}

/// A decoder of all columns of a page, and its batch.
pub(crate) fn decoded(page: &[u8]) -> (PageDecoder, RecordBatch) {
    let (schema, names) = inferred(page);
    decoder_of(schema, &names, page)
}

/// A decoder that has seen `page`, and its batch.
pub(crate) fn decoder_of(
    schema: SchemaRef,
    names: &[Vec<String>],
    page: &[u8],
) -> (PageDecoder, RecordBatch) {
    let mut decoder = PageDecoder::new(schema, names).expect("inferred columns have decoders");
    let batch = decoder
        .decode(page)
        .expect("a page of the test kit is good");
    (decoder, batch)
}

/// A decoder that skips every attribute.
pub(crate) fn skipper() -> PageDecoder {
    PageDecoder::new(Arc::new(Schema::empty()), &[]).expect("no columns need no names")
}

/// A page of [`ITEMS`] items whose one attribute `v` is written by `value`, as typed JSON.
pub(crate) fn of_values(value: impl Fn(usize) -> String) -> String {
    let mut page = String::from("{\"Items\":[");
    for item in 0..ITEMS {
        let comma = if item == 0 { "" } else { "," };
        // Writing to a text cannot fail.
        let _ = write!(page, "{comma}{{\"v\":{}}}", value(item));
    }
    let _ = write!(page, "],\"Count\":{ITEMS},\"ScannedCount\":{ITEMS}}}");
    page
}

/// As many as a page of DynamoDB may hold of small items.
const ITEMS: usize = 10_000;
