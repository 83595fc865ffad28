//! Requests good and bad over HTTP.

use std::sync::Arc;

use bitladder_flow::decide;
use bitladder_serve::Limits;
use serde_json::{Value, json};

use crate::support::{Fate, Reply, http, options, package, pixels, question, samples, server};

async fn running() -> bitladder_serve::Server {
    server(&[Arc::new(Fate::default())], Limits::default(), &options()).await
}

async fn ask(address: std::net::SocketAddr, head: &'static str, body: Vec<u8>) -> Reply {
    let path = "/v2/models/digits/infer";
    tokio::task::spawn_blocking(move || http(address, "POST", path, head, &body)).await.unwrap()
}

async fn get(address: std::net::SocketAddr, path: &'static str) -> Reply {
    tokio::task::spawn_blocking(move || http(address, "GET", path, "", b"")).await.unwrap()
}

fn output<'a>(reply: &'a Value, name: &str) -> &'a Value {
    reply["outputs"].as_array().unwrap().iter().find(|output| output["name"] == name).unwrap()
}

/// Clients that wish for full accuracy get the classes of the best profile, to the bit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_the_golden_models() {
    let server = running().await;
    let numbers: Vec<usize> = (0..40).collect();
    let wanted = decide(&package().profiles[0].network, &samples(), &numbers, 2).unwrap();
    let reply = ask(server.http, "", question(0..40, &json!({"accuracy_floor": 99}))).await;
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    let reply = reply.json();
    let classes: Vec<Option<usize>> = output(&reply, "class")["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|class| Some(class.as_u64().unwrap() as usize))
        .collect();
    assert_eq!(classes, wanted.iter().map(|decision| decision.class).collect::<Vec<_>>());
    assert_eq!((&reply["id"], &reply["parameters"]["precision"]), (&json!("q"), &json!("16")));
    assert_eq!(output(&reply, "scores")["shape"], json!([40, 10]));
    assert!(reply["parameters"]["energy_uj"].as_f64().unwrap() > 0.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tensors_may_come_and_go_as_bytes() {
    let server = running().await;
    let bytes: Vec<u8> = pixels(0..2).iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
    let head = json!({
        "inputs": [{"name": "image", "shape": [2, 1, 8, 8], "datatype": "FP32",
                    "parameters": {"binary_data_size": bytes.len()}}],
        "outputs": [{"name": "class", "parameters": {"binary_data": true}}, {"name": "label"}],
    })
    .to_string();
    let length = format!("Inference-Header-Content-Length: {}\r\n", head.len());
    let body = [head.as_bytes(), &bytes].concat();
    let reply = ask(server.http, Box::leak(length.into_boxed_str()), body).await;
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    assert!(reply.head.contains("inference-header-content-length: "), "{}", reply.head);
    let json_end = reply.body.len() - 16;
    let parts: Value = serde_json::from_slice(&reply.body[..json_end]).unwrap();
    let class = i64::from_le_bytes(reply.body[json_end..json_end + 8].try_into().unwrap());
    assert_eq!(output(&parts, "label")["data"][0], class.to_string());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_requests_are_told_what_is_wrong() {
    let server = running().await;
    let tensor = |name: &str, shape: Value, kind: &str, data: Value| json!({"inputs": [{"name": name, "shape": shape, "datatype": kind, "data": data}]});
    let zeros = json!(vec![0.0; 64]);
    let shape = json!([1, 1, 8, 8]);
    let cases = [
        (json!({"inputs": []}), "0 inputs were sent"),
        (tensor("pic", shape.clone(), "FP32", zeros.clone()), "`pic` was sent instead"),
        (tensor("image", json!([64]), "FP32", zeros.clone()), "send [images, 1, 8, 8]"),
        (tensor("image", json!([-1, 1, 8, 8]), "FP32", zeros.clone()), "send [images, 1, 8, 8]"),
        (tensor("image", shape.clone(), "FP16", zeros.clone()), "datatype FP16 is not taken"),
        (tensor("image", shape.clone(), "FP32", json!([1, 2])), "2 elements were sent"),
        (tensor("image", shape.clone(), "FP32", json!(["a"])), "is no number"),
        (tensor("image", shape.clone(), "UINT8", json!(vec![300; 64])), "300 is no UINT8"),
        (tensor("image", json!([i64::MAX, 1, 8, 8]), "FP32", zeros.clone()), "too many elements"),
    ];
    for (body, wanted) in cases {
        let reply = ask(server.http, "", body.to_string().into_bytes()).await;
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.error().contains(wanted), "{} lacks {wanted}", reply.error());
    }
    let reply = ask(server.http, "", b"{\"inputs\": [".to_vec()).await;
    assert!(reply.status == 400 && reply.error().contains("cannot be read"), "{}", reply.error());
    let reply = ask(server.http, "Inference-Header-Content-Length: 99\r\n", b"{}".to_vec()).await;
    assert!(reply.error().contains("should have 99 bytes"), "{}", reply.error());
    let reply = ask(server.http, "", vec![b' '; (1 << 20) + 1]).await;
    assert_eq!((reply.status, reply.error().contains("more than 1048576 bytes")), (413, true));
    let reply = get(server.http, "/v2/models/cats").await;
    assert!(reply.status == 404 && reply.error().contains("`digits`"), "{}", reply.error());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_says_what_it_is() {
    let server = running().await;
    for path in ["/v2/health/live", "/v2/health/ready", "/v2/models/digits/ready"] {
        assert_eq!(get(server.http, path).await.status, 200, "{path}");
    }
    assert_eq!(get(server.http, "/v2").await.json()["name"], "bitladder");
    let model = get(server.http, "/v2/models/digits/versions/1").await.json();
    assert_eq!(model["inputs"][0]["shape"], json!([-1, 1, 8, 8]));
    ask(server.http, "", question(0..3, &json!({}))).await;
    let metrics = String::from_utf8(get(server.http, "/metrics").await.body).unwrap();
    assert!(metrics.contains("bitladder_requests_answered_total 1"), "{metrics}");
    assert!(metrics.contains("bitladder_device_up{device=\"golden0\"} 1"), "{metrics}");
    let status = get(server.http, "/status.json").await.json();
    assert_eq!(status["history"]["responses"].as_array().unwrap().len(), 1);
    let page = get(server.http, "/").await;
    assert!(String::from_utf8(page.body).unwrap().contains("<svg"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_token_only_health_is_told() {
    let options = bitladder_serve::ServerOptions { token: Some("s3cret".into()), ..options() };
    let server = server(&[Arc::new(Fate::default())], Limits::default(), &options).await;
    assert_eq!(get(server.http, "/v2/health/ready").await.status, 200);
    for head in ["", "Authorization: Bearer wrong\r\n", "Authorization: s3cret\r\n"] {
        let reply = ask(server.http, head, question(0..1, &json!({}))).await;
        assert_eq!(reply.status, 401, "{head}");
    }
    let good = "Authorization: Bearer s3cret\r\n";
    assert_eq!(ask(server.http, good, question(0..1, &json!({}))).await.status, 200);
    server.stop().await;
}
