//! The command line: from words to an exit code.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::ExecutionRole;
use crate::permissions;
use crate::print::Printer;

/// Runs a command line and says how it ended: 0 done, 1 failed, 2 asked for something that cannot be.
pub(crate) fn run<D: Write, T: Write>(
    words: impl IntoIterator<Item = OsString>,
    printer: &mut Printer<D, T>,
) -> ExitCode {
    let command = match CommandLine::try_parse_from(words) {
        Ok(line) => line.command,
        // `--help` and `--version` come as errors too, but are what was asked for.
        Err(error) if error.use_stderr() => {
            printer.talk(&error.render().to_string());
            return ExitCode::from(USAGE);
        }
        Err(help) => return written(printer.data(&help.render().to_string()), printer),
    };
    match command {
        Command::Policy {
            document: PolicyDocument::Print(args),
        } => match ExecutionRole::from_args(&args) {
            Ok(role) => {
                let policy = permissions::execution_policy(&role);
                let text = if args.json {
                    policy.to_json()
                } else {
                    policy.to_json_pretty()
                };
                written(printer.data(&text), printer)
            }
            Err(error) => {
                printer.error(&error, Some(error.hint()));
                ExitCode::from(USAGE)
            }
        },
    }
}

/// Prepares an AWS account for the Athena connector for DynamoDB
#[derive(Debug, Parser)]
#[command(
    name = "athena-dynamodb-deploy",
    version,
    arg_required_else_help = true
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The IAM policies that the connector needs
    Policy {
        #[command(subcommand)]
        document: PolicyDocument,
    },
}

#[derive(Debug, Subcommand)]
enum PolicyDocument {
    /// Print what the function's execution role must be allowed, and no more
    ///
    /// Writing the function's log is not part of it: attach the managed policy `AWSLambdaBasicExecutionRole` to the role for that.
    Print(PrintArgs),
}

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

/// Exit code for a command line that asks for something that cannot be.
const USAGE: u8 = 2;

fn written<D: Write, T: Write>(outcome: io::Result<()>, printer: &mut Printer<D, T>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // The reader (`| head`) has what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            printer.talk(&format!("error: cannot write the output\n  cause: {error}"));
            ExitCode::FAILURE
        }
    }
}
