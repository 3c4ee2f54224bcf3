//! The two tasks of a connection: one writes requests, one reads what comes back.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use acd_proto::bin1::{self, Message as Binary};
use acd_proto::{ErrorBody, Incoming, encode, incoming};
use serde_json::value::RawValue;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use crate::LINE_BYTES_MAX;
use crate::error::Lost;
use crate::events::Message;

/// Bytes written at once; more wait for the next write.
const BATCH_BYTES: usize = 64 * 1024;
/// What the line buffer keeps after a long line.
const LINE_BYTES_KEPT: usize = 256 * 1024;
/// Frames sent in the time of one lease, so that one late frame does not cost it.
const RENEWALS: u32 = 3;
/// The id of requests whose reply nobody waits for.
const NOBODY: u64 = 0;

/// The `result` or `error` of a reply, and whether it is an earlier one again.
pub(crate) type RawReply = (Result<Box<RawValue>, ErrorBody>, bool);

/// A request on its way out, and where its reply goes.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) id: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) slot: Option<oneshot::Sender<RawReply>>,
}

impl Outgoing {
    /// Renews the lease, and shows the server that somebody is there.
    pub(crate) fn ping() -> Self {
        let mut bytes = Vec::new();
        encode::request(&mut bytes, NOBODY, "ping", &serde_json::Map::new(), None);
        Self { id: NOBODY, bytes, slot: None }
    }
}

/// A request written whose reply has not come.
type Pending = (u64, Option<oneshot::Sender<RawReply>>);

/// Writes requests, and enough pings to keep a lease, until either side is done.
pub(crate) async fn write(
    mut socket: impl AsyncWrite + Unpin,
    mut outgoing: mpsc::Receiver<Outgoing>,
    pending: mpsc::Sender<Pending>,
    lease: Option<Duration>,
) {
    let mut bytes = Vec::new();
    while let Some(first) = next_request(&mut outgoing, &pending, lease).await {
        let mut request = Some(first);
        while let Some(Outgoing { id, bytes: line, slot }) = request {
            match pending.try_send((id, slot)) {
                Ok(()) => {}
                Err(TrySendError::Full(reply)) => {
                    // What is waited for must be on its way, or the wait has no end.
                    if flush(&mut socket, &mut bytes).await.is_err() {
                        return;
                    }
                    if pending.send(reply).await.is_err() {
                        return;
                    }
                }
                Err(TrySendError::Closed(_)) => return,
            }
            bytes.extend_from_slice(&line);
            request = if bytes.len() < BATCH_BYTES { outgoing.try_recv().ok() } else { None };
        }
        // The reading task learns from the socket why it failed, a last `bye` included.
        if flush(&mut socket, &mut bytes).await.is_err() {
            return;
        }
    }
    // The server sees the end of the stream; there is nobody left to tell of a failure.
    drop(socket.shutdown().await);
}

async fn flush(socket: &mut (impl AsyncWrite + Unpin), bytes: &mut Vec<u8>) -> std::io::Result<()> {
    socket.write_all(bytes).await?;
    bytes.clear();
    bytes.shrink_to(BATCH_BYTES);
    socket.flush().await
}

