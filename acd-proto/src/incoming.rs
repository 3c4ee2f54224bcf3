//! A line of the server as its client reads it.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::ErrorBody;
use crate::event::Event;

/// What a line of the server is. Ids are the numbers the client gave.
#[derive(Clone, Debug)]
pub enum Incoming {
    /// The answer to a request.
    Reply {
        /// The request's; none where the server could not tell which.
        id: Option<u64>,
        /// What it gives, still as JSON, or why not.
        result: Result<Box<RawValue>, ErrorBody>,
        /// Whether it is the answer to an earlier request with the same `idem`.
        replayed: bool,
    },
    /// Something happened.
    Event(Box<Event>),
    /// Something else said unasked.
    Notice {
        /// Its name: `greeting`, `bye`, `message`, `gap`, …
        method: String,
        /// Its parameters as JSON.
        params: Option<Box<RawValue>>,
    },
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    method: Option<String>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<ErrorBody>,
    #[serde(default)]
    replayed: bool,
}

/// Reads a line. An event of a type this version does not know is
/// [`EventBody::Unknown`](crate::EventBody::Unknown).
pub fn read(line: &[u8]) -> Result<Incoming, serde_json::Error> {
    let line: Line<'_> = serde_json::from_slice(line)?;
    if let Some(method) = line.method {
        if method == "event" {
            let params = line.params.map_or("null", RawValue::get);
            return serde_json::from_str(params).map(Incoming::Event);
        }
        return Ok(Incoming::Notice { method, params: line.params.map(ToOwned::to_owned) });
    }
    let result = match line.error {
        Some(error) => Err(error),
        // An absent `result` reads as null, which is what a reply without content says.
        None => Ok(match line.result {
            Some(raw) => raw.to_owned(),
            None => serde_json::from_str("null")?,
        }),
    };
    let id = line.id.and_then(|raw| raw.get().parse().ok());
    Ok(Incoming::Reply { id, result, replayed: line.replayed })
}
