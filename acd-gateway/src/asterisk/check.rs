//! Whether a live Asterisk has what the gateway needs.

use std::io;

use serde::Deserialize;

use super::config::Config;
use super::http::{Http, HttpError};
use super::socket::Socket;
use crate::check::{Finding, Wanted};

/// The modules without which a call cannot be held, rung or bridged.
const MODULES: [&str; 9] = [
    "app_stasis.so",
    "res_stasis.so",
    "res_stasis_answer.so",
    "res_ari_applications.so",
    "res_ari_bridges.so",
    "res_ari_channels.so",
    "res_ari_events.so",
    "res_musiconhold.so",
    "bridge_simple.so",
];

/// A row of `GET /asterisk/modules`.
#[derive(Debug, Deserialize)]
struct Module {
    name: String,
    status: String,
}

/// An answer of `GET /asterisk/variable`.
#[derive(Debug, Deserialize)]
struct Variable {
    value: String,
}

/// An answer of `GET /endpoints/TECH/NAME`.
#[derive(Debug, Deserialize)]
struct Endpoint {
    #[serde(default)]
    state: String,
}

/// Looks at everything, and says what is missing in the terms of Asterisk's files.
pub async fn check(config: &Config, wanted: &Wanted) -> Vec<Finding> {
    let http = Http::new(config.place());
    let (url, user) = (&config.ari.url, &config.ari.user);
    // Channels, since every gateway asks for them; a 404 is an ARI that is not there.
    let mut found = vec![match http.call("GET", "channels").await {
        Ok(_) => Finding::good(format!("ari.conf: [{user}] may come in at {url}")),
        Err(HttpError::Status { status: 401 | 403, .. }) => {
            return vec![Finding::missing(format!(
                "ari.conf: no [{user}] with type = user and this password"
            ))];
        }
        Err(HttpError::Status { status: 404, .. }) => {
            return vec![Finding::missing(format!(
                "{url} has no /ari/channels: ari.conf: enabled = yes; modules.conf: load = res_ari.so \
                 and res_ari_channels.so; or http.conf has a prefix, which belongs into ari.url"
            ))];
        }
        Err(why) => {
            return vec![Finding::missing(format!(
                "nothing answers at {url} ({why}): http.conf: enabled = yes, bindaddr, bindport"
            ))];
        }
    }];
    found.extend(modules(&http).await);
    for number in &wanted.numbers {
        found.push(dialled(config, &http, number).await);
    }
    for device in &wanted.devices {
        found.push(endpoint(&http, device).await);
    }
    found
}

async fn modules(http: &Http) -> Vec<Finding> {
    let Ok(rows) = http.get::<Vec<Module>>("asterisk/modules").await else {
        let missing = "modules.conf: load = res_ari_asterisk.so: what is loaded cannot be seen";
        return vec![Finding::missing(missing)];
    };
    let runs = |name: &str| rows.iter().any(|row| row.name == name && row.status == "Running");
    MODULES
        .iter()
        .map(|name| {
            let missing = format!("modules.conf: load = {name}: it is not running");
            Finding::of(runs(name), format!("{name} is running"), missing)
        })
        .collect()
}

/// The application in which the dialplan is looked at, so that the gateway's own is not touched.
const APP: &str = "acd-check";

/// Whether the dialplan has an extension. ARI evaluates a dialplan function on a channel only, so
/// one is made that dials nobody, and taken away.
async fn dialled(config: &Config, http: &Http, number: &str) -> Finding {
    let app = &config.ari.app;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_+*#.".contains(letter);
    let parts = number.split_once('@').filter(|_| number.replace('@', "").chars().all(plain));
    let Some((exten, context)) = parts else {
        return Finding::missing(format!("{number} is not EXTEN@CONTEXT"));
    };
    let id = format!("acd-check-{}", std::process::id());
    let exists = async {
        let socket = Socket::open(&config.place(), APP).await.map_err(io::Error::other)?;
        let place = format!("endpoint=Local%2Fs%40{context}&app={APP}&channelId={id}");
        http.call("POST", &format!("channels/create?{place}")).await?;
        let exten = exten.replace('#', "%23").replace('+', "%2B");
        let function = format!("DIALPLAN_EXISTS%28{context}%2C{exten}%2C1%29");
        let said = http.get(&format!("channels/{id}/variable?variable={function}")).await;
        http.call("DELETE", &format!("channels/{id}")).await?;
        drop(socket);
        said
    };
    match exists.await {
        Ok(Variable { value }) if value == "1" => {
            Finding::good(format!("[{context}] has exten => {exten}"))
        }
        Ok(Variable { value }) if value == "0" => Finding::missing(format!(
            "extensions.conf: [{context}] has no exten => {exten},1,Stasis({app},QUEUE)"
        )),
        Ok(_) | Err(HttpError::Status { status: 404, .. }) => Finding::missing(
            "modules.conf: load = func_dialplan.so: without it the dialplan cannot be looked at",
        ),
        Err(why) => Finding::missing(format!("DIALPLAN_EXISTS({context},{exten},1): {why}")),
    }
}

/// Whether a device is there and registered.
async fn endpoint(http: &Http, device: &str) -> Finding {
    let Some((tech, name)) = device.split_once('/') else {
        return Finding::missing(format!("{device} is not TECHNOLOGY/NAME, such as PJSIP/4471"));
    };
    match http.get::<Endpoint>(&format!("endpoints/{tech}/{name}")).await {
        Ok(said) if said.state == "offline" => Finding::missing(format!(
            "{device} is offline: no telephone is registered, and its aor has no contact ="
        )),
        Ok(said) => Finding::good(format!("{device} is there ({})", said.state)),
        Err(HttpError::Status { status: 404, .. }) => {
            Finding::missing(format!("pjsip.conf: no endpoint [{name}] for {device}"))
        }
        Err(why) => Finding::missing(format!("{device}: {why}")),
    }
}
