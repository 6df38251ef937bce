//! DynamoDB Local as the second opinion on DynamoDB: the embedded one is one reading of the manual, this is Amazon's.
//!
//! `cargo xtask test` fetches it and says where it is; without that variable the tests that need it pass and say so.

use athena_testkit::{DynamoDb, DynamoDbLocal, LocalAws};

/// The servers that a connector needs, with a DynamoDB Local behind the front that counts calls; it ends with the first value.
///
/// `None`, with a word about it, if there is none to start.
pub(crate) async fn second_opinion() -> Option<(DynamoDbLocal, LocalAws)> {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests says where it is"
    )]
    let Some(archives) = std::env::var_os(ARCHIVES) else {
        println!("skipped: `{ARCHIVES}` does not tell where DynamoDB Local is");
        return None;
    };
    let server = DynamoDbLocal::start(archives.as_ref()).await.unwrap();
    let aws = LocalAws {
        dynamodb: DynamoDb::in_front_of(&server.endpoint()).await.unwrap(),
        ..LocalAws::start().await.unwrap()
    };
    Some((server, aws))
}

/// The variable that names the folder of its archives.
const ARCHIVES: &str = "DYNAMODB_LOCAL";
