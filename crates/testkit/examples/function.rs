//! A connector's command behind the Invoke API of the emulator, with the shop's tables, for any client of Lambda: tells the environment that
//! leads there and ends with its standard input.
//!
//! ```sh
//! cargo run -p athena-testkit --example function -- target/debug/bootstrap
//! ```

use std::io::{Read, Write};

use athena_testkit::{ACCESS_KEY_ID, Emulator, LocalAws, REGION, SECRET_ACCESS_KEY, shop::Shop};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let program = words.next().ok_or("name the connector's command")?;
    let aws = LocalAws::start().await?;
    let shop = Shop::generate(1, 0.1);
    shop.load(&aws.dynamodb.client(), |_, _| {}).await?;
    let emulator = Emulator::builder(program)
        .args(words)
        .envs(aws.function_environment())
        .concurrency(4)
        .start()
        .await?;
    let mut out = std::io::stdout();
    for (name, value) in [
        ("AWS_ENDPOINT_URL_LAMBDA", emulator.endpoint()),
        ("AWS_ENDPOINT_URL_S3", aws.s3.endpoint()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY.to_owned()),
        ("AWS_REGION", REGION.to_owned()),
    ] {
        writeln!(out, "export {name}={value}")?;
    }
    writeln!(
        out,
        "# function `function`, catalog of your choice, tables default.customers, default.orders, default.products"
    )?;
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    for process in emulator.logs() {
        write!(std::io::stderr(), "{}", process.text)?;
    }
    emulator.shutdown().await;
    Ok(())
}
