//! A panic while the terminal is taken gives it back first, so that its message can be read.

use std::process::Command;
use std::time::{Duration, Instant};

use acd_tui::terminal::Terminal;

/// Set in the process that panics.
const PANICS: &str = "ACD_TUI_TEST_PANICS";
/// How long anything may take before the test calls it lost.
const PATIENCE: Duration = Duration::from_secs(30);

fn tmux(socket: &str, arguments: &[&str]) -> String {
    let output = Command::new("tmux").args(["-L", socket]).args(arguments).output();
    String::from_utf8_lossy(&output.expect("tmux runs").stdout).into_owned()
}

/// This very test in a terminal of its own; there it takes the terminal and panics.
#[test]
fn a_panic_gives_the_terminal_back() {
    if std::env::var_os(PANICS).is_some() {
        let mut terminal = Terminal::take(true).expect("it is a terminal");
        terminal.draw(|_| ()).expect("it is drawn");
        panic!("on purpose");
    }
    if Command::new("tmux").arg("-V").output().is_err() {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "tmux is not installed, and CI=true"
        );
        println!("skipped: needs tmux");
        return;
    }
    let socket = format!("acd-panic-{}", std::process::id());
    let this = std::env::current_exe().expect("it runs").display().to_string();
    let command = format!(
        "{PANICS}=1 RUST_BACKTRACE=0 {this} --exact a_panic_gives_the_terminal_back --nocapture; \
         echo left $?; stty -a; cat"
    );
    tmux(
        &socket,
        &["-f", "/dev/null", "new-session", "-d", "-s", "it", "-x", "100", "-y", "30", &command],
    );
    let begun = Instant::now();
    let screen = loop {
        let screen = tmux(&socket, &["capture-pane", "-p", "-t", "it"]);
        if screen.contains("icanon") || begun.elapsed() > PATIENCE {
            break screen;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let format = "#{alternate_on} #{cursor_flag} #{mouse_any_flag}";
    let flags = tmux(&socket, &["display", "-p", "-t", "it", format]);
    tmux(&socket, &["kill-server"]);
    assert!(screen.contains("on purpose") && screen.contains("left 101"), "{screen}");
    assert!(!screen.contains("-icanon") && !screen.contains("-echo "), "{screen}");
    assert_eq!(flags.trim(), "0 1 0");
}
