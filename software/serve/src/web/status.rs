//! Health, metadata, metrics and the live page.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use super::App;
use crate::Refusal;
use crate::protocol;

pub(super) async fn live() -> StatusCode {
    StatusCode::OK
}

pub(super) async fn ready(State(app): State<App>) -> StatusCode {
    if app.pool.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

pub(super) async fn server() -> Json<Value> {
    Json(protocol::server_metadata())
}

pub(super) async fn model(
    State(app): State<App>,
    Path(model): Path<String>,
) -> Result<Json<Value>, Refusal> {
    metadata(&app, &model, "")
}

pub(super) async fn model_version(
    State(app): State<App>,
    Path((model, version)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    metadata(&app, &model, &version)
}

fn metadata(app: &App, model: &str, version: &str) -> Result<Json<Value>, Refusal> {
    protocol::check_model(app.pool.model(), model, version)?;
    Ok(Json(protocol::model_metadata(app.pool.model())))
}

pub(super) async fn model_ready(
    State(app): State<App>,
    Path(model): Path<String>,
) -> Result<StatusCode, Refusal> {
    protocol::check_model(app.pool.model(), &model, "")?;
    Ok(ready(State(app)).await)
}

pub(super) async fn model_version_ready(
    State(app): State<App>,
    Path((model, version)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    protocol::check_model(app.pool.model(), &model, &version)?;
    Ok(ready(State(app)).await)
}

pub(super) async fn metrics(State(app): State<App>) -> Response {
    let text = app.pool.metrics().text(&app.pool.snapshot());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// Everything the live page draws.
pub(super) async fn json(State(app): State<App>) -> Json<Value> {
    let pool = &app.pool;
    let platform = pool.model().platform();
    let precisions: Vec<&str> =
        platform.precisions().iter().map(|precision| precision.name.as_str()).collect();
    let history = pool.history().lock().map(|history| history.clone()).unwrap_or_default();
    Json(json!({
        "model": pool.model().package().name,
        "precisions": precisions,
        "clocks_mhz": platform.clocks_mhz(),
        "answered": pool.metrics().answers(),
        "now": pool.snapshot(),
        "history": history,
    }))
}

pub(super) async fn page() -> Html<&'static str> {
    Html(include_str!("page.html"))
}
