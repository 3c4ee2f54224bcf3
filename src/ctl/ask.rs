//! The words of a command line as a request.

use std::time::{SystemTime, UNIX_EPOCH};

use acd_proto::call::decode_line;
use acd_proto::near::nearest;
use acd_proto::plain::Line;
use acd_proto::{ErrorBody, Kind, Method, fields};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A request ready to be sent.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) method: String,
    pub(super) params: Map<String, Value>,
    /// The method, where this version knows it.
    pub(super) known: Option<Method>,
    /// The agent it names.
    pub(super) agent: Option<String>,
}

impl Ask {
    /// Reads a method and its parameters, or a whole request in JSON.
    pub(super) fn read(method: &str, words: &[String]) -> Result<Self, ErrorBody> {
        if method.trim_start().starts_with('{') {
            return match words {
                [] => Self::from_json(method),
                [first, ..] => Err(ErrorBody::new(
                    Kind::BadParams,
                    "a request in JSON has its parameters in itself",
                )
                .got(first)),
            };
        }
        let method = if method == "reload" { Method::ConfigReload.name() } else { method };
        let mut words = words.to_vec();
        if method == Method::ContactNew.name() && !words.iter().any(|w| w.starts_with("ext=")) {
            words.push(format!("ext={}", new_ext()));
        }
        let line = Line::from_words(method, &words)?;
        let call = decode_line(&line).map_err(|(_, error)| error)?;
        let known = call.request.method();
        refuse_strangers(known, &line)?;
        let Ok(Value::Object(mut params)) = serde_json::to_value(&call.request) else {
            unreachable!("parameters are structs of plain data");
        };
        params.extend(call.idem.map(|idem| ("idem".to_owned(), Value::from(idem))));
        Ok(Self::new(method.to_owned(), params))
    }

    /// Whether it submits a contact.
    pub(super) fn brings_a_contact(&self) -> bool {
        self.known == Some(Method::ContactNew)
    }

    fn new(method: String, params: Map<String, Value>) -> Self {
        let agent = params.get("agent").and_then(Value::as_str).map(str::to_owned);
        Self { known: Method::from_name(&method), method, params, agent }
    }

    /// The server checks what is in it; only what is sent on is looked at here.
    fn from_json(text: &str) -> Result<Self, ErrorBody> {
        #[derive(Deserialize)]
        struct Whole {
            method: String,
            #[serde(default)]
            params: Map<String, Value>,
            #[serde(default)]
            idem: Option<Value>,
        }
        let whole: Whole = serde_json::from_str(text)
            .map_err(|error| ErrorBody::new(Kind::BadJson, format!("the request: {error}")))?;
        let mut params = whole.params;
        params.extend(whole.idem.map(|idem| ("idem".to_owned(), idem)));
        Ok(Self::new(whole.method, params))
    }
}

/// The server ignores members it does not know; a person who mistypes one wants to hear of it.
fn refuse_strangers(method: Method, line: &Line<'_>) -> Result<(), ErrorBody> {
    let known = fields::of(method);
    for key in line.keys() {
        let name = key.split('.').next().unwrap_or(key);
        let common = name == "id" || (name == "idem" && method.mutates());
        if !common && !known.contains(&name) {
            let message = format!("{} takes no `{name}`", method.name());
            return Err(ErrorBody::new(Kind::BadParams, message)
                .field(name)
                .expected(if known.is_empty() { "nothing".to_owned() } else { known.join(", ") })
                .near(nearest(name, known.iter().copied()).map(str::to_owned)));
        }
    }
    Ok(())
}

/// An `ext` that no contact before had.
fn new_ext() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("ctl-{}-{}", since.as_micros(), std::process::id())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(words: &[&str]) -> Result<Ask, ErrorBody> {
        let rest: Vec<String> = words[1..].iter().map(|&word| word.to_owned()).collect();
        Ask::read(words[0], &rest)
    }

    #[test]
    fn words_become_typed_parameters() {
        let ask = read(&["contact.update", "contact=c-1", "prio=9", "idem=k", "reason=a b"]);
        let ask = ask.expect("well said");
        let expected = json!({"contact": "c-1", "prio": 9, "reason": "a b", "idem": "k"});
        assert_eq!(Value::Object(ask.params), expected);
        assert_eq!(read(&["reload"]).expect("well said").method, "config.reload");
        let new = read(&["contact.new", "queue=roads", "channel=voice"]).expect("well said");
        assert!(new.params["ext"].as_str().is_some_and(|ext| ext.starts_with("ctl-")));
        let named = read(&["agent.state", "agent=4471", "state=ready"]).expect("well said");
        assert_eq!(named.agent.as_deref(), Some("4471"));
    }

    #[test]
    fn a_whole_request_is_sent_as_it_stands() {
        let ask = read(&[r#"{"id":7,"method":"dance","params":{"a":[1]},"idem":"k"}"#]);
        let ask = ask.expect("JSON");
        assert_eq!((ask.method.as_str(), ask.known), ("dance", None));
        assert_eq!(Value::Object(ask.params), json!({"a": [1], "idem": "k"}));
    }

    #[test]
    fn mistakes_are_named_before_anything_is_sent() {
        for (words, field, near) in [
            (&["contact.nw"][..], None, Some("contact.new")),
            (&["contact.end", "contact=c-1", "cuase=hangup"], Some("cuase"), Some("cause")),
            (&["contact.end"], Some("contact"), None),
            (&["ping", "idem=k"], Some("idem"), None),
            (&["contact.update", "contact=c-1", "prio=high"], Some("prio"), None),
            (&["{\"method\":5}"], None, None),
            (&["{}", "a=1"], None, None),
        ] {
            let error = read(words).expect_err(words[0]);
            assert_eq!(error.data.field.as_deref(), field, "{words:?}");
            assert_eq!(error.data.near.as_deref(), near, "{words:?}");
        }
    }
}
