//! The command line.

use crate::asked_table::AskedTable;
use crate::function::Command;
use crate::output::Format;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// SQL on a laptop, through an Athena federation connector as Lambda runs it
#[derive(Debug, Parser)]
#[command(
    name = "athena-local",
    version,
    about,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
    /// Without a word it is the shell.
    #[command(flatten)]
    pub(crate) shell: ShellArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Answer statements as they are typed; also without any word
    Shell(Box<ShellArgs>),
    /// Load a sample shop into an embedded AWS and answer SQL over it; needs no account
    Demo(DemoArgs),
    /// Answer statements over your own DynamoDB tables
    Sql(Box<AskArgs>),
    /// Show how a statement would read your tables, without reading them
    Explain(Box<ExplainArgs>),
    /// Show what the items of a table hold, and the schema made of it; by option write it to Glue
    Schema(SchemaArgs),
    /// Judge a connector by the protocol, rule by rule
    Validate(Box<ValidateArgs>),
    /// Ask a statement in two ways, with and without pushdown or through two connectors, and compare rows and costs
    Compare(Box<CompareArgs>),
    /// Serve a web page with tables, answers and plans to this machine
    Explore(Box<ExploreArgs>),
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Name of a table of the Glue Data Catalog that describes one of DynamoDB, else of the table in DynamoDB, in any case, or its ARN
    pub(crate) table: String,
    /// Database of that table in Glue, whose properties may name the DynamoDB table and the role to read it in
    /// [default: that of `--write-glue`, else `default`]
    #[arg(long, value_name = "DATABASE")]
    pub(crate) database: Option<String>,
    /// Items to look at, or `all`
    #[arg(long, value_name = "N", default_value = "1000", value_parser = items)]
    pub(crate) items: Items,
    /// Make numbers bigint or double where all items allow it, instead of decimal(38,9)
    #[arg(long)]
    pub(crate) auto_numbers: bool,
    /// What to write
    #[arg(long, value_enum, default_value_t = SchemaFormat::Table)]
    pub(crate) format: SchemaFormat,
    /// Keep the schema as a table of this database of the Glue Data Catalog
    #[arg(long, value_name = "DATABASE")]
    pub(crate) write_glue: Option<String>,
    /// Replace a table of that name in Glue
    #[arg(long, requires = "write_glue")]
    pub(crate) replace: bool,
    /// Where to find DynamoDB and Glue instead of in AWS [default: the variables `AWS_ENDPOINT_URL…`]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Region [default: the variable `AWS_REGION`, else that of the AWS profile]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
}

/// How many items; all of them if none is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Items(pub(crate) Option<u32>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SchemaFormat {
    /// Attributes with their counts, kinds, types, and what was widened why
    Table,
    /// Glue's `TableInput` in JSON
    Glue,
    /// A statement for Athena
    Ddl,
}

fn items(text: &str) -> Result<Items, String> {
    if text == "all" {
        return Ok(Items(None));
    }
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a number from 1, or `all`".to_owned()),
        Ok(items) => Ok(Items(Some(items))),
    }
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Leave it running afterwards, and answer the statements on standard input
    #[arg(long)]
    pub(crate) keep: bool,
    /// Size of the sample: 1 is 22,500 items
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) scale: u8,
}

#[derive(Debug, Args)]
pub(crate) struct ShellArgs {
    #[command(flatten)]
    pub(crate) over: OverArgs,
    /// File that keeps what was typed [default: athena-local/history in the variable `XDG_STATE_HOME`, else in ~/.local/state]
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Keep nothing of what is typed
    #[arg(long, conflicts_with = "history")]
    pub(crate) no_history: bool,
    /// Rows shown of an answer, or `all` [default: 1000 on a terminal, else 20]
    #[arg(long, value_name = "N", value_parser = shown)]
    pub(crate) rows: Option<Shown>,
}

/// How many rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown(pub(crate) usize);

#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    /// The statement, for instance "select * from ddb.default.orders limit 5"
    #[arg(required_unless_present = "file")]
    pub(crate) statement: Option<String>,
    /// A file of statements, each ended by `;`, or `-` for standard input
    #[arg(short, long, value_name = "FILE", conflicts_with = "statement")]
    pub(crate) file: Option<PathBuf>,
    /// How the answer is written; all but `table` write every row, of one statement
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Rows shown of an answer by `--format table`, or `all` [default: 1000 on a terminal, else 20]
    #[arg(long, value_name = "N", value_parser = shown)]
    pub(crate) rows: Option<Shown>,
    #[command(flatten)]
    pub(crate) over: OverArgs,
}

