//! FreeSWITCH's event socket: frames of header lines with an optional body, the events that matter,
//! and the commands as lines.

use std::collections::BTreeMap;
use std::fmt;

use bytes::BytesMut;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Id;
use crate::kamailio::wire::unescape;
use crate::route::Caller;

/// The longest header and body taken.
const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The events that are asked for; FreeSWITCH ends a listener that reads too slowly.
pub const EVENTS: &str = "CHANNEL_PARK CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE BACKGROUND_JOB";

/// A channel: one side of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// `Unique-ID`.
    pub uuid: Id,
    /// Who calls.
    #[serde(default)]
    pub number: String,
    /// Who calls, by name.
    #[serde(default)]
    pub name: String,
    /// What was dialled.
    #[serde(default)]
    pub called: String,
    /// When it came, µs UTC.
    #[serde(default)]
    pub created: u64,
    /// Whether it is answered.
    #[serde(default)]
    pub answered: bool,
    /// The channel that it is bridged with.
    #[serde(default)]
    pub bridged: Option<Id>,
    /// The variable `acd`, by which the dialplan gives a caller to us.
    #[serde(default)]
    pub acd: Option<String>,
    /// The variables whose names begin with `acd_`.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

impl Channel {
    /// Who calls on it, for the routes.
    pub(super) fn as_caller(&self) -> Caller<'_> {
        let (number, name, called) = (&*self.number, &*self.name, &*self.called);
        Caller { id: &self.uuid, number, name, called, variables: &self.variables }
    }

    fn read(field: &BTreeMap<String, String>) -> Self {
        let text = |name: &str| field.get(name).cloned().unwrap_or_default();
        let present = |name: &str| field.get(name).filter(|text| !text.is_empty()).cloned();
        let variables = field.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix("variable_").filter(|name| name.starts_with("acd_"))?;
            Some((name.to_owned(), value.clone()))
        });
        Self {
            uuid: text("Unique-ID").into(),
            number: text("Caller-Caller-ID-Number"),
            name: text("Caller-Caller-ID-Name"),
            called: text("Caller-Destination-Number"),
            created: text("Caller-Channel-Created-Time").parse().unwrap_or(0),
            answered: text("Answer-State") == "answered",
            bridged: present("variable_signal_bond").map(Id::from),
            acd: present("variable_acd"),
            variables: variables.collect(),
        }
    }
}

/// What FreeSWITCH says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// A channel is parked.
    Park(Channel),
    /// A channel rings.
    Progress(Id),
    /// A channel is answered.
    Answer(Id),
    /// A channel is gone.
    Hangup {
        /// Which.
        uuid: Id,
        /// Why, as `NORMAL_CLEARING`.
        cause: String,
    },
    /// What came of `originate`.
    Job {
        /// The leg, which names the job.
        job: Id,
        /// `+OK …`, or `-ERR NO_ANSWER`.
        text: String,
    },
    /// All channels there are.
    Channels(Vec<Id>),
    /// What one of them is; none if it is gone meanwhile.
    Dump(Option<Channel>),
    /// That were all.
    Listed,
    /// The answer to another command.
    Reply {
        /// What was asked.
        to: String,
        /// The answer.
        text: String,
    },
}

/// What FreeSWITCH is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A command that is answered at once.
    Api(String),
    /// What channels there are.
    Show,
    /// What a channel is.
    Dump(Id),
    /// Say that all was said.
    Echo,
    /// Ring a telephone; the answer comes as a job.
    Originate {
        /// The id its channel gets, and its job.
        leg: Id,
        /// The device, as `user/4471`.
        device: String,
        /// What the telephone shows.
        from: String,
        /// Seconds until FreeSWITCH gives up by itself.
        timeout: u64,
    },
    /// Which events to tell.
    Subscribe,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(command) => write!(f, "api {command}"),
            Self::Show => f.write_str("api show channels as json"),
            Self::Dump(uuid) => write!(f, "api uuid_dump {uuid} json"),
            Self::Echo => f.write_str("api echo acd"),
            Self::Originate { leg, device, from, timeout } => {
                write!(f, "bgapi originate {{origination_uuid={leg},originate_timeout={timeout}")?;
                if !from.is_empty() {
                    write!(f, ",origination_caller_id_number={from}")?;
                }
                write!(f, ",ignore_early_media=true}}{device} &park()\nJob-UUID: {leg}")
            }
            Self::Subscribe => write!(f, "event plain {EVENTS}"),
        }
    }
}

/// A frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The header, values unescaped.
    pub(crate) header: BTreeMap<String, String>,
    /// The body.
    pub(crate) body: String,
}

impl Frame {
    /// Takes the first one off the front; none while it is not whole.
    pub(crate) fn take(input: &mut BytesMut) -> Result<Option<Self>, String> {
        let begin = input.iter().take_while(|byte| **byte == b'\n').count();
        let Some(end) = input[begin..].windows(2).position(|pair| pair == b"\n\n") else {
            let most = FRAME_BYTES_MAX;
            return if input.len() > most {
                Err(format!("a header of more than {most} bytes"))
            } else {
                Ok(None)
            };
        };
        let header = fields(&String::from_utf8_lossy(&input[begin..begin + end]));
        let length =
            header.get("Content-Length").map_or(Ok(0), |text| text.trim().parse::<usize>());
        let length = length.ok().filter(|length| *length <= FRAME_BYTES_MAX);
        let Some(length) = length else {
            return Err(format!("a Content-Length that is not 0 to {FRAME_BYTES_MAX}"));
        };
        let whole = begin + end + 2 + length;
        if input.len() < whole {
            return Ok(None);
        }
        let frame = input.split_to(whole);
        let body = String::from_utf8_lossy(&frame[whole - length..]).into_owned();
        Ok(Some(Self { header, body }))
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.header.get(name).map_or("", String::as_str)
    }

