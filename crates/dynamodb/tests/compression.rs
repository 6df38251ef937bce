//! Pages in gzip: asked for, taken, refused, and not asked for again once they were broken.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says where"
)]

mod server;

use athena_dynamodb::api::{Link, PageRequest, Pages};
use athena_dynamodb::config::PageCompression;
use athena_federation::clock::SystemClock;
use athena_federation::{Call, Fault};
use athena_protocol::wire::SourceErrorCode;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

const PAGE: &[u8] = br#"{"Count":0,"Items":[],"ScannedCount":0}"#;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn request() -> PageRequest {
    PageRequest {
        table: "orders".to_owned(),
        ..PageRequest::default()
    }
}

/// A page over answers with these headers and bodies; and for each request whether it accepted gzip.
async fn page(
    choice: PageCompression,
    headers: &'static str,
    status: &'static str,
    bodies: Vec<Vec<u8>>,
) -> (Result<Vec<u8>, Fault>, Vec<bool>) {
    let (client, asked) = server::answering(headers, status, bodies).await;
    let call = Call::lasting(Duration::from_millis(300), Arc::new(SystemClock));
    let pages = Pages::new(client, &call).over(&Link::new(choice));
    let page = pages.page(&request(), None).await.map(|page| page.to_vec());
    let accepted = |head: &str| head.lines().any(|line| line == "accept-encoding: gzip");
    let bodies = asked.bodies();
    assert!(
        bodies.iter().all(|body| body.contains("orders")),
        "{bodies:?}"
    );
    let requests = asked.requests();
    let requests = requests.iter().map(|request| accepted(&request.head));
    (page, requests.collect())
}

const GZIP: &str = "content-encoding: gzip\r\n";

#[tokio::test]
async fn a_compressed_page_is_asked_for_and_taken() {
    let (taken, accepted) = page(PageCompression::Always, GZIP, "200 OK", vec![gzip(PAGE)]).await;
    assert_eq!(taken.unwrap(), PAGE);
    assert_eq!(accepted, [true]);
}

#[tokio::test]
async fn a_service_that_does_not_compress_is_read_as_it_is() {
    let (taken, accepted) = page(PageCompression::Always, "", "200 OK", vec![PAGE.to_vec()]).await;
    assert_eq!(taken.unwrap(), PAGE);
    assert_eq!(accepted, [true]);
    let (taken, accepted) = page(PageCompression::Never, "", "200 OK", vec![PAGE.to_vec()]).await;
    assert_eq!(taken.unwrap(), PAGE);
    assert_eq!(accepted, [false]);
}

#[tokio::test]
async fn a_broken_page_is_asked_for_again_without_compression() {
    let mut broken = gzip(PAGE);
    let middle = broken.len() / 2;
    broken[middle] ^= 0xff;
    let (refused, accepted) = page(PageCompression::Always, GZIP, "200 OK", vec![broken]).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, SourceErrorCode::InvalidResponse);
    assert!(
        refused.message.contains("compression is damaged"),
        "{refused}"
    );
    assert_eq!(accepted, [true, false, false, false, false]);
}

#[tokio::test]
async fn another_compression_than_was_asked_for_is_refused() {
    let brotli = "content-encoding: br\r\n";
    let (refused, _) = page(
        PageCompression::Always,
        brotli,
        "200 OK",
        vec![PAGE.to_vec()],
    )
    .await;
    let refused = refused.unwrap_err();
    assert!(refused.message.contains("was not asked for"), "{refused}");
}

#[tokio::test]
async fn the_checksum_is_of_the_bytes_as_sent() {
    // Of the eleven bytes that are stored below, gzip's frame around them, as zlib computes it.
    let stored = stored(br#"{"Count":0}"#);
    let sum = crc32fast::hash(&stored);
    let headers = format!("x-amz-crc32: {sum}\r\n{GZIP}").leak();
    let (taken, _) = page(PageCompression::Always, headers, "200 OK", vec![stored]).await;
    assert_eq!(taken.unwrap(), br#"{"Count":0}"#);
    let text = crc32fast::hash(br#"{"Count":0}"#);
    let headers = format!("x-amz-crc32: {text}\r\n{GZIP}").leak();
    let (refused, _) = page(
        PageCompression::Always,
        headers,
        "200 OK",
        vec![self::stored(br#"{"Count":0}"#)],
    )
    .await;
    assert!(refused.unwrap_err().message.contains("checksum"));
}

fn stored(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn an_error_that_comes_compressed_is_understood() {
    let body = br#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"gone"}"#;
    let (refused, _) = page(
        PageCompression::Always,
        GZIP,
        "400 Bad Request",
        vec![gzip(body)],
    )
    .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, SourceErrorCode::EntityNotFound, "{refused}");
    assert!(refused.message.contains("`orders`"), "{refused}");
}
