//! A city whose queue chooses by chance: the log says whom it chose and why, also when the
//! configuration's seed is another by now.

mod support;

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};
use support::{Scratch, Server, acd};

/// How many are called; each takes one of [`AGENTS`] for good.
const CONTACTS: usize = 6;
const AGENTS: usize = 8;

fn city(seed: u64) -> String {
    let mut text = format!("[city]\nname = \"Chance\"\ntime_zone = \"UTC\"\nseed = {seed}\n");
    text += "[[queues]]\nname = \"any\"\nstrategy = \"random\"\n";
    for agent in 1..=AGENTS {
        let _ = writeln!(text, "[[agents]]\nid = \"a{agent}\"\nname = \"A{agent}\"");
    }
    text
}

fn told(data: &Path, words: &[&str]) -> String {
    let done = acd().args(words).arg("--data").arg(data).output().expect("acd runs");
    let text = String::from_utf8(done.stdout).expect("text");
    assert!(done.status.success(), "{words:?}: {text}{}", String::from_utf8_lossy(&done.stderr));
    text
}

/// Everybody signs in, and the contacts come; the agent of each.
fn a_day(server: &Server) -> Vec<(String, String)> {
    let mut pbx = server.hello("frontend", "pbx");
    for agent in 1..=AGENTS {
        let agent = format!("a{agent}");
        pbx.ask("agent.login", json!({"agent": agent, "device": "PJSIP/1"}));
        pbx.ask("agent.state", json!({"agent": agent, "state": "ready"}));
    }
    let mut call = |number| {
        let ext = format!("call-{number}");
        pbx.ask("contact.new", json!({"ext": ext, "queue": "any", "channel": "voice"}));
        let offer = pbx.event("contact.offered");
        pbx.ask("offer.answered", json!({"offer": offer["offer"]}));
        let name = |member: &str| offer[member].as_str().expect("a name").to_owned();
        (name("contact"), name("agent"))
    };
    (1..=CONTACTS).map(&mut call).collect()
}

#[test]
fn whom_chance_chose_is_told_from_the_log_alone() {
    let scratch = Scratch::new("seed");
    let (file, data) = (scratch.join("acd.toml"), scratch.join("data"));
    std::fs::write(&file, city(311)).expect("a file for the test");
    let name = file.display().to_string();
    let mut server = Server::start_with_log(scratch, &["--config", &name]);
    let chosen = a_day(&server);
    server.kill();
    std::fs::write(&file, city(4)).expect("a file for the test");
    server.start_again();

    let mut sue = server.hello("supervisor", "sue");
    let agents = sue.ask("snapshot", json!({"of": ["contacts"]}));
    for (contact, agent) in &chosen {
        let text = told(&data, &["trace", contact, "--json"]);
        let trace: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(trace["decisions"][0]["agent"], **agent, "{contact}: {trace}");
        let rows = agents["contacts"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["contact"] == **contact).expect("it is there");
        assert_eq!(row["agent"], **agent, "{row}");
    }
    assert!(told(&data, &["audit"]).contains("sound"));
    let another = {
        let mut order: Vec<&String> = chosen.iter().map(|(_, agent)| agent).collect();
        order.sort();
        order.iter().zip(&chosen).any(|(sorted, (_, agent))| *sorted != agent)
    };
    assert!(another, "chance does not choose by name: {chosen:?}");
}