/// The next request, or a ping in time for the lease; none once nobody asks or nobody reads.
async fn next_request(
    outgoing: &mut mpsc::Receiver<Outgoing>,
    pending: &mpsc::Sender<Pending>,
    lease: Option<Duration>,
) -> Option<Outgoing> {
    let renew = async {
        match lease {
            Some(lease) => tokio::time::sleep(lease / RENEWALS).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        request = outgoing.recv() => request,
        () = pending.closed() => None,
        () = renew => Some(Outgoing::ping()),
    }
}

/// What the reading task needs.
pub(crate) struct Reader<R> {
    pub(crate) socket: R,
    pub(crate) pending: mpsc::Receiver<Pending>,
    pub(crate) messages: mpsc::Sender<Message>,
    /// Weak: it must not keep the writing task alive.
    pub(crate) outgoing: mpsc::WeakSender<Outgoing>,
    pub(crate) lease: Option<Duration>,
    /// Set before anybody can see that the connection ended.
    pub(crate) lost: Arc<OnceLock<Lost>>,
}

impl<R: AsyncBufRead + Unpin> Reader<R> {
    /// Reads until the connection ends, and leaves behind why it did.
    pub(crate) async fn run(mut self) {
        let mut line = Vec::new();
        let why = loop {
            if let Err(why) = self.step(&mut line).await {
                break why;
            }
        };
        // The first reason stands.
        drop(self.lost.set(why));
    }

    async fn step(&mut self, line: &mut Vec<u8>) -> Result<(), Lost> {
        match self.lease {
            None => read_message(&mut self.socket, line).await?,
            // Own pings are answered three times a lease: a whole one in silence is the end.
            Some(lease) => tokio::time::timeout(lease, read_message(&mut self.socket, line))
                .await
                .map_err(|_| Lost::Silent)??,
        }
        match understood(line)? {
            Incoming::Reply { id, result, replayed } => self.reply(id, (result, replayed)),
            Incoming::Event(event) => {
                self.pass(Message::Event(event)).await;
                Ok(())
            }
            Incoming::Notice { method, params } => self.notice(method, params).await,
        }
    }

    fn reply(&mut self, id: Option<u64>, reply: RawReply) -> Result<(), Lost> {
        let Ok((asked, slot)) = self.pending.try_recv() else {
            return Err(Lost::Garbled("a reply that nobody asked for".to_owned()));
        };
        if id.is_some_and(|id| id != asked) {
            return Err(Lost::Garbled(format!("reply {id:?} came before {asked}")));
        }
        if let Some(slot) = slot {
            // Whoever asked may have stopped waiting.
            drop(slot.send(reply));
        }
        Ok(())
    }

    async fn notice(&mut self, method: String, params: Option<Box<RawValue>>) -> Result<(), Lost> {
        match method.as_str() {
            "bye" => Err(Lost::Bye(reason(params.as_deref()))),
            "ping" => {
                if let Some(outgoing) = self.outgoing.upgrade() {
                    // A full queue is an answer on its way already.
                    drop(outgoing.try_send(Outgoing::ping()));
                }
                Ok(())
            }
            _ => {
                self.pass(Message::Notice { method, params }).await;
                Ok(())
            }
        }
    }

    /// Waits for room: meanwhile nothing is read, and the server sees a slow client.
    async fn pass(&mut self, message: Message) {
        // Nobody may want them any more.
        drop(self.messages.send(message).await);
    }
}

fn reason(params: Option<&RawValue>) -> String {
    #[derive(serde::Deserialize)]
    struct Bye {
        reason: String,
    }
    let bye = params.and_then(|params| serde_json::from_str::<Bye>(params.get()).ok());
    bye.map_or_else(|| "no reason given".to_owned(), |bye| bye.reason)
}

/// A line or a frame as what it says.
fn understood(message: &[u8]) -> Result<Incoming, Lost> {
    let garbled = |why: &dyn std::error::Error| Lost::Garbled(why.to_string());
    if message.first() != Some(&bin1::FIRST) {
        return incoming::read(message).map_err(|why| garbled(&why));
    }
    let (frame, _) = bin1::split(message, usize::MAX)
        .map_err(|why| garbled(&why))?
        .expect("a whole frame was read");
    Ok(match bin1::read(frame).map_err(|why| garbled(&why))? {
        Binary::Event(event) => Incoming::Event(event),
        Binary::Notice { method, params } => Incoming::Notice { method, params },
        Binary::Reply { id, result, replayed } => {
            let json = |outcome: bin1::Outcome| outcome.into_json();
            let result = match result {
                Ok(outcome) => Ok(json(outcome).map_err(|why| garbled(&why))?),
                Err(error) => Err(error),
            };
            Incoming::Reply { id: Some(id), result, replayed }
        }
    })
}

/// Reads a line without its end, or a frame. Not to be dropped halfway.
async fn read_message(
    socket: &mut (impl AsyncBufRead + Unpin),
    message: &mut Vec<u8>,
) -> Result<(), Lost> {
    let first = socket.fill_buf().await.map_err(|e| Lost::Io(e.to_string()))?.first().copied();
    if first != Some(bin1::FIRST) {
        return read_line(socket, message).await;
    }
    message.clear();
    message.shrink_to(LINE_BYTES_KEPT);
    message.resize(bin1::HEADER_BYTES, 0);
    read_exact(socket, message, 0).await?;
    let length = bin1::length(message).map_err(|why| Lost::Garbled(why.to_string()))?;
    if length as u64 > LINE_BYTES_MAX {
        return Err(Lost::Garbled(bin1::BadFrame::TooLarge.to_string()));
    }
    message.resize(length, 0);
    read_exact(socket, message, bin1::HEADER_BYTES).await
}

/// Fills a message from there on.
async fn read_exact(
    socket: &mut (impl AsyncBufRead + Unpin),
    message: &mut [u8],
    from: usize,
) -> Result<(), Lost> {
    match socket.read_exact(&mut message[from..]).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(Lost::Closed),
        Err(error) => Err(Lost::Io(error.to_string())),
    }
}

/// Reads a line without its end. Not to be dropped halfway.
pub(crate) async fn read_line(
    socket: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
) -> Result<(), Lost> {
    line.clear();
    line.shrink_to(LINE_BYTES_KEPT);
    let mut bounded = socket.take(LINE_BYTES_MAX);
    let read = bounded.read_until(b'\n', line).await.map_err(|e| Lost::Io(e.to_string()))?;
    if line.pop_if(|last| *last == b'\n').is_some() {
        return Ok(());
    }
    if read as u64 == LINE_BYTES_MAX {
        return Err(Lost::Garbled("a line without end".to_owned()));
    }
    Err(Lost::Closed)
}
