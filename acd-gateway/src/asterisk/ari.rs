//! Asterisk's REST interface (ARI) as types: the events that matter, the rows of a channel or a
//! bridge, and the commands with their place in the URL.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::route::Caller;

/// What Asterisk tells; whatever is not here is [`Event::Other`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Event {
    /// A channel has come into the application.
    StasisStart {
        /// The arguments of `Stasis(…)` after the application's name.
        #[serde(default)]
        args: Vec<String>,
        /// It.
        channel: Channel,
        /// When, as `2026-11-24T10:00:00.123+0000`.
        #[serde(default)]
        timestamp: String,
        /// Whose place it takes, when a call is transferred on a telephone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replace_channel: Option<Box<Channel>>,
    },
    /// A channel has left the application.
    StasisEnd {
        /// It.
        channel: Channel,
    },
    /// A channel rings, or is up.
    ChannelStateChange {
        /// It.
        channel: Channel,
    },
    /// Somebody hangs up.
    ChannelHangupRequest {
        /// Who.
        channel: Channel,
        /// Why (ITU-T Q.850); absent from a `soft` request.
        #[serde(default)]
        cause: u16,
    },
    /// A channel is gone.
    ChannelDestroyed {
        /// It.
        channel: Channel,
        /// Why (ITU-T Q.850).
        #[serde(default)]
        cause: u16,
    },
    /// A key was pressed.
    ChannelDtmfReceived {
        /// By whom.
        channel: Channel,
        /// Which.
        digit: String,
    },
    /// Somebody transfers a call on their telephone: the other side goes to an extension.
    BridgeBlindTransfer {
        /// Who transfers.
        channel: Channel,
        /// The extension.
        #[serde(default)]
        exten: String,
        /// What came of it.
        #[serde(default)]
        result: String,
    },
    /// Somebody joins two calls of their telephone, and leaves both.
    BridgeAttendedTransfer {
        /// The one.
        transferer_first_leg: Box<Channel>,
        /// The other.
        transferer_second_leg: Box<Channel>,
        /// What came of it.
        #[serde(default)]
        result: String,
    },
    /// What was played has ended, or was stopped.
    PlaybackFinished {
        /// It.
        playback: Playback,
    },
    /// Another program has taken the application's events.
    ApplicationReplaced,
    /// Anything else.
    #[serde(other)]
    Other,
}

/// A channel: one side of a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Its id.
    pub id: String,
    /// Its name, `PJSIP/4471-0000001a`.
    #[serde(default)]
    pub name: String,
    /// `Down`, `Ring`, `Ringing`, `Up`, …
    #[serde(default)]
    pub state: String,
    /// Who calls.
    #[serde(default)]
    pub caller: Party,
    /// Where it is.
    #[serde(default)]
    pub dialplan: Dialplan,
    /// When it came, as `2026-11-24T10:00:00.123+0000`.
    #[serde(default)]
    pub creationtime: String,
    /// The variables that `channelvars` of `ari.conf` names.
    #[serde(default)]
    pub channelvars: std::collections::BTreeMap<String, String>,
}

impl Channel {
    /// Who calls on it.
    pub(super) fn as_caller(&self) -> Caller<'_> {
        Caller {
            id: &self.id,
            number: &self.caller.number,
            name: &self.caller.name,
            called: &self.dialplan.exten,
            variables: &self.channelvars,
        }
    }
}

/// A number with a name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Party {
    /// The name; may be empty.
    #[serde(default)]
    pub name: String,
    /// The number; may be empty.
    #[serde(default)]
    pub number: String,
}

/// Where in the dialplan a channel is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dialplan {
    /// The extension: what was dialled.
    #[serde(default)]
    pub exten: String,
    /// The application that runs.
    #[serde(default)]
    pub app_name: String,
    /// Its arguments.
    #[serde(default)]
    pub app_data: String,
}

