//! `POST .../infer`.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::App;
use crate::protocol::{self, Call};
use crate::{Answer, Refusal};

/// Where the JSON of a body with bytes behind it ends.
const JSON_LENGTH: &str = "inference-header-content-length";

/// The body, or why there is none.
pub(super) type Received = Result<Bytes, BytesRejection>;

pub(super) async fn infer(
    State(app): State<App>,
    Path(model): Path<String>,
    headers: HeaderMap,
    body: Received,
) -> Result<Response, Refusal> {
    answer(&app, &model, "", &headers, body).await
}

pub(super) async fn infer_version(
    State(app): State<App>,
    Path((model, version)): Path<(String, String)>,
    headers: HeaderMap,
    body: Received,
) -> Result<Response, Refusal> {
    answer(&app, &model, &version, &headers, body).await
}

async fn answer(
    app: &App,
    model: &str,
    version: &str,
    headers: &HeaderMap,
    body: Received,
) -> Result<Response, Refusal> {
    let (call, _) = read(app, model, version, headers, body)
        .inspect_err(|refusal| app.pool.metrics().refused(refusal.kind()))?;
    let answer = ask(app, &call).await?;
    let (bytes, length) = protocol::http_answer(app.pool.model(), &call, &answer)?;
    let kind = if length.is_some() { "application/octet-stream" } else { "application/json" };
    let mut response = ([(CONTENT_TYPE, kind)], bytes).into_response();
    if let Some(length) = length {
        let name = HeaderName::from_static(JSON_LENGTH);
        response.headers_mut().insert(name, HeaderValue::from(length));
    }
    Ok(response)
}

/// Reads a request for a model; with the length of its JSON if bytes follow it.
pub(super) fn read(
    app: &App,
    model: &str,
    version: &str,
    headers: &HeaderMap,
    body: Received,
) -> Result<(Call, Option<usize>), Refusal> {
    protocol::check_model(app.pool.model(), model, version)?;
    let body = body.map_err(|rejection| match rejection.status().as_u16() {
        413 => Refusal::TooLong { most: app.most_bytes },
        _ => Refusal::Malformed { what: rejection.body_text() },
    })?;
    let length = headers.get(JSON_LENGTH).map(|value| {
        let number = value.to_str().ok().and_then(|text| text.parse().ok());
        number.ok_or_else(|| Refusal::Malformed {
            what: "Inference-Header-Content-Length is no number".into(),
        })
    });
    let length = length.transpose()?;
    Ok((protocol::http_call(&body, length)?, length))
}

/// Waits for the answer; the pool sees to it that there is one.
pub(crate) async fn ask(app: &App, call: &Call) -> Result<Answer, Refusal> {
    let inference = protocol::inference(app.pool.model(), call)
        .inspect_err(|refusal| app.pool.metrics().refused(refusal.kind()))?;
    let reply = app.pool.submit(inference)?;
    reply.await.unwrap_or(Err(Refusal::Draining))
}
