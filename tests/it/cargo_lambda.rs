//! cargo-lambda's emulator as the second opinion on Lambda: ours is one reading of its manual, that one is another's.
//!
//! `cargo xtask test` installs it and says where it is; without that variable this test passes over it and says so.

use crate::stack::{NewTable, key, read, rows_of, shown_rows, table_name};
use athena_client::{Connector, EndpointInvoker, Limits, S3Store};
use athena_protocol::predicate::Constraints;
use athena_testkit::LocalAws;
use serde_json::json;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// The emulator, on a port that was free a moment ago: it takes 0 for its usual one.
async fn start(program: &OsStr, project: &Path) -> (Child, u16) {
    for _ in 0..5 {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut server = Command::new(program)
            .args(["lambda", "watch", "--only-lambda-apis"])
            .args(["--invoke-address", "127.0.0.1", "--invoke-port"])
            .arg(port.to_string())
            .arg("--manifest-path")
            .arg(project.join("Cargo.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let told = tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        loop {
            match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                Ok(_) => return (server, port),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => panic!("{error}"),
            }
            // Its output ends with it, as where somebody else took the port.
            if told.is_finished() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    panic!("the emulator does not start");
}

#[tokio::test]
async fn a_table_is_read_through_the_emulator_of_cargo_lambda() {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests says where it is"
    )]
    let Some(program) = std::env::var_os("CARGO_LAMBDA") else {
        println!("skipped: `CARGO_LAMBDA` does not tell where cargo-lambda is");
        return;
    };
    // It wants a project, of which it builds nothing here.
    let project = tempfile::tempdir().unwrap();
    std::fs::create_dir(project.path().join("src")).unwrap();
    std::fs::write(project.path().join("src/main.rs"), "fn main() {}\n").unwrap();
    let manifest =
        "[package]\nname = \"nothing\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    std::fs::write(project.path().join("Cargo.toml"), manifest).unwrap();
    let (_server, port) = start(&program, project.path()).await;

    let aws = LocalAws::start().await.unwrap();
    let items: Vec<_> = (0..500)
        .map(|number| json!({"id": {"S": format!("i{number:03}")}, "n": {"N": number.to_string()}, "text": {"S": "x".repeat(20_000)}}))
        .collect();
    NewTable::named("items", &[key("id", "S")])
        .load(&aws, &items)
        .await;
    let _function = Command::new(env!("CARGO_BIN_EXE_connector-under-test"))
        .envs(aws.function_environment())
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            format!("http://127.0.0.1:{port}/.rt"),
        )
        .env("AWS_LAMBDA_FUNCTION_NAME", "_")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let endpoint = format!("http://127.0.0.1:{port}");
    let invoker = EndpointInvoker::new(&endpoint, "_", Duration::from_mins(2)).unwrap();
    let store = S3Store::new(aws.s3.client());
    let connector = Connector::new(Arc::new(invoker), Arc::new(store), "ddb", Limits::default());

    let query = connector.query();
    assert_eq!(query.list_schemas().await.unwrap(), ["default"]);
    let table = query.get_table(&table_name("items")).await.unwrap();
    let batches = read(&query, &table, Constraints::default(), table.schema.clone()).await;
    rows_of(&batches.unwrap()).assert_eq(&shown_rows(&items, &table.schema).rows, "all items");
    assert!(
        query.stats().figures().spilled_blocks > 0,
        "10 MB do not fit an answer"
    );
}
