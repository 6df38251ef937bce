//! What the command line said, checked: nothing behind this module meets a name that AWS would refuse.

use iam_policy_kit::{AccountId, Arn, ValueError};

use crate::args::PrintArgs;

/// What a function works with, as far as its role must allow it.
#[derive(Debug)]
pub(crate) struct ExecutionRole {
    /// Where results above the response limit go.
    pub(crate) spill_bucket: String,
    /// Folder of that bucket, without slashes at its ends.
    pub(crate) spill_prefix: String,
    /// The key that makes spill keys.
    pub(crate) kms_key: Option<Arn>,
    /// The role that reads DynamoDB in place of this one.
    pub(crate) cross_account_role: Option<Arn>,
    /// Roles that single tables are read with.
    pub(crate) table_roles: Vec<Arn>,
    /// Where tables, catalog and workgroups lie; `None` for any place.
    pub(crate) place: Option<Place>,
    /// The tables that may be read; empty for all.
    pub(crate) tables: Vec<String>,
}

/// One account's resources in one Region.
#[derive(Debug)]
pub(crate) struct Place {
    /// For example `eu-central-1`.
    pub(crate) region: String,
    /// Whose.
    pub(crate) account: AccountId,
}

impl ExecutionRole {
    /// Checks the options of `policy print`.
    ///
    /// # Errors
    /// The first option that cannot be, with a hint.
    pub(crate) fn from_args(args: &PrintArgs) -> Result<Self, InputError> {
        let spill_bucket = bucket(&args.spill_bucket)?;
        let spill_prefix = prefix(&args.spill_prefix)?;
        let place = match (&args.region, &args.account) {
            (Some(region), Some(account)) => {
                let account = AccountId::new(account.as_str())
                    .map_err(|source| InputError::Account { source })?;
                Some(Place {
                    region: self::region(region)?,
                    account,
                })
            }
            _ => None,
        };
        let kms_key = args.kms_key.as_deref().map(key).transpose()?;
        if let (Some(key), Some(place)) = (&kms_key, &place)
            && key.region != place.region
        {
            return Err(InputError::KeyRegion {
                key: key.region.clone(),
                region: place.region.clone(),
            });
        }
        let role = |option| move |text: &str| self::role(option, text);
        let cross_account_role = (args.cross_account_role.as_deref())
            .map(role("--cross-account-role"))
            .transpose()?;
        let table_roles = (args.table_roles.iter())
            .map(|text| role("--table-roles")(text))
            .collect::<Result<_, _>>()?;
        let tables = args
            .tables
            .iter()
            .map(|name| table(name))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            spill_bucket,
            spill_prefix,
            kms_key,
            cross_account_role,
            table_roles,
            place,
            tables,
        })
    }

    /// The partition of all ARNs: the Region's, else the key's, else the commercial one.
    pub(crate) fn partition(&self) -> &str {
        match (&self.place, &self.kms_key) {
            (Some(place), _) if place.region.starts_with("cn-") => "aws-cn",
            (Some(place), _) if place.region.starts_with("us-gov-") => "aws-us-gov",
            (None, Some(key)) => &key.partition,
            _ => "aws",
        }
    }
}

/// An option that names something which cannot exist.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// Not a bucket's name.
    #[error(
        "`--spill-bucket` must be a bucket's name of 3 to 63 lower case letters, digits, dots and hyphens, got `{got}`"
    )]
    Bucket { got: String },
    /// Not a folder of a bucket.
    #[error(
        "`--spill-prefix` must be a folder without a slash at its ends and without `*`, `?` and `$`, got `{got}`"
    )]
    Prefix { got: String },
    /// Not the ARN of a key.
    #[error("`--kms-key` must be the ARN of a KMS key, got `{got}`")]
    Key { got: String },
    /// An alias, which IAM does not follow.
    #[error("`--kms-key` must be the ARN of the key itself, got the alias `{got}`")]
    KeyAlias { got: String },
    /// A key that the function cannot reach.
    #[error("`--kms-key` must lie in the Region of `--region`, `{region}`, got a key in `{key}`")]
    KeyRegion { key: String, region: String },
    /// Not the ARN of a role.
    #[error("`{option}` must be the ARN of an IAM role, got `{got}`")]
    Role { option: &'static str, got: String },
    /// Not a Region's name.
    #[error("`--region` must be a Region's name, got `{got}`")]
    Region { got: String },
    /// Not an account id.
    #[error("`--account` must be the id of an AWS account")]
    Account {
        #[source]
        source: ValueError,
    },
    /// Not a table's name.
    #[error(
        "`--tables` must list names of 3 to 255 letters, digits, `_`, `-` and `.`, got `{got}`"
    )]
    Table { got: String },
}