/// Something that is played.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Playback {
    /// Its id.
    pub id: String,
    /// To whom: `channel:1732412.889`.
    #[serde(default)]
    pub target_uri: String,
}

/// A bridge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bridge {
    /// Its id.
    pub id: String,
    /// The channels in it.
    #[serde(default)]
    pub channels: Vec<String>,
}

/// What Asterisk is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Answer a caller.
    Answer {
        /// Whom.
        channel: String,
    },
    /// Play music to a channel.
    StartMusic {
        /// Which.
        channel: String,
        /// Which music.
        class: String,
    },
    /// No more music.
    StopMusic {
        /// Which channel.
        channel: String,
    },
    /// Play sounds to a channel, one after the other.
    Play {
        /// Which channel.
        channel: String,
        /// The id that this gets.
        playback: String,
        /// `sound:queue-youarenext`, `number:3`.
        media: Vec<String>,
    },
    /// No more of what is played.
    StopPlayback {
        /// Which.
        playback: String,
    },
    /// Let a channel hear that another rings.
    Ring {
        /// Which channel.
        channel: String,
    },
    /// Make a channel that hears both sides of another.
    Snoop {
        /// The other.
        channel: String,
        /// The id that it gets.
        snoop: String,
        /// The application it comes into.
        app: String,
        /// Whether what is said to it is heard at the other.
        whispers: bool,
    },
    /// Ring a device.
    Originate {
        /// The id its channel gets.
        leg: String,
        /// The device, as `PJSIP/4471`.
        endpoint: String,
        /// The application it comes into when answered.
        app: String,
        /// For which caller.
        caller: String,
        /// A channel that is there, of whose call this is a part.
        originator: Option<String>,
        /// What the device shows.
        caller_id: String,
        /// Seconds until Asterisk gives up by itself.
        timeout: u64,
    },
    /// Make a bridge.
    CreateBridge {
        /// The id it gets.
        bridge: String,
    },
    /// Put channels together.
    AddToBridge {
        /// Where.
        bridge: String,
        /// Whom.
        channels: Vec<String>,
    },
    /// Take a bridge away; channels in it stay.
    DestroyBridge {
        /// Which.
        bridge: String,
    },
    /// End a channel.
    Hangup {
        /// Which.
        channel: String,
    },
    /// Set a variable of a channel, for the dialplan.
    SetVariable {
        /// Of which.
        channel: String,
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Back to the dialplan: its next line, or another extension.
    Continue {
        /// Which channel.
        channel: String,
        /// Context and extension; none means the next line.
        to: Option<(String, String)>,
    },
}

/// A command as HTTP has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `POST` or `DELETE`.
    pub method: &'static str,
    /// Path below `/ari/`, escaped.
    pub path: String,
    /// The query, unescaped.
    pub query: Vec<(&'static str, String)>,
}

