//! From the command line into the accounts: settings, package, credentials. Everything that is wrong is said before the first call.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;

use iam_policy_kit::AccountId;

use crate::aws::{Account, AwsError, LoginError};
use crate::change::Blocked;
use crate::converge::ConvergeError;
use crate::names::InputError;
use crate::package::Package;
use crate::plan::Accounts;
use crate::resource::key;
use crate::rights::Lacking;
use crate::saved::SavedError;
use crate::settings::{File, Flags, Merged, Settings};
use crate::stack::Stack;

/// Why a command ended without what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Settings that cannot be: each with its hint.
    Usage(Vec<InputError>),
    /// A file that cannot be used.
    File {
        what: String,
        source: Box<dyn Error>,
        hint: Cow<'static, str>,
    },
    Login(LoginError),
    /// Reads that failed, and rights that are missing besides.
    Read(Vec<AwsError>, Vec<Lacking>),
    /// Rights that are missing.
    Rights(Vec<Lacking>),
    /// What is there makes it impossible.
    Blocked(Vec<Blocked>),
    Converge(ConvergeError),
    /// Links that do not hold.
    Broken {
        broken: usize,
        of: usize,
    },
    /// A plan of a file that is another one by now.
    Saved(SavedError),
    /// So much is left for people in other accounts.
    Left(usize),
    /// Nobody said yes.
    Declined(&'static str),
}

impl From<LoginError> for Failure {
    fn from(error: LoginError) -> Self {
        Self::Login(error)
    }
}

impl From<ConvergeError> for Failure {
    fn from(error: ConvergeError) -> Self {
        Self::Converge(error)
    }
}

/// Settings from flags and file, and the package that they name.
///
/// # Errors
/// A file that cannot be read, and all settings that cannot be.
pub(crate) fn settings(flags: Flags) -> Result<(Settings, Option<Package>), Failure> {
    let file = match &flags.config {
        None => File::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|source| Failure::File {
                what: format!("cannot read the settings `{path}`"),
                source: source.into(),
                hint:
                    "give the path of a TOML file with `--config`; `init` prints one to begin with"
                        .into(),
            })?;
            File::read(&text).map_err(|source| Failure::File {
                what: format!("cannot use the settings `{path}`"),
                source: source.into(),
                hint: "`init` prints a file with all keys".into(),
            })?
        }
    };
    let settings = Settings::check(Merged::of(flags, file)).map_err(Failure::Usage)?;
    let package = match &settings.zip {
        None => None,
        Some(path) => {
            let hint = "`package` writes one to target/lambda/bootstrap.zip";
            let bytes = std::fs::read(path).map_err(|source| Failure::File {
                what: format!("cannot read the package `{path}`"),
                source: source.into(),
                hint: hint.into(),
            })?;
            let package = Package::read(bytes).map_err(|source| Failure::File {
                what: format!("cannot use the package `{path}`"),
                hint: source.hint().into(),
                source: source.into(),
            })?;
            Some(package)
        }
    };
    Ok((settings, package))
}

/// Enters all accounts that there are credentials for.
///
/// # Errors
/// [`Failure::Login`], also where two accounts turn out to be one.
pub(crate) async fn enter(
    mut settings: Settings,
    package: Option<Package>,
) -> Result<(Stack, Accounts), Failure> {
    let expected = settings.account_a.as_ref();
    let a = Account::enter("A", &settings.login_a, expected, &settings, None).await?;
    if let Some(name) = settings.kms_name.take() {
        let key = key::arn_of(&a, &name).await;
        settings.kms_key = Some(key.map_err(|error| Failure::Read(vec![error], Vec::new()))?);
    }
    if let Some(key) = &settings.kms_key {
        crate::names::key_in_region("--kms-key", key, &a.region)
            .map_err(|error| Failure::Usage(vec![error]))?;
    }
    let mut b = BTreeMap::new();
    for share in &settings.shares {
        if share.account == a.id {
            return Err(Failure::Usage(vec![InputError::new(
                "--account-b",
                format!("be another account than A, got `{}` for both", a.id),
                "account A has its own catalog already; `--profile-a` chooses the account that owns the tables",
            )]));
        }
        if let Some(login) = &share.login {
            let region = Some(a.region.as_str());
            let account =
                Account::enter("B", login, Some(&share.account), &settings, region).await?;
            b.insert(share.account.clone(), account);
        }
    }
    let stack = Stack {
        settings,
        account: a.id.clone(),
        region: a.region.clone(),
        package,
    };
    Ok((stack, Accounts { a, b }))
}

/// The stack without a look at AWS. An account that is not named is a place holder, where documents do without.
///
/// # Errors
/// Settings that cannot be, and a Region that is not named.
pub(crate) fn offline(flags: Flags) -> Result<Stack, Failure> {
    let (settings, package) = settings(flags)?;
    let Some(region) = settings.region.clone() else {
        return Err(Failure::Usage(vec![InputError::new(
            "--region",
            "be given where AWS is not asked",
            "a Region reads like `us-east-1`",
        )]));
    };
    if let Some(name) = &settings.kms_name {
        return Err(Failure::Usage(vec![InputError::new(
            "--kms-key",
            format!("be the key's ARN where AWS is not asked, got `{name}`"),
            "`aws kms describe-key --key-id NAME --query KeyMetadata.Arn` prints it",
        )]));
    }
    let account = settings.account_a.clone();
    let account =
        account.unwrap_or_else(|| AccountId::new("000000000000").expect("these are twelve digits"));
    Ok(Stack {
        settings,
        account,
        region,
        package,
    })
}
