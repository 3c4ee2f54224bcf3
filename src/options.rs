//! What the client commands share: where the server is, and who asks. And how a command ends.

use std::path::PathBuf;
use std::process::ExitCode;

use acd_client::ClientError;
use acd_client::address::{self, Address};
use anyhow::Context;

/// Where the server is, and the token to show it.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Connect {
    /// The server: unix:PATH or tcp:ADDR:PORT. Left out: `$ACD_SOCKET`, else
    /// `$XDG_RUNTIME_DIR/acd.sock`.
    #[arg(long = "connect", value_name = "ADDRESS")]
    address: Option<Address>,
    /// A file of mode 0600 that holds the token; TCP always wants one.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Connect {
    /// Whether a server was named.
    pub(crate) const fn is_named(&self) -> bool {
        self.address.is_some()
    }

    /// Where the server is.
    pub(crate) fn address(&self) -> anyhow::Result<Address> {
        match &self.address {
            Some(address) => Ok(address.clone()),
            None => address::default_address().context("no server named by --connect"),
        }
    }

    /// The token to show, where one is named.
    pub(crate) fn token(&self) -> anyhow::Result<Option<String>> {
        let read =
            |file: &PathBuf| address::read_token(file).with_context(|| file.display().to_string());
        self.token_file.as_ref().map(read).transpose()
    }
}

/// Exit code of a command that found no server.
const NO_SERVER: u8 = 3;
/// Exit code of a command that found one, and lost it.
const LOST: u8 = 4;

/// Says why a command failed, and gives its exit code.
pub(crate) fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("acd: {}", reasons(error));
    match error.downcast_ref::<ClientError>() {
        Some(ClientError::Connect { .. } | ClientError::Stranger(_)) => NO_SERVER.into(),
        Some(ClientError::Lost(_)) => LOST.into(),
        _ => ExitCode::FAILURE,
    }
}

/// The error and what caused it, from the outermost in; a cause that was named already is not
/// named again.
pub(crate) fn reasons(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |said, cause| match cause.to_string() {
        cause if said.is_empty() => cause,
        cause if said.ends_with(&cause) => said,
        cause => format!("{said}: {cause}"),
    })
}

#[cfg(test)]
mod tests {
    use acd_client::Lost;

    use super::*;

    #[test]
    fn a_lost_server_is_told_apart_from_one_that_refuses() {
        let lost = anyhow::Error::from(ClientError::Lost(Lost::Closed)).context("asking");
        assert_eq!(fail(&lost), LOST.into());
        assert_eq!(fail(&anyhow::anyhow!("no")), ExitCode::FAILURE);
    }

    #[test]
    fn each_reason_is_said_once() {
        let config = acd_server::config::Config::load("/nowhere".as_ref()).expect_err("none");
        let error = anyhow::Error::from(config).context("serving");
        assert_eq!(reasons(&error), "serving: /nowhere: No such file or directory (os error 2)");
    }
}
