//! What connections do besides carrying requests: encryption, and taking their time.

use std::convert::Infallible;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bitladder_serve::{Limits, Server, ServerOptions};
use http::Request;
use hyper::body::{Body, Bytes, Frame};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use crate::support::{Fate, http, options, question, server, try_http};

/// A certificate for `localhost` that nobody but its owner has signed.
struct Identity {
    folder: tempfile::TempDir,
    certificate: CertificateDer<'static>,
}

impl Identity {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        std::fs::write(folder.path().join("chain.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        Self { folder, certificate: made.cert.der().clone() }
    }

    fn options(&self) -> ServerOptions {
        let file = |name: &str| self.folder.path().join(name);
        let tls = Some((file("chain.pem"), file("key.pem")));
        ServerOptions { tls, token: Some("s3cret".into()), ..options() }
    }
}

async fn encrypted(identity: &Identity) -> Server {
    server(&[Arc::new(Fate::default())], Limits::default(), &identity.options()).await
}

/// What a request over TLS is answered with, if a client who trusts these certificates gets one.
fn https(
    address: SocketAddr,
    trusted: &[CertificateDer<'static>],
    head: &str,
) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    trusted.iter().for_each(|root| roots.add(root.clone()).unwrap());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address)?);
    let body = question(0..1, &json!({}));
    let length = body.len();
    write!(
        stream,
        "POST /v2/models/digits/infer HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\
         Content-Length: {length}\r\n\r\n"
    )?;
    stream.write_all(&body)?;
    let mut answer = Vec::new();
    // Servers may close without saying goodbye.
    let _ = stream.read_to_end(&mut answer);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_and_token_let_the_right_clients_in() {
    let identity = Identity::new();
    let server = encrypted(&identity).await;
    let (address, known) = (server.http, vec![identity.certificate.clone()]);
    let checked = tokio::task::spawn_blocking(move || {
        let good = "Authorization: Bearer s3cret\r\n";
        let answer = https(address, &known, good).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("\"model_name\""), "{answer}");
        let answer = https(address, &known, "").unwrap();
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        let error = https(address, &[], good).unwrap_err().to_string();
        assert!(error.contains("UnknownIssuer"), "{error}");
        // Without TLS there is no answer at all.
        assert!(try_http(address, "GET", "/v2/health/live", "", b"").is_err());
    });
    checked.await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_that_are_none_are_named() {
    let identity = Identity::new();
    let (chain, key) = identity.options().tls.unwrap();
    let start = async |tls| {
        let options = ServerOptions { tls: Some(tls), ..options() };
        let pool = crate::support::pool(&[Arc::new(Fate::default())], Limits::default());
        Server::start(pool, &options).await.map(drop).unwrap_err().to_string()
    };
    let error = start((identity.folder.path().join("none.pem"), key.clone())).await;
    assert!(error.contains("none.pem"), "{error}");
    let error = start((chain.clone(), chain.clone())).await;
    assert!(error.contains("chain.pem") && error.contains("private key"), "{error}");
}

/// Heads and bodies that trickle in take a connection each, and nothing from anybody else; a head
/// that never ends is cut off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_hold_up_nobody() {
    let server = server(&[Arc::new(Fate::default())], Limits::default(), &options()).await;
    let address = server.http;
    let checked = tokio::task::spawn_blocking(move || {
        let begin = |text: &str| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(text.as_bytes()).unwrap();
            stream
        };
        let path = "/v2/models/digits/infer";
        let heads: Vec<_> = (0..100).map(|_| begin("POST /v2/mod")).collect();
        let half = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{{");
        let mut bodies: Vec<_> = (0..100).map(|_| begin(&half)).collect();
        let start = Instant::now();
        for _ in 0..20 {
            bodies.iter_mut().for_each(|stream| stream.write_all(b" ").unwrap());
            let body = question(0..1, &json!({}));
            assert_eq!(http(address, "POST", path, "", &body).status, 200);
        }
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
        for mut stream in heads {
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            let mut answer = Vec::new();
            let read = stream.read_to_end(&mut answer);
            assert!(read.is_ok() || read.unwrap_err().kind() == ErrorKind::ConnectionReset);
            assert!(!answer.starts_with(b"HTTP/1.1 200"));
        }
        drop(bodies);
    });
    checked.await.unwrap();
    server.stop().await;
}

/// Nobody keeps a place by saying nothing, or nothing but how HTTP/2 begins.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_ask_nothing_are_cut_off() {
    let server = server(&[Arc::new(Fate::default())], Limits::default(), &options()).await;
    let (http, grpc) = (server.http, server.grpc.unwrap());
    let checked = tokio::task::spawn_blocking(move || {
        let begin = |address: SocketAddr, text: &[u8]| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(text).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            stream
        };
        // The preface and empty settings.
        let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        let silent =
            [begin(http, b""), begin(grpc, b""), begin(grpc, b"PRI * HT"), begin(grpc, hello)];
        let start = Instant::now();
        for mut stream in silent {
            let read = stream.read_to_end(&mut Vec::new());
            assert!(read.is_ok() || read.unwrap_err().kind() == ErrorKind::ConnectionReset);
        }
        assert!(start.elapsed() >= Duration::from_secs(5), "they had some time");
    });
    checked.await.unwrap();
    server.stop().await;
}

/// What is counted of both.
const EXPIRED: &str = "bitladder_requests_refused_total{reason=\"expired\"} 2\n";

/// A message of gRPC whose end never comes.
struct Unfinished(Option<Bytes>);

impl Body for Unfinished {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => Poll::Pending,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_never_end_are_refused() {
    let limits = Limits { patience: Duration::from_millis(100), ..Limits::default() };
    let server = server(&[Arc::new(Fate::default())], limits, &options()).await;
    let http = server.http;
    let plain = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(http).unwrap();
        let head = "POST /v2/models/digits/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n";
        write!(stream, "{head}Connection: close\r\n\r\n{{").unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    });
    let stream = tokio::net::TcpStream::connect(server.grpc.unwrap()).await.unwrap();
    let (mut client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    // A hundred bytes are announced, two come.
    let body = Unfinished(Some(Bytes::from_static(&[0, 0, 0, 0, 100, 10, 3])));
    let request = Request::post("http://localhost/inference.GRPCInferenceService/ModelInfer")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(body);
    let answer =
        tokio::time::timeout(Duration::from_secs(30), client.send_request(request.unwrap()));
    let answer = answer.await.expect("an answer in time").unwrap();
    let head = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(head("grpc-status"), "4", "DEADLINE_EXCEEDED");
    assert!(head("grpc-message").contains("10.1"), "{}", head("grpc-message"));
    let plain = plain.await.unwrap();
    assert!(plain.starts_with("HTTP/1.1 408"), "{plain}");
    assert_eq!(server.pool().metrics().text(&server.pool().snapshot()).matches(EXPIRED).count(), 1);
    server.stop().await;
}
