//! The one account of the small AWS: its Region and its keys, which are the examples of the AWS documentation.

/// The Region of every server and client of this crate.
pub const REGION: &str = "us-east-1";
/// The access key id that the embedded S3 accepts.
pub const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// The secret that belongs to [`ACCESS_KEY_ID`].
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
