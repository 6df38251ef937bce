//! What a token holds: AWS credentials as a JSON object of three texts.

use super::TokenError;
use serde::Deserialize;
use zeroize::Zeroizing;

/// AWS credentials, wiped when dropped and never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenCredentials {
    /// The access key id.
    pub access_key_id: Zeroizing<String>,
    /// The secret that belongs to it.
    pub secret_access_key: Zeroizing<String>,
    /// The session token.
    pub session_token: Zeroizing<String>,
}

impl TokenCredentials {
    /// Reads `{"accessToken", "secretToken", "securityToken"}`; further fields are ignored.
    ///
    /// # Errors
    /// [`TokenError::Credentials`] with the first field that is missing, blank or no text.
    pub fn from_json(json: &[u8]) -> Result<Self, TokenError> {
        #[derive(Deserialize)]
        struct Fields {
            #[serde(rename = "accessToken")]
            access: Option<String>,
            #[serde(rename = "secretToken")]
            secret: Option<String>,
            #[serde(rename = "securityToken")]
            session: Option<String>,
        }
        let missing = |field| TokenError::Credentials { field };
        let fields: Fields = serde_json::from_slice(json).map_err(|_| missing("accessToken"))?;
        // Wrapped before any of them is judged, so that all are wiped.
        let [access_key, secret, session] =
            [fields.access, fields.secret, fields.session].map(Zeroizing::new);
        let given = |mut text: Zeroizing<Option<String>>, field| {
            text.take()
                .map(Zeroizing::new)
                .filter(|text| !text.trim().is_empty())
                .ok_or(missing(field))
        };
        Ok(Self {
            access_key_id: given(access_key, "accessToken")?,
            secret_access_key: given(secret, "secretToken")?,
            session_token: given(session, "securityToken")?,
        })
    }
}

impl std::fmt::Debug for TokenCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenCredentials(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_missing_field_is_named_and_no_value_is() {
        let whole = br#"{"accessToken":"AKID","secretToken":"hush","securityToken":"more","x":1}"#;
        let credentials = TokenCredentials::from_json(whole).unwrap();
        assert_eq!(*credentials.secret_access_key, "hush");
        assert!(!format!("{credentials:?}").contains("hush"));
        for (json, missing) in [
            (
                r#"{"secretToken":"hush","securityToken":"more"}"#,
                "accessToken",
            ),
            (
                r#"{"accessToken":"AKID","secretToken":null,"securityToken":"hush"}"#,
                "secretToken",
            ),
            (
                r#"{"accessToken":"AKID","secretToken":"hush","securityToken":" "}"#,
                "securityToken",
            ),
            (r#"{"accessToken":"hush""#, "accessToken"),
            (r#""hush""#, "accessToken"),
        ] {
            let error = TokenCredentials::from_json(json.as_bytes()).unwrap_err();
            assert_eq!(error, TokenError::Credentials { field: missing });
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }
}
