//! What its users complain about: removals that hang, and toxicities of zero that harm.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::echo;
use crate::stand::{Stand, connect};

#[test]
fn no_request_hangs_whatever_the_peers_do() {
    let stand = Stand::start();
    // A server that never reads, and one that never stops sending to a client that never reads.
    let deaf = echo::serve(|stream| {
        std::thread::sleep(Duration::from_secs(60));
        drop(stream);
    });
    let loud = echo::serve(|mut stream| while stream.write_all(&[0; 65_536]).is_ok() {});
    let kinds = [
        ("latency", json!({ "latency": 60_000 })),
        ("bandwidth", json!({ "rate": 1 })),
        ("slow_close", json!({ "delay": 60_000 })),
        ("timeout", json!({ "timeout": 0 })),
        ("reset_peer", json!({ "timeout": 60_000 })),
        ("slicer", json!({ "average_size": 1, "delay": 1_000_000 })),
        ("limit_data", json!({ "bytes": 1_i64 << 40 })),
    ];
    let mut longest = Duration::ZERO;
    for upstream in [deaf, loud] {
        let address = stand.proxy(upstream);
        for (kind, attributes) in &kinds {
            for stream in ["upstream", "downstream"] {
                let name = stand.toxic(kind, stream, attributes.clone());
                let mut clients: Vec<_> = (0..5).map(|_| connect(address)).collect();
                for client in &mut clients {
                    client.set_write_timeout(Some(Duration::from_millis(20))).unwrap();
                    // Until every buffer is full, or the time is over.
                    drop(client.write_all(&vec![0; 1_000_000]));
                }
                let began = Instant::now();
                let body = json!({ "toxicity": 0.5 }).to_string();
                assert_eq!(
                    stand
                        .ask("PATCH", &format!("/proxies/p/toxics/{name}"), &body)
                        .status,
                    200
                );
                stand.remove(&name);
                longest = longest.max(began.elapsed());
            }
        }
        let began = Instant::now();
        assert_eq!(stand.ask("DELETE", "/proxies/p", "").status, 204);
        longest = longest.max(began.elapsed());
    }
    println!("longest of 29 removals: {longest:?}");
    assert!(longest < Duration::from_secs(2), "{longest:?}");
}

#[test]
fn a_toxicity_of_zero_harms_nobody_of_any_kind() {
    for (kind, attributes) in [
        ("latency", json!({ "latency": 2_000 })),
        ("bandwidth", json!({ "rate": 1 })),
        ("slow_close", json!({ "delay": 2_000 })),
        ("timeout", json!({ "timeout": 0 })),
        ("reset_peer", json!({ "timeout": 0 })),
        ("slicer", json!({ "average_size": 1, "delay": 1_000 })),
        ("limit_data", json!({ "bytes": 1 })),
    ] {
        let stand = Stand::start();
        let address = stand.proxy(echo::source(100_000));
        let body = json!({ "type": kind, "toxicity": 0, "attributes": attributes });
        assert_eq!(
            stand.ask("POST", "/proxies/p/toxics", &body.to_string()).status,
            200
        );
        let began = Instant::now();
        let mut client = connect(address);
        client.write_all(b"x").unwrap();
        assert_eq!(client.read_to_end(&mut Vec::new()).unwrap(), 100_000, "{kind}");
        assert!(
            began.elapsed() < Duration::from_millis(500),
            "{kind}: {:?}",
            began.elapsed()
        );
    }
}

#[test]
fn half_of_the_connections_are_spared_and_an_update_draws_again() {
    let stand = Stand::start();
    let address = stand.proxy(echo::echo());
    let body = json!({ "type": "latency", "toxicity": 0.5, "attributes": { "latency": 150 } });
    stand.ask("POST", "/proxies/p/toxics", &body.to_string());
    let mut clients: Vec<_> = (0..60).map(|_| connect(address)).collect();
    let mut draws = Vec::new();
    for _ in 0..2 {
        let late: Vec<bool> = std::thread::scope(|scope| {
            let threads: Vec<_> = clients
                .iter_mut()
                .map(|client| {
                    scope.spawn(move || {
                        let began = Instant::now();
                        client.write_all(b"x").unwrap();
                        client.read_exact(&mut [0]).unwrap();
                        began.elapsed() >= Duration::from_millis(150)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let count = late.iter().filter(|late| **late).count();
        assert!((15..=45).contains(&count), "{count} of 60 were late");
        draws.push(late);
        stand.ask(
            "PATCH",
            "/proxies/p/toxics/latency_downstream",
            r#"{"toxicity":0.5}"#,
        );
    }
    assert_ne!(draws[0], draws[1]);
}

#[test]
fn what_is_sent_after_the_answer_is_harmed_on_connections_that_wait() {
    let stand = Stand::start();
    let address = stand.proxy(echo::echo());
    let mut client = connect(address);
    for _ in 0..200 {
        let name = stand.toxic("latency", "upstream", json!({ "latency": 20 }));
        let began = Instant::now();
        client.write_all(b"x").unwrap();
        client.read_exact(&mut [0]).unwrap();
        assert!(
            began.elapsed() >= Duration::from_millis(20),
            "{:?}",
            began.elapsed()
        );
        stand.remove(&name);
    }
}
