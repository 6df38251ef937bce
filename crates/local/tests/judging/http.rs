//! One HTTP exchange, byte by byte: nothing between adds or forgives a header.

use serde_json::Value;
use std::fmt::Write as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A page's address in its parts.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) host: String,
    /// With the slashes around it.
    pub(crate) path: String,
}

impl Address {
    pub(crate) fn of(url: &str) -> Self {
        let rest = url.strip_prefix("http://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        Self {
            host: host.to_owned(),
            path: format!("/{path}"),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Sends a request with these headers, `Host` among them if it is to have one.
pub(crate) async fn send(
    address: &Address,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Reply {
    let mut stream = TcpStream::connect(&address.host).await.unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    write!(request, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    let reply = String::from_utf8(reply).unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    Reply {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}

/// Makes a call as the page does.
pub(crate) async fn call(address: &Address, name: &str, body: &Value) -> Value {
    let path = format!("{}api/{name}", address.path);
    let origin = format!("http://{}", address.host);
    let headers = [
        ("Host", address.host.as_str()),
        ("Origin", &origin),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    send(address, "POST", &path, &headers, &body.to_string())
        .await
        .json()
}
