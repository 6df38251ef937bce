//! Account ids, Amazon resource names and the resource patterns of a statement.

use std::fmt;
use std::str::FromStr;

use crate::error::ValueError;

/// The 12 digits that name an AWS account. Leading zeros count, so it is text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// Takes 12 ASCII digits.
    ///
    /// # Errors
    /// [`ValueError::AccountId`] for anything else.
    pub fn new(text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text))
        } else {
            Err(ValueError::AccountId { got: text })
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::new(text)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An Amazon resource name, cut at its first five colons.
///
/// ```
/// let arn: iam_policy_kit::Arn = "arn:aws:kms:us-east-1:111111111111:key/ab:c".parse()?;
/// assert_eq!((arn.service.as_str(), arn.resource.as_str()), ("kms", "key/ab:c"));
/// assert_eq!(arn.to_string(), "arn:aws:kms:us-east-1:111111111111:key/ab:c");
/// # Ok::<(), iam_policy_kit::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// The service's name, for example `s3`.
    pub service: String,
    /// The Region, empty for global resources.
    pub region: String,
    /// The account's digits, empty where names are unique in the partition, as with buckets.
    pub account: String,
    /// The rest, colons included.
    pub resource: String,
}

impl Arn {
    /// The account, where the ARN holds one.
    pub fn account_id(&self) -> Option<AccountId> {
        AccountId::new(self.account.as_str()).ok()
    }
}

impl FromStr for Arn {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts[..] {
            ["arn", partition, service, region, account, resource]
                if !partition.is_empty() && !service.is_empty() && !resource.is_empty() =>
            {
                Ok(Self {
                    partition: partition.to_owned(),
                    service: service.to_owned(),
                    region: region.to_owned(),
                    account: account.to_owned(),
                    resource: resource.to_owned(),
                })
            }
            _ => Err(ValueError::Arn {
                got: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            service,
            region,
            account,
            resource,
        } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// What a statement's `Resource` or `NotResource` names: an ARN in which `*` and `?` are wildcards, or `*` alone.
/// Compared letter by letter; case counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourcePattern(String);

impl ResourcePattern {
    /// Takes any text that is not empty: what stands between the wildcards and `${…}` variables is the service's business.
    ///
    /// # Errors
    /// [`ValueError::EmptyResource`].
    pub fn new(text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        if text.is_empty() {
            Err(ValueError::EmptyResource)
        } else {
            Ok(Self(text))
        }
    }

    /// Every resource, `*`.
    pub fn any() -> Self {
        Self("*".to_owned())
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Arn> for ResourcePattern {
    fn from(arn: Arn) -> Self {
        Self(arn.to_string())
    }
}
