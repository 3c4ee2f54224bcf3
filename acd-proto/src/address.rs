//! Where a server listens and a client connects: `unix:PATH` or `tcp:ADDR:PORT`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// The address of a server. Written and read as `unix:PATH` or `tcp:ADDR:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// A Unix socket in the file system.
    Unix(PathBuf),
    /// A TCP port of one numeric address; an IPv6 address stands in brackets.
    Tcp(SocketAddr),
}

/// What is wrong with the text of an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It begins with neither scheme.
    #[error("`{0}` is no address: expected `unix:PATH` or `tcp:ADDR:PORT`")]
    Scheme(String),
    /// No path follows `unix:`.
    #[error("`unix:` wants a path, as in `unix:/run/acd/acd.sock`")]
    EmptyPath,
    /// What follows `tcp:` is not a numeric address and a port.
    #[error("`{0}` is no numeric address and port: expected one as in `tcp:127.0.0.1:4311`")]
    Socket(String),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        match text.split_once(':') {
            Some(("unix", "")) => Err(AddressError::EmptyPath),
            Some(("unix", path)) => Ok(Self::Unix(path.into())),
            Some(("tcp", socket)) => {
                socket.parse().map(Self::Tcp).map_err(|_| AddressError::Socket(socket.into()))
            }
            _ => Err(AddressError::Scheme(text.into())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(socket) => write!(f, "tcp:{socket}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written() {
        for text in ["unix:/run/acd.sock", "unix:a b", "tcp:127.0.0.1:4311", "tcp:[::1]:4311"] {
            assert_eq!(text.parse::<Address>().map(|address| address.to_string()), Ok(text.into()));
        }
    }

    #[test]
    fn a_wrong_address_says_what_was_expected() {
        for (text, expected) in [
            ("/run/acd.sock", AddressError::Scheme("/run/acd.sock".into())),
            ("unix:", AddressError::EmptyPath),
            ("tcp:localhost:1", AddressError::Socket("localhost:1".into())),
            ("tcp:127.0.0.1", AddressError::Socket("127.0.0.1".into())),
            ("tcp:127.0.0.1:65536", AddressError::Socket("127.0.0.1:65536".into())),
        ] {
            assert_eq!(text.parse::<Address>(), Err(expected), "{text}");
        }
    }
}
