//! Jobs that outlive their server.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bitladder_serve::{Limits, ServerOptions};
use serde_json::json;

use crate::support::{Fate, Reply, http, options, question, server};

async fn call(
    address: std::net::SocketAddr,
    method: &'static str,
    path: String,
    body: Vec<u8>,
) -> Reply {
    tokio::task::spawn_blocking(move || http(address, method, &path, "", &body)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepted_jobs_survive_a_server_that_never_answered_them() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = Some(folder.path().join("jobs.redb"));
    let options = ServerOptions { jobs, grace: Duration::ZERO, ..options() };
    let dead = Arc::new(Fate::default());
    dead.dead.store(true, Ordering::SeqCst);
    let first = server(&[dead], Limits::default(), &options).await;
    let mut names = Vec::new();
    for image in 0..5 {
        let body = question(image..image + 1, &json!({"accuracy_floor": 99}));
        let reply = call(first.http, "POST", "/v2/models/digits/jobs".into(), body).await;
        assert_eq!(reply.status, 202);
        names.push(reply.json()["id"].as_str().unwrap().to_owned());
    }
    let standing = call(first.http, "GET", format!("/v2/jobs/{}", names[0]), vec![]).await.json();
    assert_eq!(standing["state"], "waiting");
    first.stop().await;

    let second = server(&[Arc::new(Fate::default())], Limits::default(), &options).await;
    for name in &names {
        let mut standing = json!({});
        for _ in 0..200 {
            standing = call(second.http, "GET", format!("/v2/jobs/{name}"), vec![]).await.json();
            if standing["state"] != "waiting" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(standing["state"], "done", "{standing}");
        assert_eq!(standing["answer"]["parameters"]["precision"], "16");
    }
    assert_eq!(second.pool().metrics().answers(), 5, "each once");
    let path = format!("/v2/jobs/{}", names[0]);
    assert_eq!(call(second.http, "DELETE", path.clone(), vec![]).await.status, 204);
    let reply = call(second.http, "GET", path, vec![]).await;
    assert!(reply.status == 404 && reply.error().contains("no job"), "{}", reply.error());
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_cannot_be_computed_are_refused_when_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = Some(folder.path().join("jobs.redb"));
    let options = ServerOptions { jobs, ..options() };
    let server = server(&[Arc::new(Fate::default())], Limits::default(), &options).await;
    let body = json!({"inputs": []}).to_string().into_bytes();
    let reply = call(server.http, "POST", "/v2/models/digits/jobs".into(), body).await;
    assert_eq!(reply.status, 400);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_a_store_says_how_to_get_one() {
    let server = server(&[Arc::new(Fate::default())], Limits::default(), &options()).await;
    let body = question(0..1, &json!({}));
    let reply = call(server.http, "POST", "/v2/models/digits/jobs".into(), body).await;
    assert!(reply.status == 500 && reply.error().contains("--jobs"), "{}", reply.error());
    server.stop().await;
}