    /// The event in the body of a frame of type `text/event-plain`; none that matters otherwise.
    pub(crate) fn event(&self) -> Option<Said> {
        let (head, body) = self.body.split_once("\n\n").unwrap_or((&self.body, ""));
        let field = fields(head);
        let text = |name: &str| field.get(name).cloned().unwrap_or_default();
        let uuid = || Id::from(text("Unique-ID"));
        Some(match text("Event-Name").as_str() {
            "CHANNEL_PARK" => Said::Park(Channel::read(&field)),
            "CHANNEL_PROGRESS" | "CHANNEL_PROGRESS_MEDIA" => Said::Progress(uuid()),
            "CHANNEL_ANSWER" => Said::Answer(uuid()),
            "CHANNEL_HANGUP_COMPLETE" => Said::Hangup { uuid: uuid(), cause: text("Hangup-Cause") },
            "BACKGROUND_JOB" => {
                Said::Job { job: text("Job-UUID").into(), text: body.trim().to_owned() }
            }
            _ => return None,
        })
    }

    /// The answer to a command that was sent.
    pub(crate) fn answer(&self, to: &Told) -> Said {
        match to {
            Told::Show => Said::Channels(channels(&self.body)),
            Told::Dump(_) => Said::Dump(dump(&self.body)),
            Told::Echo => Said::Listed,
            to => Said::Reply { to: to.to_string(), text: self.body.trim().to_owned() },
        }
    }
}

/// Lines `name: value`, values unescaped.
fn fields(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_owned(), unescape(value.trim())))
    };
    text.lines().filter_map(pair).collect()
}

/// The ids in `{"row_count":1,"rows":[{"uuid":…}]}`.
fn channels(body: &str) -> Vec<Id> {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let rows = value["rows"].as_array().map_or(&[][..], Vec::as_slice);
    rows.iter().filter_map(|row| row["uuid"].as_str()).map(Id::from).collect()
}

fn dump(body: &str) -> Option<Channel> {
    let value: BTreeMap<String, Value> = serde_json::from_str(body).ok()?;
    let field = value.into_iter().filter_map(|(name, value)| match value {
        Value::String(text) => Some((name, text)),
        _ => None,
    });
    Some(Channel::read(&field.collect())).filter(|channel| !channel.uuid.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_whole_however_they_are_cut() {
        let text = "Content-Type: auth/request\n\nContent-Length: 92\nContent-Type: text/event-plain\n\n\
                    Event-Name: CHANNEL_HANGUP_COMPLETE\nUnique-ID: acd%7E1%7Eo-1%7Ee\nHangup-Cause: USER_BUSY\n\n\
                    Content-Type: api/response\nContent-Length: 4\n\n+OK\n";
        let (mut input, mut frames) = (BytesMut::new(), Vec::new());
        for byte in text.bytes() {
            input.extend_from_slice(&[byte]);
            while let Some(frame) = Frame::take(&mut input).unwrap() {
                frames.push(frame);
            }
        }
        assert_eq!(frames.len(), 3, "{frames:?} {input:?}");
        assert_eq!(frames[0].get("Content-Type"), "auth/request");
        let cause = "USER_BUSY".into();
        assert_eq!(frames[1].event(), Some(Said::Hangup { uuid: "acd~1~o-1~e".into(), cause }));
        let kill = Told::Api("uuid_kill x".into());
        let (to, text) = ("api uuid_kill x".into(), "+OK".into());
        assert_eq!(frames[2].answer(&kill), Said::Reply { to, text });
        assert!(Frame::take(&mut BytesMut::from("Content-Length: x\n\n")).is_err());
    }

    #[test]
    fn channels_and_what_they_are() {
        let frame = |body: &str| Frame { body: body.into(), ..Frame::default() };
        let listed = frame(r#"{"row_count":1,"rows":[{"uuid":"a-1","state":"CS_EXECUTE"}]}"#);
        assert_eq!(listed.answer(&Told::Show), Said::Channels(vec!["a-1".into()]));
        assert_eq!(frame(r#"{"row_count":0}"#).answer(&Told::Show), Said::Channels(Vec::new()));
        let told = frame(r#"{"Unique-ID":"a-1","variable_acd":"roads","variable_acd_vip":"1"}"#);
        let Said::Dump(Some(channel)) = told.answer(&Told::Dump("a-1".into())) else { panic!() };
        assert_eq!((channel.acd.as_deref(), &*channel.variables["acd_vip"]), (Some("roads"), "1"));
        assert_eq!(
            frame("-ERR No such channel!\n").answer(&Told::Dump("a".into())),
            Said::Dump(None)
        );
    }
}
