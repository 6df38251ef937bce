//! Options of the DynamoDB connector beyond those of any connector.
//!
//! Each variable is one constant; the environment is read by `bootstrap` alone.

mod choice;
mod compression;
mod planning;

pub use self::compression::{PAGE_COMPRESSION, PageCompression};
pub use self::planning::{
    CONSISTENT_READ, FULL_SCAN, INDEX_HINTS, MAX_READ_CAPACITY_PERCENT, MAX_READ_CAPACITY_UNITS,
    MAX_SCAN_READ_UNITS, Planning,
};

use self::choice::choice;
use crate::patterns::Patterns;
use crate::role::{Role, RoleArn, is_external_id};
use crate::types::datetime::EpochUnit;
use crate::types::infer::NumberType;
use athena_federation::config::{Config as FederationConfig, ConfigError};
use std::num::NonZeroUsize;
use std::time::Duration;

/// Sub-segments or key conditions that one split reads side by side, 1 to 32. Default 4.
pub const STREAMS_PER_SPLIT: &str = "streams_per_split";
/// Bytes of items a split is planned to read, in MiB, 1 to 1048576. Default 128.
pub const SPLIT_SIZE_MB: &str = "split_size_mb";
/// Items looked at for a table's schema, 1 to 100000, or `all`. Default 1000.
pub const SCHEMA_SAMPLE_ITEMS: &str = "schema_sample_items";
/// Seconds in which what was looked up of a table (its Glue table, its description, its sample) is used again, 0 to 3600. Default 30.
pub const LOOKUP_EXPIRY_SECONDS: &str = "lookup_expiry_seconds";
/// `false` or unset reads the Glue Data Catalog; anything else leaves it alone.
pub const DISABLE_GLUE: &str = "disable_glue";
/// Account of the Glue Data Catalog. Default: the function's.
pub const GLUE_CATALOG: &str = "glue_catalog";
/// Patterns of the tables that are shown, with commas between them. Default: all.
pub const ALLOWED_TABLES: &str = "allowed_tables";
/// Patterns of tables that are not shown. Default: none.
pub const DENIED_TABLES: &str = "denied_tables";
/// `false` looks at items where a Glue table has a type that cannot be read. Default `true`: that is an error.
pub const STRICT_SCHEMA: &str = "strict_schema";
/// `always` reads the columns of Glue tables from attributes of any case, and whole items for that. Default: names are looked up.
pub const DISABLE_PROJECTION_AND_CASING: &str = "disable_projection_and_casing";
/// What numbers in columns of dates count unless the table says so itself: `millis`, `seconds` or `auto`. Default `millis`.
pub const EPOCH_UNIT: &str = "epoch_unit";
/// What numbers become where no Glue table says so: `decimal`, or `auto` for bigint and double where the items allow it. Default
/// `decimal`.
pub const NUMBER_TYPE: &str = "number_type";
/// Name of a column with each whole item as JSON text. Default: none.
pub const ITEM_COLUMN: &str = "item_column";
/// Name of a column with the attributes, as JSON text, that no other column of the table shows. Default: none.
pub const EXTRA_COLUMN: &str = "extra_column";
/// What becomes of a value that does not fit its column: `null`, which is counted and logged, or `error`. Default `null`.
pub const VALUE_MISMATCH: &str = "value_mismatch";
/// Whether PartiQL statements are handed on: `true` or `false`. Default `true`.
pub const ENABLE_QUERY_PASSTHROUGH: &str = "enable_query_passthrough";
/// ARN of the IAM role that makes all calls to DynamoDB, unless a table names its own. Default: the function's own role.
pub const CROSS_ACCOUNT_ROLE_ARN: &str = "cross_account_role_arn";
/// The external ID that the trust policy of that role asks for, 2 to 1224 letters, digits and `_+=,.@:/-`. Default: none.
pub const CROSS_ACCOUNT_EXTERNAL_ID: &str = "cross_account_external_id";

