//! The command line: from words to an exit code.

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::commands::{self, Ending, Manner};
use crate::config::ExecutionRole;
use crate::converge::ConvergeError;
use crate::permissions;
use crate::plan::{Down, Goal};
use crate::print::Printer;
use crate::session::{self, Failure};
use crate::settings::{Flags, Settings};

/// What the program knows of the one who started it.
pub(crate) struct Terminal<'a> {
    /// Asks a person; `None` where there is none.
    pub(crate) ask: &'a dyn Fn(&str) -> Option<bool>,
    /// Whether somebody asked to stop.
    pub(crate) stop: &'a dyn Fn() -> bool,
}

/// Runs a command line and says how it ended: see [`CODES`].
pub(crate) async fn run<D: Write, T: Write>(
    words: impl IntoIterator<Item = OsString>,
    terminal: Terminal<'_>,
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
    match Box::pin(command.run(&terminal, printer)).await {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Pending) => ExitCode::from(PENDING),
        Err(failure) => failed(failure, printer),
    }
}

/// Prepares AWS accounts for the Athena connector for DynamoDB
#[derive(Debug, Parser)]
#[command(
    name = "athena-dynamodb-deploy",
    version,
    arg_required_else_help = true,
    after_help = CODES
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

/// The meaning of exit codes.
const CODES: &str = "Exit codes: 0 done or nothing to do, 1 error, 2 changes are pending (plan, status, --dry-run), \
                     3 nobody agreed, 64 wrong settings, 130 interrupted.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what exists, what differs and what would be done; changes nothing
    Plan {
        #[command(flatten)]
        flags: Box<Flags>,
        #[command(flatten)]
        output: Output,
    },
    /// Set everything up, or mend what has drifted
    Apply {
        #[command(flatten)]
        flags: Box<Flags>,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        consent: Consent,
    },
    /// Let another account query: bucket policy, function permission, role and data catalog over there
    Share {
        #[command(flatten)]
        flags: Box<Flags>,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        consent: Consent,
    },
    /// Take back what `share` gave
    Unshare {
        #[command(flatten)]
        flags: Box<Flags>,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        consent: Consent,
    },
    /// Take everything down that was made here; never tables, keys or data
    Destroy {
        #[command(flatten)]
        flags: Box<Flags>,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        consent: Consent,
        /// Delete buckets too, as far as they were made here and are empty
        #[arg(long)]
        delete_buckets: bool,
        /// Delete the function's log too
        #[arg(long)]
        delete_logs: bool,
        /// Delete also what has not our tags
        #[arg(long)]
        force_unowned: bool,
    },
    /// The IAM policies that the connector needs
    Policy {
        #[command(subcommand)]
        document: PolicyDocument,
    },
}

/// How output is written.
#[derive(Debug, Args)]
struct Output {
    /// Write one JSON document
    #[arg(long)]
    json: bool,
}

/// Whether changes are made.
#[derive(Debug, Args)]
struct Consent {
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Show what would be done and do nothing
    #[arg(long)]
    dry_run: bool,
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

/// Exit code for differences that nobody has mended.
const PENDING: u8 = 2;
/// Exit code for changes that nobody agreed to.
const DECLINED: u8 = 3;
/// Exit code for a command line that asks for something that cannot be (`EX_USAGE` of sysexits).
const USAGE: u8 = 64;
/// Exit code after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

impl Command {
    async fn run<D: Write, T: Write>(
        self,
        terminal: &Terminal<'_>,
        printer: &mut Printer<D, T>,
    ) -> Result<Ending, Failure> {
        match self {
            Self::Policy {
                document: PolicyDocument::Print(args),
            } => print_policy(&args, printer),
            Self::Plan { flags, output } => {
                let manner = manner(terminal, &output, None);
                let (settings, package) = session::settings(*flags)?;
                let (stack, accounts) = Box::pin(session::enter(settings, package)).await?;
                commands::plan(&stack, &accounts, &manner, printer).await
            }
            Self::Apply {
                flags,
                output,
                consent,
            } => {
                let manner = manner(terminal, &output, Some(&consent));
                Box::pin(reach(*flags, &manner, |_| Ok(Goal::Up), printer)).await
            }
            Self::Share {
                flags,
                output,
                consent,
            } => {
                let manner = manner(terminal, &output, Some(&consent));
                let goal = |settings: &Settings| Ok(Goal::Share(named(settings)?));
                Box::pin(reach(*flags, &manner, goal, printer)).await
            }
            Self::Unshare {
                flags,
                output,
                consent,
            } => {
                let manner = manner(terminal, &output, Some(&consent));
                let goal = |settings: &Settings| Ok(Goal::Unshare(named(settings)?));
                Box::pin(reach(*flags, &manner, goal, printer)).await
            }
            Self::Destroy {
                flags,
                output,
                consent,
                delete_buckets,
                delete_logs,
                force_unowned,
            } => {
                let manner = manner(terminal, &output, Some(&consent));
                let down = Down {
                    buckets: delete_buckets,
                    logs: delete_logs,
                    unowned: force_unowned,
                };
                Box::pin(reach(*flags, &manner, |_| Ok(Goal::Down(down)), printer)).await
            }
        }
    }
}

fn manner<'a>(terminal: &Terminal<'a>, output: &Output, consent: Option<&Consent>) -> Manner<'a> {
    Manner {
        json: output.json,
        yes: consent.is_some_and(|consent| consent.yes),
        dry_run: consent.is_some_and(|consent| consent.dry_run),
        ask: terminal.ask,
        stop: terminal.stop,
    }
}