/// The tables that are asked, and by which connectors.
#[derive(Debug, Clone, Args)]
pub(crate) struct OverArgs {
    /// Name of the catalog [default: ddb]; or NAME=TARGET for one more, where the target is `dynamodb`, `command:` with a command as
    /// after `--connector`, or `function:` with a name or ARN as after `--function`. May be repeated; the first is the default catalog
    #[arg(long, value_name = "NAME[=TARGET]", value_parser = catalog)]
    pub(crate) catalog: Vec<(String, Option<Target>)>,
    /// Command of the connector's function, in Rust or Java, parted at blanks [default: the DynamoDB connector in this program]
    #[arg(long, value_name = "CMD", value_parser = command)]
    pub(crate) connector: Option<Command>,
    /// Name or ARN of a deployed connector, which is then asked instead of one that is started here
    #[arg(long, value_name = "FUNCTION", conflicts_with = "connector")]
    pub(crate) function: Option<String>,
    /// Bucket for answers above 5 MB of a connector that is started here [default: the variable `spill_bucket`, else a store on loopback
    /// that ends with this program]
    #[arg(long, value_name = "BUCKET")]
    pub(crate) spill_bucket: Option<String>,
    /// Key prefix in that bucket [default: the variable `spill_prefix`, else the connector's]
    #[arg(long, value_name = "PREFIX")]
    pub(crate) spill_prefix: Option<String>,
    /// Where to find DynamoDB, S3 and Lambda instead of in AWS [default: the variables `AWS_ENDPOINT_URL…`]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Region [default: the variable `AWS_REGION`, else that of the AWS profile]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Calls to a connector that run at once, and so splits that are read at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) parallel: u16,
    /// Tell how far the reading is, also where standard error is no terminal
    #[arg(long)]
    pub(crate) progress: bool,
    /// Tell the connectors of no condition, order or limit: they give whole tables
    #[arg(long)]
    pub(crate) no_pushdown: bool,
    /// A further variable for the functions of connectors that are started here; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) env: Vec<(String, String)>,
}

/// What stands behind a catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The DynamoDB connector in this program.
    DynamoDb,
    /// A command that polls a Runtime API, as Lambda starts it.
    Command(Command),
    /// A deployed function, by name or ARN.
    Function(String),
}

impl OverArgs {
    /// The catalogs by name, the default one first.
    ///
    /// # Errors
    /// The name that two have.
    pub(crate) fn catalogs(&self) -> Result<Vec<(String, Target)>, String> {
        let alone = match (&self.connector, &self.function) {
            (Some(command), _) => Some(Target::Command(command.clone())),
            (None, Some(function)) => Some(Target::Function(function.clone())),
            (None, None) => None,
        };
        let named = self.catalog.iter().any(|(_, target)| target.is_none());
        let unnamed = !named && (alone.is_some() || self.catalog.is_empty());
        let first = unnamed.then(|| (DEFAULT_CATALOG.to_owned(), None));
        let mut catalogs: Vec<(String, Target)> = Vec::new();
        for (name, target) in first.into_iter().chain(self.catalog.iter().cloned()) {
            if catalogs.iter().any(|(other, _)| *other == name) {
                return Err(name);
            }
            let target = target.or_else(|| alone.clone());
            catalogs.push((name, target.unwrap_or(Target::DynamoDb)));
        }
        Ok(catalogs)
    }
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// A table to judge by, as TABLE or SCHEMA.TABLE, and with =ROWS how many rows it is known to have; may be repeated
    /// [default: the first that are listed and have rows]
    #[arg(long, value_name = "TABLE[=ROWS]", value_parser = AskedTable::parse)]
    pub(crate) table: Vec<AskedTable>,
    /// Tables that are chosen at most
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) tables: usize,
    /// Rows of the largest table that is judged by; all of them are read some hundred times
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) rows: usize,
    /// Questions that one table is asked at most
    #[arg(long, value_name = "N", default_value_t = 120)]
    pub(crate) questions: usize,
    /// Seconds that a call may take
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) call_seconds: u64,
    /// Try this rule alone, or all of a subject such as `spill`; may be repeated
    #[arg(long, value_name = "RULE")]
    pub(crate) rule: Vec<String>,
    /// List the rules and what the protocol says, and judge nothing
    #[arg(long)]
    pub(crate) list: bool,
    /// Tell what the protocol says of every rule, not of broken ones alone
    #[arg(long)]
    pub(crate) verbose: bool,
    /// Write the report as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) over: OverArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The statement
    pub(crate) statement: String,
    /// The other side is this command of a connector's function, instead of the same connector without pushdown
    #[arg(long, value_name = "CMD", value_parser = command)]
    pub(crate) other: Option<Command>,
    /// The other side is this deployed function
    #[arg(long, value_name = "FUNCTION", conflicts_with = "other")]
    pub(crate) other_function: Option<String>,
    /// The other side has this variable too; may be repeated, and makes a side of the same connector by itself
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) other_env: Vec<(String, String)>,
    /// Ask both sides so often, by turns
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) runs: u16,
    /// Write a page with plots into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the comparison as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) over: OverArgs,
}

