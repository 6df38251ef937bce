//! DynamoDB Local: Amazon's own stand-in for the service, a Java program
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.html>).
//!
//! [`DynamoDb`](crate::DynamoDb) is faster and needs no Java; this one is what its answers are compared with.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::Error;

/// A DynamoDB Local of its own, in memory and empty at first. Dropping it ends it.
#[derive(Debug)]
pub struct DynamoDbLocal {
    server: Child,
    port: u16,
    /// With its output. Gone after the process.
    _folder: TempDir,
}

impl DynamoDbLocal {
    /// Starts it from the folder of its archives and native libraries, and waits until it takes connections: 2 to 10 seconds.
    ///
    /// # Errors
    /// [`Error::Program`] without Java, or with the end of what the program wrote where it ended or took no connections.
    pub async fn start(archives: &Path) -> Result<Self, Error> {
        let mut attempt = 1;
        loop {
            match Self::try_start(archives).await {
                // Somebody else may have taken the port before Java did.
                Err(Error::Program { reason, .. })
                    if attempt < ATTEMPTS && reason.contains("in use") =>
                {
                    attempt += 1;
                }
                started => return started,
            }
        }
    }

    async fn try_start(archives: &Path) -> Result<Self, Error> {
        let folder = TempDir::new().map_err(|source| Error::Folder {
            server: NAME,
            source,
        })?;
        let output = folder.path().join("output");
        let port = free_port().map_err(|source| Error::Listen {
            server: NAME,
            source,
        })?;
        let failed = |reason: String| Error::Program {
            server: NAME,
            reason,
        };
        let file = || File::options().create(true).append(true).open(&output);
        let (stdout, stderr) = file()
            .and_then(|stdout| Ok((stdout, file()?)))
            .map_err(|error| failed(format!("its output has no place: {error}")))?;
        let library_path = format!("-Djava.library.path={}", archives.display());
        let server = Command::new("java")
            .args(["-Xmx512m", &library_path, "-cp"])
            .arg(archives.join("*"))
            .arg(MAIN_CLASS)
            .args(["-inMemory", "-sharedDb", "-disableTelemetry", "-port"])
            .arg(port.to_string())
            // It may leave files where it runs.
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .map_err(|error| failed(format!("`java` does not start: {error}")))?;
        let mut this = Self {
            server,
            port,
            _folder: folder,
        };
        for _ in 0..POLLS {
            if let Ok(Some(status)) = this.server.try_wait() {
                return Err(failed(format!(
                    "it ended with {status}: {}",
                    end_of(&output)
                )));
            }
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(this);
            }
            tokio::time::sleep(BETWEEN_POLLS).await;
        }
        let waited = BETWEEN_POLLS * POLLS;
        Err(failed(format!(
            "it took no connection on port {port} for {} s: {}",
            waited.as_secs(),
            end_of(&output)
        )))
    }

    /// Where it listens: `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for DynamoDbLocal {
    fn drop(&mut self) {
        // One that has ended by itself cannot be ended, and is waited for all the same.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A port that is free now. Java cannot be told to choose one and say which.
fn free_port() -> std::io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// The end of what the program wrote.
fn end_of(output: &Path) -> String {
    let text = std::fs::read(output).unwrap_or_default();
    let end = &text[text.len().saturating_sub(OUTPUT_BYTES)..];
    String::from_utf8_lossy(end).trim().to_owned()
}

const NAME: &str = "DynamoDB Local";
/// Of version 3; version 2 has it in another package.
const MAIN_CLASS: &str = "software.amazon.dynamodb.services.local.main.ServerRunner";
/// Ports that are tried.
const ATTEMPTS: u32 = 3;
const BETWEEN_POLLS: Duration = Duration::from_millis(100);
/// A minute: a busy machine takes ten times as long as an idle one.
const POLLS: u32 = 600;
/// Enough for the sentence of a Java exception and the frames where it began.
const OUTPUT_BYTES: usize = 2000;
