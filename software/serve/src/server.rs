//! The whole server: pool, HTTP, gRPC and jobs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::jobs::{self, Jobs};
use crate::listen::{self, ListenError};
use crate::web::{self, App};
use crate::{Pool, Refusal};

/// Where and how to serve.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Address for HTTP; port 0 takes a free one.
    pub http: SocketAddr,
    /// Address for gRPC.
    pub grpc: Option<SocketAddr>,
    /// What clients must send to be let in.
    pub token: Option<String>,
    /// Certificate chain and key, in PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Longest body.
    pub most_bytes: usize,
    /// File of jobs whose answers are fetched later.
    pub jobs: Option<PathBuf>,
    /// Time that waiting requests get when the server ends.
    pub grace: Duration,
}

/// Why a server does not run.
#[derive(Debug, Error)]
pub enum ServerError {
    /// Addresses and certificates.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The job store.
    #[error("{file}: {source}", file = file.display())]
    Jobs {
        /// Its file.
        file: PathBuf,
        /// What is wrong.
        source: Refusal,
    },
}

/// A server that runs.
pub struct Server {
    /// Where HTTP is served.
    pub http: SocketAddr,
    /// Where gRPC is served.
    pub grpc: Option<SocketAddr>,
    pool: Arc<Pool>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    worker: Option<JoinHandle<()>>,
    grace: Duration,
}

impl Server {
    /// Starts to serve; needs a tokio runtime.
    pub async fn start(pool: Pool, options: &ServerOptions) -> Result<Self, ServerError> {
        let pool = Arc::new(pool);
        let tls = match &options.tls {
            Some((certificate, key)) => Some(listen::tls(certificate, key)?),
            None => None,
        };
        let opened = options.jobs.as_ref().map(|file| {
            Jobs::open(file).map_err(|source| ServerError::Jobs { file: file.clone(), source })
        });
        let jobs = opened.transpose()?.map(Arc::new);
        let app = App::new(pool.clone(), jobs.clone(), options.most_bytes, options.token.clone());
        let (stop, stopped) = watch::channel(false);
        let grace = options.grace;
        let listener = listen::bind(options.http).await?;
        let http = listener.local_addr().unwrap_or(options.http);
        let router = web::http(app.clone());
        let mut tasks = vec![tokio::spawn(listen::serve(
            listener,
            router,
            tls.clone(),
            stopped.clone(),
            grace,
        ))];
        let mut grpc = None;
        if let Some(address) = options.grpc {
            let listener = listen::bind(address).await?;
            grpc = listener.local_addr().ok();
            let router = web::grpc(app.clone());
            tasks.push(tokio::spawn(listen::serve(listener, router, tls, stopped, grace)));
        }
        let worker = jobs.map(|jobs| tokio::spawn(jobs::work(app, jobs)));
        Ok(Self { http, grpc, pool, stop, tasks, worker, grace })
    }

    /// The pool behind it.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Takes no more requests, answers those that wait, and ends.
    pub async fn stop(self) {
        if let Some(worker) = &self.worker {
            // Its jobs are on disk; the next start takes them up.
            worker.abort();
        }
        let (pool, grace) = (self.pool.clone(), self.grace);
        let drained = tokio::task::spawn_blocking(move || pool.drain(grace)).await;
        if drained.is_err() {
            tracing::error!("draining failed");
        }
        // Nobody waits for an answer any more; connections may go.
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}
