//! The small AWS, asked as its users ask it.
#![expect(
    clippy::unwrap_used,
    reason = "the functions that tests share are tests too"
)]

mod athena;
mod aws;
mod cloud;
mod dynamodb;
mod emulator;
mod kms;
mod pages;
mod s3;
mod shop;
mod wire;
