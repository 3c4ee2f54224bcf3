//! A large centre on one core thread: 1,000 agents, 10,000 contacts that wait.

mod common;

use std::fmt::Write as _;

use common::Server;
use serde_json::json;

const AGENTS: usize = 1_000;
const WAITING: usize = 10_000;
/// What the server, and here its clients too, may hold.
const MEMORY_MAX: u64 = 256 << 20;

fn city() -> String {
    let mut city = common::CITY.to_owned();
    for n in 0..AGENTS {
        write!(city, "[[agents]]\nid = \"a{n}\"\nname = \"Agent {n}\"\n").expect("memory");
    }
    city
}

#[test]
fn a_thousand_agents_and_ten_thousand_waiting_fit_in_a_quarter_gigabyte() {
    let server = Server::with(&city(), |_| {});
    let (mut pbx, mut maria) = (server.front_end(), server.client("supervisor", "maria"));
    maria.ask("subscribe", json!({"topics": ["agent.*"]}));
    let mut agents: Vec<_> = (0..AGENTS).map(|n| server.ready(&format!("a{n}"))).collect();
    for n in 0..AGENTS {
        let entered = pbx.call_in(&format!("held-{n}"));
        assert_eq!(entered["state"], "offered");
        let agent = entered["agent"].as_str().and_then(|name| name.strip_prefix('a'));
        let agent: usize = agent.and_then(|n| n.parse().ok()).expect("one of ours");
        agents[agent].ask("offer.accept", json!({"offer": entered["offer"]}));
    }
    for n in 0..WAITING {
        assert_eq!(pbx.call_in(&format!("waits-{n}"))["pos"], n + 1);
        if n % 100 == 0 {
            pbx.told.clear();
        }
    }
    let all = maria.ask("snapshot", json!({}));
    assert_eq!(all["queues"][0]["waiting"], WAITING);
    assert_eq!(all["contacts"].as_array().map(Vec::len), Some(AGENTS + WAITING));
    let rss = all["engine"]["rss"].as_u64().expect("a number");
    let decision = &all["engine"]["decision_ns"];
    println!("resident {} MiB, decisions in ns {decision}", rss >> 20);
    assert!(rss < MEMORY_MAX, "{} MiB", rss >> 20);
    // Every agent hears of exactly what is its own: its state, its offer, its call.
    for agent in &mut agents {
        let types = agent.types();
        assert_eq!(types.iter().filter(|kind| *kind == "contact.connected").count(), 1);
        assert_eq!(types.iter().filter(|kind| *kind == "contact.offered").count(), 1);
    }
    let left = server.stop();
    assert_eq!((left.connected, left.waiting, left.offers), (AGENTS, WAITING, 0));
}
