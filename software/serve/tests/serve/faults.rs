//! Devices that die, many clients, and the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bitladder_golden::FloatBatch;
use bitladder_serve::{Inference, Limits, Refusal, Wishes};
use serde_json::json;

use crate::support::{Fate, http, options, pixels, pool, question, server};

fn inference(images: std::ops::Range<usize>) -> Inference {
    let count = images.len();
    let images = FloatBatch::new(count, vec![1, 8, 8], pixels(images)).unwrap();
    Inference { images, wishes: Wishes::default() }
}

/// One of two devices fails again and again: each request is answered, once, and the same.
#[test]
fn requests_of_a_dying_device_go_to_another() {
    let fates = [Arc::new(Fate::default()), Arc::new(Fate::default())];
    let limits = Limits { attempts: 8, ..Limits::default() };
    let pool = pool(&fates, limits);
    let replies: Vec<_> = (0..60)
        .map(|i| {
            if i % 5 == 0 {
                fates[0].fail_in.store(2, Ordering::SeqCst);
            }
            std::thread::sleep(Duration::from_millis(2));
            pool.submit(inference(i..i + 2)).unwrap()
        })
        .collect();
    for (i, reply) in replies.into_iter().enumerate() {
        let answer = reply.blocking_recv().unwrap().unwrap();
        assert_eq!(answer.verdicts.len(), 2, "request {i}");
    }
    assert_eq!(pool.metrics().answers(), 60, "none twice");
}

#[test]
fn without_any_device_requests_get_an_error_in_time() {
    let fate = Arc::new(Fate::default());
    fate.dead.store(true, Ordering::SeqCst);
    let limits = Limits { patience: Duration::from_millis(400), ..Limits::default() };
    let pool = pool(std::slice::from_ref(&fate), limits);
    let start = Instant::now();
    let refusal = pool.submit(inference(0..1)).unwrap().blocking_recv().unwrap().unwrap_err();
    assert!(refusal.to_string().contains("nobody answers"), "{refusal}");
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(!pool.is_ready());
    // It comes back by itself.
    fate.dead.store(false, Ordering::SeqCst);
    let ready = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        pool.is_ready()
    });
    assert!(ready);
    assert_eq!(
        pool.submit(inference(0..1)).unwrap().blocking_recv().unwrap().unwrap().device,
        "golden0"
    );
}

#[test]
fn a_request_that_kills_every_device_is_given_up() {
    let fate = Arc::new(Fate::default());
    let pool = pool(std::slice::from_ref(&fate), Limits { attempts: 1, ..Limits::default() });
    fate.fail_in.store(1, Ordering::SeqCst);
    let refusal = pool.submit(inference(0..1)).unwrap().blocking_recv().unwrap().unwrap_err();
    assert!(matches!(refusal, Refusal::Device { attempts: 1, .. }), "{refusal}");
    assert_eq!(refusal.http_status(), 503);
}

#[test]
fn draining_answers_what_waits_and_takes_no_more() {
    let fate = Arc::new(Fate::default());
    fate.slow.store(20, Ordering::SeqCst);
    let pool = pool(&[fate], Limits::default());
    let replies: Vec<_> = (0..10).map(|i| pool.submit(inference(i..i + 1)).unwrap()).collect();
    pool.drain(Duration::from_secs(20));
    assert_eq!(pool.submit(inference(0..1)).unwrap_err(), Refusal::Draining);
    assert!(replies.into_iter().all(|reply| reply.blocking_recv().unwrap().is_ok()));
}

/// 200 clients at once, over real connections, while a device comes and goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_clients_lose_nothing() {
    let fates = [Arc::new(Fate::default()), Arc::new(Fate::default())];
    let limits = Limits { attempts: 20, ..Limits::default() };
    let server = server(&fates, limits, &options()).await;
    let (address, answered) = (server.http, Arc::new(AtomicU32::new(0)));
    let clients = (0..200).map(|client| {
        let (answered, fate) = (answered.clone(), fates[client % 2].clone());
        std::thread::spawn(move || {
            for turn in 0..3 {
                if client % 40 == 0 {
                    fate.fail_in.store(3, Ordering::SeqCst);
                }
                let body = question(client + turn..client + turn + 1, &json!({}));
                let reply = http(address, "POST", "/v2/models/digits/infer", "", &body);
                assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
                answered.fetch_add(1, Ordering::SeqCst);
            }
        })
    });
    let clients: Vec<_> = clients.collect();
    let joined = tokio::task::spawn_blocking(move || {
        clients.into_iter().all(|client| client.join().is_ok())
    });
    assert!(joined.await.unwrap());
    assert_eq!(answered.load(Ordering::SeqCst), 600);
    assert_eq!(server.pool().metrics().answers(), 600);
    server.stop().await;
}
