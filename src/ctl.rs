//! `acd ctl`: any method of the protocol from the shell.

mod ask;
mod show;

use std::process::ExitCode;

use acd_client::{Client, ClientError, Events, Message, Options};
use acd_proto::{ErrorBody, Method, Role, allows};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::value::RawValue;

use self::ask::Ask;
use self::show::Shown;
use crate::options::{self, Connect};

/// The name of a connection that is given none.
const NAME: &str = "ctl";
/// Exit code of a request that could not be sent as it stands.
const USAGE: u8 = 2;

/// Call a method of the server and print what it answers.
#[derive(clap::Args)]
#[command(after_help = "\
Parameters are key=value. A dot goes into an object, commas make a list:
  needs.water=2  to.queue=general  topics=queue.*,contact.*

Examples:
  acd ctl snapshot of=queues
  acd ctl contact.get contact=c-9a02
  acd ctl contact.new queue=roads channel=voice from=+15125550177 --stay
  acd ctl supervise act=move contact=c-9a02 to=general \"reason=storm overflow\"
  acd ctl reload
  acd ctl subscribe 'topics=queue.*,agent.*' --count 10
  acd ctl --json snapshot of=engine | jq .engine.decision_ns.p99
  acd ctl --json '{\"method\":\"contact.get\",\"params\":{\"contact\":\"c-9a02\"}}'

Exit codes: 0 done, 1 refused by the server, 2 wrong usage, 3 no server there, 4 connection lost.")]
pub(crate) struct Ctl {
    #[command(flatten)]
    connect: Connect,
    /// Who asks. Left out: admin, or for what an admin may not say the role that may.
    #[arg(long, value_parser = roles())]
    role: Option<Role>,
    /// The name to ask under. Left out: `ctl`, or the agent that an agent's request is about.
    #[arg(long)]
    name: Option<String>,
    /// Print results and events as JSON, one a line; of a refusal, the error.
    #[arg(long)]
    json: bool,
    /// After the reply keep the connection, and print the events it gets, until Ctrl-C. A front
    /// end's contacts are suspended while it is not connected.
    #[arg(long)]
    stay: bool,
    /// End after so many events; stays for them.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// The method (`reload` for config.reload), or a whole request as a JSON object.
    #[arg(value_name = "METHOD|REQUEST")]
    method: String,
    /// The parameters.
    #[arg(value_name = "KEY=VALUE")]
    words: Vec<String>,
}

fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::name))
        .map(|name| Role::from_name(&name).expect("only names of roles are possible"))
}

/// Why `acd ctl` did not do it.
enum Failure {
    /// The request is wrong as it stands.
    Usage(ErrorBody),
    /// The server refused.
    Refused(ErrorBody),
    /// Everything else.
    Other(anyhow::Error),
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(body) => Self::Refused(body),
            other => Self::Other(other.into()),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Other(error.into())
    }
}

impl Ctl {
    /// Does it.
    pub(crate) fn run(self) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let done = match runtime {
            Ok(runtime) => runtime.block_on(self.ask_and_show()),
            Err(error) => Err(error.into()),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Refused(error)) => {
                eprint!("{}", show::error(&error));
                ExitCode::FAILURE
            }
            Err(Failure::Usage(error)) => {
                eprint!("{}", show::error(&error));
                eprintln!("`acd ctl --help` has examples.");
                USAGE.into()
            }
            Err(Failure::Other(error)) => options::fail(&error),
        }
    }

    async fn ask_and_show(&self) -> Result<(), Failure> {
        let ask = Ask::read(&self.method, &self.words).map_err(Failure::Usage)?;
        let options = self.options(&ask)?;
        let address = self.connect.address()?;
        let (client, mut events) = Client::connect(&address, &options).await?;
        let result = match client.call_raw::<Box<RawValue>>(&ask.method, &ask.params).await {
            Ok(answer) => answer.result,
            Err(ClientError::Refused(error)) => {
                if self.json {
                    show::json(&error)?;
                }
                return Err(Failure::Refused(error));
            }
            Err(error) => return Err(error.into()),
        };
        let stays = self.stays(&ask);
        let shown = if self.json { show::json(&result)? } else { show::result(&result)? };
        if ask.brings_a_contact() && options.role == Role::Frontend && !stays {
            eprintln!("(suspended: front end {} leaves; --stay keeps it connected)", options.name);
        }
        if stays && shown == Shown::Yes {
            self.follow(&mut events).await?;
        }
        // `bye` itself leaves nothing more to say.
        if ask.known != Some(Method::Bye) {
            client.close().await?;
        }
        Ok(())
    }

    fn stays(&self, ask: &Ask) -> bool {
        self.stay || self.count.is_some() || ask.known == Some(Method::Subscribe)
    }

    fn options(&self, ask: &Ask) -> Result<Options, Failure> {
        let role = self.role.unwrap_or_else(|| role_for(ask.known));
        let agent = ask.agent.as_deref().filter(|_| role == Role::Agent);
        let name = self.name.as_deref().or(agent).unwrap_or(NAME);
        Ok(Options { token: self.connect.token()?, ..Options::new(role, name) })
    }

    /// Prints events until there were enough, nobody reads them, or Ctrl-C.
    async fn follow(&self, events: &mut Events) -> Result<(), Failure> {
        let interrupt = tokio::signal::ctrl_c();
        tokio::pin!(interrupt);
        let mut left = self.count;
        while left != Some(0) {
            let message = tokio::select! {
                message = events.next() => message.map_err(ClientError::Lost)?,
                pressed = &mut interrupt => return Ok(pressed?),
            };
            if matches!(message, Message::Event(_)) {
                left = left.map(|left| left - 1);
            }
            if show::message(&message, self.json)? == Shown::NobodyReads {
                break;
            }
        }
        Ok(())
    }
}

/// The role that may say a method: admin where it may, else the first that may.
fn role_for(method: Option<Method>) -> Role {
    let first = |method| {
        let roles = [Role::Admin, Role::Frontend, Role::Agent];
        roles.into_iter().find(|&role| allows(role, method))
    };
    method.and_then(first).unwrap_or(Role::Admin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_may_say_every_method() {
        // `via` comes before `hello`, when nobody has a role.
        for &method in Method::ALL.iter().filter(|&&method| method != Method::Via) {
            assert!(allows(role_for(Some(method)), method), "{}", method.name());
        }
        assert_eq!(role_for(Some(Method::Snapshot)), Role::Admin);
        assert_eq!(role_for(Some(Method::ContactNew)), Role::Frontend);
        assert_eq!(role_for(Some(Method::OfferAccept)), Role::Agent);
    }
}
