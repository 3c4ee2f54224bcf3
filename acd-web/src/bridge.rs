//! `/ws`: the socket protocol itself, a JSON object a message, for desktops in a browser.
//!
//! The edge may be trusted by the server; who comes through it is not: before the first word of a
//! stranger the edge says `via`, and from then on the server wants a token, as over TCP.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use acd_proto::Address;
use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpStream, UnixStream};

use crate::door::{Door, Problem};
use crate::listen::Peer;

/// Bytes of a frame of the protocol.
pub(crate) const FRAME_BYTES_MAX: usize = 65_536;

/// Opens a connection to the server for a page of a known site.
pub(crate) async fn open(
    State((door, core)): State<(Arc<Door>, Address)>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !door.may_ask(&headers) {
        return Problem::origin().into_response();
    }
    let from = door.address(peer, &headers);
    upgrade.max_message_size(FRAME_BYTES_MAX).max_frame_size(FRAME_BYTES_MAX).on_upgrade(
        move |socket| async move {
            if let Err(error) = bridge(socket, core, from).await {
                tracing::debug!(%error, "a connection through the edge ended badly");
            }
        },
    )
}

async fn bridge(socket: WebSocket, core: Address, from: IpAddr) -> std::io::Result<()> {
    match core {
        Address::Unix(path) => {
            let (stream, greeting) = stranger(&path, from).await?;
            relay(socket, stream, Some(greeting)).await
        }
        Address::Tcp(address) => {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            relay(socket, BufReader::new(stream), None).await
        }
    }
}

/// A connection of a stranger over the server's own socket, and its greeting.
pub(crate) async fn stranger(
    path: &Path,
    from: IpAddr,
) -> std::io::Result<(BufReader<UnixStream>, String)> {
    let mut stream = BufReader::new(UnixStream::connect(path).await?);
    let greeting = line(&mut stream, FRAME_BYTES_MAX as u64).await?;
    let via = format!("{{\"method\":\"via\",\"params\":{{\"address\":\"{from}\"}}}}\n");
    stream.write_all(via.as_bytes()).await?;
    if line(&mut stream, FRAME_BYTES_MAX as u64).await?.contains("\"error\"") {
        return Err(std::io::Error::other("the server does not take strangers from here"));
    }
    Ok((stream, greeting))
}

/// A line, of so many bytes at most.
pub(crate) async fn line<S: AsyncRead + Unpin>(
    stream: &mut BufReader<S>,
    most: u64,
) -> std::io::Result<String> {
    let mut line = String::new();
    stream.take(most).read_line(&mut line).await?;
    Ok(line)
}

/// Passes lines on, both ways, one at a time: who does not read is not read from.
async fn relay<S: AsyncRead + AsyncWrite + Unpin>(
    mut socket: WebSocket,
    mut stream: BufReader<S>,
    greeting: Option<String>,
) -> std::io::Result<()> {
    if let Some(greeting) = greeting {
        say(&mut socket, &greeting).await?;
    }
    let mut line = Vec::new();
    loop {
        tokio::select! {
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(text))) => {
                    // A line end inside would be a second frame; JSON has none but between members.
                    let frame = text.as_str().replace(['\n', '\r'], " ");
                    stream.write_all(frame.as_bytes()).await?;
                    stream.write_all(b"\n").await?;
                }
                Some(Ok(Message::Binary(_)) | Err(_)) | None => return Ok(()),
                Some(Ok(_)) => {}
            },
            // Cancelled, it has kept what it read in `line`.
            read = stream.read_until(b'\n', &mut line) => {
                if read? == 0 {
                    return Ok(());
                }
                let text = String::from_utf8_lossy(&line).into_owned();
                line.clear();
                say(&mut socket, &text).await?;
            }
        }
    }
}

async fn say(socket: &mut WebSocket, line: &str) -> std::io::Result<()> {
    let message = Message::Text(line.trim_end().into());
    socket.send(message).await.map_err(std::io::Error::other)
}
