//! The city of a measurement, as a configuration file.

use std::fmt::Write as _;

/// A city of numbered queues and agents, all of whom know every queue's work.
pub(crate) fn city(queues: usize, agents: usize, wrap_up: &str) -> String {
    let mut text = String::from(
        "skills = []\nreasons = []\n[city]\nname = \"Load\"\ntime_zone = \"UTC\"\n\
         [limits]\nconnections = 20000\nconnections_before_hello = 2000\n\
         connections_before_hello_per_address = 2000\n",
    );
    for n in 0..queues {
        let _ = writeln!(
            text,
            "[[queues]]\nname = \"q{n}\"\nwrap_up = {{ mode = \"{wrap_up}\" }}\nmax_waiting = 2000000"
        );
    }
    for n in 0..agents {
        let _ = writeln!(text, "[[agents]]\nid = \"a{n}\"\nname = \"Agent {n}\"");
    }
    text
}
