//! The pages in a browser: residents in the widget and at the kiosk, an agent at the desk, from the
//! first word to the wrap-up; and what axe-core finds in each.

mod driver;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod wire;

use std::time::Instant;

use driver::{Browser, FIND, Window};
use serde_json::json;
use stage::{Stage, axe, ready, takes};
use support::{Scratch, installed};
use wire::Wire;

/// A text that is a page to who takes it for one.
const NASTY: &str =
    "<img src=x onerror=\"document.title='hacked'\"><script>hacked=1</script> & 'so'";

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
    the_pages_are_seen_soon(&browser, &axe);
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
    browser.size(1280, 800);
    browser.click(".open");
    browser.write("textarea[name=text]", "My street");
    stage.is_accessible("widget-desktop-start");
    browser.click("header button");
    browser.size(390, 844);
    browser.shows(".open", "Chat with the city");
    stage.is_accessible("widget-phone-closed");
    browser.click(".open");
    stage.is_accessible("widget-phone-start");
    browser.write("textarea[name=text]", " floods.");
    browser.write("input[name=name]", "Jo");
    browser.write("input[name=reference]", "SR-77");
    browser.click(".start button");
    browser.shows(".status", "You are next in line. About 5 min to wait.");
    browser.shows(".log .resident", "My street floods.");
    browser.shows(".request", "Your request SR-77: open");
    browser.shows(".request", "Sidewalk and Curb Issues. Crew sent.");
    browser.choose("header select option[value=es]");
    browser.shows(".request", "Su solicitud SR-77: abierta");
    browser.choose("header select option[value=en]");
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
    browser.shows(".offer .facts", "Crew sent.");
    browser.shows(".offer .clock", " s");
    stage.is_accessible("desk-offer");
    browser.click(".offer .yes");
    browser.shows(".contact h2", "Jo");
    browser.shows(".log .resident", "My street floods.");
    browser.shows(".contact .facts", "Water Department");
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
        is_not_hacked(browser);
    }
}

/// What is text has stayed text.
fn is_not_hacked(browser: &Browser) {
    assert_eq!(browser.run("return typeof hacked", &[]), "undefined");
    assert_ne!(browser.run("return document.title", &[]), "hacked");
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
    let name = format!("Lee {NASTY}");
    stage.comes(&json!({"queue": "chat", "name": name, "reference": "EVIL", "text": text}));
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
    browser.shows(".facts", "owned <b> x");
    stage.is_accessible("desk-two-chats");
    browser.shows(".contact h2", &name);
    is_not_hacked(browser);
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
    let listed = "return all(document, '.wrap option').map((one) => one.textContent);";
    let listed = browser.run(&format!("{FIND} {listed}"), &[]);
    assert!(listed.to_string().contains(r#""Resolved","Referred elsewhere""#), "{listed}");
    browser.choose(".contact:not([hidden]) .wrap option[value='referred elsewhere']");
    browser.write(".wrap input", "street closure");
    stage.is_accessible("desk-wrap-up");
    browser.click(".wrap button:not(.plain)");
    let over = stage.sue.event("contact.wrap_up_over");
    assert_eq!(over["disposition"], "referred elsewhere: street closure");
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
    browser.open(&format!("http://{}/kiosk?idle=6&queues=chat,kiosk", stage.http));
    browser.size(1080, 1200);
    browser.shows(".choices button", "City hall kiosk");
    let offered = browser.run("return document.querySelectorAll('.choices button').length", &[]);
    assert_eq!(offered, 2, "letters are written elsewhere");
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

/// How soon each page shows something, from nothing kept; the least of a few counts, since other
/// programs run here too. `--nocapture` shows all.
fn the_pages_are_seen_soon(browser: &Browser, axe: &str) {
    let stage = Stage::set("browser-paint", browser, axe);
    for page in ["widget", "kiosk", "desk"] {
        let paints = browser.paints(&format!("http://{}/{page}", stage.http), 7);
        println!("first-contentful-paint of /{page}: {paints:?} ms");
        assert!(paints.iter().min() < Some(&1_000), "/{page} paints after {paints:?} ms");
    }
}
