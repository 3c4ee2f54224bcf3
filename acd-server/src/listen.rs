//! Where the server listens: sockets bound before it runs, stale socket files replaced.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use acd_proto::Address;
use tokio::net::{TcpListener, UnixListener};

use crate::session::{Peer, Stream};

/// Why a server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The system refuses.
    #[error("cannot listen at {address}: {source}")]
    Bind {
        /// Where.
        address: Address,
        /// Why.
        source: io::Error,
    },
    /// Another server answers there.
    #[error("another server answers at unix:{}", .0.display())]
    InUse(PathBuf),
    /// Something that is no socket is there.
    #[error("{} is there and no socket; remove it, or listen elsewhere", .0.display())]
    NotASocket(PathBuf),
}

/// Sockets that listen. Those in the file system are removed when dropped.
#[derive(Debug, Default)]
pub struct Listeners {
    all: Vec<Listener>,
}

/// One socket that listens.
#[derive(Debug)]
pub(crate) enum Listener {
    Unix(UnixListener, SocketFile),
    Tcp(TcpListener),
}

/// A socket in the file system, removed when dropped unless it is another's by then.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    device_and_inode: (u64, u64),
}

impl Listeners {
    /// Listens at each address. To be called inside a tokio runtime.
    pub async fn bind(addresses: &[Address]) -> Result<Self, ListenError> {
        let mut all = Vec::with_capacity(addresses.len());
        for address in addresses {
            let failed = |source| ListenError::Bind { address: address.clone(), source };
            all.push(match address {
                Address::Unix(path) => {
                    remove_stale(path).await?;
                    let listener = UnixListener::bind(path).map_err(failed)?;
                    // Whoever connects before this is asked for a token: it is another user's.
                    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
                    let metadata = fs::metadata(path).map_err(failed)?;
                    let device_and_inode = (metadata.dev(), metadata.ino());
                    Listener::Unix(listener, SocketFile { path: path.clone(), device_and_inode })
                }
                Address::Tcp(socket) => {
                    Listener::Tcp(TcpListener::bind(socket).await.map_err(failed)?)
                }
            });
        }
        Ok(Self { all })
    }

    /// Where it listens; of port 0 the one that was given.
    pub fn addresses(&self) -> Vec<Address> {
        self.all.iter().map(Listener::address).collect()
    }

    /// Whether clients on other machines may reach it.
    pub(crate) fn has_tcp(&self) -> bool {
        self.all.iter().any(|listener| matches!(listener, Listener::Tcp(_)))
    }

    pub(crate) fn into_iter(self) -> impl Iterator<Item = Listener> {
        self.all.into_iter()
    }
}

impl Listener {
    fn address(&self) -> Address {
        match self {
            Self::Unix(_, file) => Address::Unix(file.path.clone()),
            Self::Tcp(listener) => {
                let unknown = || SocketAddr::from(([0, 0, 0, 0], 0));
                Address::Tcp(listener.local_addr().unwrap_or_else(|_| unknown()))
            }
        }
    }

    /// The next connection, and who is at its other end.
    pub(crate) async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                let peer = Peer::of_unix(&stream);
                Ok((Stream::Unix(stream), peer))
            }
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // One write a turn is a whole answer: nothing to wait for.
                stream.set_nodelay(true)?;
                Ok((Stream::Tcp(stream), Peer::Address(address.ip())))
            }
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let own =
            |metadata: &fs::Metadata| (metadata.dev(), metadata.ino()) == self.device_and_inode;
        if fs::symlink_metadata(&self.path).is_ok_and(|metadata| own(&metadata))
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "the socket file stays");
        }
    }
}

/// Removes a socket file that nobody answers at.
async fn remove_stale(path: &Path) -> Result<(), ListenError> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(ListenError::NotASocket(path.to_owned()));
    }
    let address = || Address::Unix(path.to_owned());
    match tokio::net::UnixStream::connect(path).await {
        Ok(_) => Err(ListenError::InUse(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(|source| ListenError::Bind { address: address(), source })
        }
        Err(source) => Err(ListenError::Bind { address: address(), source }),
    }
}
