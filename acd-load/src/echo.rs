//! The bare echo that round trips are measured against: tokio on one thread, and nothing else.

use std::io;

use acd_proto::Address;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener};

/// Sends back whatever comes, for ever. `listening` is told where, once somebody can
/// connect.
pub async fn serve(address: &Address, listening: impl FnOnce(Address)) -> io::Result<()> {
    match address {
        Address::Unix(path) => {
            let listener = UnixListener::bind(path)?;
            listening(address.clone());
            loop {
                let (stream, _) = listener.accept().await?;
                tokio::spawn(answer(stream));
            }
        }
        Address::Tcp(socket) => {
            let listener = TcpListener::bind(socket).await?;
            listening(Address::Tcp(listener.local_addr()?));
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                tokio::spawn(answer(stream));
            }
        }
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        if stream.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
}
