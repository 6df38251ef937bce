//! A small AWS on loopback, for tests, benches and the demo.
//!
//! [`Emulator`] runs a function's processes as Lambda does; [`DynamoDb`], [`S3`] and [`Kms`] are embedded servers that count
//! their calls and fail on demand; [`DynamoDbLocal`] is Amazon's own stand-in, for a second opinion; [`Athena`] tells the states of
//! queries; [`Sts`] has roles assumed; [`Pages`] answers Scan and Query with canned pages faster than any connector reads them; and
//! [`Shop`] is a deterministic sample to load. [`LocalAws`] bundles what one connector needs. [`Cloud`] is what a deployment
//! talks to: accounts, roles, buckets, functions and catalogs, with every call authorised by the policies that were put there.
//! [`Fault`] is what may happen to a call of any of them.
//!
//! Everything listens on 127.0.0.1 with a port of its own and ends when its value is dropped.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), athena_testkit::Error> {
//! use athena_testkit::{LocalAws, Shop, aws::SPILL_BUCKET};
//!
//! let aws = LocalAws::start().await?;
//! let shop = Shop::generate(1, 0.001);
//! shop.load(&aws.dynamodb.client(), |loaded, total| assert!(loaded <= total)).await?;
//! assert_eq!(aws.dynamodb.count("CreateTable"), 3);
//! assert!(aws.s3.objects(SPILL_BUCKET).await?.is_empty());
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod clock;
mod credentials;
mod error;
mod percent;
mod random;
mod server;
mod aws_json;
pub mod fault;
pub mod emulator;
pub mod dynamodb;
pub mod dynamodb_local;
pub mod s3;
pub mod kms;
pub mod athena;
pub mod glue;
pub mod sts;
pub mod pages;
pub mod shop;
pub mod aws;
pub mod cloud;

pub use athena::Athena;
pub use aws::LocalAws;
pub use cloud::Cloud;
pub use credentials::{
    ACCESS_KEY_ID, CALLERS_ACCESS_KEY_ID, CALLERS_SECRET_ACCESS_KEY, REGION, SECRET_ACCESS_KEY,
};
pub use dynamodb::DynamoDb;
pub use dynamodb_local::DynamoDbLocal;
pub use emulator::Emulator;
pub use error::Error;
pub use fault::Fault;
pub use glue::Glue;
pub use kms::Kms;
pub use pages::Pages;
pub use s3::S3;
pub use shop::Shop;
pub use sts::Sts;