impl CompareArgs {
    /// The other side, if that is another connector or another setting of it.
    pub(crate) fn other_side(&self) -> Option<OverArgs> {
        if self.other.is_none() && self.other_function.is_none() && self.other_env.is_empty() {
            return None;
        }
        let mut other = self.over.clone();
        if self.other.is_some() || self.other_function.is_some() {
            other.connector.clone_from(&self.other);
            other.function.clone_from(&self.other_function);
        }
        other.env.extend(self.other_env.iter().cloned());
        Some(other)
    }

    /// What the sides are called.
    pub(crate) fn names(&self) -> [String; 2] {
        match self.other_side() {
            None => ["with pushdown", "without pushdown"].map(str::to_owned),
            Some(_) => ["first", "other"].map(str::to_owned),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ExploreArgs {
    /// Port on 127.0.0.1 [default: any that is free]
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub(crate) port: u16,
    #[command(flatten)]
    pub(crate) over: OverArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The statement
    pub(crate) statement: String,
    #[command(flatten)]
    pub(crate) over: OverArgs,
    /// Draw the plan into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

fn command(text: &str) -> Result<Command, String> {
    Command::parse(text).ok_or_else(|| "expected a program".to_owned())
}

/// Names are lower case, as SQL folds them.
fn catalog(text: &str) -> Result<(String, Option<Target>), String> {
    let (name, target) = match text.split_once('=') {
        None => (text, None),
        Some((name, target)) => (name, Some(self::target(target)?)),
    };
    let name = name.trim().to_lowercase();
    if name.is_empty() || name.contains(['"', '.']) {
        return Err("expected NAME or NAME=TARGET".to_owned());
    }
    Ok((name, target))
}

fn target(text: &str) -> Result<Target, String> {
    match text.split_once(':') {
        None if text == "dynamodb" => Ok(Target::DynamoDb),
        Some(("command", text)) => Ok(Target::Command(command(text)?)),
        Some(("function", name)) if !name.trim().is_empty() => {
            Ok(Target::Function(name.trim().to_owned()))
        }
        Some(("arn", _)) => Ok(Target::Function(text.to_owned())),
        _ => Err("expected `dynamodb`, `command:CMD` or `function:NAME` as the target".to_owned()),
    }
}

fn shown(text: &str) -> Result<Shown, String> {
    match text.parse() {
        _ if text == "all" => Ok(Shown(usize::MAX)),
        Ok(rows) => Ok(Shown(rows)),
        Err(_) => Err("expected a number, or `all`".to_owned()),
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

const DEFAULT_CATALOG: &str = "ddb";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[track_caller]
    fn catalogs(words: &[&str]) -> Vec<(String, Target)> {
        let words = ["athena-local"].iter().chain(words);
        let arguments = Arguments::try_parse_from(words).unwrap();
        arguments.shell.over.catalogs().unwrap()
    }

    #[test]
    fn catalogs_come_in_the_order_in_which_they_are_named() {
        let named = |name: &str, target: Target| (name.to_owned(), target);
        let function = |name: &str| Target::Function(name.to_owned());
        let command = Target::Command(Command::parse("java -jar x.jar").unwrap());
        assert_eq!(catalogs(&[]), [named("ddb", Target::DynamoDb)]);
        assert_eq!(
            catalogs(&["--catalog", "Sales"]),
            [named("sales", Target::DynamoDb)]
        );
        let one = catalogs(&["--function", "orders"]);
        assert_eq!(one, [named("ddb", function("orders"))]);
        let words = [
            "--catalog",
            "old=command:java -jar x.jar",
            "--catalog",
            "ddb=dynamodb",
        ];
        let two = catalogs(&words);
        assert_eq!(
            two,
            [
                named("old", command.clone()),
                named("ddb", Target::DynamoDb)
            ]
        );
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
        let both = format!("far={arn}");
        let two = catalogs(&["--catalog", &both, "--connector", "java -jar x.jar"]);
        assert_eq!(two, [named("ddb", command), named("far", function(arn))]);
    }

    #[test]
    fn a_catalog_that_is_no_target_or_there_twice_is_refused() {
        for wrong in [
            "=dynamodb",
            "a=b",
            "a=function:",
            "a=command: ",
            "a.b=dynamodb",
        ] {
            assert!(catalog(wrong).is_err(), "{wrong}");
        }
        let words = ["athena-local", "--catalog", "a=dynamodb", "--catalog", "A"];
        let arguments = Arguments::try_parse_from(words).unwrap();
        assert_eq!(arguments.shell.over.catalogs(), Err("a".to_owned()));
    }

    #[test]
    fn a_variable_without_a_name_is_refused() {
        assert_eq!(variable("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(variable("=b").is_err() && variable("a").is_err());
    }
}
