//! `docs/PROTOCOL.md` says what is so: it names everything, and its sessions are played.

mod support;

use std::collections::BTreeMap;

use acd_proto::{EventBody, Kind, Method, Role, allows, bin1, fields};
use serde_json::Value;
use support::{Server, Talk, fits};

const DOCUMENT: &str = include_str!("../docs/PROTOCOL.md");
const EVENTS: &str = include_str!("../acd-proto/tests/golden/events.jsonl");

/// The rows whose first cell is this, as their cells, of all tables from that heading on.
fn rows(heading: &str, first: &str) -> Vec<Vec<&'static str>> {
    let (_, after) = DOCUMENT.split_once(heading).expect(heading);
    let lines = after.lines().filter(|line| line.starts_with(&format!("| `{first}` |")));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The lines between the heading of that text and the next one.
fn section(heading: &str) -> Option<String> {
    let mut lines =
        DOCUMENT.lines().skip_while(|line| line.trim_start_matches(['#', ' ']) != heading);
    lines.next()?;
    Some(lines.take_while(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n"))
}

#[test]
fn every_method_has_its_parameters() {
    for &method in Method::ALL {
        let name = method.name();
        let text = section(&format!("`{name}`")).unwrap_or_else(|| {
            // The row after the table of roles.
            let row = rows("\n## Methods", name)
                .into_iter()
                .nth(1)
                .unwrap_or_else(|| panic!("{name} is missing"));
            row.join(" | ")
        });
        for field in fields::of(method) {
            let said = text.contains(&format!("`{field}`"));
            assert!(said, "{name}: parameter `{field}` is missing");
        }
    }
}

#[test]
fn the_table_of_roles_is_the_servers() {
    let head = DOCUMENT.lines().find(|line| line.starts_with("| method | frontend"));
    let head: Vec<&str> = head.expect("a table of roles").trim_matches('|').split('|').collect();
    let names: Vec<&str> = head[1..].iter().map(|name| name.trim()).collect();
    assert_eq!(names, Role::ALL.map(Role::name));
    for &method in Method::ALL {
        let row = rows("\n## Methods", method.name()).into_iter().next();
        let row = row.unwrap_or_else(|| panic!("{} is missing", method.name()));
        for (&role, cell) in Role::ALL.iter().zip(&row[1..]) {
            let expected = if allows(role, method) { "yes" } else { "–" };
            assert_eq!(*cell, expected, "{} says {}", role.name(), method.name());
        }
    }
}

#[test]
fn every_binary_operation_has_its_code() {
    let section = section("Binary frames").expect("a section");
    let code = |line: &str| {
        let text = line.strip_prefix("| 0x")?.get(..2)?;
        u8::from_str_radix(text, 16).ok().filter(|code| *code != 0xac)
    };
    let written: Vec<u8> = section.lines().filter_map(code).collect();
    let known: Vec<u8> = bin1::Op::ALL.iter().map(|op| *op as u8).collect();
    assert_eq!(written, known);
}

#[test]
fn every_event_has_its_members() {
    for line in EVENTS.lines() {
        let event: Value = serde_json::from_str(line).expect("golden events are JSON");
        let params = event["params"].as_object().expect("an event has members");
        let kind = params["type"].as_str().expect("an event has a type");
        let row = rows("\n## Events", kind)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("{kind} is missing"));
        let named: Vec<&str> =
            row[1].trim_matches('`').split(' ').map(|name| name.trim_end_matches('?')).collect();
        let common: &[&str] =
            if params.contains_key("ext") { &["contact", "ext", "queue"] } else { &[] };
        for member in params.keys().map(String::as_str) {
            let known = ["seq", "ts", "type"].contains(&member) || common.contains(&member);
            assert!(known || named.contains(&member), "{kind}: member `{member}` is missing");
        }
    }
    for kind in EventBody::TYPES {
        assert_eq!(rows("\n## Events", kind).len(), 1, "{kind}");
    }
}

#[test]
fn every_kind_of_error_has_its_code() {
    for &kind in Kind::ALL {
        let row = rows("\n## Errors", kind.name())
            .pop()
            .unwrap_or_else(|| panic!("{} is missing", kind.name()));
        let retry = if kind.retry() { "yes" } else { "no" };
        assert_eq!(row[1..3], [kind.code().to_string().as_str(), retry], "{}", kind.name());
    }
}

/// One line of a session.
#[derive(Debug)]
enum Step {
    /// A client sends this.
    Sends(&'static str),
    /// It is told this.
    Hears(&'static str),
    /// Its connection is closed.
    HearsTheEnd,
}

/// Every session: fenced blocks of `NAME -> LINE` and `NAME <- LINE`.
fn sessions() -> Vec<Vec<(&'static str, Step)>> {
    let blocks = DOCUMENT.split("```").skip(1).step_by(2);
    let blocks = blocks.filter_map(|block| block.strip_prefix("text\n"));
    let sessions: Vec<Vec<_>> = blocks.map(|block| block.lines().map(step).collect()).collect();
    assert_eq!(sessions.len(), 7, "all sessions are found");
    sessions
}

fn step(line: &'static str) -> (&'static str, Step) {
    let (name, rest) = line.split_once(' ').expect("a name");
    let step = match rest.split_once(' ').expect("a direction") {
        ("<-", "(closed)") => Step::HearsTheEnd,
        ("->", sent) => Step::Sends(sent),
        ("<-", heard) => Step::Hears(heard),
        (other, _) => panic!("{other} is no direction: {line}"),
    };
    (name, step)
}

/// Plays a session on a server of its own. In what is sent, `…` stands for the epoch.
fn play(number: usize, session: Vec<(&'static str, Step)>) {
    let server = Server::start(&format!("protocol-{number}"), &[]);
    let mut talks: BTreeMap<&str, Talk> = BTreeMap::new();
    let mut epoch = String::new();
    for (name, step) in session {
        let talk = talks.entry(name).or_insert_with(|| server.connect());
        match step {
            Step::Sends(line) => talk.send(format!("{}\n", line.replace('…', &epoch)).as_bytes()),
            Step::Hears(shown) => {
                let said = talk.line().unwrap_or_else(|| panic!("closed before {shown}"));
                assert!(fits(shown, &said), "{name} is shown\n  {shown}\nand told\n  {said}");
                let said: Value = serde_json::from_str(&said).expect("JSON");
                if let Some(text) = said["result"]["epoch"].as_str() {
                    text.clone_into(&mut epoch);
                }
            }
            Step::HearsTheEnd => assert_eq!(talk.line(), None, "{name} is closed"),
        }
    }
}

#[test]
fn every_session_goes_as_shown() {
    for (number, session) in sessions().into_iter().enumerate() {
        play(number, session);
    }
}
