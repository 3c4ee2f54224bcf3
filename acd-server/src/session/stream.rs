//! A connected socket of either kind, and who is at its other end.

use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// A connected socket.
#[derive(Debug)]
pub(crate) enum Stream {
    /// On this machine.
    Unix(UnixStream),
    /// From anywhere.
    Tcp(TcpStream),
}

/// Who is at the other end, as far as the operating system tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A process of the server's own user, or of root: may take any role.
    SameUser,
    /// A process of another user: needs a token.
    OtherUser,
    /// A TCP address: needs a token.
    Address(IpAddr),
}

impl Peer {
    /// Whether a person may sit there and type.
    pub(crate) const fn is_near(self) -> bool {
        match self {
            Self::SameUser => true,
            Self::OtherUser => false,
            Self::Address(address) => address.is_loopback(),
        }
    }

    /// Whether it may take any role without a token.
    pub(crate) const fn is_trusted(self) -> bool {
        matches!(self, Self::SameUser)
    }

    /// Whoever is connected to a Unix socket.
    pub(crate) fn of_unix(stream: &UnixStream) -> Self {
        let own = nix::unistd::geteuid().as_raw();
        match stream.peer_cred() {
            Ok(credentials) if credentials.uid() == own || credentials.uid() == 0 => Self::SameUser,
            _ => Self::OtherUser,
        }
    }
}

impl Stream {
    /// Reads what is there into `buffer`; 0 bytes mean the end.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut read = ReadBuf::new(buffer);
        let done = match self {
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, &mut read),
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, &mut read),
        };
        done.map_ok(|()| read.filled().len())
    }

    /// Writes as much of `bytes` as the socket takes.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    /// Writes as much of `pieces` as the socket takes.
    pub(crate) fn poll_write_pieces(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, pieces),
        }
    }
}
