//! Two AWS accounts of moto, and the binary with credentials for both.
//!
//! `cargo xtask test` installs moto and says where it is; without that variable these tests pass over it and say so. The server
//! is moto with some calls that it lacks, and a record of all calls: `accounts.py`.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) const A: &str = "111111111111";
pub(crate) const B: &str = "222222222222";
pub(crate) const C: &str = "333333333333";
pub(crate) const FUNCTION: &str = "athena-dynamodb-lambda-connector-account-a";

/// The accounts, with a folder for what the binary reads.
pub(crate) struct Accounts {
    server: Child,
    port: u16,
    folder: TempDir,
}

/// How a run of the binary went.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) data: String,
    pub(crate) talk: String,
}

impl Accounts {
    /// Starts a server on a free port; `None` if there is none to start.
    pub(crate) fn start() -> Option<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "whoever runs the tests says where the server is"
        )]
        let Some(program) = std::env::var_os("MOTO_SERVER") else {
            println!("skipped: `MOTO_SERVER` does not tell where moto is");
            return None;
        };
        let python = PathBuf::from(program).with_file_name("python");
        let mut server = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/accounts.py"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("PYTHONUNBUFFERED", "1")
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().expect("a line that tells the port").unwrap();
            if let Some((_, port)) = line.split_once("Running on http://127.0.0.1:") {
                break port.trim().parse().unwrap();
            }
        };
        // Whoever does not read what a server writes holds it up in the end.
        std::thread::spawn(move || lines.for_each(drop));
        let accounts = Self {
            server,
            port,
            folder: TempDir::new().unwrap(),
        };
        accounts.write_package("bootstrap.zip", "first");
        accounts.write_credentials();
        Some(accounts)
    }

    /// Empties the accounts. Keys are forgotten too, and made anew.
    pub(crate) fn reset(&self) {
        self.http("POST", "/moto-api/reset", "", "");
        self.write_credentials();
    }

    fn write_credentials(&self) {
        let mut text = String::new();
        for (profile, account) in [("a", A), ("b", B), ("c", C)] {
            let head = format!(
                "x-moto-account-id: {account}\r\n\
                 Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/iam/aws4_request, \
                 SignedHeaders=host, Signature=0\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            );
            let iam =
                |form: &str| self.http("POST", "/", &head, &format!("Version=2010-05-08&{form}"));
            iam("Action=CreateUser&UserName=admin");
            let keys = iam("Action=CreateAccessKey&UserName=admin");
            let element = |name: &str| {
                let (_, rest) = keys.split_once(&format!("<{name}>")).unwrap();
                rest.split_once('<').unwrap().0.to_owned()
            };
            let (id, secret) = (element("AccessKeyId"), element("SecretAccessKey"));
            let _ = writeln!(
                text,
                "[{profile}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}"
            );
        }
        std::fs::write(self.path("credentials"), text).unwrap();
    }

    /// Writes a package whose program is other bytes for other `words`.
    pub(crate) fn write_package(&self, name: &str, words: &str) {
        let mut program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0".to_vec();
        program.extend(words.as_bytes());
        let file = std::fs::File::create(self.path(name)).unwrap();
        let mut archive = zip::ZipWriter::new(file);
        let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
        archive.start_file("bootstrap", options).unwrap();
        archive.write_all(&program).unwrap();
        archive.finish().unwrap();
    }

    /// A file of the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command with account A's credentials and the usual settings.
    pub(crate) fn run(&self, words: &[&str]) -> Run {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let zip = self.path("bootstrap.zip");
        let (command, options) = words.split_first().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_athena-dynamodb-deploy"))
            .args([command, "--profile-a=a", "--spill-bucket=ds-spill-bucket"])
            .args(["--wait-step-ms=10", "--wait-seconds=1"])
            .arg("--zip")
            .arg(zip)
            .args(options)
            .env_clear()
            .env("ATHENA_DEPLOY_ENDPOINT_URL", endpoint)
            .env("ATHENA_DEPLOY_REGION", "us-east-1")
            .env("AWS_SHARED_CREDENTIALS_FILE", self.path("credentials"))
            .env("AWS_CONFIG_FILE", self.path("no-config"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Run::of(output)
    }

    /// Runs a command that must end with code 0.
    #[track_caller]
    pub(crate) fn done(&self, words: &[&str]) -> Run {
        let run = self.run(words);
        assert_eq!(run.code, Some(0), "{words:?}: {run:#?}");
        run
    }

    /// The write calls since the last question.
    pub(crate) fn writes(&self) -> Vec<String> {
        let calls = self.http("GET", "/-/calls", "", "");
        let writes = calls.lines().filter_map(|line| line.strip_prefix("write "));
        writes.map(str::to_owned).collect()
    }

    /// Refuses the n-th write call from now on, before or after it takes effect.
    pub(crate) fn refuse(&self, write: usize, when: &str) {
        self.http(
            "POST",
            &format!("/-/fail?write={write}&when={when}"),
            "",
            "",
        );
    }

    /// Has Lambda refuse a new role that many times, and a new function pend for as many looks.
    pub(crate) fn slow(&self, times: u32) {
        self.http("POST", &format!("/-/slow?times={times}"), "", "");
    }

    /// Makes a call by hand in an account, as somebody would in a console. Moto checks no signature, but reads the service's name.
    pub(crate) fn by_hand(
        &self,
        account: &str,
        service: &str,
        method: &str,
        path: &str,
        head: &str,
        body: &str,
    ) -> String {
        let head = format!(
            "x-moto-account-id: {account}\r\n{head}\
             Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=0\r\n"
        );
        self.http(method, path, &head, body)
    }

    /// Makes a call of IAM by hand.
    pub(crate) fn iam(&self, account: &str, form: &str) -> String {
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        let form = format!("Version=2010-05-08&{form}");
        self.by_hand(account, "iam", "POST", "/", kind, &form)
    }

    /// Makes a call of Athena or CloudWatch Logs by hand.
    pub(crate) fn json(&self, account: &str, target: &str, body: &str) -> String {
        let service = if target.starts_with("Logs") {
            "logs"
        } else {
            "athena"
        };
        let head =
            format!("X-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.1\r\n");
        self.by_hand(account, service, "POST", "/", &head, body)
    }

    /// Makes a call of S3 on the spill bucket by hand.
    pub(crate) fn s3(&self, method: &str, path: &str, body: &str) -> String {
        let path = format!("/ds-spill-bucket{path}");
        self.by_hand(A, "s3", method, &path, "", body)
    }

    fn http(&self, method: &str, path: &str, head: &str, body: &str) -> String {
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {}\r\n{head}\r\n{body}",
            body.len()
        );
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        connection.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 2"),
            "{method} {path}: {answer}"
        );
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

impl Drop for Accounts {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            data: String::from_utf8(output.stdout).unwrap(),
            talk: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
