//! Results, events and errors as people read them, and as JSON.
//!
//! Whatever a client wrote may stand in them: control characters are shown, not sent to the
//! terminal.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};

use acd_client::Message;
use acd_proto::ErrorBody;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The widest cell of a table.
const CELL_CHARS_MAX: usize = 40;

/// Whether what was written is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Yes,
    NobodyReads,
}

/// Prints a line of JSON.
pub(super) fn json(value: &impl Serialize) -> io::Result<Shown> {
    print(&(serde_json::to_string(value)? + "\n"))
}

/// Prints a result: single values one a line, lists of objects as tables.
pub(super) fn result(raw: &RawValue) -> io::Result<Shown> {
    print(&readable(raw.get())?)
}

/// Prints something said unasked.
pub(super) fn message(message: &Message, as_json: bool) -> io::Result<Shown> {
    match message {
        Message::Event(event) if as_json => json(event),
        Message::Event(event) => print(&line("", &serde_json::to_string(event)?)?),
        Message::Notice { method, params } if as_json => {
            json(&serde_json::json!({ "method": method, "params": params }))
        }
        Message::Notice { method, params } => {
            print(&line(method, params.as_ref().map_or("{}", |params| params.get()))?)
        }
    }
}

/// A refusal, and what would help.
pub(super) fn error(error: &ErrorBody) -> String {
    let data = &error.data;
    let mut text = format!("acd: {} ({})", clean(&error.message), data.kind.name());
    for (name, value) in [
        ("field", &data.field),
        ("got", &data.got),
        ("expected", &data.expected),
        ("near", &data.near),
        ("contact", &data.contact),
    ] {
        if let Some(value) = value {
            let label = if name == "near" { "did you mean" } else { name };
            add(&mut text, format_args!("\n  {label}: {}", clean(value)));
        }
    }
    if data.retry {
        text.push_str("\n  the same may succeed later");
    }
    text + "\n"
}

fn print(text: &str) -> io::Result<Shown> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(Shown::Yes),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Shown::NobodyReads),
        Err(error) => Err(error),
    }
}

/// JSON with its members in the order they came in.
#[derive(Debug)]
enum Tree {
    Value(String),
    List(Vec<Self>),
    Members(Vec<(String, Self)>),
}

fn readable(json: &str) -> io::Result<String> {
    let tree: Tree = serde_json::from_str(json)?;
    if !matches!(tree, Tree::Members(_)) {
        return Ok(format!("{}\n", short(&tree)));
    }
    let mut values = Vec::new();
    let mut tables = Vec::new();
    for (name, tree) in members(&tree) {
        match tree {
            Tree::List(rows) if is_rows(rows) => tables.push((name, rows)),
            tree => flatten(&mut values, name.clone(), tree),
        }
    }
    let width = values.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in values {
        add(&mut text, format_args!("{name:width$}  {value}\n"));
    }
    for (name, rows) in tables {
        add(&mut text, format_args!("\n{name} ({})\n", rows.len()));
        table(&mut text, rows);
    }
    Ok(text)
}

fn is_rows(rows: &[Tree]) -> bool {
    !rows.is_empty() && rows.iter().all(|row| matches!(row, Tree::Members(_)))
}

/// The values of objects within objects, each under its whole path.
fn flatten(values: &mut Vec<(String, String)>, path: String, tree: &Tree) {
    match tree {
        Tree::Members(inner) if !inner.is_empty() => {
            for (name, tree) in inner {
                flatten(values, format!("{path}.{name}"), tree);
            }
        }
        tree => values.push((path, short(tree))),
    }
}

