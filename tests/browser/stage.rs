//! A city with its door and its requests' system, a browser before it, and who watches.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use crate::driver::Browser;
use crate::support::http::ask;
use crate::support::open311::City;
use crate::support::{self, PATIENCE, Scratch, Server, Talk};

const CITY: &str = r#"
skills = ["permits", "calls"]
reasons = ["lunch", "training"]
dispositions = ["resolved", "referred elsewhere"]
[city]
name = "Springfield 311"
time_zone = "UTC"
[[queues]]
name = "chat"
title = "Ask the city"
wrap_up = { mode = "manual" }
[[queues]]
name = "permits"
title = "Permits and licences"
strategy = "longest_idle"
steps = [{ any_of = ["permits >= 2"] }]
[[queues]]
name = "letters"
title = "Letters"
[[queues]]
name = "calls"
title = "Telephone"
steps = [{ any_of = ["calls >= 1"] }]
wrap_up = { mode = "none" }
[[queues]]
name = "kiosk"
title = "City hall kiosk"
[[directory]]
title = "9-1-1: police, fire, ambulance"
words = ["emergency"]
number = "9-1-1"
immediate = true
[[directory]]
title = "Permits and licences"
words = ["building", "street closure"]
queue = "permits"
[[agents]]
id = "ana"
name = "Ana"
skills = { calls = 5 }
[[agents]]
id = "bo"
name = "Bo"
skills = { permits = 3 }
capacity = { chat = 1 }
[web]
queues = ["chat", "letters", "kiosk"]
inquiries_per_minute = 30
"#;

/// The city with its door, a browser, and who watches.
pub(crate) struct Stage<'b> {
    pub(crate) server: Server,
    pub(crate) http: String,
    pub(crate) browser: &'b Browser,
    axe: &'b str,
    pub(crate) sue: Talk,
}

/// axe-core, where the set-up has put it; where CI says so it must be.
pub(crate) fn axe() -> Option<String> {
    let home = std::env::var_os("HOME").unwrap_or_else(|| "/root".into());
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.unwrap_or_else(|| PathBuf::from(home).join(".cache"));
    let file = cache.join("acd-tests/node_modules/axe-core/axe.min.js");
    let text = std::fs::read_to_string(&file).ok();
    assert!(
        text.is_some() || std::env::var("CI").as_deref() != Ok("true"),
        "{} is missing, and CI=true",
        file.display()
    );
    if text.is_none() {
        println!(
            "skipped: needs axe-core: npm install --prefix ~/.cache/acd-tests axe-core@4.14.1"
        );
    }
    text
}

impl<'b> Stage<'b> {
    pub(crate) fn set(name: &str, browser: &'b Browser, axe: &'b str) -> Self {
        let scratch = Scratch::new(name);
        let file = scratch.join("city.toml");
        let open311 = format!("[open311]\nendpoint = \"http://{}/v2\"\n", City::default().open());
        std::fs::write(&file, [CITY, &open311].concat()).expect("a file for the test");
        let file = file.display().to_string();
        let server = Server::start_in(scratch, &["--http", "127.0.0.1:0", "--config", &file]);
        let http = server.http();
        let start = Instant::now();
        while ask(&http, "GET /readyz", &[], "").0 != 200 {
            assert!(start.elapsed() < PATIENCE, "the door never opened");
            std::thread::yield_now();
        }
        let mut sue = server.hello("admin", "sue");
        sue.ask("subscribe", json!({"topics": ["contact.*"]}));
        Self { server, http, browser, axe, sue }
    }

    pub(crate) fn token(&mut self, agent: &str) -> String {
        let made = support::acd()
            .args(["token", "new", "--role", "agent", "--name", agent, "--file"])
            .arg(self.server.scratch.join("tokens.toml"))
            .output()
            .expect("acd runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        self.sue.ask("config.reload", json!({}));
        String::from_utf8(made.stdout).expect("text").trim().to_owned()
    }

    /// What axe-core has against the page as it is now must be nothing; and a picture of it.
    pub(crate) fn is_accessible(&self, what: &str) {
        self.browser.picture(what);
        self.browser.run(&format!("if (!window.axe) {{ {} }}", self.axe), &[]);
        let found = self.browser.run_async(
            "const done = arguments[0];
             axe.run({resultTypes: ['violations']}).then(({violations, passes}) => done({
                 passed: passes.length,
                 wrong: violations.map(({id, help, nodes}) =>
                     [id, help, ...nodes.map(({target, failureSummary}) => [target, failureSummary])]),
             }), (error) => done({wrong: String(error)}));",
        );
        assert_eq!(found["wrong"], json!([]), "{what}");
        assert!(found["passed"].as_u64() > Some(5), "{what}: axe has looked at something");
    }

    /// A person who has come in over HTTP, without a page.
    pub(crate) fn comes(&self, body: &Value) -> String {
        let (status, _, made) = ask(&self.http, "POST /v1/inquiries", &[], &body.to_string());
        assert_eq!(status, 201, "{made}");
        made["inquiry"].as_str().expect("an id").to_owned()
    }

    pub(crate) fn row(&mut self, of: &str, is: &str) -> Value {
        let rows = self.sue.ask("snapshot", json!({"of": ["contacts"]}));
        let mut rows = rows["contacts"].as_array().expect("rows").iter();
        rows.find(|row| row[of] == is).unwrap_or_else(|| panic!("no contact is {of} {is}")).clone()
    }
}

/// An agent at a desk of their own, over the socket.
pub(crate) fn ready(server: &Server, name: &str) -> Talk {
    let mut agent = server.hello("agent", name);
    agent.ask("agent.login", json!({}));
    agent.ask("agent.state", json!({"state": "ready"}));
    agent
}

/// Takes what is offered; the contact.
pub(crate) fn takes(agent: &mut Talk) -> Value {
    let offered = agent.event("contact.offered");
    agent.ask("offer.accept", json!({"offer": offered["offer"]}));
    offered["contact"].clone()
}