impl InputError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Bucket { .. } => {
                "give the name alone, without `s3://` and without a folder, as `aws s3 ls` prints it"
            }
            Self::Prefix { .. } => {
                "give the value of the function's variable `spill_prefix`, for example `athena-spill`"
            }
            Self::Key { .. } => {
                "an ARN reads `arn:aws:kms:us-east-1:111111111111:key/ID`; `aws kms describe-key --key-id ID` prints it"
            }
            Self::KeyAlias { .. } => {
                "`aws kms describe-key --key-id ALIAS --query KeyMetadata.Arn` prints the key's ARN"
            }
            Self::KeyRegion { .. } => {
                "a function uses keys of its own Region; give that key, or another `--region`"
            }
            Self::Role { .. } => {
                "an ARN reads `arn:aws:iam::111111111111:role/NAME`; `aws iam get-role --role-name NAME` prints it"
            }
            Self::Region { .. } => {
                "a Region reads like `us-east-1`; `aws configure get region` prints yours"
            }
            Self::Account { .. } => {
                "`aws sts get-caller-identity --query Account` prints the id of yours"
            }
            Self::Table { .. } => {
                "give names separated by commas, without spaces, as `aws dynamodb list-tables` prints them"
            }
        }
    }
}

fn bucket(text: &str) -> Result<String, InputError> {
    let letter_or_digit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends_well = |end: Option<u8>| end.is_some_and(letter_or_digit);
    let valid = (3..=63).contains(&text.len())
        && text
            .bytes()
            .all(|byte| letter_or_digit(byte) || byte == b'.' || byte == b'-')
        && ends_well(text.bytes().next())
        && ends_well(text.bytes().last())
        && !text.contains("..");
    if valid {
        Ok(text.to_owned())
    } else {
        Err(InputError::Bucket {
            got: text.to_owned(),
        })
    }
}

/// Wildcards and variables are legal in a key, but in a policy they would open other folders.
fn prefix(text: &str) -> Result<String, InputError> {
    let valid = !text.is_empty()
        && !text.starts_with('/')
        && !text.ends_with('/')
        && !text.contains(['*', '?', '$'])
        && !text.contains(char::is_whitespace);
    if valid {
        Ok(text.to_owned())
    } else {
        Err(InputError::Prefix {
            got: text.to_owned(),
        })
    }
}

fn key(text: &str) -> Result<Arn, InputError> {
    let refused = || InputError::Key {
        got: text.to_owned(),
    };
    let alias = || InputError::KeyAlias {
        got: text.to_owned(),
    };
    if text.starts_with("alias/") {
        return Err(alias());
    }
    let arn: Arn = text.parse().map_err(|_| refused())?;
    if arn.service == "kms" && arn.resource.starts_with("alias/") {
        return Err(alias());
    }
    let id = arn.resource.strip_prefix("key/").unwrap_or_default();
    let valid = arn.service == "kms"
        && region(&arn.region).is_ok()
        && AccountId::new(arn.account.as_str()).is_ok()
        && !id.is_empty()
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if valid { Ok(arn) } else { Err(refused()) }
}

/// Wildcards would open other roles.
fn role(option: &'static str, text: &str) -> Result<Arn, InputError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=,.@-".contains(&byte);
    let arn = text.parse().ok().filter(|arn: &Arn| {
        let name = arn.resource.strip_prefix("role/").unwrap_or_default();
        arn.service == "iam"
            && arn.region.is_empty()
            && AccountId::new(arn.account.as_str()).is_ok()
            && !name.is_empty()
            && !name.ends_with('/')
            && name.bytes().all(allowed)
    });
    arn.ok_or_else(|| InputError::Role {
        option,
        got: text.to_owned(),
    })
}

/// Two letters, one or more words, a number: `us-gov-west-1`. Which Regions there are changes, so no list.
fn region(text: &str) -> Result<String, InputError> {
    let parts: Vec<&str> = text.split('-').collect();
    let letters =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let valid = match parts[..] {
        [area, ref words @ .., number] => {
            area.len() >= 2
                && letters(&area)
                && !words.is_empty()
                && words.iter().all(letters)
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    };
    if valid {
        Ok(text.to_owned())
    } else {
        Err(InputError::Region {
            got: text.to_owned(),
        })
    }
}

fn table(text: &str) -> Result<String, InputError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let valid = (3..=255).contains(&text.len()) && text.bytes().all(allowed);
    if valid {
        Ok(text.to_owned())
    } else {
        Err(InputError::Table {
            got: text.to_owned(),
        })
    }
}
