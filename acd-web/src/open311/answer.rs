//! What a city's system says of one request, read with distrust.
//!
//! The form is that of Open311 `GeoReport` v2, `GET requests/ID.json`: a list of one object.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Bytes of a text that is passed on.
const TEXT_BYTES_MAX: usize = 250;
/// Bytes of a request's number.
const REFERENCE_BYTES_MAX: usize = 64;

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is being worked on.
    Open,
    /// It is done.
    Closed,
    /// The city's system does not know it.
    Unknown,
    /// The city's system cannot be asked, or what it says makes no sense.
    Unreachable,
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) standing: Standing,
    /// Who works on it.
    pub(crate) agency: Option<String>,
    /// Everything else that people want to know, by the name of its attribute.
    about: BTreeMap<&'static str, String>,
}

/// The members that are read; all else is left alone.
#[derive(Deserialize)]
struct Told {
    service_request_id: Value,
    status: Value,
    service_name: Option<Value>,
    agency_responsible: Option<Value>,
    status_notes: Option<Value>,
    updated_datetime: Option<Value>,
    expected_datetime: Option<Value>,
}

impl Standing {
    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Unknown => "unknown",
            Self::Unreachable => "unreachable",
        }
    }
}

impl Known {
    /// Nothing but where it stands.
    pub(crate) const fn only(standing: Standing) -> Self {
        Self { standing, agency: None, about: BTreeMap::new() }
    }

    /// As attributes of a contact.
    pub(crate) fn attributes(&self) -> BTreeMap<String, String> {
        let mut attributes = BTreeMap::new();
        let mut put = |name: &str, text: &str| {
            attributes.insert(format!("request.{name}"), text.to_owned());
        };
        put("status", self.standing.name());
        for (name, text) in &self.about {
            put(name, text);
        }
        if let Some(agency) = &self.agency {
            put("agency", agency);
        }
        attributes
    }
}

/// Whether a text can be a request's number: it becomes part of a path.
pub(crate) fn is_reference(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=REFERENCE_BYTES_MAX).contains(&text.len())
        && text.bytes().all(fits)
        && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

/// What a body says of this request; an error says what is wrong with it.
pub(crate) fn read(reference: &str, status: u16, body: &[u8]) -> Result<Known, String> {
    match status {
        200 => {}
        404 | 410 => return Ok(Known::only(Standing::Unknown)),
        _ => return Err(format!("it answers with status {status}")),
    }
    let told: Vec<Told> = serde_json::from_slice(body)
        .map_err(|error| format!("its answer is no list of requests: {error}"))?;
    let Ok([told]) = <[Told; 1]>::try_from(told) else {
        return Err("its answer is not one request".to_owned());
    };
    if text(Some(&told.service_request_id)).as_deref() != Some(reference) {
        return Err("its answer is about another request".to_owned());
    }
    let standing = match told.status.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("open") => Standing::Open,
        Some("closed") => Standing::Closed,
        _ => return Err("its answer has no status `open` or `closed`".to_owned()),
    };
    let about = [
        ("service", &told.service_name),
        ("note", &told.status_notes),
        ("updated", &told.updated_datetime),
        ("expected", &told.expected_datetime),
    ];
    let about = about.into_iter().filter_map(|(name, value)| Some((name, text(value.as_ref())?)));
    let (agency, about) = (text(told.agency_responsible.as_ref()), about.collect());
    Ok(Known { standing, agency, about })
}

/// A text as it may be shown: one line, of bounded length. Some systems write numbers as numbers.
fn text(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let line: Vec<&str> = text.split(|c: char| c.is_control() || c.is_whitespace()).collect();
    let mut line = line.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if line.len() > TEXT_BYTES_MAX {
        let end = line.floor_char_boundary(TEXT_BYTES_MAX - '…'.len_utf8());
        line.truncate(end);
        line.push('…');
    }
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's `GET Service Request`, with its empty members.
    const SPECIFIED: &str = r#"[{"service_request_id":"638344","status":"closed",
        "status_notes":"Duplicate request.","service_name":"Sidewalk and Curb Issues",
        "service_code":"006","description":null,"agency_responsible":null,"service_notice":null,
        "requested_datetime":"2010-04-14T06:37:38-08:00",
        "updated_datetime":"2010-04-14T06:37:38-08:00",
        "expected_datetime":"2010-04-15T06:37:38-08:00","address":"8TH AVE and JUDAH ST",
        "address_id":"545483","zipcode":"94122","lat":"37.762221815","long":"-122.4651145",
        "media_url":"http://city.gov.s3.amazonaws.com/requests/media/638344.jpg"}]"#;

    #[test]
    fn the_specifications_example_is_read() {
        let known = read("638344", 200, SPECIFIED.as_bytes()).expect("it is right");
        let told = known.attributes();
        let told: Vec<_> = told.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        assert_eq!(
            told,
            [
                ("request.expected", "2010-04-15T06:37:38-08:00"),
                ("request.note", "Duplicate request."),
                ("request.service", "Sidewalk and Curb Issues"),
                ("request.status", "closed"),
                ("request.updated", "2010-04-14T06:37:38-08:00"),
            ]
        );
        assert_eq!(known.agency, None);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let other = SPECIFIED.replace("638344", "638345");
        let odd = SPECIFIED.replace("\"closed\"", "\"<b>on fire</b>\"");
        for (status, body, expected) in [
            (200, "<html>It works!</html>", "no list of requests"),
            (200, "{}", "no list of requests"),
            (200, "[]", "not one request"),
            (200, other.as_str(), "another request"),
            (200, odd.as_str(), "no status"),
            (500, SPECIFIED, "status 500"),
            (302, "", "status 302"),
        ] {
            let error = read("638344", status, body.as_bytes()).expect_err(body);
            assert!(error.contains(expected), "{error}");
        }
        let unknown = read("9", 404, b"[{\"code\":404}]").expect("it says so");
        assert_eq!(unknown, Known::only(Standing::Unknown));
    }

    #[test]
    fn texts_are_one_line_and_short_and_numbers_are_texts() {
        let long = "é".repeat(1000);
        let body = format!(
            r#"[{{"service_request_id":77,"status":"OPEN","status_notes":"a\u001b[31m\n b",
            "agency_responsible":"{long}","service_name":["x"]}}]"#
        );
        let known = read("77", 200, body.as_bytes()).expect("it is right");
        assert_eq!(known.standing, Standing::Open);
        assert_eq!(known.about["note"], "a [31m b");
        assert!(!known.about.contains_key("service"));
        let agency = known.agency.expect("it is said");
        assert!(agency.len() <= TEXT_BYTES_MAX && agency.ends_with("é…"), "{agency}");
    }

    #[test]
    fn a_reference_is_no_path() {
        for good in ["SR-77", "638344", "a.b_c"] {
            assert!(is_reference(good), "{good}");
        }
        for bad in ["", "..", "../x", "a/b", "a?b", "a b", "ä", &"7".repeat(65)] {
            assert!(!is_reference(bad), "{bad}");
        }
    }
}
