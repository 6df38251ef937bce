//! The command line.

use crate::function::Command;
use crate::output::Format;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// SQL on a laptop, through an Athena federation connector as Lambda runs it
#[derive(Debug, Parser)]
#[command(name = "athena-local", version, about)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Load a sample shop into an embedded AWS and answer SQL over it; needs no account
    Demo(DemoArgs),
    /// Answer statements over your own DynamoDB tables
    Sql(Box<AskArgs>),
    /// Show how a statement would read your tables, without reading them
    Explain(Box<ExplainArgs>),
    /// Show what the items of a table hold, and the schema made of it; by option write it to Glue
    Schema(SchemaArgs),
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
    #[command(flatten)]
    pub(crate) over: OverArgs,
}

/// The tables that are asked, and by which connector.
#[derive(Debug, Args)]
pub(crate) struct OverArgs {
    /// Name of the catalog
    #[arg(long, value_name = "NAME", default_value = "ddb")]
    pub(crate) catalog: String,
    /// Command of the connector's function, parted at blanks [default: the DynamoDB connector in this program]
    #[arg(long, value_name = "CMD", value_parser = command)]
    pub(crate) connector: Option<Command>,
    /// Bucket for answers above 5 MB [default: the variable `spill_bucket`]
    #[arg(long, value_name = "BUCKET")]
    pub(crate) spill_bucket: Option<String>,
    /// Key prefix in that bucket [default: the variable `spill_prefix`, else the connector's]
    #[arg(long, value_name = "PREFIX")]
    pub(crate) spill_prefix: Option<String>,
    /// Where to find DynamoDB and S3 instead of in AWS [default: the variables `AWS_ENDPOINT_URL…`]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Region [default: the variable `AWS_REGION`, else that of the AWS profile]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Tell the connector of no condition, order or limit: it gives whole tables
    #[arg(long)]
    pub(crate) no_pushdown: bool,
    /// A further variable for the connector's function; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) env: Vec<(String, String)>,
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

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_variable_without_a_name_is_refused() {
        assert_eq!(variable("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(variable("=b").is_err() && variable("a").is_err());
    }
}
