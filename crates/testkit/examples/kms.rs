//! The small KMS with the keys of its arguments; tells its address and ends with its standard input.

use std::io::{Read, Write};

use athena_testkit::Kms;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let kms = Kms::start().await?;
    for id in std::env::args().skip(1) {
        kms.create_key(&id);
    }
    writeln!(std::io::stdout(), "{}", kms.endpoint())?;
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}
