//! The names that AWS takes, each with its rule: nothing behind these checks meets one that a service would refuse.

use iam_policy_kit::{AccountId, Arn, ValueError};

/// A setting that names something which cannot exist.
#[derive(Debug, thiserror::Error)]
#[error("`{option}` must {rule}")]
pub(crate) struct InputError {
    /// As the user knows the setting: `--spill-bucket`.
    option: String,
    /// What it must be and what it is.
    rule: String,
    hint: &'static str,
    source: Option<ValueError>,
}

impl InputError {
    /// `option` must `rule`; `hint` says what to do about it.
    pub(crate) fn new(
        option: impl Into<String>,
        rule: impl Into<String>,
        hint: &'static str,
    ) -> Self {
        Self {
            option: option.into(),
            rule: rule.into(),
            hint,
            source: None,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        self.hint
    }
}

/// The name of an S3 bucket.
pub(crate) fn bucket(option: &str, text: &str) -> Result<String, InputError> {
    let letter_or_digit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends_well = |end: Option<u8>| end.is_some_and(letter_or_digit);
    let allowed = |byte: u8| letter_or_digit(byte) || byte == b'.' || byte == b'-';
    let valid = (3..=63).contains(&text.len())
        && text.bytes().all(allowed)
        && ends_well(text.bytes().next())
        && ends_well(text.bytes().last())
        && !text.contains("..");
    checked(valid, text, || {
        InputError::new(
            option,
            format!(
                "be a bucket's name of 3 to 63 lower case letters, digits, dots and hyphens, got `{text}`"
            ),
            "give the name alone, without `s3://` and without a folder, as `aws s3 ls` prints it",
        )
    })
}

/// A folder of a bucket. Wildcards and variables are legal in a key, but in a policy they would open other folders.
pub(crate) fn prefix(option: &str, text: &str) -> Result<String, InputError> {
    let valid = !text.is_empty()
        && !text.starts_with('/')
        && !text.ends_with('/')
        && !text.contains(['*', '?', '$'])
        && !text.contains(char::is_whitespace);
    checked(valid, text, || {
        InputError::new(
            option,
            format!(
                "be a folder without a slash at its ends and without `*`, `?` and `$`, got `{text}`"
            ),
            "give the value of the function's variable `spill_prefix`, for example `athena-spill`",
        )
    })
}

/// The ARN of a KMS key; IAM does not follow aliases.
pub(crate) fn key(option: &str, text: &str) -> Result<Arn, InputError> {
    let alias = || {
        InputError::new(
            option,
            format!("be the ARN of the key itself, got the alias `{text}`"),
            "`aws kms describe-key --key-id ALIAS --query KeyMetadata.Arn` prints the key's ARN",
        )
    };
    let arn: Option<Arn> = text.parse().ok();
    let is_alias = |arn: &Arn| arn.service == "kms" && arn.resource.starts_with("alias/");
    if text.starts_with("alias/") || arn.as_ref().is_some_and(is_alias) {
        return Err(alias());
    }
    let valid = |arn: &Arn| {
        let id = arn.resource.strip_prefix("key/").unwrap_or_default();
        arn.service == "kms"
            && region(option, &arn.region).is_ok()
            && AccountId::new(arn.account.as_str()).is_ok()
            && !id.is_empty()
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    arn.filter(valid).ok_or_else(|| {
        InputError::new(
            option,
            format!("be the ARN of a KMS key, got `{text}`"),
            "an ARN reads `arn:aws:kms:us-east-1:111111111111:key/ID`; `aws kms describe-key --key-id ID` prints it",
        )
    })
}

/// What names a KMS key: its ARN, or else something to look it up by, an alias or an id.
pub(crate) fn key_or_name(option: &str, text: &str) -> Result<Key, InputError> {
    let arn: Option<Arn> = text.parse().ok();
    let alias = match &arn {
        Some(arn) if arn.service == "kms" => arn.resource.strip_prefix("alias/"),
        _ => text.strip_prefix("alias/"),
    };
    let of = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    let is_id = arn.is_none() && text.len() >= 36 && of(text, b"-");
    if is_id || alias.is_some_and(|alias| of(alias, b"/_-")) {
        return Ok(Key::Named(text.to_owned()));
    }
    key(option, text).map(Key::Arn)
}

/// A KMS key, as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// By its ARN, which policies need.
    Arn(Arn),
    /// By an alias or id.
    Named(String),
}

/// A key must lie where its function does.
pub(crate) fn key_in_region(option: &str, key: &Arn, region: &str) -> Result<(), InputError> {
    if key.region == region {
        return Ok(());
    }
    let rule = format!(
        "lie in the Region of `--region`, `{region}`, got a key in `{}`",
        key.region
    );
    let hint = "a function uses keys of its own Region; give that key, or another `--region`";
    Err(InputError::new(option, rule, hint))
}

/// The ARN of one role. Wildcards would open other roles.
pub(crate) fn role(option: &str, text: &str) -> Result<Arn, InputError> {
    let hint = "an ARN reads `arn:aws:iam::111111111111:role/NAME`; `aws iam get-role --role-name NAME` prints it";
    let what = "an IAM role";
    iam_arn(option, text, &["role/"], what, hint)
}

/// The ARN of a managed policy, which bounds the roles that are made.
pub(crate) fn policy(option: &str, text: &str) -> Result<Arn, InputError> {
    let hint = "an ARN reads `arn:aws:iam::111111111111:policy/NAME`; `aws iam list-policies --scope Local` prints yours";
    let arn: Option<Arn> = text.parse().ok();
    match arn {
        // Policies of AWS itself have `aws` in the account's place.
        Some(arn)
            if arn.service == "iam"
                && arn.account == "aws"
                && arn.resource.starts_with("policy/") =>
        {
            Ok(arn)
        }
        _ => iam_arn(option, text, &["policy/"], "an IAM policy", hint),
    }
}

fn iam_arn(
    option: &str,
    text: &str,
    kinds: &[&str],
    what: &str,
    hint: &'static str,
) -> Result<Arn, InputError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=,.@-".contains(&byte);
    let arn = text.parse().ok().filter(|arn: &Arn| {
        let name = kinds
            .iter()
            .find_map(|kind| arn.resource.strip_prefix(kind));
        let name = name.unwrap_or_default();
        arn.service == "iam"
            && arn.region.is_empty()
            && AccountId::new(arn.account.as_str()).is_ok()
            && !name.is_empty()
            && !name.ends_with('/')
            && name.bytes().all(allowed)
    });
    arn.ok_or_else(|| InputError::new(option, format!("be the ARN of {what}, got `{text}`"), hint))
}

