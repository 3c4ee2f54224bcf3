//! `acd gateway`: a telephone exchange in front of the server.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use acd_client::ClientError;
use acd_gateway::check::{Finding, Wanted};
use acd_gateway::{GatewayError, ToServer, asterisk, freeswitch, kamailio};
use anyhow::Context;

use crate::options::Connect;
use crate::serve::{self, LogFormat};

/// Connect a telephone exchange to the server.
#[derive(clap::Subcommand)]
pub(crate) enum Gateway {
    /// Asterisk 16 or newer, over ARI: it holds the callers, rings the agents and bridges.
    #[command(after_help = "\
Examples:
  acd gateway asterisk --config asterisk.toml
  acd gateway asterisk --config asterisk.toml --connect tcp:10.0.0.7:4311 --token-file pbx.token
The smallest configuration, of mode 0600:
  [ari]
  url = \"http://127.0.0.1:8088\"
  user = \"acd\"
  password = \"…\"
and in the dialplan: exten => 311,1,Stasis(acd,general)
docs/PBX.md has the rest.
Exit codes: 0 ended by SIGTERM or SIGINT, 1 refused or failed, 2 wrong usage.")]
    Asterisk(Adapter),
    /// Kamailio 5.6 or newer, over EVAPI: it holds callers with 182 Queued and rings the agents.
    #[command(after_help = "\
Examples:
  kamailio -f packaging/kamailio.cfg
  acd gateway kamailio --config kamailio.toml
The configuration may be empty; what it can say:
  name = \"kamailio-1\"
  [evapi]
  address = \"127.0.0.1:8448\"
Agents sign in with the URI of their telephone: agent.login device=sip:4471@10.0.0.7
docs/PBX.md has the rest.
Exit codes: 0 ended by SIGTERM or SIGINT, 1 refused or failed, 2 wrong usage.")]
    Kamailio(Adapter),
    /// FreeSWITCH, over its event socket: it parks the callers, rings the agents and bridges.
    #[command(after_help = "\
Examples:
  acd gateway freeswitch --config freeswitch.toml
The smallest configuration, of mode 0600:
  [esl]
  password = \"…\"
and in the dialplan: set acd=general, answer, park
Agents sign in with a dial string: agent.login device=user/4471
docs/PBX.md has the rest.
Exit codes: 0 ended by SIGTERM or SIGINT, 1 refused or failed, 2 wrong usage.")]
    Freeswitch(Adapter),
    /// Look whether a live exchange has what its gateway needs, and say what is missing.
    #[command(after_help = "\
Examples:
  acd gateway check asterisk --config asterisk.toml --number 311@default --device PJSIP/4471
  acd gateway check kamailio --config kamailio.toml --number 311
  acd gateway check freeswitch --config freeswitch.toml --device user/4471
Nothing is changed, and the gateway may be running, but Asterisk's and FreeSWITCH's logs will have it.
Exit codes: 0 nothing is missing, 1 something is, or the configuration cannot be read, 2 wrong usage.")]
    Check(Check),
}

/// Which exchange.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Asterisk,
    Kamailio,
    Freeswitch,
}

/// The arguments of `acd gateway check`.
#[derive(clap::Args)]
pub(crate) struct Check {
    /// Which exchange.
    kind: Kind,
    /// The gateway's configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// A number that must come to acd; of Asterisk with its context. May be given again.
    #[arg(long, value_name = "NUMBER")]
    number: Vec<String>,
    /// A device that an agent signs in with. May be given again.
    #[arg(long, value_name = "DEVICE")]
    device: Vec<String>,
}

/// The arguments of an adapter.
#[derive(clap::Args)]
pub(crate) struct Adapter {
    /// The configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Write down what the exchange and the server say, and what follows; it has callers' numbers.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// How the log is written to stderr; what of it, `$ACD_LOG` says: `info`, `acd_gateway=debug`.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    #[command(flatten)]
    connect: Connect,
}

impl Gateway {
    /// Does it.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Asterisk(command) => {
                let config = asterisk::Config::load(&command.config);
                let config = config.with_context(|| command.config.display().to_string())?;
                command.run(async |server, record| asterisk::run(&config, server, record).await)
            }
            Self::Freeswitch(command) => {
                let config = freeswitch::Config::load(&command.config);
                let config = config.with_context(|| command.config.display().to_string())?;
                command.run(async |server, record| freeswitch::run(&config, server, record).await)
            }
            Self::Check(command) => command.run(),
            Self::Kamailio(command) => {
                let config = kamailio::Config::load(&command.config);
                let config = config.with_context(|| command.config.display().to_string())?;
                command.run(async |server, record| kamailio::run(&config, server, record).await)
            }
        }
    }
}

impl Check {
    /// Looks at everything and says it, a line each.
    fn run(self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let findings = runtime.block_on(self.findings())?;
        let mut out = std::io::stdout().lock();
        for finding in &findings {
            writeln!(out, "{finding}")?;
        }
        let missing = findings.iter().filter(|finding| !finding.is_good).count();
        anyhow::ensure!(missing == 0, "{missing} of {} missing", findings.len());
        Ok(())
    }

    async fn findings(self) -> anyhow::Result<Vec<Finding>> {
        let path = self.config.display().to_string();
        let wanted = Wanted { numbers: self.number, devices: self.device };
        Ok(match self.kind {
            Kind::Asterisk => {
                let config = asterisk::Config::load(&self.config).context(path)?;
                asterisk::check(&config, &wanted).await
            }
            Kind::Kamailio => {
                let config = kamailio::Config::load(&self.config).context(path)?;
                kamailio::check(&config, &wanted).await
            }
            Kind::Freeswitch => {
                let config = freeswitch::Config::load(&self.config).context(path)?;
                freeswitch::check(&config, &wanted).await
            }
        })
    }
}

/// Where a transcript goes.
type Record = Option<Box<dyn Write + Send>>;

impl Adapter {
    /// Runs it until it ends, or a signal ends it.
    fn run(
        &self,
        adapter: impl AsyncFnOnce(&ToServer, Record) -> Result<(), GatewayError>,
    ) -> anyhow::Result<()> {
        let server = ToServer { address: self.connect.address()?, token: self.connect.token()? };
        let record = self.record.as_ref().map(|path| -> anyhow::Result<Box<dyn Write + Send>> {
            let file = File::create(path).with_context(|| path.display().to_string())?;
            Ok(Box::new(file))
        });
        let record = record.transpose()?;
        serve::log(self.log_format);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            tokio::select! {
                ended = adapter(&server, record) => match ended {
                    // Whole, so that its kind decides the exit code.
                    Err(GatewayError::Server(why)) => Err(ClientError::into(why)),
                    ended => Ok(ended?),
                },
                ended = stopped() => Ok(ended?),
            }
        })
    }
}

/// Waits for a signal that ends the program.
async fn stopped() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    Ok(())
}
