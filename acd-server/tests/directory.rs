//! The directory: found by parts of words, as open as its hours and its queue are.

mod common;

use common::{CITY, Server};
use serde_json::{Value, json};

const PLACES: &str = r#"
[[timetables]]
name = "never"
[[directory]]
title = "9-1-1"
words = ["Emergency"]
number = "9-1-1"
immediate = true
[[directory]]
title = "Water bills"
words = ["invoice"]
number = "+1 512 555 0100"
hours = "never"
[[directory]]
title = "Water and sewers"
queue = "water"
"#;

fn titles(places: &Value) -> Vec<&str> {
    let places = places["places"].as_array().expect("a list");
    places.iter().map(|place| place["title"].as_str().expect("a title")).collect()
}

#[test]
fn places_are_found_and_as_open_as_they_are() {
    let server = Server::with(&format!("{CITY}{PLACES}"), |_| {});
    let mut desk = server.client("agent", "ana");
    let all = desk.ask("directory", json!({}));
    assert_eq!(titles(&all), ["9-1-1", "Water bills", "Water and sewers"]);
    assert_eq!(all["places"][0]["immediate"], true);
    assert_eq!(all["places"][1]["open"], false, "its hours say never");
    let found = desk.ask("directory", json!({"find": "WATER sew"}));
    assert_eq!(titles(&found), ["Water and sewers"]);
    assert_eq!(
        (&found["places"][0]["queue"], &found["places"][0]["open"]),
        (&json!("water"), &json!(true))
    );
    assert_eq!(titles(&desk.ask("directory", json!({"find": "emerg"}))), ["9-1-1"]);
    assert_eq!(titles(&desk.ask("directory", json!({"find": "nothing"}))), [""; 0]);
    let mut sue = server.client("supervisor", "sue");
    sue.ask("supervise", json!({"act": "close_queue", "queue": "water", "reason": "flood"}));
    assert_eq!(desk.ask("directory", json!({"find": "sewers"}))["places"][0]["open"], false);
    let mut widget = server.client("widget", "w");
    assert_eq!(widget.refused("directory", json!({})), "not_allowed");
}
