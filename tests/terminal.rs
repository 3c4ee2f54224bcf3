//! The supervisor's terminal as a person uses it: the real `acd top` in a real terminal, before a
//! real server under load that is killed and comes back.

mod support;

use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use serde_json::json;
use support::tmux::Tmux;
use support::{PATIENCE, Scratch, Server, acd, installed, lines_of};

/// A small city with a queue that nobody serves.
const CITY: &str = "
skills = [\"rare\"]
reasons = [\"lunch\"]
[city]
name = \"TOWN\"
time_zone = \"UTC\"
[[queues]]
name = \"q0\"
wrap_up = { mode = \"none\" }
[[queues]]
name = \"rare\"
steps = [{ after = \"0s\", any_of = [\"rare >= 1\"] }]
";

/// Names that would take the terminal over.
const WORST: [&str; 13] = [
    "\x1b]0;owned\x07",
    "\x1b]2;owned\x1b\\",
    "\x1b[2J\x1b[H",
    "\x1b[31mred",
    "\x1bc\x1b[?1049l",
    "\x1b[?1000h\x1b[?25h",
    "\x1bP1$tx\x1b\\\x1b_x\x1b\\",
    "\u{9b}31m\u{9d}0;owned\u{9c}",
    "a\nb\rc\td\x08\x7f",
    "\u{202e}desrever\u{2066}x\u{200f}",
    "李雷韩梅梅李雷韩梅梅",
    "👩\u{200d}👩\u{200d}👧 z\u{300}\u{301}\u{302}\u{303}",
    "أحمد שלום",
];

fn town(name: &str, arguments: &[&str]) -> Server {
    let scratch = Scratch::new(name);
    let mut city = CITY.to_owned();
    for agent in (0..8).map(|n| format!("a{n}")).chain(["ann".to_owned()]) {
        let lines = ["[[agents]]\nid = \"", &agent, "\"\nname = \"", &agent, " of town\"\n"];
        city.extend(lines);
    }
    let file = scratch.join("town.toml");
    std::fs::write(&file, city).expect("a file");
    let file = file.display().to_string();
    Server::start_with_log(scratch, &[&["--config", &file], arguments].concat())
}

/// The demo city with a queue that nobody serves and an agent who is at no desk of the demo.
fn city(name: &str) -> Server {
    let scratch = Scratch::new(name);
    let more = "
[[queues]]
name = \"rare\"
steps = [{ after = \"0s\", any_of = [\"kiosk >= 10\"] }]
[[agents]]
id = \"ann\"
name = \"ann of town\"
";
    let file = scratch.join("city.toml");
    std::fs::write(&file, acd_server::config::EMBEDDED.to_owned() + more).expect("a file");
    let file = file.display().to_string();
    Server::start_with_log(scratch, &["--config", &file])
}

/// `acd demo` on a server, until it is dropped.
struct Load {
    child: Child,
    said: mpsc::Receiver<String>,
}

impl Load {
    fn on(server: &Server) -> Self {
        let mut child = acd()
            .args(["demo", "--headless", "--speed", "20", "--connect"])
            .arg(format!("unix:{}", server.socket.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("acd demo runs");
        let said = lines_of(child.stderr.take().expect("piped"));
        let load = Self { child, said };
        load.says("watch it from another terminal");
        load
    }

    /// Waits until it says so.
    fn says(&self, what: &str) {
        let mut all = Vec::new();
        while let Ok(line) = self.said.recv_timeout(PATIENCE) {
            if line.contains(what) {
                return;
            }
            all.push(line);
        }
        panic!("the demo does not say {what:?}: {all:#?}");
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A terminal that runs `acd top`; the file that gets its process id.
fn top(name: &str, server: &Server, size: (u32, u32), arguments: &str) -> (Tmux, String) {
    let pid = server.scratch.join("top.pid");
    let command = format!(
        "sh -c 'echo $$ > {pid}; exec {acd} top --connect unix:{socket} --name maria {arguments}'; \
         echo left $?; stty -a; cat",
        pid = pid.display(),
        acd = env!("CARGO_BIN_EXE_acd"),
        socket = server.socket.display(),
    );
    let tmux = Tmux::run(name, size.0, size.1, &command);
    // With its first picture: what is typed before finds no queue.
    tmux.wait(" TOTAL ");
    let pid = std::fs::read_to_string(&pid).expect("it says who it is");
    (tmux, pid.trim().to_owned())
}

fn signal(name: &str, pid: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), pid]).status();
    assert!(sent.expect("kill runs").success());
}

/// The screen is left as it was found: the normal one, its cursor shown, the mouse free, lines read
/// whole and echoed.
fn is_restored(tmux: &Tmux, code: &str) {
    let left = tmux.wait("icanon");
    assert!(left.contains(&format!("left {code}")), "{left}");
    assert!(!left.contains("-icanon") && !left.contains("-echo "), "{left}");
    assert_eq!(tmux.says("#{alternate_on} #{cursor_flag} #{mouse_any_flag}"), "0 1 0");
}

/// The longest wait of the queue that nobody serves, in seconds.
fn longest(screen: &str) -> Option<u64> {
    let row = screen.lines().find(|line| line.contains(" rare "))?;
    let time = row.split_whitespace().find(|cell| cell.contains(':'))?;
    let (minutes, seconds) = time.split_once(':')?;
    Some(minutes.parse::<u64>().ok()? * 60 + seconds.parse::<u64>().ok()?)
}

#[test]
fn a_supervisors_evening() {
    if !installed("tmux") {
        return;
    }
    let mut server = city("evening");
    let load = Load::on(&server);
    let mut pbx = server.hello("frontend", "pbx");
    let waits = pbx.ask("contact.new", json!({"ext": "1", "channel": "voice", "queue": "rare"}));
    let waits = waits["contact"].as_str().expect("an id").to_owned();
    let mut ann = server.hello("agent", "ann");
    ann.ask("agent.login", json!({}));
    let (tmux, pid) = top("evening", &server, (120, 36), "--ops");

    tmux.wait_for("calls answered", |screen| {
        let row = screen.lines().find(|line| line.contains(" TOTAL ")).unwrap_or_default();
        row.contains("% ")
    });
    for (key, shown) in [
        ("2", "With agents"),
        ("3", "ann of town"),
        ("4", "No contact is traced"),
        ("5", "Latency"),
        ("6", "What changed"),
        ("8", "Events"),
        ("1", "Waiting by age"),
    ] {
        tmux.keys(&[key]);
        tmux.wait(shown);
    }
    tmux.types("/rar\n");
    tmux.wait_for("one queue", |screen| screen.contains(" rare ") && !screen.contains(" roads "));
    tmux.types("j\n");
    tmux.wait("Waiting  1");
    tmux.types("j\n");
    tmux.wait_for("its life", |screen| screen.contains("It waits") && screen.contains(&waits));

    tmux.types("3/ann of\nj");
    tmux.wait("filter:ann of");
    tmux.types("f\tlunch\n");
    tmux.types("covers the desk\n");
    tmux.wait("tried by the server on a copy");
    tmux.types("y");
    tmux.wait("done, audit 1, it is not ready");
    tmux.types("q");
    tmux.wait_for("what it is forced to", |screen| screen.contains("◌ lunch"));
    tmux.types("8");
    tmux.wait("maria: force ann to not_ready (reason: covers the desk)  audit 1");

    tmux.types("1");
    tmux.wait("Waiting by age");
    server.kill();
    let stale = tmux.wait("STALE");
    let before = longest(&stale).expect("somebody waits");
    tmux.wait_for("ages that grow", |screen| {
        screen.contains("STALE") && longest(screen).is_some_and(|now| now > before + 2)
    });
    tmux.types("x");
    tmux.wait("no connection: nothing can be done now");
    server.start_again();
    tmux.wait_for("it live again", |screen| screen.contains(" LIVE ") && !screen.contains("STALE"));
    load.says("the server is back, and the day goes on");
    let mut pbx = server.hello("frontend", "pbx");
    pbx.ask("contact.new", json!({"ext": "2", "channel": "voice", "queue": "rare"}));
    tmux.types("2");
    tmux.wait("Waiting  2");

    signal("TERM", &pid);
    is_restored(&tmux, "143");
}

#[test]
fn names_of_callers_do_not_reach_the_terminal() {
    if !installed("tmux") {
        return;
    }
    let server = town("names", &[]);
    let mut pbx = server.hello("frontend", "pbx");
    for (ext, name) in WORST.iter().enumerate() {
        let call = json!({"ext": ext.to_string(), "channel": "voice", "queue": "rare",
            "name": name, "from": name});
        pbx.ask("contact.new", call);
    }
    let (tmux, _) = top("names", &server, (100, 30), "");
    let title = tmux.says("#{pane_title}");
    tmux.types(":queue rare\n");
    for keys in ["", "*", "G", "y"] {
        tmux.types(keys);
        let screen = tmux.wait_for("every name", |screen| {
            screen.contains("Waiting  13") && screen.contains("^[]0;owned")
        });
        for (row, line) in screen.lines().enumerate().skip(2).take(27) {
            let last = line.trim_end().chars().last();
            assert!(last.is_some_and(|last| "┐│┘".contains(last)), "row {row}: {line}");
        }
        assert!(!screen.contains("red\n"), "{screen}");
    }
    assert_eq!(tmux.says("#{pane_title}"), title);
    let flags = tmux.says("#{alternate_on} #{cursor_flag} #{mouse_any_flag}");
    assert_eq!(flags, "1 0 0", "no name switched anything");
    // Of the name that asks for red nothing is red.
    let styled = tmux.tmux(&["capture-pane", "-p", "-e", "-t", &tmux.says("#{session_name}")]);
    let row = styled.lines().find(|line| line.contains("^[[31mred")).expect("it is written out");
    assert!(!row.contains("\u{1b}[31m"), "{row:?}");
}

#[test]
fn every_way_out_gives_the_terminal_back() {
    if !installed("tmux") {
        return;
    }
    let server = town("ways", &[]);
    for (name, code) in [("HUP", "129"), ("INT", "130"), ("TERM", "143")] {
        let (tmux, pid) = top(name, &server, (80, 24), "--mouse");
        assert_eq!(tmux.says("#{alternate_on} #{cursor_flag} #{mouse_any_flag}"), "1 0 1");
        signal(name, &pid);
        is_restored(&tmux, code);
    }
}

#[test]
fn suspended_and_resized_it_comes_back_whole() {
    if !installed("tmux") {
        return;
    }
    let server = town("resized", &[]);
    let (tmux, pid) = top("resized", &server, (80, 24), "--mouse");
    signal("TSTP", &pid);
    tmux.wait_for("the shell's screen", |_| {
        tmux.says("#{alternate_on} #{cursor_flag} #{mouse_any_flag}") == "0 1 0"
    });
    signal("CONT", &pid);
    tmux.wait_for("the whole again", |screen| {
        screen.contains("Queues")
            && screen.contains("q quit")
            && tmux.says("#{alternate_on}") == "1"
    });
    for step in 0..40 {
        tmux.resize(60 + step * 7 % 140, 12 + step * 5 % 40);
    }
    tmux.resize(79, 24);
    tmux.wait("terminal 79x24: need 80x24 (have you tried acd top --once?)");
    tmux.resize(120, 36);
    let screen = tmux.wait_for("the wide layout", |screen| {
        screen.contains("Waiting by age") && screen.contains("q quit")
    });
    assert!(screen.lines().all(|line| line.chars().count() <= 120), "{screen}");
    tmux.types("Q");
    is_restored(&tmux, "0");
    assert!(tmux.screen().contains("q quit"), "the last frame stays");
}
