//! Pages in gzip through the whole path: the same rows, and compressed where the network is the limit.

use crate::stack::Stack;
use arrow::array::RecordBatch;
use athena_protocol::predicate::Constraints;
use athena_testkit::Pages;
use athena_testkit::pages::Builder;

/// Rows of a read of the canned pages, and how many of them came compressed.
async fn read(pages: Builder, choice: Option<&str>) -> (u64, u64) {
    let pages = pages.start().await.unwrap();
    let stack = Stack::with(|setup| {
        setup.set("AWS_ENDPOINT_URL_DYNAMODB", &pages.endpoint());
        if let Some(choice) = choice {
            setup.set("page_compression", choice);
        }
    })
    .await;
    let table = stack.table("pages").await;
    let sampled = pages.counts().compressed;
    assert_eq!(sampled, 0, "a sample is not worth it");
    let batches = stack.read(&table, Constraints::default()).await;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows as u64, pages.items());
    (pages.items(), pages.counts().compressed)
}

/// Small pages, since neither they nor the connector are optimised.
fn pages(count: usize) -> Builder {
    Pages::builder().pages(count).page_bytes(20_000)
}

#[tokio::test]
async fn all_pages_are_compressed_or_none_if_the_option_says_so() {
    let (_, compressed) = read(pages(6), Some("always")).await;
    // A segment's last answer may have no items, and is no page of the table.
    assert!((6..=10).contains(&compressed), "{compressed}");
    let (_, compressed) = read(pages(6), Some("never")).await;
    assert_eq!(compressed, 0);
}

#[tokio::test]
async fn a_narrow_link_is_noticed_and_pages_are_compressed_from_then_on() {
    // Half a second for the first window; what decoding takes is small beside it.
    let slow = pages(40).bytes_per_second(600_000);
    let (_, compressed) = read(slow, None).await;
    assert!(compressed >= 8, "{compressed} of 40");
}
