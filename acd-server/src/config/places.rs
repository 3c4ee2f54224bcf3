//! A directory kept as a table: a CSV file beside the configuration.

use std::path::Path;

use serde::Deserialize;

use super::problem::{Problem, expected};
use super::{Config, ConfigError, Entry};

/// Lines of one file that are read.
const LINES_MAX: usize = 10_000;

/// One line. Columns may come in any order, and those with a default may be missing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    title: String,
    /// Separated by semicolons.
    #[serde(default)]
    words: String,
    #[serde(default)]
    queue: Option<String>,
    #[serde(default)]
    number: Option<String>,
    #[serde(default)]
    hours: Option<String>,
    #[serde(default)]
    immediate: Option<bool>,
}

/// The places of a file, in its order.
pub(super) fn read(path: &Path, config: &Config) -> Result<Vec<Entry>, ConfigError> {
    let failed = |source| ConfigError::Read { path: path.into(), source };
    let bytes = std::fs::read(path).map_err(failed)?;
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(&*bytes);
    let mut problems = Vec::new();
    let mut places = Vec::new();
    for (count, line) in reader.deserialize::<Line>().enumerate() {
        let at = |line: usize, message: String| Problem {
            origin: path.display().to_string(),
            line,
            column: 1,
            message,
        };
        // The first line is the head.
        let number = count + 2;
        if count == LINES_MAX {
            problems.push(at(number, format!("expected at most {LINES_MAX} places")));
            break;
        }
        match line {
            Ok(line) => match place(line, config) {
                Ok(place) => places.push(place),
                Err(message) => problems.push(at(number, message)),
            },
            Err(error) => {
                let line = error.position().map_or(number, |position| position.line() as usize);
                problems.push(at(line, what_is_wrong(&error)));
            }
        }
    }
    if problems.is_empty() { Ok(places) } else { Err(ConfigError::Invalid(problems)) }
}

fn place(line: Line, config: &Config) -> Result<Entry, String> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (queue, number, hours) = (given(line.queue), given(line.number), given(line.hours));
    if line.title.is_empty() {
        return Err("`title` is empty".to_owned());
    }
    if queue.is_none() && number.is_none() {
        return Err(format!(
            "{:?} has neither `queue` nor `number`: nobody could be sent there",
            line.title
        ));
    }
    if let Some(queue) = &queue {
        let queues = || config.queues.iter().map(|queue| queue.name.as_str());
        if !queues().any(|known| known == queue) {
            return Err(format!("unknown queue `{queue}`; {}", expected(queue, queues())));
        }
    }
    let hours = match hours {
        Some(name) => Some(config.timetables.get(&name).cloned().ok_or_else(|| {
            let names = config.timetables.keys().map(String::as_str);
            format!("unknown timetable `{name}`; {}", expected(&name, names))
        })?),
        None => None,
    };
    let words = line.words.split(';').map(str::trim).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    Ok(Entry::new(line.title.clone(), &words, queue, number, hours, line.immediate == Some(true)))
}

/// The library's words, and which column it is about.
fn what_is_wrong(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns; expected {expected_len}, as in the first line")
        }
        csv::ErrorKind::Deserialize { err, .. } => match err.kind() {
            csv::DeserializeErrorKind::Message(message) => message.clone(),
            kind => format!("column {}: {kind}", err.field().map_or(0, |field| field + 1)),
        },
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CITY: &str = r#"
directory_files = ["places.csv"]
[city]
name = "Test"
time_zone = "UTC"
[[timetables]]
name = "office"
[[directory]]
title = "First"
number = "1"
[[queues]]
name = "water"
"#;

    fn loaded(name: &str, csv: &str) -> Result<Config, ConfigError> {
        let folder = std::env::temp_dir().join(format!("acd-places-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("city.toml"), CITY).expect("a file");
        std::fs::write(folder.join("places.csv"), csv).expect("a file");
        let loaded = Config::load(&folder.join("city.toml"));
        std::fs::remove_dir_all(&folder).expect("it is ours");
        loaded
    }

    #[test]
    fn places_follow_those_of_the_configuration() {
        let csv = "title,queue,number,words,hours,immediate\n\
                   # those whom everybody asks for\n\
                   \"Water, sewers\",water,,burst; flood,office,\n\
                   9-1-1,,9-1-1,police,,true\n";
        let config = loaded("right", csv).expect("it is right");
        let titles: Vec<_> = config.directory.iter().map(|entry| entry.title.as_str()).collect();
        assert_eq!(titles, ["First", "Water, sewers", "9-1-1"]);
        let water = &config.directory[1];
        assert_eq!(water.found_by, "water, sewers burst flood ");
        assert!(water.hours.is_some() && water.number.is_none() && !water.immediate);
        assert!(config.directory[2].immediate);
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let csv = "title,queue,number\nA,watre,\nB,,\nC,water\nD,water,\n,water,\n";
        let error = loaded("wrong", csv).expect_err("four mistakes").to_string();
        let lines: Vec<_> = error.lines().map(|line| line.rsplit("places.csv:").next()).collect();
        assert_eq!(
            lines,
            [
                Some("2:1: unknown queue `watre`; did you mean `water`?"),
                Some("3:1: \"B\" has neither `queue` nor `number`: nobody could be sent there"),
                Some("4:1: 2 columns; expected 3, as in the first line"),
                Some("6:1: `title` is empty"),
            ]
        );
        let error = loaded("column", "title,phone\nA,1\n").expect_err("no such column");
        assert!(error.to_string().contains("unknown field `phone`"), "{error}");
        let error = loaded("bool", "title,number,immediate\nA,1,perhaps\n").expect_err("no bool");
        assert!(error.to_string().contains("column 3"), "{error}");
    }
}
