//! The values that condition operators other than the textual ones compare: numbers, dates, addresses, bytes.

mod address;
mod binary;
mod date;
mod number;

pub(crate) use address::Network;
pub(crate) use binary::decode_base64;
pub(crate) use date::Instant;
pub(crate) use number::Decimal;
