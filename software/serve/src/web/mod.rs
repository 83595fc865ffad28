//! HTTP: the protocol's routes, metrics, and the live page.

mod inference;
mod jobs;
mod reply;
mod status;

pub(crate) use inference::ask;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::jobs::Jobs;
use crate::{Pool, Refusal, grpc};

/// Time for a request's body, beside the time its answer may take.
const BODY_TIME: Duration = Duration::from_secs(10);

/// What every handler has at hand.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) pool: Arc<Pool>,
    pub(crate) jobs: Option<Arc<Jobs>>,
    /// Longest body.
    pub(crate) most_bytes: usize,
    token: Option<Arc<str>>,
}

impl App {
    pub(crate) fn new(
        pool: Arc<Pool>,
        jobs: Option<Arc<Jobs>>,
        most_bytes: usize,
        token: Option<String>,
    ) -> Self {
        Self { pool, jobs, most_bytes, token: token.map(Arc::from) }
    }
}

/// The HTTP side.
pub(crate) fn http(app: App) -> Router {
    let open = Router::new()
        .route("/v2/health/live", get(status::live))
        .route("/v2/health/ready", get(status::ready));
    let guarded = Router::new()
        .route("/", get(status::page))
        .route("/status.json", get(status::json))
        .route("/metrics", get(status::metrics))
        .route("/v2", get(status::server))
        .route("/v2/models/{model}", get(status::model))
        .route("/v2/models/{model}/ready", get(status::model_ready))
        .route("/v2/models/{model}/infer", post(inference::infer))
        .route("/v2/models/{model}/jobs", post(jobs::submit))
        .route("/v2/models/{model}/versions/{version}", get(status::model_version))
        .route("/v2/models/{model}/versions/{version}/ready", get(status::model_version_ready))
        .route("/v2/models/{model}/versions/{version}/infer", post(inference::infer_version))
        .route("/v2/jobs/{id}", get(jobs::result).delete(jobs::forget))
        .layer(DefaultBodyLimit::max(app.most_bytes))
        .layer(from_fn_with_state(app.clone(), bounded))
        .layer(from_fn_with_state(app.clone(), guard));
    open.merge(guarded).with_state(app)
}

/// The gRPC side, behind the same guard.
pub(crate) fn grpc(app: App) -> Router {
    grpc::router(app.clone())
        .layer(from_fn_with_state(app.clone(), bounded_grpc))
        .layer(from_fn_with_state(app, guard))
}

/// Lets only those in who know the token, if there is one.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(token) = &app.token else { return next.run(request).await };
    let given = request.headers().get(AUTHORIZATION).map(axum::http::HeaderValue::as_bytes);
    let given = given.and_then(|value| value.strip_prefix(b"Bearer "));
    if given.is_some_and(|given| same(given, token.as_bytes())) {
        return next.run(request).await;
    }
    app.pool.metrics().refused(Refusal::Unauthorized.kind());
    Refusal::Unauthorized.into_response()
}

/// Cuts off bodies that trickle in for longer than any request may take.
async fn bounded(State(app): State<App>, request: Request, next: Next) -> Response {
    in_time(&app, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

/// The same with a refusal that clients of gRPC understand.
async fn bounded_grpc(State(app): State<App>, request: Request, next: Next) -> Response {
    let answer = in_time(&app, request, next).await;
    answer.unwrap_or_else(|refusal| grpc::status(&refusal).into_http())
}

async fn in_time(app: &App, request: Request, next: Next) -> Result<Response, Refusal> {
    let limit = app.pool.patience() + BODY_TIME;
    tokio::time::timeout(limit, next.run(request)).await.map_err(|_| {
        let refusal = Refusal::Slow { seconds: limit.as_secs_f64() };
        app.pool.metrics().refused(refusal.kind());
        refusal
    })
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn only_the_same_secret_is_the_same() {
        assert!(same(b"secret", b"secret") && same(b"", b""));
        assert!(!same(b"secret", b"secreT") && !same(b"secret", b"secre") && !same(b"", b"s"));
    }
}
