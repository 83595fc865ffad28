//! Requests whose answer is fetched later, and survives a crash in between.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::App;
use super::inference::{Received, read};
use crate::jobs::{Jobs, Standing};
use crate::{Refusal, protocol};

fn store(app: &App) -> Result<&Jobs, Refusal> {
    app.jobs.as_deref().ok_or_else(|| Refusal::Store {
        message: "this server was started without one; give --jobs FILE".into(),
    })
}

pub(super) async fn submit(
    State(app): State<App>,
    Path(model): Path<String>,
    headers: HeaderMap,
    body: Received,
) -> Result<Response, Refusal> {
    let jobs = store(&app)?;
    let body = body.map_err(|_| Refusal::TooLong { most: app.most_bytes })?;
    let (call, length) = read(&app, &model, "", &headers, Ok(body.clone()))?;
    // What cannot be computed is refused now, not when nobody looks any more.
    protocol::inference(app.pool.model(), &call)?;
    let id = jobs.accept(&body, length)?;
    Ok((StatusCode::ACCEPTED, Json(json!({"id": id}))).into_response())
}

pub(super) async fn result(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(match store(&app)?.standing(&id)? {
        Standing::Waiting => json!({"id": id, "state": "waiting"}),
        Standing::Done(answer) => json!({"id": id, "state": "done", "answer": answer}),
        Standing::Failed(error) => json!({"id": id, "state": "failed", "error": error}),
    }))
}

pub(super) async fn forget(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    store(&app)?.forget(&id)?;
    Ok(StatusCode::NO_CONTENT)
}
