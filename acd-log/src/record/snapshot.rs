//! A whole state as a stream of blocks, so that a million contacts need no second copy.
//!
//! A version byte; then blocks, each its length (u32, little-endian) and that many bytes: a kind
//! and, but for the first, a list. One block of kind 1 (time, counters, names, definitions) comes
//! first; then lists of kinds 2 to 7 in that order, each in as many blocks as it takes; kind 0
//! ends. What follows is the caller's.

use std::io::{self, Read, Write};

use acd_core::{Counters, Names, State, Timestamp};
use thiserror::Error;

use super::wire::{Cause, DecodeError, Input, Wire, version};

/// The version that is written.
const VERSION: u8 = 1;
/// Records in a block.
const BLOCK: usize = 4096;

const END: u8 = 0;
const BASE: u8 = 1;
const FRONT_ENDS: u8 = 2;
const QUEUES: u8 = 3;
const AGENTS: u8 = 4;
const CONTACTS: u8 = 5;
const OFFERS: u8 = 6;
const WRAP_UPS: u8 = 7;

/// Why a state could not be read.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The stream failed, or ended before the state did.
    #[error("reading a state: {0}")]
    Io(#[from] io::Error),
    /// The bytes are no state; `at` counts from the stream's beginning.
    #[error("reading a state: {0}")]
    Decode(#[from] DecodeError),
}

/// Writes a state.
pub fn write_state(state: &State, out: &mut impl Write) -> io::Result<()> {
    let State {
        now,
        counters,
        names,
        definitions,
        front_ends,
        queues,
        agents,
        contacts,
        offers,
        wrap_ups,
    } = state;
    out.write_all(&[VERSION])?;
    let mut block = vec![BASE];
    now.put(&mut block);
    counters.put(&mut block);
    names.put(&mut block);
    definitions.put(&mut block);
    finish(&block, out)?;
    write_list(FRONT_ENDS, front_ends, &mut block, out)?;
    write_list(QUEUES, queues, &mut block, out)?;
    write_list(AGENTS, agents, &mut block, out)?;
    write_list(CONTACTS, contacts, &mut block, out)?;
    write_list(OFFERS, offers, &mut block, out)?;
    write_list(WRAP_UPS, wrap_ups, &mut block, out)?;
    finish(&[END], out)
}

fn write_list<T: Wire>(
    kind: u8,
    list: &[T],
    block: &mut Vec<u8>,
    out: &mut impl Write,
) -> io::Result<()> {
    for part in list.chunks(BLOCK) {
        block.clear();
        block.push(kind);
        (part.len() as u64).put(block);
        for record in part {
            record.put(block);
        }
        finish(block, out)?;
    }
    Ok(())
}

fn finish(block: &[u8], out: &mut impl Write) -> io::Result<()> {
    let length = u32::try_from(block.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(block)
}

/// Reads a state, and not one byte more.
///
/// Whether an engine can be in it is for [`acd_core::Engine::restore`] to say.
pub fn read_state(from: &mut impl Read) -> Result<State, SnapshotError> {
    let mut first = [0];
    from.read_exact(&mut first)?;
    version(&mut Input::new(&first), "state", VERSION)?;
    let mut blocks = Blocks { from, at: 1, bytes: Vec::new() };
    let mut state = blocks.base()?;
    let mut last = BASE;
    loop {
        blocks.next()?;
        let mut input = Input::new(&blocks.bytes);
        let read = read_block(&mut input, &mut state, last).and_then(|kind| {
            input.end()?;
            Ok(kind)
        });
        match read.map_err(|wrong| blocks.in_stream(wrong))? {
            END => return Ok(state),
            kind => last = kind,
        }
    }
}

/// Takes the bytes of a state from a stream, and not one more, for [`read_state`] to read later.
pub fn take_state(from: &mut impl Read) -> Result<Vec<u8>, SnapshotError> {
    let mut bytes = vec![0];
    from.read_exact(&mut bytes)?;
    version(&mut Input::new(&bytes), "state", VERSION)?;
    loop {
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        bytes.extend_from_slice(&length);
        let (length, at) = (u32::from_le_bytes(length), bytes.len());
        // A length that lies costs no memory.
        let read = from.by_ref().take(length.into()).read_to_end(&mut bytes)?;
        if read < length as usize {
            return Err(SnapshotError::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        if bytes.get(at) == Some(&END) {
            return Ok(bytes);
        }
    }
}

/// Reads only the time and the counters of a state, which stand at its beginning.
pub fn read_summary(from: &mut impl Read) -> Result<(Timestamp, Counters), SnapshotError> {
    read_first(from, read_head)
}

/// Reads only the names of a state, by number.
pub fn read_names(from: &mut impl Read) -> Result<Names, SnapshotError> {
    read_first(from, |input| read_head(input).and_then(|_| Names::take(input)))
}

/// Reads something at the beginning of a state's first block.
fn read_first<T>(
    from: &mut impl Read,
    take: impl FnOnce(&mut Input<'_>) -> Result<T, DecodeError>,
) -> Result<T, SnapshotError> {
    let mut first = [0];
    from.read_exact(&mut first)?;
    version(&mut Input::new(&first), "state", VERSION)?;
    let mut blocks = Blocks { from, at: 1, bytes: Vec::new() };
    blocks.next()?;
    let mut input = Input::new(&blocks.bytes);
    take(&mut input).map_err(|wrong| blocks.in_stream(wrong).into())
}

fn read_head(input: &mut Input<'_>) -> Result<(Timestamp, Counters), DecodeError> {
    let kind = u8::take(input)?;
    if kind != BASE {
        return Err(unexpected(kind));
    }
    Ok((Wire::take(input)?, Wire::take(input)?))
}

/// Adds a block's list to the state; gives its kind.
fn read_block(input: &mut Input<'_>, state: &mut State, last: u8) -> Result<u8, DecodeError> {
    let kind = u8::take(input)?;
    match kind {
        END => {}
        FRONT_ENDS if last <= kind => append(&mut state.front_ends, input)?,
        QUEUES if last <= kind => append(&mut state.queues, input)?,
        AGENTS if last <= kind => append(&mut state.agents, input)?,
        CONTACTS if last <= kind => append(&mut state.contacts, input)?,
        OFFERS if last <= kind => append(&mut state.offers, input)?,
        WRAP_UPS if last <= kind => append(&mut state.wrap_ups, input)?,
        _ => return Err(unexpected(kind)),
    }
    Ok(kind)
}

fn append<T: Wire>(list: &mut Vec<T>, input: &mut Input<'_>) -> Result<(), DecodeError> {
    let length = input.length()?;
    for _ in 0..length {
        list.push(T::take(input)?);
    }
    Ok(())
}

const fn unexpected(kind: u8) -> DecodeError {
    Input::wrong(0, Cause::Variant { what: "block of a state, here", tag: kind as u64 })
}

/// The blocks of a stream.
struct Blocks<'r, R> {
    from: &'r mut R,
    /// Where the block in hand begins, from the stream's beginning.
    at: usize,
    bytes: Vec<u8>,
}

impl<R: Read> Blocks<'_, R> {
    /// Reads the next block. A length that lies costs no memory.
    fn next(&mut self) -> io::Result<()> {
        let mut length = [0; 4];
        self.from.read_exact(&mut length)?;
        self.at += self.bytes.len() + length.len();
        let length = u32::from_le_bytes(length);
        self.bytes.clear();
        let read = self.from.by_ref().take(length.into()).read_to_end(&mut self.bytes)?;
        if read < length as usize { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// The first block, as a state without records.
    fn base(&mut self) -> Result<State, SnapshotError> {
        self.next()?;
        let mut input = Input::new(&self.bytes);
        read_base(&mut input).map_err(|wrong| self.in_stream(wrong).into())
    }

    fn in_stream(&self, wrong: DecodeError) -> DecodeError {
        DecodeError { at: self.at + wrong.at, ..wrong }
    }
}

fn read_base(input: &mut Input<'_>) -> Result<State, DecodeError> {
    let (now, counters) = read_head(input)?;
    let state = State {
        now,
        counters,
        names: Wire::take(input)?,
        definitions: Wire::take(input)?,
        front_ends: Vec::new(),
        queues: Vec::new(),
        agents: Vec::new(),
        contacts: Vec::new(),
        offers: Vec::new(),
        wrap_ups: Vec::new(),
    };
    input.end()?;
    Ok(state)
}
