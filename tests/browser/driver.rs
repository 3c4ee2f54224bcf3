//! A headless Chromium, driven over `WebDriver`: windows, what is in them, and what they look like.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::http::ask;
use crate::support::{PATIENCE, Scratch};

/// How a page may be given and what it runs in.
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
];

/// A browser with its driver, both ended when dropped.
pub(crate) struct Browser {
    driver: Child,
    address: String,
    session: String,
    profile: PathBuf,
}

/// A window of it.
#[derive(Clone, Debug)]
pub(crate) struct Window(String);

impl Browser {
    /// Starts one with a profile of its own, in this directory.
    pub(crate) fn start(scratch: &Scratch) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let mut said = BufReader::new(driver.stdout.take().expect("piped")).lines();
        let port = said
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("successfully on port ")?;
                rest.trim_end_matches('.').parse::<u16>().ok()
            })
            .expect("chromedriver says its port");
        // What it says must be read on, or the pipe fills.
        std::thread::spawn(move || said.for_each(drop));
        let profile = scratch.join("profile");
        let mut flags: Vec<String> = FLAGS.iter().map(|&flag| flag.into()).collect();
        flags.push(format!("--user-data-dir={}", profile.display()));
        let address = format!("127.0.0.1:{port}");
        let mut browser = Self { driver, address, session: String::new(), profile };
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"args": flags},
        }}});
        let made = browser.send("POST", "/session", &wanted).expect("a session");
        browser.session.push_str(made["sessionId"].as_str().expect("its id"));
        browser
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, Value> {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let line = format!("{method} {path}");
        let kind = ["Content-Type: application/json"];
        let (status, _, mut answer) = ask(&self.address, &line, &kind, &body);
        if status == 200 { Ok(answer["value"].take()) } else { Err(answer["value"].take()) }
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, Value> {
        self.send(method, &format!("/session/{}{path}", self.session), body)
    }

    fn must(&self, method: &str, path: &str, body: &Value) -> Value {
        self.command(method, path, body).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Opens a window at that address and goes there.
    pub(crate) fn open(&self, url: &str) -> Window {
        let made = self.must("POST", "/window/new", &json!({"type": "window"}));
        let window = Window(made["handle"].as_str().expect("a handle").to_owned());
        self.to(&window);
        self.must("POST", "/url", &json!({"url": url}));
        window
    }

    /// When each of several loads of a page first showed something, in milliseconds; nothing of
    /// one is kept for the next.
    pub(crate) fn paints(&self, url: &str, loads: usize) -> Vec<u64> {
        self.open("about:blank");
        self.cdp("Network.enable", &json!({}));
        self.cdp("Network.setCacheDisabled", &json!({"cacheDisabled": true}));
        let painted = "const [first] = performance.getEntriesByName('first-contentful-paint');
             return first ? Math.ceil(first.startTime) : false;";
        let load = |_| {
            self.must("POST", "/url", &json!({"url": url}));
            self.until("the page is seen", painted).as_u64().expect("a time")
        };
        (0..loads).map(load).collect()
    }

    /// Goes on in that window.
    pub(crate) fn to(&self, window: &Window) {
        self.must("POST", "/window", &json!({"handle": window.0}));
    }

    /// What a script in the window returns.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let body = json!({"script": script, "args": arguments});
        self.must("POST", "/execute/sync", &body)
    }

    /// What a script in the window says in the end, by its last argument.
    pub(crate) fn run_async(&self, script: &str) -> Value {
        self.must("POST", "/execute/async", &json!({"script": script, "args": []}))
    }

    /// A command of the browser's own protocol.
    fn cdp(&self, command: &str, params: &Value) -> Value {
        let body = json!({"cmd": command, "params": params});
        self.must("POST", "/goog/cdp/execute", &body)
    }

    /// The window's page is as wide and high as this, in CSS pixels.
    pub(crate) fn size(&self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Waits until a script returns something that is true, and returns it.
    pub(crate) fn until(&self, what: &str, script: &str) -> Value {
        let start = Instant::now();
        loop {
            let found = self.run(script, &[]);
            if !matches!(found, Value::Null | Value::Bool(false)) && found != json!("") {
                return found;
            }
            if start.elapsed() > PATIENCE * 2 {
                let text = self.run("return document.body.innerText", &[]);
                panic!("{what}: never came. The page says: {text}");
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Waits for an element, in shadow roots too, that is shown and has this in its text.
    pub(crate) fn shows(&self, css: &str, text: &str) {
        let script = format!(
            "{FIND} return shown({}).some((one) => one.textContent.includes({}));",
            json!(css),
            json!(text)
        );
        self.until(&format!("{text:?} in {css}"), &script);
    }

    /// Clicks the first element shown, once it is there.
    pub(crate) fn click(&self, css: &str) {
        let element = self.element(css);
        let path = format!("/element/{element}/click");
        self.must("POST", &path, &json!({}));
    }

    /// Chooses an option of a list, which is in the page but not shown.
    pub(crate) fn choose(&self, css: &str) {
        let script = format!("{FIND} return all(document, {})[0];", json!(css));
        let element = id_of(&self.until(css, &script));
        self.must("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Types into the first element shown.
    pub(crate) fn write(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.must("POST", &format!("/element/{element}/value"), &json!({"text": text}));
    }

    fn element(&self, css: &str) -> String {
        id_of(&self.until(css, &format!("{FIND} return shown({})[0];", json!(css))))
    }

    /// Writes what the window looks like into a file, where the environment says a directory.
    pub(crate) fn picture(&self, name: &str) {
        let Some(directory) = std::env::var_os("ACD_PICTURES") else { return };
        let shot = self.cdp("Page.captureScreenshot", &json!({"format": "png"}));
        let text = shot["data"].as_str().expect("a picture");
        let file = Path::new(&directory).join(format!("{name}.png"));
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).expect("base 64");
        std::fs::write(file, bytes).expect("a file for the picture");
    }
}

fn id_of(element: &Value) -> String {
    let mut ids = element.as_object().expect("an element").values();
    ids.next().and_then(Value::as_str).expect("its id").to_owned()
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.command("DELETE", "", &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// Finds elements that are shown, in the page and in shadow roots.
pub(crate) const FIND: &str = "
    const all = (root, css) => [...root.querySelectorAll(css),
        ...[...root.querySelectorAll('*')].flatMap((one) => one.shadowRoot ? all(one.shadowRoot, css) : [])];
    const shown = (css) => all(document, css).filter((one) => one.getClientRects().length > 0);";
