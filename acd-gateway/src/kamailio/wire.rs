//! What Kamailio and the gateway say to each other: JSON objects, one a netstring, as
//! `kamailio.cfg` writes and reads them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::route::Caller;

/// A call that Kamailio holds. Texts of the caller's are escaped as in a SIP URI's user part, so
/// that whatever it sends is JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The Call-ID, escaped; said back as it came.
    pub callid: Id,
    /// The number of the INVITE's CSeq.
    pub cseq: Id,
    /// Kamailio's place of the transaction: its list,
    pub ti: u64,
    /// and its label there.
    pub tl: u64,
    /// User part of From, escaped.
    #[serde(default)]
    pub from: String,
    /// Display name of From, escaped.
    #[serde(default)]
    pub name: String,
    /// User part of the request's URI, escaped: what was dialled.
    #[serde(default)]
    pub called: String,
    /// The queue and more, with commas between, escaped.
    #[serde(default)]
    pub args: String,
    /// When it came: seconds UTC, with six digits after the point.
    #[serde(default)]
    pub at: String,
}

/// What Kamailio says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ev", rename_all = "snake_case")]
pub enum Said {
    /// A caller is held.
    Call(Call),
    /// In answer to `list`: a caller who is there, and how far.
    Has {
        /// `held`, `dialled LEG` or `answered LEG`.
        state: String,
        /// The call.
        #[serde(flatten)]
        call: Call,
    },
    /// That were all.
    Listed {
        /// When Kamailio started: seconds UTC.
        boot: u64,
    },
    /// The agent's telephone rings.
    Ringing {
        /// The call.
        callid: Id,
        /// Which attempt.
        leg: Id,
    },
    /// The agent has answered, and the two talk.
    Answered {
        /// The call.
        callid: Id,
        /// Which attempt.
        leg: Id,
    },
    /// The agent's telephone refuses, is silent or was let go of; the caller is held again.
    Failed {
        /// The call.
        callid: Id,
        /// Which attempt.
        leg: Id,
        /// The SIP status.
        code: u16,
    },
    /// The caller has hung up before an answer.
    Cancelled {
        /// The call.
        callid: Id,
        /// The number of its CSeq.
        cseq: Id,
    },
    /// One side has hung up.
    Bye {
        /// The call.
        callid: Id,
        /// `caller` or `agent`.
        by: String,
    },
    /// The time for an answer is over: the call went to the fallback.
    Fallback {
        /// The call.
        callid: Id,
        /// The number of its CSeq.
        cseq: Id,
    },
    /// The call that the gateway spoke of is not held.
    Gone {
        /// The call.
        callid: Id,
        /// What the gateway wanted.
        #[serde(rename = "do")]
        wanted: String,
        /// Of which attempt.
        #[serde(default)]
        leg: Id,
    },
    /// What `route[QUEUES]` says of a number.
    Checked {
        /// It.
        number: String,
        /// The queue and more, escaped; empty if the number is not for us.
        args: String,
    },
    /// Kamailio is there.
    Pong,
}

/// What Kamailio is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Told {
    /// Say who is there.
    List,
    /// Say that you are there.
    Ping,
    /// Say what you would do with this number.
    Check {
        /// It.
        number: String,
    },
    /// Tell the caller that it waits, and give it more time.
    Hold {
        /// The call.
        callid: Id,
        /// Its transaction.
        ti: u64,
        /// Its transaction.
        tl: u64,
    },
    /// Ring a telephone.
    Dial {
        /// The call.
        callid: Id,
        /// Its transaction.
        ti: u64,
        /// Its transaction.
        tl: u64,
        /// Which attempt.
        leg: Id,
        /// Where.
        uri: String,
        /// How long.
        ring_ms: u64,
    },
    /// Let go of a telephone that rings.
    Drop {
        /// The call.
        callid: Id,
        /// The number of its CSeq.
        cseq: Id,
        /// Which attempt.
        leg: Id,
    },
    /// Send the caller to the fallback.
    Release {
        /// The call.
        callid: Id,
        /// Its transaction.
        ti: u64,
        /// Its transaction.
        tl: u64,
        /// Why, for the header `X-ACD-Status`.
        status: String,
    },
    /// End a call that is answered.
    Bye {
        /// The call.
        callid: Id,
    },
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// What a call says in plain text.
#[derive(Debug, Default)]
pub(super) struct Plain {
    pub(super) from: String,
    pub(super) name: String,
    pub(super) called: String,
    pub(super) args: Vec<String>,
}