/// The accounts to share with, of which there must be one.
fn named(settings: &Settings) -> Result<Vec<crate::settings::Share>, Failure> {
    if settings.shares.is_empty() {
        return Err(Failure::Usage(vec![crate::names::InputError::new(
            "--account-b",
            "be given to share",
            "it is the account that is to query; `--profile-b` has its credentials, if you have them",
        )]));
    }
    Ok(settings.shares.clone())
}

async fn reach<D: Write, T: Write>(
    flags: Flags,
    manner: &Manner<'_>,
    goal: impl FnOnce(&Settings) -> Result<Goal, Failure>,
    printer: &mut Printer<D, T>,
) -> Result<Ending, Failure> {
    let (settings, package) = session::settings(flags)?;
    let goal = goal(&settings)?;
    let (stack, accounts) = Box::pin(session::enter(settings, package)).await?;
    Box::pin(commands::reach(&stack, &accounts, &goal, manner, printer)).await
}

fn print_policy<D: Write, T: Write>(
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
    printed(printer.data(&text))
}

fn printed(outcome: io::Result<()>) -> Result<Ending, Failure> {
    match outcome {
        // The reader (`| head`) has what it wanted.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::File {
            what: "cannot write the output".to_owned(),
            source: error.into(),
            hint: "see whether there is room where it goes",
        }),
        _ => Ok(Ending::Done),
    }
}

fn failed<D: Write, T: Write>(failure: Failure, printer: &mut Printer<D, T>) -> ExitCode {
    match failure {
        Failure::Usage(errors) => {
            for error in &errors {
                printer.error(error, Some(error.hint()));
            }
            return ExitCode::from(USAGE);
        }
        Failure::File { what, source, hint } => {
            printer.talk(&format!("error: {what}"));
            let mut cause: Option<&dyn Error> = Some(source.as_ref());
            while let Some(source) = cause {
                printer.talk(&format!("  cause: {}", source.to_string().trim_end()));
                cause = source.source();
            }
            printer.talk(&format!("\nhint: {hint}"));
            return ExitCode::from(USAGE);
        }
        Failure::Login(error) => printer.error(&error, Some(&error.hint())),
        Failure::Read(error) => printer.error(&error, Some(&error.hint())),
        Failure::Blocked(all) => {
            for blocked in all {
                printer.talk(&format!("error: {}\nhint: {}", blocked.what, blocked.hint));
            }
            printer.talk("nothing was changed");
        }
        Failure::Converge(error) => {
            printer.error(&error, Some(&error.hint()));
            if let ConvergeError::Interrupted { .. } = error {
                return ExitCode::from(INTERRUPTED);
            }
        }
        Failure::Declined(why) => {
            printer.talk(why);
            return ExitCode::from(DECLINED);
        }
    }
    ExitCode::FAILURE
}

fn written<D: Write, T: Write>(outcome: io::Result<()>, printer: &mut Printer<D, T>) -> ExitCode {
    match printed(outcome) {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => failed(failure, printer),
    }
}