/// A Region: two letters, one or more words, a number: `us-gov-west-1`. Which Regions there are changes, so no list.
pub(crate) fn region(option: &str, text: &str) -> Result<String, InputError> {
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
    checked(valid, text, || {
        InputError::new(
            option,
            format!("be a Region's name, got `{text}`"),
            "a Region reads like `us-east-1`; `aws configure get region` prints yours",
        )
    })
}

/// The id of an account.
pub(crate) fn account(option: &str, text: &str) -> Result<AccountId, InputError> {
    AccountId::new(text).map_err(|source| InputError {
        source: Some(source),
        ..InputError::new(
            option,
            "be the id of an AWS account",
            "`aws sts get-caller-identity --query Account` prints the id of yours",
        )
    })
}

/// The name of a DynamoDB table.
pub(crate) fn table(option: &str, text: &str) -> Result<String, InputError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let valid = (3..=255).contains(&text.len()) && text.bytes().all(allowed);
    checked(valid, text, || {
        InputError::new(
            option,
            format!("list names of 3 to 255 letters, digits, `_`, `-` and `.`, got `{text}`"),
            "give names separated by commas, without spaces, as `aws dynamodb list-tables` prints them",
        )
    })
}

/// A name of `longest` characters at most, of letters, digits and `marks`.
pub(crate) fn plain(
    option: &str,
    text: &str,
    longest: usize,
    marks: &str,
) -> Result<String, InputError> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || marks.contains(char);
    let valid = (1..=longest).contains(&text.len()) && text.chars().all(allowed);
    checked(valid, text, || {
        InputError::new(
            option,
            format!("be a name of 1 to {longest} letters, digits and `{marks}`, got `{text}`"),
            "give the name alone, not its ARN",
        )
    })
}

/// The name of a catalog that can be registered.
pub(crate) fn catalog(option: &str, text: &str) -> Result<String, InputError> {
    if text.eq_ignore_ascii_case("awsdatacatalog") {
        return Err(InputError::new(
            option,
            "not be `AwsDataCatalog`, which is the Glue Data Catalog's",
            "choose another name, for example `data_source_table`",
        ));
    }
    plain(option, text, 127, "_@-")
}

fn checked(
    valid: bool,
    text: &str,
    error: impl FnOnce() -> InputError,
) -> Result<String, InputError> {
    if valid {
        Ok(text.to_owned())
    } else {
        Err(error())
    }
}
