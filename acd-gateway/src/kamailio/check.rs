//! Whether a live Kamailio has what the gateway needs.

use std::time::Duration;

use tokio::time::timeout;

use super::config::Config;
use super::driver::Netstrings;
use super::lines::is_uri;
use super::wire::{Said, Told, unescape};
use crate::calls::driver::{Connection, Fault};
use crate::check::{Finding, Wanted};

/// How long Kamailio may take for one answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at everything, and says what is missing in the terms of `kamailio.cfg`.
pub async fn check(config: &Config, wanted: &Wanted) -> Vec<Finding> {
    let address = &config.evapi.address;
    let mut connection = match Connection::connect(address).await {
        Ok(connection) => connection,
        Err(why) => {
            return vec![Finding::missing(format!(
                "nothing listens at {address} ({why}): loadmodule \"evapi.so\", \
                 modparam(\"evapi\", \"bind_addr\", \"{address}\")"
            ))];
        }
    };
    let mut found = vec![Finding::good(format!("evapi listens at {address}"))];
    if ask(&mut connection, &Told::Ping).await.is_err() {
        found.push(Finding::missing(
            "no answer to a ping: modparam(\"evapi\", \"netstring_format\", 1), and \
             event_route[evapi:message-received] as in packaging/kamailio.cfg",
        ));
        return found;
    }
    found.push(Finding::good("event_route[evapi:message-received] answers"));
    let listed = ask(&mut connection, &Told::List).await.is_ok();
    found.push(Finding::of(
        listed,
        "route[LIST] says who is held",
        "no answer to a list: loadmodule \"htable.so\", modparam(\"htable\", \"htable\", …) for acd, \
         acdstate and acdtags, and route[LIST] as in packaging/kamailio.cfg",
    ));
    for number in &wanted.numbers {
        found.push(dialled(&mut connection, number).await);
    }
    for device in &wanted.devices {
        let wrong =
            format!("{device}: an agent's device must be a SIP URI, such as sip:4471@10.0.0.7");
        found.push(Finding::of(is_uri(device), format!("{device} can be dialled"), wrong));
    }
    found
}

/// Whether `route[QUEUES]` gives a number to us.
async fn dialled(connection: &mut Connection, number: &str) -> Finding {
    match ask(connection, &Told::Check { number: number.into() }).await {
        Ok(Said::Checked { args, .. }) if !args.is_empty() => {
            Finding::good(format!("route[QUEUES] gives {number} to {}", unescape(&args)))
        }
        Ok(_) => Finding::missing(format!(
            "route[QUEUES] does not give {number} to acd: case \"{number}\": $var(acd) = \"QUEUE\";"
        )),
        Err(_) => {
            Finding::missing("route[CHECK] does not answer: take it from packaging/kamailio.cfg")
        }
    }
}

/// Asks, and passes over what is said of calls.
async fn ask(connection: &mut Connection, told: &Told) -> Result<Said, Fault> {
    Netstrings::put(told, &mut connection.output);
    let answer = async {
        loop {
            while let Some(said) = Netstrings::next(&mut connection.input).map_err(Fault::Form)? {
                if matches!(said, Said::Pong | Said::Listed { .. } | Said::Checked { .. }) {
                    return Ok(said);
                }
            }
            connection.read().await?;
        }
    };
    timeout(PATIENCE, answer).await.unwrap_or(Err(Fault::Silent))
}
