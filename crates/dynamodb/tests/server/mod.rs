//! A server on loopback that answers what it is told, and remembers what it was asked.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// All requests so far.
#[derive(Default)]
pub(crate) struct Asked(Mutex<Vec<Request>>);

/// One of them.
#[derive(Clone)]
pub(crate) struct Request {
    /// Its lines before the body, in small letters.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.requests()
            .into_iter()
            .map(|request| request.body)
            .collect()
    }
}

/// Answers the requests, one a connection, with `bodies` in turn, and then with the last of them for ever.
pub(crate) async fn answering<B: AsRef<[u8]> + Send + Sync + 'static>(
    headers: &'static str,
    status: &'static str,
    bodies: Vec<B>,
) -> (aws_sdk_dynamodb::Client, Arc<Asked>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Asked::default());
    let (noted, bodies) = (asked.clone(), Arc::new(bodies));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (noted, bodies) = (noted.clone(), bodies.clone());
            tokio::spawn(async move {
                let mut request = Vec::new();
                let mut some = [0; 4096];
                let whole = loop {
                    if let Some(whole) = whole(&request) {
                        break whole;
                    }
                    let read = stream.read(&mut some).await.unwrap();
                    request.extend_from_slice(&some[..read]);
                };
                let place = {
                    let mut noted = noted.0.lock().unwrap();
                    noted.push(whole);
                    noted.len().min(bodies.len()) - 1
                };
                let body = bodies[place].as_ref();
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {length}\r\n{headers}connection: close\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(body).await.unwrap();
            });
        }
    });
    (client(&endpoint), asked)
}

/// A request, once all of it is there.
fn whole(request: &[u8]) -> Option<Request> {
    let text = String::from_utf8_lossy(request);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let request = Request {
        head: head.to_lowercase(),
        body: body.to_owned(),
    };
    (request.body.len() >= request.announced()).then_some(request)
}

impl Request {
    /// The length of the body as its head has it.
    fn announced(&self) -> usize {
        let mut lines = self.head.lines();
        let length = lines.find_map(|line| line.strip_prefix("content-length: "));
        length.map_or(0, |length| length.trim().parse().unwrap())
    }
}

pub(crate) fn client(endpoint: &str) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::for_tests())
        .retry_config(RetryConfig::standard().with_max_attempts(2))
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}