static NO_VARIABLES: BTreeMap<String, String> = BTreeMap::new();

impl Call {
    /// The contact's `ext`: a Call-ID may come again, with a higher CSeq.
    pub fn ext(&self) -> Id {
        ext(&self.callid, &self.cseq)
    }

    /// When it came, in µs UTC; none if that cannot be read.
    pub(super) fn since(&self) -> Option<u64> {
        let (seconds, micros) = self.at.split_once('.').unwrap_or((&self.at, "0"));
        let seconds: u64 = seconds.parse().ok()?;
        seconds.checked_mul(1_000_000)?.checked_add(micros.parse().ok()?)
    }

    pub(super) fn plain(&self) -> Plain {
        let args = unescape(&self.args);
        Plain {
            from: unescape(&self.from),
            name: unescape(&self.name).trim_matches('"').to_owned(),
            called: unescape(&self.called),
            args: args.split(',').map(str::to_owned).collect(),
        }
    }
}

impl Plain {
    pub(super) fn caller<'a>(&'a self, ext: &'a str) -> Caller<'a> {
        let (number, name, called) = (&*self.from, &*self.name, &*self.called);
        Caller { id: ext, number, name, called, variables: &NO_VARIABLES }
    }
}

/// The `ext` of an INVITE.
pub(super) fn ext(callid: &str, cseq: &str) -> Id {
    format!("{}/{cseq}", unescape(callid)).into()
}

/// Undoes percent-encoding; what is not UTF-8 then is shown as such.
pub(crate) fn unescape(text: &str) -> String {
    let hex = |byte: u8| char::from(byte).to_digit(16);
    let (bytes, mut plain, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while at < bytes.len() {
        let pair = bytes.get(at + 1).zip(bytes.get(at + 2));
        let value = pair.and_then(|(high, low)| Some(hex(*high)? * 16 + hex(*low)?));
        let value = value.filter(|_| bytes[at] == b'%').and_then(|value| u8::try_from(value).ok());
        plain.push(value.unwrap_or(bytes[at]));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_unescaped_and_nothing_is_read_beyond_the_end() {
        assert_eq!(unescape("%22Jos%C3%A9%22%20"), "\"José\" ");
        assert_eq!(unescape("100%"), "100%");
        assert_eq!(unescape("%4"), "%4");
        assert_eq!(unescape("%zz%41"), "%zzA");
        assert_eq!(unescape("%ff"), "\u{fffd}");
    }

    #[test]
    fn messages_are_those_of_the_configuration() {
        let text = r#"{"ev":"has","state":"held","callid":"a%40b","cseq":"1","ti":1,"tl":2,"from":"+1","name":"%22x%22","called":"311","args":"general","at":"17.000005"}"#;
        let Ok(Said::Has { state, call }) = serde_json::from_str(text) else { panic!("{text}") };
        assert_eq!(
            (state.as_str(), &*call.ext(), call.since()),
            ("held", "a@b/1", Some(17_000_005))
        );
        assert_eq!(call.plain().name, "x");
        let told = Told::Hold { callid: "a%40b".into(), ti: 1, tl: 2 };
        assert_eq!(told.to_string(), r#"{"do":"hold","callid":"a%40b","ti":1,"tl":2}"#);
    }
}
