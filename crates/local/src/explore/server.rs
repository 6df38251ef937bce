//! The HTTP server, on loopback.

use super::api;
use super::guard::{Guard, Refusal};
use super::reply::{Reply, page, refused};
use crate::error::Error;
use crate::sql::Shell;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A listener that nobody but this machine reaches.
pub(super) struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens on 127.0.0.1; port 0 is any that is free.
    ///
    /// # Errors
    /// If the port cannot be had.
    pub(super) async fn bind(port: u16) -> Result<Self, Error> {
        let listen = |source| Error::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Self { listener, address })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is dropped; calls under way end with it.
    pub(super) async fn serve(self, guard: Arc<Guard>, shell: Arc<Shell>) {
        let mut connections = JoinSet::new();
        loop {
            let Ok((stream, _)) = self.listener.accept().await else {
                // Out of file descriptors, say: others end meanwhile.
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            while connections.try_join_next().is_some() {}
            let (guard, shell) = (guard.clone(), shell.clone());
            connections.spawn(async move {
                let service = service_fn(|request| {
                    let (guard, shell) = (guard.clone(), shell.clone());
                    async move { Ok::<_, Infallible>(answer(&guard, &shell, request).await) }
                });
                // A browser that hangs up drops the call, and with it the query.
                let _ = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADER_LIMIT)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    }
}

async fn answer(guard: &Guard, shell: &Shell, request: Request<Incoming>) -> Reply {
    let (head, body) = request.into_parts();
    let path = match guard.admit(&head.headers, head.uri.path()) {
        Ok(path) => path,
        Err(Refusal::Foreign) => {
            return refused(StatusCode::FORBIDDEN, "this page answers none but itself");
        }
        Err(Refusal::Unknown) => {
            return refused(
                StatusCode::NOT_FOUND,
                "there is nothing here; the whole address stands in the terminal",
            );
        }
    };
    match (&head.method, path.strip_prefix("api/")) {
        (&Method::GET, None) if path.is_empty() => page(),
        (&Method::POST, Some(call)) => {
            let Ok(body) = Limited::new(body, MOST_BYTES).collect().await else {
                return refused(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long");
            };
            api::answer(shell, call, &body.to_bytes()).await
        }
        (_, Some(_)) => refused(StatusCode::METHOD_NOT_ALLOWED, "calls are made by POST"),
        _ => refused(StatusCode::NOT_FOUND, "there is nothing here"),
    }
}

const PAUSE: Duration = Duration::from_millis(50);
const HEADER_LIMIT: Duration = Duration::from_secs(10);
/// A statement is shorter.
const MOST_BYTES: usize = 1 << 20;
