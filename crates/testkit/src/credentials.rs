//! The one account of the small AWS: its Region and its keys, which are the examples of the AWS documentation, and the keys of
//! a caller who brings its own.

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

/// The Region of every server and client of this crate.
pub const REGION: &str = "us-east-1";
/// The access key id that the embedded S3 accepts.
pub const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// The secret that belongs to [`ACCESS_KEY_ID`].
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// The access key id of a caller who brings its own credentials; the embedded S3 accepts it too.
pub const CALLERS_ACCESS_KEY_ID: &str = "ASIAFEDERATEDEXAMPLE";
/// The secret that belongs to [`CALLERS_ACCESS_KEY_ID`].
pub const CALLERS_SECRET_ACCESS_KEY: &str = "federated/secret/EXAMPLEKEY";

/// The access key id that a request is signed with, as its signature (version 4) names it.
pub(crate) fn signer(headers: &HeaderMap) -> Option<String> {
    let authorization = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, credential) = authorization.split_once("Credential=")?;
    let (access_key_id, _) = credential.split_once('/')?;
    Some(access_key_id.to_owned())
}
