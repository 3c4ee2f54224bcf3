//! Whether a live FreeSWITCH has what the gateway needs.

use std::time::Duration;

use tokio::time::timeout;

use super::config::Config;
use super::driver::EventSocket;
use super::lines::{FreeSwitch, is_device};
use super::wire::{Said, Told};
use crate::calls::driver::{Connection, Fault, Protocol};
use crate::check::{Finding, Wanted};

/// How long FreeSWITCH may take for one answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at everything, and says what is missing in the terms of FreeSWITCH's files.
pub async fn check(config: &Config, wanted: &Wanted) -> Vec<Finding> {
    let address = &config.esl.address;
    let mut socket = EventSocket::new(config.esl.password.clone());
    let mut connection = match Connection::connect(address).await {
        Ok(connection) => connection,
        Err(why) => {
            return vec![Finding::missing(format!(
                "nothing listens at {address} ({why}): mod_event_socket in modules.conf.xml, and \
                 listen-ip and listen-port in event_socket.conf.xml"
            ))];
        }
    };
    match timeout(PATIENCE, socket.open(&mut connection)).await.unwrap_or(Err(Fault::Silent)) {
        Ok(()) => {}
        Err(why) => return vec![Finding::missing(format!("event_socket.conf.xml: {why}"))],
    }
    let mut found = vec![Finding::good(format!("the event socket at {address} lets us in"))];
    for module in ["mod_commands", "mod_dptools", "mod_dialplan_xml", "mod_local_stream"] {
        let said = ask(&mut socket, &mut connection, format!("module_exists {module}")).await;
        let missing = format!("<load module=\"{module}\"/> in modules.conf.xml");
        found.push(Finding::of(
            said.as_deref() == Ok("true"),
            format!("{module} is loaded"),
            missing,
        ));
    }
    let mut of_fallback = config.fallback.split_whitespace();
    let (name, context) =
        (of_fallback.next().unwrap_or(""), of_fallback.nth(1).unwrap_or("default"));
    let located = format!("xml_locate dialplan context name {context}");
    let dialplan = ask(&mut socket, &mut connection, located).await.unwrap_or_default();
    found.push(Finding::of(
        dialplan.contains(name),
        format!("the context {context} has {name}"),
        format!("the dialplan's context {context} has no {name}, which `fallback` names"),
    ));
    for number in &wanted.numbers {
        let missing = format!(
            "the dialplan's context {context} does not name {number}: <action application=\"set\" \
             data=\"acd=QUEUE\"/> and park"
        );
        let good = dialplan.contains(number.as_str()) && dialplan.contains("acd=");
        found.push(Finding::of(good, format!("the context {context} names {number}"), missing));
    }
    for device in &wanted.devices {
        found.push(endpoint(&mut socket, &mut connection, device).await);
    }
    found
}

/// Whether a device can be rung: of a `user/NAME` whether it is registered.
async fn endpoint(socket: &mut EventSocket, connection: &mut Connection, device: &str) -> Finding {
    if !is_device(device) {
        return Finding::missing(format!("{device} is not one dial string, such as user/4471"));
    }
    let Some(user) = device.strip_prefix("user/") else {
        return Finding::good(format!("{device} is a dial string"));
    };
    let said = ask(socket, connection, format!("sofia_contact {user}")).await;
    let said = said.unwrap_or_else(|why| why);
    let good = !said.is_empty() && !said.starts_with("error/") && !said.starts_with("-ERR");
    let missing = format!("sofia_contact {user}: {said}: no telephone is registered as this user");
    Finding::of(good, format!("{device} is registered"), missing)
}

/// The answer to a command of `api`.
async fn ask(
    socket: &mut EventSocket,
    connection: &mut Connection,
    command: String,
) -> Result<String, String> {
    Protocol::<FreeSwitch>::encode(socket, &Told::Api(command), &mut connection.output);
    let answer = async {
        loop {
            while let Some(said) = socket.decode(&mut connection.input)? {
                if let Said::Reply { text, .. } = said {
                    return Ok(text);
                }
            }
            connection.read().await.map_err(|why| why.to_string())?;
        }
    };
    timeout(PATIENCE, answer).await.unwrap_or_else(|_| Err("no answer".into()))
}