/// For logs: without the query, in which residents' numbers may stand.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Command {
    /// How it is said.
    pub fn call(&self) -> Call {
        let path = |kind: &str, id: &str, rest: &str| format!("{kind}/{}{rest}", escape(id));
        let channel = |id: &str, rest: &str| path("channels", id, rest);
        let (method, path, query) = match self {
            Self::Answer { channel: id } => ("POST", channel(id, "/answer"), vec![]),
            Self::StartMusic { channel: id, class } => {
                ("POST", channel(id, "/moh"), vec![("mohClass", class.clone())])
            }
            Self::StopMusic { channel: id } => ("DELETE", channel(id, "/moh"), vec![]),
            Self::Play { channel: id, playback, media } => (
                "POST",
                channel(id, "/play"),
                vec![("media", media.join(",")), ("playbackId", playback.clone())],
            ),
            Self::Ring { channel: id } => ("POST", channel(id, "/ring"), vec![]),
            Self::Snoop { channel: id, snoop, app, whispers } => (
                "POST",
                channel(id, "/snoop"),
                vec![
                    ("spy", "both".into()),
                    ("whisper", if *whispers { "out" } else { "none" }.into()),
                    ("app", app.clone()),
                    ("appArgs", "snoop".into()),
                    ("snoopId", snoop.clone()),
                ],
            ),
            Self::StopPlayback { playback } => ("DELETE", path("playbacks", playback, ""), vec![]),
            Self::Originate { leg, endpoint, app, caller, originator, caller_id, timeout } => {
                let mut query = vec![
                    ("endpoint", endpoint.clone()),
                    ("app", app.clone()),
                    ("appArgs", format!("agent,{caller}")),
                    ("channelId", leg.clone()),
                ];
                query.extend(originator.iter().map(|channel| ("originator", channel.clone())));
                query.push(("timeout", timeout.to_string()));
                if !caller_id.is_empty() {
                    query.push(("callerId", caller_id.clone()));
                }
                ("POST", "channels".into(), query)
            }
            Self::CreateBridge { bridge } => {
                ("POST", path("bridges", bridge, ""), vec![("type", "mixing".into())])
            }
            Self::AddToBridge { bridge, channels } => (
                "POST",
                path("bridges", bridge, "/addChannel"),
                vec![("channel", channels.join(","))],
            ),
            Self::DestroyBridge { bridge } => ("DELETE", path("bridges", bridge, ""), vec![]),
            Self::Hangup { channel: id } => ("DELETE", channel(id, ""), vec![]),
            Self::SetVariable { channel: id, name, value } => (
                "POST",
                channel(id, "/variable"),
                vec![("variable", name.clone()), ("value", value.clone())],
            ),
            Self::Continue { channel: id, to } => {
                let to = to.iter().flat_map(|(context, exten)| {
                    [
                        ("context", context.clone()),
                        ("extension", exten.clone()),
                        ("priority", "1".into()),
                    ]
                });
                ("POST", channel(id, "/continue"), to.collect())
            }
        };
        Call { method, path, query }
    }
}

impl Call {
    /// Path and query, escaped.
    pub fn target(&self) -> String {
        let mut target = self.path.clone();
        for (at, (name, value)) in self.query.iter().enumerate() {
            target.push(if at == 0 { '?' } else { '&' });
            target.push_str(name);
            target.push('=');
            target.push_str(&escape(value));
        }
        target
    }
}

/// Percent-encodes all but the unreserved letters of RFC 3986, and `,`, which lists channels.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(format!("%{byte:02X}").chars());
        }
    }
    out
}

/// A time such as `2026-11-24T10:00:00.123+0000` in microseconds UTC.
pub fn micros(time: &str) -> Option<u64> {
    let time = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", time).ok()?;
    u64::try_from(time.to_timestamp().ok()?.as_microsecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_urls_escaped() {
        assert_eq!(micros("1970-01-01T01:00:01.500+0100"), Some(1_500_000));
        assert_eq!(micros("yesterday"), None);
        let command = Command::StartMusic { channel: "a/1?#".into(), class: "café & co".into() };
        let target = "channels/a%2F1%3F%23/moh?mohClass=caf%C3%A9%20%26%20co";
        assert_eq!(command.call().target(), target);
    }

    #[test]
    fn a_residents_number_is_in_no_log_of_a_command() {
        let command = Command::Originate {
            leg: "leg-1".into(),
            endpoint: "PJSIP/+15125550177@trunk".into(),
            app: "acd".into(),
            caller: "7".into(),
            originator: None,
            caller_id: "+15125550178".into(),
            timeout: 20,
        };
        assert_eq!(command.call().to_string(), "POST channels");
    }

    #[test]
    fn an_event_of_another_type_is_no_error() {
        let event = r#"{"type":"ChannelVarset","variable":"X","value":"1"}"#;
        assert_eq!(serde_json::from_str::<Event>(event).unwrap(), Event::Other);
    }
}
