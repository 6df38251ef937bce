//! A Lambda function that does as its event says, for the tests of the emulator.
//!
//! It speaks the Runtime API over one plain `TcpStream`, without a runtime crate or an HTTP client, so that what the tests see
//! is the emulator's doing. An event is a JSON object: `op` and what the operation takes.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    writeln!(std::io::stdout(), "starting")?;
    match variable("ECHO_START").as_str() {
        "exit" => std::process::exit(3),
        "hang" => hang(),
        _ => {}
    }
    let mut runtime = Runtime::connect(variable("AWS_LAMBDA_RUNTIME_API"))?;
    if variable("ECHO_START") == "error" {
        let document = br#"{"errorMessage":"no configuration","errorType":"Echo.Init"}"#;
        runtime.call("POST", "init/error", document)?;
        hang();
    }
    loop {
        let invocation = runtime.call("GET", "invocation/next", b"")?;
        let request_id = invocation.header("lambda-runtime-aws-request-id");
        let event: Value = serde_json::from_slice(&invocation.body)?;
        let number = |name: &str| event[name].as_u64().unwrap_or(0);
        let (kind, body) = match event["op"].as_str().unwrap_or("echo") {
            "fail" => (
                "error",
                br#"{"errorMessage":"as told","errorType":"Echo.Fail"}"#.to_vec(),
            ),
            "exit" => std::process::exit(i32::try_from(number("code"))?),
            "hang" => hang(),
            "big" => {
                let mut body = vec![b'x'; usize::try_from(number("bytes"))?];
                if let [first, .., last] = body.as_mut_slice() {
                    (*first, *last) = (b'"', b'"');
                }
                ("response", body)
            }
            "log" => ("response", log(&event)?),
            "environment" => ("response", environment().to_string().into_bytes()),
            "headers" => (
                "response",
                json!(invocation.headers).to_string().into_bytes(),
            ),
            "meet" => ("response", meet(&event)?),
            _ => ("response", invocation.body.clone()),
        };
        let answer = runtime.call("POST", &format!("invocation/{request_id}/{kind}"), &body)?;
        if answer.status != 202 {
            writeln!(std::io::stdout(), "refused with {}", answer.status)?;
        }
        if event["then"] == "exit" {
            std::process::exit(0);
        }
    }
}

/// Writes `lines` lines of `width` characters, by turns to the two outputs, the last one without an end of line.
fn log(event: &Value) -> Result<Vec<u8>> {
    let lines = event["lines"].as_u64().unwrap_or(1);
    let width = usize::try_from(event["width"].as_u64().unwrap_or(20))?;
    let word = event["word"].as_str().unwrap_or("line");
    for line in 0..lines {
        let end = if line + 1 == lines { "" } else { "\n" };
        let text = format!("{:<width$}{end}", format!("{word} {line}"));
        if line % 2 == 0 {
            std::io::stdout().write_all(text.as_bytes())?;
            std::io::stdout().flush()?;
        } else {
            std::io::stderr().write_all(text.as_bytes())?;
        }
    }
    Ok(b"null".to_vec())
}

/// Answers only when `count` processes are in here at once, counted by files in `folder`.
fn meet(event: &Value) -> Result<Vec<u8>> {
    let folder = event["folder"].as_str().unwrap_or_default();
    let count = usize::try_from(event["count"].as_u64().unwrap_or(1))?;
    std::fs::write(format!("{folder}/{}", std::process::id()), b"")?;
    while std::fs::read_dir(folder)?.count() < count {
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(std::process::id().to_string().into_bytes())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is what the tests ask this function for"
)]
fn environment() -> Value {
    std::env::vars()
        .collect::<std::collections::BTreeMap<_, _>>()
        .into_iter()
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a function is configured by its environment"
)]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

/// The connection to the Runtime API.
struct Runtime {
    host: String,
    stream: BufReader<TcpStream>,
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Runtime {
    fn connect(host: String) -> Result<Self> {
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            host,
            stream: BufReader::new(stream),
        })
    }

    fn call(&mut self, method: &str, path: &str, body: &[u8]) -> Result<Answer> {
        let head = format!(
            "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        let stream = self.stream.get_mut();
        stream.write_all(&[head.as_bytes(), body].concat())?;
        let status = self.line()?.split(' ').nth(1).ok_or("no status")?.parse()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        answer
            .body
            .resize(answer.header("content-length").parse().unwrap_or(0), 0);
        self.stream.read_exact(&mut answer.body)?;
        Ok(answer)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map_or("", |(_, value)| value)
    }
}
