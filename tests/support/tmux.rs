//! A terminal that tests can look at and type into.

use std::process::Command;
use std::time::{Duration, Instant};

use super::PATIENCE;

/// A terminal of a size that runs a command, ended with the test.
pub struct Tmux(String);

impl Tmux {
    /// Starts one.
    pub fn run(name: &str, columns: u32, rows: u32, command: &str) -> Self {
        let session = format!("acd-{name}-{}", std::process::id());
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let status = Command::new("tmux")
            .args(["-L", &session, "-f", "/dev/null", "new-session", "-d", "-s", &session])
            .args(["-x", &columns, "-y", &rows, command])
            .env("LC_ALL", "C.UTF-8")
            .status()
            .expect("tmux starts");
        assert!(status.success());
        Self(session)
    }

    /// What tmux answers to a command.
    pub fn tmux(&self, arguments: &[&str]) -> String {
        let output =
            Command::new("tmux").args(["-L", &self.0]).args(arguments).output().expect("tmux runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The characters shown.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-t", &self.0])
    }

    /// A format of tmux, such as `#{alternate_on}`.
    pub fn says(&self, format: &str) -> String {
        self.tmux(&["display", "-p", "-t", &self.0, format]).trim().to_owned()
    }

    /// Presses keys, as tmux names them.
    pub fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys", "-t", &self.0], keys].concat());
    }

    /// Types a text; a line end is the key Enter, a tab the key Tab.
    pub fn types(&self, text: &str) {
        for part in text.split_inclusive(['\n', '\t']) {
            let typed = part.trim_end_matches(['\n', '\t']);
            if !typed.is_empty() {
                self.tmux(&["send-keys", "-t", &self.0, "-l", typed]);
            }
            match part.chars().last() {
                Some('\n') => self.keys(&["Enter"]),
                Some('\t') => self.keys(&["Tab"]),
                _ => {}
            }
        }
    }

    /// Makes the terminal another size.
    pub fn resize(&self, columns: u32, rows: u32) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tmux(&["resize-window", "-t", &self.0, "-x", &columns, "-y", &rows]);
    }

    /// Waits until the screen shows a text.
    pub fn wait(&self, text: &str) -> String {
        self.wait_for(text, |screen| screen.contains(text))
    }

    /// Waits until the screen shows what is looked for.
    pub fn wait_for(&self, what: &str, found: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if found(&screen) {
                return screen;
            }
            assert!(start.elapsed() < PATIENCE, "{what} did not show:\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}