/// Checked options.
#[derive(Debug, Clone)]
pub struct Config {
    /// Options of any connector.
    pub federation: FederationConfig,
    /// Parts of a split that are read side by side.
    pub streams_per_split: NonZeroUsize,
    /// Bytes of items a split is planned to read.
    pub split_bytes: u64,
    /// Items looked at for a table's schema.
    pub sample_items: u32,
    /// How long what was looked up of a table is used again; zero: never.
    pub lookup_expiry: Duration,
    /// The Glue Data Catalog, if it is read.
    pub glue: Option<GlueConfig>,
    /// Which tables are shown.
    pub patterns: Patterns,
    /// The role that reads DynamoDB, if it is not the function's own.
    pub role: Option<Role>,
    /// Whether a type that cannot be read is an error.
    pub strict_schema: bool,
    /// Whether attributes of any case feed the columns of Glue tables.
    pub any_case: bool,
    /// Name of the column with each whole item.
    pub item_column: Option<String>,
    /// Name of the column with the attributes that no other shows.
    pub extra_column: Option<String>,
    /// Whether a value that does not fit its column ends the read.
    pub refuse_mismatches: bool,
    /// Whether PartiQL statements are handed on.
    pub passthrough: Passthrough,
    /// Whether pages are asked for compressed.
    pub page_compression: PageCompression,
    /// What numbers become.
    pub number_type: NumberType,
    /// What numbers count, as the table property has it.
    pub epoch_unit: Option<String>,
    /// Options of planning.
    pub planning: Planning,
}

/// Whether PartiQL statements are handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passthrough {
    /// They are, and the engine is told so.
    On,
    /// Every request that carries one is refused.
    Off,
}

/// Options of the Glue Data Catalog.
#[derive(Debug, Clone)]
pub struct GlueConfig {
    /// Its account, if it is not the function's.
    pub catalog: Option<String>,
}

