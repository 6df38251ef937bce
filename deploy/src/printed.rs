//! Commands that only print: documents and templates. Nothing is asked of AWS.

use std::io::{self, Write};

use clap::Args;
use iam_policy_kit::Document;

use crate::commands::Ending;
use crate::config::ExecutionRole;
use crate::documents;
use crate::names::InputError;
use crate::permissions;
use crate::print::Printer;
use crate::rights;
use crate::session::{self, Failure};
use crate::settings::{Flags, Settings, Share};
use crate::template;

/// Settings to begin with.
pub(crate) const SETTINGS: &str = include_str!("deploy.toml");

/// Options of `policy print`.
#[derive(Debug, Args)]
pub(crate) struct PrintArgs {
    /// Bucket to which results above Lambda's response limit are written
    #[arg(long, value_name = "BUCKET")]
    pub(crate) spill_bucket: String,
    /// Folder of the spill bucket that the connector writes to
    #[arg(long, value_name = "PREFIX", default_value = "athena-spill")]
    pub(crate) spill_prefix: String,
    /// ARN of the KMS key that makes the keys of spilled blocks; without it no KMS action is granted
    #[arg(long, value_name = "ARN")]
    pub(crate) kms_key: Option<String>,
    /// ARN of the role that makes all calls to DynamoDB (`cross_account_role_arn`); the right to assume it takes the place of those
    /// on tables, which are that role's
    #[arg(long, value_name = "ARN", conflicts_with = "tables")]
    pub(crate) cross_account_role: Option<String>,
    /// ARNs of the roles that Glue tables name (`sourceRoleArn`), separated by commas
    #[arg(long, value_name = "ARNS", value_delimiter = ',')]
    pub(crate) table_roles: Vec<String>,
    /// Tables that may be read, separated by commas; without it all tables
    #[arg(long, value_name = "TABLES", value_delimiter = ',', requires_all = ["region", "account"])]
    pub(crate) tables: Vec<String>,
    /// Region of tables, catalog and workgroups; without it all Regions
    #[arg(long, value_name = "REGION", requires = "account")]
    pub(crate) region: Option<String>,
    /// Account of tables, catalog and workgroups
    #[arg(long, value_name = "ACCOUNT", requires = "region")]
    pub(crate) account: Option<String>,
    /// Print the document in one line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Forms of templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// AWS CloudFormation
    #[value(alias = "cfn")]
    Cloudformation,
    /// AWS Serverless Application Model
    Sam,
    /// Terraform, as `main.tf.json`
    Terraform,
}

/// Documents that can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shown {
    /// What the policy of the spill bucket gains
    Spill,
    /// What the function's policy gains
    Function,
    /// Who may assume the execution role
    Trust,
    /// What the function may do
    Execution,
    /// Who may assume the role in account B
    ShareTrust,
    /// What that role may do
    Share,
    /// What people in account B need
    Analyst,
    /// What whoever runs `apply` needs in account A
    DeployerA,
    /// What whoever runs `share` needs in account B
    DeployerB,
}

/// Prints what the execution role must be allowed, and no more.
///
/// # Errors
/// Options that cannot be.
pub(crate) fn execution_policy<D: Write, T: Write>(
    args: &PrintArgs,
    printer: &mut Printer<D, T>,
) -> Result<Ending, Failure> {
    let role = ExecutionRole::from_args(args).map_err(|error| Failure::Usage(vec![error]))?;
    let policy = permissions::execution_policy(&role);
    let text = if args.json {
        policy.to_json()
    } else {
        policy.to_json_pretty()
    };
    written(printer.data(&text))
}

