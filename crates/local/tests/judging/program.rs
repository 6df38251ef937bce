//! The program and the AWS that it finds.

use athena_testkit::{LocalAws, Shop};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// An AWS with the sample shop.
pub(crate) async fn shop() -> LocalAws {
    let aws = LocalAws::start().await.unwrap();
    let shop = Shop::generate(1, 0.006);
    shop.load(&aws.dynamodb.client(), |_, _| {}).await.unwrap();
    aws
}

/// What the program wrote and how it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

fn command(aws: &LocalAws, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_athena-local"));
    command
        .args(arguments)
        .env_clear()
        .envs(aws.function_environment());
    command
}

/// Runs it to its end.
pub(crate) async fn run(aws: &LocalAws, arguments: &[&str]) -> Ended {
    let output = command(aws, arguments).output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended {
        status: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// A program that serves a page.
pub(crate) struct Serving {
    pub(crate) child: Child,
    /// Where the page is.
    pub(crate) url: String,
}

/// Starts `explore` and waits for its address.
pub(crate) async fn explore(aws: &LocalAws) -> Serving {
    let mut child = command(aws, &["explore"])
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines.next_line().await.unwrap().unwrap();
    Serving { child, url }
}
