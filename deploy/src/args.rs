//! The command line: from words to an exit code.

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::commands::{self, Ending, Manner};
use crate::converge::ConvergeError;
use crate::packing::{self, PackArgs};
use crate::plan::{Down, Goal};
use crate::print::Printer;
use crate::printed::{self, Form, PrintArgs, Shown, named, written};
use crate::rights::Lacking;
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
        Err(help) => return ended(printer.data(&help.render().to_string()), printer),
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
    /// Print a file of settings to begin with
    Init,
    /// Build the function and pack it, the same bytes every time; nothing is asked of AWS
    Package(PackArgs),
    /// Show what exists, what differs and what would be done; changes nothing
    Plan {
        /// Write the plan to a file too, for `apply --plan`
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        flags: Box<Flags>,
        #[command(flatten)]
        output: Output,
    },
    /// Set everything up, or mend what has drifted
    Apply {
        /// Do the plan of this file, which `plan --out` wrote, without asking, and only if it would still be the same
        #[arg(long, value_name = "FILE")]
        plan: Option<PathBuf>,
        #[command(flatten)]
        flags: Box<Flags>,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        consent: Consent,
    },
    /// Show whether each part is there and as it should be, and who may do what
    Status {
        #[command(flatten)]
        flags: Box<Flags>,
        #[command(flatten)]
        output: Output,
    },
    /// Walk every link for real: function, table, spilled block, roles, catalogs; names the one that is broken
    Verify {
        #[command(flatten)]
        flags: Box<Flags>,
        #[command(flatten)]
        output: Output,
    },
    /// Print the same set-up as a template; nothing is asked of AWS
    Template {
        /// In which form
        #[arg(value_enum)]
        form: Form,
        /// Print what this account, which it is shared with, deploys
        #[arg(long, value_name = "ACCOUNT")]
        for_account: Option<String>,
        /// Leave out dashboard and alarms, and the metrics that they are about
        #[arg(long)]
        no_alarms: bool,
        #[command(flatten)]
        flags: Box<Flags>,
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
    /// Go on although rights seem to be missing, such as those that only a resource's policy grants
    #[arg(long)]
    unchecked: bool,
}

#[derive(Debug, Subcommand)]
enum PolicyDocument {
    /// Print what the function's execution role must be allowed, and no more
    ///
    /// Writing the function's log is not part of it: attach the managed policy `AWSLambdaBasicExecutionRole` to the role for that.
    Print(PrintArgs),
    /// Print one of the documents that `apply` and `share` write, or that people in account B need
    Show {
        /// Which
        #[arg(value_enum)]
        document: Shown,
        #[command(flatten)]
        flags: Box<Flags>,
    },
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
            Self::Init => written(printer.data(printed::SETTINGS)),
            Self::Package(args) => packing::pack(&args, printer),
            Self::Policy {
                document: PolicyDocument::Print(args),
            } => printed::execution_policy(&args, printer),
            Self::Policy {
                document: PolicyDocument::Show { document, flags },
            } => printed::policy(document, *flags, printer),
            Self::Template {
                form,
                for_account,
                no_alarms,
                flags,
            } => {
                let account = for_account.as_deref();
                printed::template(form, account, !no_alarms, *flags, printer)
            }
            Self::Status { flags, output } => {
                let manner = manner(terminal, &output, None);
                let (settings, package) = session::settings(*flags)?;
                let (stack, accounts) = Box::pin(session::enter(settings, package)).await?;
                Box::pin(commands::status(&stack, &accounts, &manner, printer)).await
            }
            Self::Verify { flags, output } => {
                let manner = manner(terminal, &output, None);
                let (settings, package) = session::settings(*flags)?;
                let (stack, accounts) = Box::pin(session::enter(settings, package)).await?;
                let id = format!("verify-{}", std::process::id());
                Box::pin(commands::verify(&stack, &accounts, &id, &manner, printer)).await
            }
            Self::Plan { out, flags, output } => {
                let manner = manner(terminal, &output, None);
                let (settings, package) = session::settings(*flags)?;
                let (stack, accounts) = Box::pin(session::enter(settings, package)).await?;
                let out = out.as_deref();
                commands::plan(&stack, &accounts, out, &manner, printer).await
            }
            Self::Apply {
                plan,
                flags,
                output,
                consent,
            } => {
                let saved = plan.as_deref().map(plan_of).transpose()?;
                let mut manner = manner(terminal, &output, Some(&consent));
                manner.saved = saved.as_deref();
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
        unchecked: consent.is_some_and(|consent| consent.unchecked),
        saved: None,
        ask: terminal.ask,
        stop: terminal.stop,
    }
}

fn plan_of(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|source| Failure::File {
        what: format!("cannot read the plan `{}`", path.display()),
        source: source.into(),
        hint: "`plan --out FILE` writes one".into(),
    })
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
        Failure::Read(errors, lacking) => {
            for error in &errors {
                printer.error(error, Some(&error.hint()));
            }
            rights_missing(&lacking, printer);
        }
        Failure::Rights(lacking) => {
            rights_missing(&lacking, printer);
            printer.talk("nothing was changed");
        }
        Failure::Blocked(all) => {
            for blocked in all {
                printer.talk(&format!("error: {}\nhint: {}", blocked.what, blocked.hint));
            }
            printer.talk("nothing was changed");
        }
        Failure::Saved(error) => {
            let hint = "nothing was changed; make a new plan with `plan --out` and look at it";
            printer.error(&error, Some(hint));
        }
        Failure::Left(count) => printer.talk(&format!(
            "{count} things are left in accounts without credentials, as far as they are there"
        )),
        Failure::Broken { broken, of } => {
            printer.talk(&format!(
                "{broken} of {of} links are broken; each has its fix above"
            ));
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

fn rights_missing<D: Write, T: Write>(lacking: &[Lacking], printer: &mut Printer<D, T>) {
    for lacking in lacking {
        printer.talk(&format!("error: {}", lacking.text()));
    }
}

fn ended<D: Write, T: Write>(outcome: io::Result<()>, printer: &mut Printer<D, T>) -> ExitCode {
    match written(outcome) {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => failed(failure, printer),
    }
}
