//! The pages in a browser: residents in the widget and at the kiosk, an agent at the desk, from the
//! first word to the wrap-up; and what axe-core finds in each.

mod driver;
#[path = "../support/mod.rs"]
mod support;
mod wire;

use std::path::PathBuf;
use std::time::Instant;

use driver::{Browser, FIND, Window};
use serde_json::{Value, json};
use support::http::ask;
use support::{PATIENCE, Scratch, Server, Talk, installed};
use wire::Wire;

const CITY: &str = r#"
skills = ["permits", "calls"]
reasons = ["lunch", "training"]
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

/// A text that is a page to who takes it for one.
const NASTY: &str =
    "<img src=x onerror=\"document.title='hacked'\"><script>hacked=1</script> & 'so'";

/// The city with its door, a browser, and who watches.
struct Stage<'b> {
    server: Server,
    http: String,
    browser: &'b Browser,
    axe: &'b str,
    sue: Talk,
}

/// axe-core, where the set-up has put it; where CI says so it must be.
fn axe() -> Option<String> {
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
    fn set(name: &str, browser: &'b Browser, axe: &'b str) -> Self {
        let scratch = Scratch::new(name);
        let file = scratch.join("city.toml");
        std::fs::write(&file, CITY).expect("a file for the test");
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

    fn token(&mut self, agent: &str) -> String {
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
    fn is_accessible(&self, what: &str) {
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
    fn comes(&self, body: &Value) -> String {
        let (status, _, made) = ask(&self.http, "POST /v1/inquiries", &[], &body.to_string());
        assert_eq!(status, 201, "{made}");
        made["inquiry"].as_str().expect("an id").to_owned()
    }

    fn row(&mut self, of: &str, is: &str) -> Value {
        let rows = self.sue.ask("snapshot", json!({"of": ["contacts"]}));
        let mut rows = rows["contacts"].as_array().expect("rows").iter();
        rows.find(|row| row[of] == is).unwrap_or_else(|| panic!("no contact is {of} {is}")).clone()
    }
}

/// An agent at a desk of their own, over the socket.
fn ready(server: &Server, name: &str) -> Talk {
    let mut agent = server.hello("agent", name);
    agent.ask("agent.login", json!({}));
    agent.ask("agent.state", json!({"state": "ready"}));
    agent
}

/// Takes what is offered; the contact.
fn takes(agent: &mut Talk) -> Value {
    let offered = agent.event("contact.offered");
    agent.ask("offer.accept", json!({"offer": offered["offer"]}));
    offered["contact"].clone()
}

/// One browser for all, since starting one takes longer than anything that it does here.
#[test]
fn residents_and_agents_meet_on_the_pages() {
    let Some(axe) = axe() else { return };
    if !installed("chromedriver") || !installed("chromium") {
        return;
    }
    let scratch = Scratch::new("browser");
    let browser = Browser::start(&scratch);
    a_resident_is_answered_transferred_and_never_loses_a_word(&browser, &axe);
    a_call_interrupts_a_letter_and_the_desk_has_the_leg_in_hand(&browser, &axe);
    the_kiosk_clears_itself_and_speaks_four_languages(&browser, &axe);
}

fn a_resident_is_answered_transferred_and_never_loses_a_word(browser: &Browser, axe: &str) {
    let mut stage = Stage::set("browser-talk", browser, axe);
    // The only agent for chats is busy, so that there is a wait to be expected.
    let mut bo = ready(&stage.server, "bo");
    stage.comes(&json!({"queue": "chat"}));
    let before = takes(&mut bo);
    let wire = Wire::to(&stage.http);
    let (resident, since) = comes_by_widget(&stage, &wire);
    let desk = signs_in(&mut stage, "ana");
    answers_and_talks(&stage, &resident, &desk);
    breaks_and_mends(&stage, &wire, &resident, &desk);
    takes_a_second(&stage, &desk);
    transfers(&mut stage, &desk, since);
    // The other department takes up where the first has left off.
    bo.ask("contact.end", json!({"contact": before, "cause": "completed"}));
    bo.ask("agent.wrap_done", json!({"contact": before}));
    let contact = takes(&mut bo);
    stage.browser.to(&resident);
    stage.browser.shows(".log .note:last-child", "An agent has joined.");
    bo.ask("contact.message", json!({"contact": contact, "text": "Permits here."}));
    stage.browser.shows(".log .agent", "Permits here.");
    stage.browser.picture("widget-phone-after-transfer");
    bo.ask("contact.end", json!({"contact": contact, "cause": "completed"}));
    stage.browser.shows(".status", "The conversation is over.");
    stage.browser.shows(".over", "Start a new chat");
    stage.is_accessible("widget-phone-over");
}

/// On a telephone, over the wire: place and wait are seen.
fn comes_by_widget(stage: &Stage, wire: &Wire) -> (Window, Instant) {
    let browser = stage.browser;
    let resident = browser.open(&format!("http://{}/widget", wire.address));
    browser.size(390, 844);
    browser.shows(".open", "Chat with the city");
    stage.is_accessible("widget-phone-closed");
    browser.click(".open");
    stage.is_accessible("widget-phone-start");
    browser.write("textarea[name=text]", "My street floods.");
    browser.write("input[name=name]", "Jo");
    browser.click(".start button");
    browser.shows(".status", "You are next in line. About 5 min to wait.");
    browser.shows(".log .resident", "My street floods.");
    stage.is_accessible("widget-phone-waiting");
    (resident, Instant::now())
}

/// On the desktop page, by hand; ready, and offered at once.
fn signs_in(stage: &mut Stage, agent: &str) -> Window {
    let token = stage.token(agent);
    let browser = stage.browser;
    let desk = browser.open(&format!("http://{}/desk", stage.http));
    browser.size(1280, 800);
    stage.is_accessible("desk-sign-in");
    browser.write("#agent", agent);
    browser.write("#token", "acd_wrong");
    browser.click("#sign-in button");
    browser.shows("#sign-in [role=alert]", "token");
    browser.run("document.getElementById('token').value = ''", &[]);
    browser.write("#token", &token);
    browser.write("#device", "PJSIP/4471");
    browser.click("#sign-in button");
    browser.shows("#stands", "Not ready: just signed in");
    stage.is_accessible("desk-empty");
    chooses(browser, "lunch");
    browser.shows("#stands", "Not ready: lunch");
    chooses(browser, "ready");
    desk
}

fn chooses(browser: &Browser, state: &str) {
    browser.choose(&format!("#state option[value={state}]"));
}

fn answers_and_talks(stage: &Stage, resident: &Window, desk: &Window) {
    let browser = stage.browser;
    browser.shows(".offer h2", "Chat for Ask the city");
    browser.shows(".offer .facts", "Anybody may take it");
    browser.shows(".offer .clock", " s");
    stage.is_accessible("desk-offer");
    browser.click(".offer .yes");
    browser.shows(".contact h2", "Jo");
    browser.shows(".log .resident", "My street floods.");
    browser.write(".message textarea", "Which");
    browser.to(resident);
    browser.shows(".log .note", "An agent has joined.");
    browser.shows(".status", "The agent is writing…");
    browser.to(desk);
    browser.write(".message textarea", " one?\n");
    browser.shows(".log .agent", "Which one?");
    browser.to(resident);
    browser.shows(".log .agent", "Which one?");
    browser.write(".send textarea", NASTY);
    browser.to(desk);
    browser.shows(".talk > .told", "Jo is writing…");
    browser.to(resident);
    browser.write(".send textarea", "\n");
    stage.is_accessible("widget-phone-talk");
    for window in [desk, resident] {
        browser.to(window);
        browser.shows(".log .resident", NASTY);
        assert_eq!(browser.run("return [typeof hacked, document.title]", &[])[0], "undefined");
        assert_ne!(browser.run("return document.title", &[]), "hacked");
    }
}

/// The resident's network drops; both speak meanwhile, and each word arrives, once.
fn breaks_and_mends(stage: &Stage, wire: &Wire, resident: &Window, desk: &Window) {
    let browser = stage.browser;
    wire.cut();
    browser.to(resident);
    browser.shows(".status", "No connection. Trying again…");
    browser.write(".send textarea", "Oak Street.\n");
    browser.shows(".log .unsent", "Waiting for the connection");
    stage.is_accessible("widget-phone-offline");
    browser.to(desk);
    browser.write(".message textarea", "Elm Street?\n");
    browser.write(".message textarea", "Or Oak Street?\n");
    browser.shows(".log .agent", "Or Oak Street?");
    wire.mend();
    browser.to(resident);
    browser.shows(".log .agent", "Or Oak Street?");
    browser.until("all is sent", &format!("{FIND} return shown('.log .unsent').length === 0;"));
    browser.to(desk);
    browser.shows(".log .resident", "Oak Street.");
    let lines = format!(
        "{FIND} return shown('.log li.agent, .log li.resident').map((one) => one.lastChild.textContent);"
    );
    let said = browser.run(&lines, &[]);
    let all =
        ["My street floods.", "Which one?", NASTY, "Elm Street?", "Or Oak Street?", "Oak Street."];
    assert_eq!(said, json!(all), "the agent has each once");
    browser.to(resident);
    assert_eq!(browser.run(&lines, &[]), json!(all), "the resident has each once");
}

/// A second chat while the first runs: it is offered, and told apart.
fn takes_a_second(stage: &Stage, desk: &Window) {
    let browser = stage.browser;
    browser.to(desk);
    let text = "When is garbage collected on Elm Street?";
    stage.comes(&json!({"queue": "chat", "name": "Lee", "text": text}));
    browser.shows(".offer", "Lee");
    stage.is_accessible("desk-second-offer");
    browser.size(390, 844);
    stage.is_accessible("desk-phone-offer");
    browser.click(".offer .yes");
    browser.shows(".tab .count", "1 new");
    stage.is_accessible("desk-phone-talk");
    browser.size(1280, 800);
    browser.shows(".contact h2", "Jo");
    browser.click(".tab:not([aria-current=true])");
    browser.shows(".contact h2", "Lee");
    browser.shows(".log .resident", text);
    stage.is_accessible("desk-two-chats");
}

/// To another department, found in the directory; the age goes along, and the desk wraps up.
fn transfers(stage: &mut Stage, desk: &Window, since: Instant) {
    let browser = stage.browser;
    browser.to(desk);
    browser.click(".tab:not([aria-current=true])");
    browser.click(".contact [aria-expanded]");
    browser.write(".transfer input[type=search]", "street");
    browser.shows(".places label", "Permits and licences");
    browser.until("only that", &format!("{FIND} return shown('.places label').length === 2;"));
    browser.click(".places input");
    stage.is_accessible("desk-transfer");
    let age = since.elapsed().as_millis();
    browser.click(".transfer button:not(.plain)");
    browser.shows("#told", "Jo goes on to Permits and licences.");
    let row = stage.row("queue", "permits");
    assert!(
        u128::from(row["wait_ms"].as_u64().expect("its age")) >= age,
        "{row} is not {age} ms old"
    );
    assert_eq!(row["path"], json!([{"queue": "chat", "agent": "ana"}]));
    let browser = stage.browser;
    browser.shows(".wrap h3", "Wrap-up");
    browser.choose(".contact:not([hidden]) .wrap option[value='Referred elsewhere']");
    browser.write(".wrap input", "street closure");
    stage.is_accessible("desk-wrap-up");
    browser.click(".wrap button:not(.plain)");
    let over = stage.sue.event("contact.wrap_up_over");
    assert_eq!(over["disposition"], "Referred elsewhere: street closure");
    stage.browser.shows(".contact h2", "Lee");
}

fn a_call_interrupts_a_letter_and_the_desk_has_the_leg_in_hand(browser: &Browser, axe: &str) {
    let mut stage = Stage::set("browser-call", browser, axe);
    signs_in(&mut stage, "ana");
    let browser = stage.browser;
    browser.shows("#stands", "Ready");
    let letter = "The hydrant at Elm and Third leaks.";
    stage.comes(&json!({"queue": "letters", "channel": "email", "name": "Kim",
        "from": "kim@example.org", "reference": "SR-77", "text": letter}));
    browser.shows(".offer h2", "Email for Letters");
    browser.shows(".offer .facts", "SR-77");
    browser.click(".offer .yes");
    browser.shows(".log .resident", letter);
    let mut pbx = stage.server.hello("frontend", "pbx");
    pbx.ask(
        "contact.new",
        json!({"ext": "1", "channel": "voice", "queue": "calls", "from": "+15125550177"}),
    );
    let offered = pbx.event("contact.offered");
    assert_eq!(offered["dial"], "PJSIP/4471");
    browser.shows(".offer .rings", "Your telephone rings");
    browser.shows(".offer .facts", "calls 1 or better (you: 5)");
    stage.is_accessible("desk-call-rings");
    pbx.ask("offer.answered", json!({"offer": offered["offer"]}));
    browser.shows(".contact h2", "+15125550177");
    browser.shows(".tab.parked", "set aside");
    stage.is_accessible("desk-call-and-letter");
    browser.click(".contact .controls button:first-child");
    pbx.event("contact.held");
    browser.shows(".tab", "on hold");
    browser.click(".contact [aria-pressed=true]");
    pbx.event("contact.unheld");
    browser.click(".contact .controls .no");
    pbx.event("contact.ended");
    browser.shows(".contact h2", "Kim");
    browser.shows(".talk > .told", "Taken up again.");
    browser.size(390, 844);
    stage.is_accessible("desk-phone-letter");
}

fn the_kiosk_clears_itself_and_speaks_four_languages(browser: &Browser, axe: &str) {
    let mut stage = Stage::set("browser-kiosk", browser, axe);
    let browser = stage.browser;
    browser.open(&format!("http://{}/kiosk?idle=6", stage.http));
    browser.size(1080, 1200);
    browser.shows(".choices button", "City hall kiosk");
    stage.is_accessible("kiosk-start");
    for (language, says) in
        [("fr", "Comment"), ("zh", "我们"), ("es", "¿En qué"), ("en", "How can")]
    {
        browser.click(&format!("nav [lang={language}]"));
        browser.shows("h1", says);
        stage.is_accessible(&format!("kiosk-{language}"));
    }
    browser.click(".choices button:last-child");
    browser.shows("#status", "You are next in line.");
    browser.write("#text", "Where do I pay a fine?\n");
    browser.shows("#log .resident", "Where do I pay a fine?");
    stage.is_accessible("kiosk-talk");
    browser.shows("dialog h2", "Are you still there?");
    browser.click("#here");
    browser.until("the dialog goes", "return !document.querySelector('dialog').open;");
    browser.shows("dialog", "This screen clears itself in");
    browser.picture("kiosk-still-there");
    browser.shows(".choices button", "City hall kiosk");
    let left =
        browser.run("return document.body.innerText + document.getElementById('text').value", &[]);
    assert!(!left.as_str().expect("text").contains("fine"), "{left}");
    let ended = stage.sue.event("contact.ended");
    assert_eq!(ended["cause"], "abandoned");
    stage.browser.size(390, 844);
    stage.is_accessible("kiosk-phone");
    stage.browser.open(&format!("http://{}/docs", stage.http));
    stage.browser.size(1280, 900);
    stage.browser.shows("h2", "/v1/inquiries/{id}/socket");
    stage.is_accessible("docs");
}
