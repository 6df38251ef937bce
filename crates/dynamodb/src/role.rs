//! IAM roles that tables are read with: what their ARNs and external IDs may look like (IAM user guide: identifiers; STS API
//! reference: `AssumeRole`).

use std::fmt;

/// The ARN of an IAM role, in any partition: `arn:aws:iam::111122223333:role/path/name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoleArn(Box<str>);

/// Why a text is not the ARN of a role. The text itself is not shown, since it may come from anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the ARN of an IAM role such as `arn:aws:iam::111122223333:role/reader`, since {problem}"
)]
pub struct RoleArnError {
    problem: &'static str,
}

impl RoleArn {
    /// Checks the form of an ARN; whether there is such a role only STS knows.
    ///
    /// # Errors
    /// [`RoleArnError`] with the first part that cannot be.
    pub fn new(text: &str) -> Result<Self, RoleArnError> {
        let check = |holds: bool, problem| holds.then_some(()).ok_or(RoleArnError { problem });
        check(text.len() <= MAX_ARN, "it is longer than 2048 bytes")?;
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let &[arn, partition, service, region, account, resource] = parts.as_slice() else {
            let problem = "it does not have six parts with colons between them";
            return Err(RoleArnError { problem });
        };
        check(arn == "arn", "it does not begin with `arn:`")?;
        let of_partition =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_partition = partition == "aws" || partition.starts_with("aws-");
        check(
            is_partition && partition.bytes().all(of_partition),
            "its partition is not AWS's",
        )?;
        check(service == "iam", "its service is not `iam`")?;
        check(region.is_empty(), "it names a Region")?;
        check(
            account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()),
            "its account does not have 12 digits",
        )?;
        let path = resource.strip_prefix("role/").ok_or(RoleArnError {
            problem: "it is not that of a role",
        })?;
        let (path, name) = path.rsplit_once('/').unwrap_or(("", path));
        check(
            path.len() <= MAX_PATH && path.bytes().all(|byte| byte.is_ascii_graphic()),
            "its path has more than 512 bytes or other characters than printable ASCII",
        )?;
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
        check(
            (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(of_name),
            "the role's name does not have 1 to 64 letters, digits and `_+=,.@-`",
        )?;
        Ok(Self(text.into()))
    }

    /// The ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A role, and what its trust policy may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Which.
    pub arn: RoleArn,
    /// The `sts:ExternalId` that is shown to it, if any.
    pub external_id: Option<String>,
}

/// Whether STS takes the text for an external ID: 2 to 1224 letters, digits and `_+=,.@:/-`.
pub fn is_external_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
    (2..=1224).contains(&text.len()) && text.bytes().all(allowed)
}

/// What STS takes at most.
const MAX_ARN: usize = 2048;
const MAX_PATH: usize = 512;
const MAX_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_of_every_partition_are_taken() {
        for arn in [
            "arn:aws:iam::111122223333:role/reader",
            "arn:aws-cn:iam::111122223333:role/a/b/Reader_1+=,.@-",
            "arn:aws-us-gov:iam::111122223333:role/r",
            "arn:aws-eusc:iam::111122223333:role/r",
            "arn:aws-iso-b:iam::111122223333:role/service-role/r",
        ] {
            assert_eq!(RoleArn::new(arn).unwrap().as_str(), arn);
        }
    }

    #[test]
    fn what_is_no_role_is_refused_by_the_part_that_is_wrong() {
        let long = format!("arn:aws:iam::111122223333:role/{}", "r".repeat(65));
        for (text, word) in [
            ("", "six parts"),
            ("reader", "six parts"),
            ("urn:aws:iam::111122223333:role/r", "`arn:`"),
            ("arn:gcp:iam::111122223333:role/r", "partition"),
            ("arn:awsome:iam::111122223333:role/r", "partition"),
            ("arn:aws-:x:iam::111122223333:role/r", "service"),
            ("arn:aws:sts::111122223333:assumed-role/r/s", "`iam`"),
            ("arn:aws:iam:eu-west-1:111122223333:role/r", "Region"),
            ("arn:aws:iam::1111:role/r", "12 digits"),
            ("arn:aws:iam::*:role/r", "12 digits"),
            ("arn:aws:iam::111122223333:user/r", "that of a role"),
            ("arn:aws:iam::111122223333:role/", "name"),
            ("arn:aws:iam::111122223333:role/a/", "name"),
            ("arn:aws:iam::111122223333:role/*", "name"),
            ("arn:aws:iam::111122223333:role/a b", "name"),
            ("arn:aws:iam::111122223333:role/a b/c", "path"),
            (&long, "name"),
            (&"x".repeat(2049), "2048"),
        ] {
            let error = RoleArn::new(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn external_ids_have_the_characters_of_sts() {
        for id in ["ab", "a-1_+=,.@:/", &"x".repeat(1224)] {
            assert!(is_external_id(id), "{id}");
        }
        for id in ["", "a", "a b", "ä1", "a;b", &"x".repeat(1225)] {
            assert!(!is_external_id(id), "{id}");
        }
    }
}
