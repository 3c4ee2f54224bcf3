//! What happened and what followed, one line each: recorded by the driver, replayed by the tests.

use std::fmt::{Display, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Input, Output};

/// The line of something that happens, without its end: `1764000000.000001 <- {…}`.
pub fn input<S: Serialize>(now: u64, input: &Input<S>) -> String {
    let json = serde_json::to_string(input).expect("inputs have text for keys");
    format!("{}.{:06} <- {json}", now / 1_000_000, now % 1_000_000)
}

/// The lines of what follows, with their ends.
pub fn outputs<T: Display>(outputs: &[Output<T>]) -> String {
    let mut lines = String::new();
    for output in outputs {
        // Writing to a String cannot fail.
        let _ = match output {
            Output::Exchange(told) => writeln!(lines, "    -> pbx {told}"),
            Output::Ask { request, .. } => {
                let params = serde_json::to_string(request).expect("requests have text for keys");
                writeln!(lines, "    -> acd {} {params}", request.method().name())
            }
        };
    }
    lines
}

/// Reads the line of something that happens; none for a line of what follows or a comment.
pub fn read<S: DeserializeOwned>(line: &str) -> Option<(u64, Input<S>)> {
    let (time, json) = line.split_once(" <- ")?;
    let (seconds, micros) = time.split_once('.')?;
    let now = seconds.parse::<u64>().ok()? * 1_000_000 + micros.parse::<u64>().ok()?;
    Some((now, serde_json::from_str(json).ok()?))
}