/// Prints a document that `apply` or `share` writes, or that people need.
///
/// # Errors
/// Settings that cannot be.
pub(crate) fn policy<D: Write, T: Write>(
    document: Shown,
    flags: Flags,
    printer: &mut Printer<D, T>,
) -> Result<Ending, Failure> {
    let stack = session::offline(flags)?;
    if stack.settings.account_a.is_none() {
        return Err(Failure::Usage(vec![InputError::new(
            "--account-a",
            "be given where AWS is not asked",
            "`aws sts get-caller-identity --query Account` prints it",
        )]));
    }
    let needs_share = !matches!(document, Shown::Trust | Shown::Execution | Shown::DeployerA);
    let shares = if needs_share {
        named(&stack.settings)?
    } else {
        Vec::new()
    };
    let document = match (document, shares.first()) {
        (Shown::Trust, _) => documents::execution_trust(&stack),
        (Shown::ShareTrust, Some(share)) => documents::share_trust(&stack, share),
        (Shown::Share, Some(share)) => documents::share_policy(&stack, share),
        (Shown::DeployerA, _) => rights::policy(&rights::to_deploy(&stack, &stack.account)),
        (Shown::DeployerB, Some(share)) => {
            rights::policy(&rights::to_deploy(&stack, &share.account))
        }
        (Shown::Analyst, Some(share)) => documents::analyst_policy(&stack, share),
        (Shown::Function, Some(share)) => {
            let id = documents::INVOKE;
            Document::new([documents::invoke_statement(&stack, &share.account, id)])
        }
        (Shown::Spill, Some(_)) => {
            let accounts: Vec<_> = shares.iter().map(|share| share.account.clone()).collect();
            Document::new(documents::spill_policy(&stack, &accounts))
        }
        (_, _) => documents::execution_policy(&stack),
    };
    written(printer.data(&document.to_json_pretty()))
}

/// Prints the set-up as a template.
///
/// # Errors
/// Settings that cannot be.
pub(crate) fn template<D: Write, T: Write>(
    form: Form,
    for_account: Option<&str>,
    is_watched: bool,
    flags: Flags,
    printer: &mut Printer<D, T>,
) -> Result<Ending, Failure> {
    let stack = session::offline(flags)?;
    let wrong =
        |option: &str, rule: &str, hint| Failure::Usage(vec![InputError::new(option, rule, hint)]);
    let template = match (for_account, form) {
        (None, Form::Terraform) => template::configuration(&stack, is_watched),
        (None, form) => template::account_a(&stack, form == Form::Sam, is_watched),
        (Some(_), Form::Terraform) => {
            let hint = "`template cloudformation --for-account` prints it for CloudFormation";
            return Err(wrong(
                "--for-account",
                "go with `cloudformation` or `sam`",
                hint,
            ));
        }
        (Some(account), _) => {
            if stack.settings.account_a.is_none() {
                let hint = "the other account has to trust it by its id";
                return Err(wrong("--account-a", "be given with `--for-account`", hint));
            }
            let mut shares = stack.settings.shares.iter();
            let Some(share) = shares.find(|share| share.account.as_str() == account) else {
                let hint = "name it with `--account-b` or as `[[b]]` in the file";
                return Err(wrong(
                    "--for-account",
                    "be an account of the settings",
                    hint,
                ));
            };
            template::account_b(&stack, share)
        }
    };
    let text = serde_json::to_string_pretty(&template).expect("a template is JSON");
    written(printer.data(&text))
}

/// The accounts to share with, of which there must be one.
///
/// # Errors
/// Where there is none.
pub(crate) fn named(settings: &Settings) -> Result<Vec<Share>, Failure> {
    if settings.shares.is_empty() {
        return Err(Failure::Usage(vec![InputError::new(
            "--account-b",
            "be given to share",
            "it is the account that is to query; `--profile-b` has its credentials, if you have them",
        )]));
    }
    Ok(settings.shares.clone())
}

/// How writing the output went.
///
/// # Errors
/// What the stream answers, unless its reader has gone.
pub(crate) fn written(outcome: io::Result<()>) -> Result<Ending, Failure> {
    match outcome {
        // The reader (`| head`) has what it wanted.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::File {
            what: "cannot write the output".to_owned(),
            source: error.into(),
            hint: "see whether there is room where it goes".into(),
        }),
        _ => Ok(Ending::Done),
    }
}
