//! Connections: limits, TLS, and an end that lets answers through.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Time a client has for its handshake, for its first request and for the head of each.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// How often a client of HTTP/2 is asked whether it is still there, and how long it may think.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIME: Duration = Duration::from_secs(10);

/// Connections at a time; more wait in the system's own queue.
const CONNECTIONS: usize = 1024;

/// Why nobody can connect.
#[derive(Debug, Error)]
pub enum ListenError {
    /// The address.
    #[error("cannot listen on {address}: {source}; choose another with --http or --grpc")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// A certificate or key.
    #[error("{file}: no usable {what}: {message}", file = file.display())]
    Pem {
        /// The file.
        file: PathBuf,
        /// Certificate or key.
        what: &'static str,
        /// What is wrong.
        message: String,
    },
    /// A pair that does not match.
    #[error("certificate and key cannot be used together: {0}")]
    Tls(#[from] rustls::Error),
}

/// Listens on an address.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    let failed = |source| ListenError::Bind { address, source };
    TcpListener::bind(address).await.map_err(failed)
}

/// Reads a certificate chain and its key, both in PEM.
pub(crate) fn tls(certificate: &Path, key: &Path) -> Result<TlsAcceptor, ListenError> {
    let wrong =
        |file: &Path, what, message: String| ListenError::Pem { file: file.into(), what, message };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(certificate, "certificate", error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| wrong(key, "private key", error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Answers connections until `stop` says so; then those that are open get `grace` to end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    mut stop: watch::Receiver<bool>,
    grace: Duration,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let open = Arc::new(GracefulShutdown::new());
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, place)) = accepted else { continue };
        let (router, tls, watcher) = (router.clone(), tls.clone(), open.watcher());
        tokio::spawn(async move {
            let _place = place;
            match tls {
                None => converse(stream, router, watcher).await,
                Some(tls) => match tokio::time::timeout(HEAD_TIME, tls.accept(stream)).await {
                    Ok(Ok(stream)) => converse(stream, router, watcher).await,
                    Ok(Err(error)) => tracing::debug!(%error, "no TLS connection"),
                    Err(_) => tracing::debug!("a client took too long for its handshake"),
                },
            }
        });
    }
    drop(listener);
    if let Some(open) = Arc::into_inner(open)
        && tokio::time::timeout(grace, open.shutdown()).await.is_err()
    {
        tracing::warn!("connections were cut");
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = room.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Small answers should not wait for company.
            let _ = stream.set_nodelay(true);
            Some((stream, place))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new()).max_concurrent_streams(256);
    http2.keep_alive_interval(PING_EVERY).keep_alive_timeout(PING_TIME);
    let begun = Arc::new(AtomicBool::new(false));
    let begins = begun.clone();
    let service =
        TowerToHyperService::new(router.map_request(move |request: Request<Incoming>| {
            begins.store(true, Ordering::Relaxed);
            request
        }));
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    tokio::select! {
        result = watcher.watch(connection) => if let Err(error) = result {
            tracing::debug!(%error, "a connection ended badly");
        },
        () = silence(&begun) => tracing::debug!("a client asked nothing"),
    }
}

/// Ends if no request begins in time.
async fn silence(begun: &AtomicBool) {
    tokio::time::sleep(HEAD_TIME).await;
    if begun.load(Ordering::Relaxed) {
        std::future::pending().await
    }
}