/// Objects under the names of their members, each column as wide as its widest cell. What has
/// cells too wide to be read is named below.
fn table(text: &mut String, rows: &[Tree]) {
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(members) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let cell = |row: &Tree, column: &str| {
        let found = members(row).iter().find(|(name, _)| name == column);
        found.map_or_else(String::new, |(_, tree)| short(tree))
    };
    let widest = |column: &str| {
        let cells = rows.iter().map(|row| cell(row, column).chars().count());
        cells.max().unwrap_or(0).max(column.chars().count())
    };
    let (columns, wide): (Vec<&str>, Vec<&str>) =
        columns.into_iter().partition(|column| widest(column) <= CELL_CHARS_MAX);
    let widths: Vec<usize> = columns.iter().map(|column| widest(column)).collect();
    let head = columns.iter().map(|&column| column.to_owned()).collect();
    let cells = rows.iter().map(|row| columns.iter().map(|column| cell(row, column)).collect());
    for row in std::iter::once(head).chain(cells) {
        let row: Vec<String> = row;
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            add(&mut line, format_args!("{cell:width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if !wide.is_empty() {
        add(text, format_args!("(--json shows also {})\n", wide.join(", ")));
    }
}

fn members(tree: &Tree) -> &[(String, Tree)] {
    if let Tree::Members(members) = tree { members } else { &[] }
}

/// A tree in one cell.
fn short(tree: &Tree) -> String {
    match tree {
        Tree::Value(value) => value.clone(),
        Tree::List(items) => items.iter().map(short).collect::<Vec<_>>().join(","),
        Tree::Members(members) => {
            let pairs = members.iter().map(|(name, tree)| format!("{name}={}", short(tree)));
            pairs.collect::<Vec<_>>().join(" ")
        }
    }
}

/// An event or notice in one line: when, what, and the rest as `key=value`.
fn line(method: &str, json: &str) -> io::Result<String> {
    let tree: Tree = serde_json::from_str(json)?;
    let mut text = String::new();
    let first = |name: &str| members(&tree).iter().find(|(known, _)| known == name);
    if let Some((_, seq)) = first("seq") {
        add(&mut text, format_args!("{} ", short(seq)));
    }
    if let Some((_, Tree::Value(ts))) = first("ts")
        && let Ok(ts) = ts.parse()
    {
        add(&mut text, format_args!("{} ", time_of_day(ts)));
    }
    text.push_str(&clean(method));
    if let Some((_, kind)) = first("type") {
        text.push_str(&short(kind));
    }
    for (name, value) in members(&tree) {
        if ["seq", "ts", "type"].contains(&name.as_str()) {
            continue;
        }
        let value = short(value);
        let quote = if value.contains(' ') || value.is_empty() { "\"" } else { "" };
        add(&mut text, format_args!(" {name}={quote}{value}{quote}"));
    }
    Ok(text + "\n")
}

/// `HH:MM:SS.mmm`, UTC.
fn time_of_day(ts_us: u64) -> String {
    let ms = ts_us / 1_000;
    let (s, ms) = (ms / 1_000, ms % 1_000);
    format!("{:02}:{:02}:{:02}.{ms:03}Z", s / 3_600 % 24, s / 60 % 60, s % 60)
}

/// The text with its control characters made visible.
fn clean(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut clean, letter| {
        if letter.is_control() {
            clean.extend(letter.escape_default());
        } else {
            clean.push(letter);
        }
        clean
    })
}

fn add(text: &mut String, more: fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a String takes whatever is written");
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

/// Single values as they are written.
macro_rules! values {
    ($($visit:ident $ty:ty;)*) => {
        $(fn $visit<E>(self, value: $ty) -> Result<Tree, E> {
            Ok(Tree::Value(clean(&value.to_string())))
        })*
    };
}

impl<'de> Visitor<'de> for Reader {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    values! {
        visit_bool bool;
        visit_i64 i64;
        visit_u64 u64;
        visit_f64 f64;
        visit_str &str;
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Value("-".to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some((name, tree)) = from.next_entry::<String, Tree>()? {
            members.push((clean(&name), tree));
        }
        Ok(Tree::Members(members))
    }
}

#[cfg(test)]
mod tests {
    use acd_proto::Kind;

    use super::*;

    #[test]
    fn values_stand_one_a_line_and_rows_in_a_table() {
        let json = r#"{"epoch":"e1","seq":9,"queues":[{"queue":"water","open":true,"ewt_ms":null},{"queue":"roads","open":false,"ewt_ms":41000,"needs":{"a":1,"b":2},"depth":[1000000,1000000,1000000,1000000,1000000,1000000]}],"of":["x","y"],"p":{"q":{"r":1},"s":{}}}"#;
        assert_eq!(
            readable(json).expect("JSON"),
            "epoch  e1\n\
             seq    9\n\
             of     x,y\n\
             p.q.r  1\n\
             p.s    \n\
             \n\
             queues (2)\n\
             queue  open   ewt_ms  needs\n\
             water  true   -\n\
             roads  false  41000   a=1 b=2\n\
             (--json shows also depth)\n"
        );
        assert_eq!(readable("{}").expect("JSON"), "");
        assert_eq!(readable("7").expect("JSON"), "7\n");
    }

    #[test]
    fn an_event_is_one_line() {
        let json =
            r#"{"seq":7,"ts":1732412483004111,"type":"broadcast","text":"Storm desk","who":"sue"}"#;
        let expected = "7 01:41:23.004Z broadcast text=\"Storm desk\" who=sue\n";
        assert_eq!(line("", json).expect("JSON"), expected);
        let json = r#"{"contact":"c-1","text":""}"#;
        assert_eq!(line("message", json).expect("JSON"), "message contact=c-1 text=\"\"\n");
    }

    #[test]
    fn nothing_a_caller_wrote_reaches_the_terminal() {
        let json = "{\"name\":\"\\u001b[2Jx\",\"a\\nb\":\"\u{9b}1m\"}";
        let text = readable(json).expect("JSON");
        assert!(!text.trim_end().replace('\n', "").contains(char::is_control), "{text:?}");
        assert!(text.contains(r"\u{1b}[2Jx") && text.contains(r"\u{9b}1m"), "{text:?}");
        let event = line("", json).expect("JSON");
        assert!(!event.trim_end().contains(char::is_control), "{event:?}");
        let error = error(&ErrorBody::new(Kind::BadParams, "a\u{1b}b").got("\u{7}"));
        assert!(error.contains(r"a\u{1b}b") && error.contains(r"\u{7}"), "{error:?}");
    }

    #[test]
    fn an_error_says_what_would_help() {
        let body = ErrorBody::new(Kind::UnknownQueue, "no queue has this name")
            .field("queue")
            .got("raods")
            .near(Some("roads".to_owned()));
        assert_eq!(
            error(&body),
            "acd: no queue has this name (unknown_queue)\n  field: queue\n  got: raods\n  did you mean: roads\n"
        );
    }
}