impl Config {
    /// Checks the variables that `var` answers.
    ///
    /// # Errors
    /// [`ConfigError`] with all problems at once.
    pub fn from_vars(var: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let text = |name: &str| {
            var(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let mut number = |name: &str, least: u64, most: u64, default: u64| match text(name)
            .map(|text| text.parse())
        {
            None => default,
            Some(Ok(number)) if (least..=most).contains(&number) => number,
            Some(_) => {
                problems.push(format!(
                    "the environment variable `{name}` must be a number from {least} to {most}"
                ));
                default
            }
        };
        let streams = number(STREAMS_PER_SPLIT, 1, 32, 4);
        let split_mib = number(SPLIT_SIZE_MB, 1, 1 << 20, 128);
        let lookup_expiry = number(LOOKUP_EXPIRY_SECONDS, 0, 3600, 30);
        let everything =
            text(SCHEMA_SAMPLE_ITEMS).is_some_and(|text| text.eq_ignore_ascii_case("all"));
        let sample_items = if everything {
            u64::from(u32::MAX)
        } else {
            number(SCHEMA_SAMPLE_ITEMS, 1, 100_000, 1000)
        };
        let is_false =
            |name: &str| text(name).is_none_or(|text| text.eq_ignore_ascii_case("false"));
        let mut switch = |name: &str, default: &str, other: &str| {
            choice(
                &text,
                name,
                &[(default, false), (other, true)],
                false,
                &mut problems,
            )
        };
        let refuse_mismatches = switch(VALUE_MISMATCH, "null", "error");
        let passthrough = if switch(ENABLE_QUERY_PASSTHROUGH, "true", "false") {
            Passthrough::Off
        } else {
            Passthrough::On
        };
        let strict_schema = !switch(STRICT_SCHEMA, "true", "false");
        let number_type = if switch(NUMBER_TYPE, "decimal", "auto") {
            NumberType::Auto
        } else {
            NumberType::Decimal
        };
        let epoch_unit = epoch_unit(text(EPOCH_UNIT), &mut problems);
        let page_compression = PageCompression::from_texts(&text, &mut problems);
        let planning = Planning::from_texts(&text, &mut problems);
        let list = |name: &str| text(name).unwrap_or_default();
        let patterns = Patterns::new(&list(ALLOWED_TABLES), &list(DENIED_TABLES));
        let role = role(
            text(CROSS_ACCOUNT_ROLE_ARN).as_deref(),
            text(CROSS_ACCOUNT_EXTERNAL_ID),
            &mut problems,
        );
        match FederationConfig::from_vars(var) {
            Ok(federation) if problems.is_empty() => Ok(Self {
                federation,
                streams_per_split: usize::try_from(streams)
                    .ok()
                    .and_then(NonZeroUsize::new)
                    .unwrap_or(NonZeroUsize::MIN),
                split_bytes: split_mib << 20,
                sample_items: u32::try_from(sample_items).unwrap_or(u32::MAX),
                lookup_expiry: Duration::from_secs(lookup_expiry),
                glue: is_false(DISABLE_GLUE).then(|| GlueConfig {
                    catalog: text(GLUE_CATALOG),
                }),
                patterns,
                role,
                strict_schema,
                any_case: text(DISABLE_PROJECTION_AND_CASING)
                    .is_some_and(|text| text.eq_ignore_ascii_case("always")),
                item_column: text(ITEM_COLUMN),
                extra_column: text(EXTRA_COLUMN),
                refuse_mismatches,
                passthrough,
                page_compression,
                number_type,
                epoch_unit,
                planning,
            }),
            Ok(_) => Err(ConfigError { problems }),
            Err(mut error) => {
                error.problems.append(&mut problems);
                Err(error)
            }
        }
    }
}

/// The unit that is named; one that there is not is added to the problems.
fn epoch_unit(name: Option<String>, problems: &mut Vec<String>) -> Option<String> {
    if name
        .as_deref()
        .is_some_and(|name| EpochUnit::of_name(name).is_none())
    {
        problems.push(format!(
            "the environment variable `{EPOCH_UNIT}` must be `millis`, `seconds` or `auto`"
        ));
    }
    name
}

/// The role of the options, once they make sense together: what is wrong with them is added to the problems.
fn role(
    arn: Option<&str>,
    external_id: Option<String>,
    problems: &mut Vec<String>,
) -> Option<Role> {
    if external_id.as_deref().is_some_and(|id| !is_external_id(id)) {
        problems.push(format!(
            "the environment variable `{CROSS_ACCOUNT_EXTERNAL_ID}` must have 2 to 1224 letters, digits and `_+=,.@:/-`"
        ));
    }
    match arn.map(RoleArn::new) {
        Some(Ok(arn)) => Some(Role { arn, external_id }),
        Some(Err(problem)) => {
            problems.push(format!(
                "the environment variable `{CROSS_ACCOUNT_ROLE_ARN}` is {problem}"
            ));
            None
        }
        None => {
            if external_id.is_some() {
                problems.push(format!(
                    "the environment variable `{CROSS_ACCOUNT_EXTERNAL_ID}` is set without `{CROSS_ACCOUNT_ROLE_ARN}`, whose role it is for"
                ));
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role_of(vars: &[(&str, &str)]) -> Result<Option<Role>, ConfigError> {
        let vars: std::collections::BTreeMap<_, _> = vars.iter().copied().collect();
        let var = |name: &str| match name {
            "AWS_REGION" => Some("eu-west-1".to_owned()),
            name => vars.get(name).map(|text| (*text).to_owned()),
        };
        Config::from_vars(&var).map(|config| config.role)
    }

    #[test]
    fn lookups_last_half_a_minute_or_as_long_as_is_said() {
        let expiry = |text: Option<&str>| {
            let var = |name: &str| match name {
                "AWS_REGION" => Some("eu-west-1".to_owned()),
                LOOKUP_EXPIRY_SECONDS => text.map(str::to_owned),
                _ => None,
            };
            Config::from_vars(&var).map(|config| config.lookup_expiry.as_secs())
        };
        for (text, seconds) in [(None, 30), (Some("0"), 0), (Some("3600"), 3600)] {
            assert_eq!(expiry(text).unwrap(), seconds);
        }
        for text in ["3601", "-1", "a minute"] {
            let problems = expiry(Some(text)).unwrap_err().problems;
            assert!(
                problems[0].contains("`lookup_expiry_seconds` must be a number from 0 to 3600")
            );
        }
    }

    #[test]
    fn a_role_is_taken_with_its_external_id_and_an_empty_one_counts_as_unset() {
        let arn = "arn:aws-us-gov:iam::111122223333:role/reader";
        let role = role_of(&[
            (CROSS_ACCOUNT_ROLE_ARN, arn),
            (CROSS_ACCOUNT_EXTERNAL_ID, "id-7"),
        ]);
        let role = role.unwrap().unwrap();
        assert_eq!(role.arn.as_str(), arn);
        assert_eq!(role.external_id.as_deref(), Some("id-7"));
        let blank = [
            (CROSS_ACCOUNT_ROLE_ARN, " "),
            (CROSS_ACCOUNT_EXTERNAL_ID, ""),
        ];
        assert_eq!(role_of(&blank).unwrap(), None);
    }

    #[test]
    fn roles_and_external_ids_that_cannot_be_are_named_together() {
        let wrong = role_of(&[
            (CROSS_ACCOUNT_ROLE_ARN, "arn:aws:iam::1:role/r"),
            (CROSS_ACCOUNT_EXTERNAL_ID, "a b"),
        ]);
        let problems = wrong.unwrap_err().problems;
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains(CROSS_ACCOUNT_EXTERNAL_ID));
        assert!(problems[1].contains(CROSS_ACCOUNT_ROLE_ARN) && problems[1].contains("12 digits"));
        let alone = role_of(&[(CROSS_ACCOUNT_EXTERNAL_ID, "id-7")]).unwrap_err();
        assert!(alone.to_string().contains("without"), "{alone}");
    }
}
