//! A server that is killed again and again under a client as fast as it can be: what was
//! acknowledged is there, once, in its state and place, and events go on where they stopped.
//!
//! `cargo xtask crash --kills 200` runs it longer, and `--calls all` kills at every system call.

#[path = "../support/mod.rs"]
mod support;

mod client;
mod injected;
mod wire;

use std::time::{Duration, Instant};

use acd_model::Random;
use client::Client;
use support::{Scratch, Server};

const CITY: &str = r#"
[city]
name = "Crash"
time_zone = "UTC"
[[queues]]
name = "roads"
wrap_up = { mode = "none" }
[[queues]]
name = "water"
wrap_up = { mode = "none" }
[[agents]]
id = "a1"
name = "A1"
[[agents]]
id = "a2"
name = "A2"
[[agents]]
id = "a3"
name = "A3"
"#;

/// Whether a run is long enough is the caller's wish: CI kills a few times.
fn kills() -> usize {
    std::env::var("ACD_CRASH_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

/// A server of the city with these files, that keeps a log.
fn start(scratch: Scratch, arguments: &[&str]) -> Server {
    let city = scratch.join("city.toml");
    std::fs::write(&city, CITY).expect("a file");
    let config = ["--config", city.to_str().expect("a path in UTF-8")];
    Server::start_with_log(scratch, &[&config[..], arguments].concat())
}

#[test]
fn whatever_was_acknowledged_survives_kill_9_at_any_moment() {
    let seed = std::env::var("ACD_CRASH_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or(311);
    let mut random = Random::new(seed);
    let mut server = start(Scratch::new("crash"), &[]);
    let mut client = Client::new(&server.socket);
    let kills = kills();
    for kill in 0..kills {
        let length = Duration::from_millis(5 + random.below(120));
        client.drive(Instant::now() + length);
        server.kill();
        client.drain();
        server.start_again();
        client.come_back(&server.socket).expect("the server runs");
        if kill % 20 == 19 {
            println!("{} kills, {} acknowledged", kill + 1, client.acknowledged);
        }
    }
    client.drive(Instant::now() + Duration::from_millis(100));
    println!(
        "killed {kills} times (seed {seed}): {} acknowledged requests, {} contacts, {} offers, \
         {} events; none lost, doubled or younger",
        client.acknowledged,
        client.known.len(),
        client.offers.len(),
        client.seq
    );
    assert!(client.acknowledged > kills as u64, "the client did something");
}
