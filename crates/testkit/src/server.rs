//! One HTTP/1.1 server on a free port of loopback: the ground that every server of this crate stands on.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use crate::Error;

/// A running server. Dropping it closes the port and every connection.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    accepting: AbortHandle,
}

/// Put into an answer's extensions, closes the connection in its stead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HangUp;

impl Server {
    /// Listens on 127.0.0.1 with a port of the system's choice and answers each request with `handle`.
    pub(crate) async fn start<H, F, B>(name: &'static str, handle: H) -> Result<Self, Error>
    where
        H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let listen = |source| Error::Listen {
            server: name,
            source,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let accepting = tokio::spawn(accept(name, listener, Arc::new(handle))).abort_handle();
        Ok(Self { address, accepting })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The accepting task owns the set of connections, so they end with it.
        self.accepting.abort();
    }
}

async fn accept<H, F, B>(name: &'static str, listener: TcpListener, handle: Arc<H>)
where
    H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve(name, stream, handle.clone()));
            }
            // Out of file descriptors, or the peer went away before it was accepted; the next one may do better.
            Err(error) => tracing::warn!(server = name, %error, "cannot accept a connection"),
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve<H, F, B>(name: &'static str, stream: TcpStream, handle: Arc<H>)
where
    H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    // Without this an answer in two writes waits for the peer's delayed acknowledgement, 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(server = name, %error, "cannot turn off Nagle's algorithm");
    }
    let service = service_fn(|request| {
        let answer = handle(request);
        async move {
            let answer = answer.await;
            if answer.extensions().get::<HangUp>().is_some() {
                return Err(io::Error::other("hung up on purpose"));
            }
            Ok(answer)
        }
    });
    if let Err(error) = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
    {
        // Clients that go away and bodies that are cut on purpose end here.
        tracing::debug!(server = name, %error, "a connection ended early");
    }
}
