//! The bytes of one frame: a header of 28 bytes and a payload, chained to the frame before.
//!
//! `length u32 · crc32c u32 · seq u64 · epoch u32 · watermark u64 · payload`, little-endian.
//! `length` counts header and payload. The checksum covers everything but itself, and the checksum
//! of the record before: what an earlier life of the file left behind never continues a chain.
//!
//! A frame without a payload is a *mark*: it says, after a sync, that records up to its watermark
//! are durable. Its checksum is not chained, so that it testifies even when what precedes it rots.

/// Bytes of a frame's header.
pub const FRAME_HEADER: usize = 28;
/// The most bytes a payload may have.
pub const PAYLOAD_MAX: usize = 16 << 20;
/// The version of segments and frames that is written; it is read for ever.
pub const VERSION: u32 = 1;

/// Bytes of a mark: a frame without a payload.
pub(crate) const MARK: usize = FRAME_HEADER;

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Bytes of header and payload.
    pub(crate) length: u32,
    /// Checksum, chained but for a mark.
    pub(crate) crc: u32,
    /// The record's number; a mark repeats the last one.
    pub(crate) seq: u64,
    /// Who wrote it.
    pub(crate) epoch: u32,
    /// Up to which record everything was durable when this was written.
    pub(crate) watermark: u64,
}

impl Header {
    /// The header at the beginning of `bytes`, if there are enough of them.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..FRAME_HEADER)?;
        Some(Self {
            length: four(bytes, 0),
            crc: four(bytes, 4),
            seq: eight(bytes, 8),
            epoch: four(bytes, 16),
            watermark: eight(bytes, 20),
        })
    }

    /// Whether this is no record but a mark.
    pub(crate) fn is_mark(&self) -> bool {
        self.length as usize == MARK
    }

    /// The checksum that a frame of these bytes has after `previous`.
    pub(crate) fn crc_of(frame: &[u8], previous: u32) -> u32 {
        let crc = crc32c::crc32c(&previous.to_le_bytes());
        let crc = crc32c::crc32c_append(crc, &frame[..4]);
        crc32c::crc32c_append(crc, &frame[8..])
    }
}

/// The number of four bytes at `at`, little-endian.
pub(crate) fn four(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes were sliced"))
}

/// The number of eight bytes at `at`, little-endian.
pub(crate) fn eight(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes were sliced"))
}

/// Appends a frame and returns its checksum.
pub(crate) fn write(
    out: &mut Vec<u8>,
    previous: u32,
    seq: u64,
    epoch: u32,
    watermark: u64,
    payload: &[u8],
) -> u32 {
    debug_assert!(payload.len() <= PAYLOAD_MAX);
    let start = out.len();
    out.extend_from_slice(&((FRAME_HEADER + payload.len()) as u32).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&seq.to_le_bytes());
    out.extend_from_slice(&epoch.to_le_bytes());
    out.extend_from_slice(&watermark.to_le_bytes());
    out.extend_from_slice(payload);
    let crc = Header::crc_of(&out[start..], previous);
    out[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
    crc
}

/// Appends a mark.
pub(crate) fn write_mark(out: &mut Vec<u8>, seq: u64, epoch: u32) {
    write(out, 0, seq, epoch, seq, &[]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_version_1_stay_as_they_are() {
        let mut out = Vec::new();
        let crc = write(&mut out, 0, 1, 7, 0, b"one");
        write(&mut out, crc, 0x0102_0304_0506, 7, 1, b"two!");
        write_mark(&mut out, 0x0102_0304_0506, 7);
        let hex = out.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(hex, GOLDEN);
        let header = Header::read(&out[31..]).unwrap();
        assert_eq!(header.seq, 0x0102_0304_0506);
        assert_eq!((header.length, header.epoch, header.watermark), (32, 7, 1));
        assert_eq!(Header::read(&out[..27]), None);
    }

    /// Computed by an independent program from the description above.
    const GOLDEN: &str = "\
        1f000000506c79860100000000000000070000000000000000000000\
        6f6e65200000005b40c7100605040302010000070000000100000000\
        00000074776f211c0000000d49e0e606050403020100000700000006\
        05040302010000";
}
