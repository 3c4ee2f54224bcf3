//! Netstrings, `5:hello,`, as EVAPI has them.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// The longest word taken.
const WORD_BYTES_MAX: usize = 65_536;

/// Takes the first one off the front; none while it is not whole.
pub(super) fn take(input: &mut BytesMut) -> Result<Option<Bytes>, String> {
    let Some(colon) = input.iter().position(|byte| !byte.is_ascii_digit()) else {
        return if input.len() > 5 {
            Err("a netstring without its colon".into())
        } else {
            Ok(None)
        };
    };
    let length = std::str::from_utf8(&input[..colon]).ok().and_then(|text| text.parse().ok());
    let Some(length) = length.filter(|length| *length <= WORD_BYTES_MAX && input[colon] == b':')
    else {
        return Err(format!("a netstring of at most {WORD_BYTES_MAX} bytes does not begin so"));
    };
    if input.len() < colon + 1 + length + 1 {
        return Ok(None);
    }
    input.advance(colon + 1);
    let word = input.split_to(length).freeze();
    if input.get_u8() == b',' {
        Ok(Some(word))
    } else {
        Err("a netstring without its comma".into())
    }
}

/// Appends one.
pub(super) fn put(word: &[u8], output: &mut BytesMut) {
    output.put_slice(word.len().to_string().as_bytes());
    output.put_u8(b':');
    output.put_slice(word);
    output.put_u8(b',');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_whole_however_they_are_cut() {
        let mut written = BytesMut::new();
        put(b"", &mut written);
        put(br#"{"ev":"pong"}"#, &mut written);
        let (mut input, mut words) = (BytesMut::new(), Vec::new());
        for byte in written {
            input.put_u8(byte);
            words.extend(take(&mut input).unwrap());
        }
        assert_eq!(words, [&b""[..], br#"{"ev":"pong"}"#]);
        assert!(input.is_empty());
    }

    #[test]
    fn what_is_no_netstring_is_refused() {
        for wrong in ["x", "3;abc,", "3:abcd", "99999:", "123456", ":"] {
            assert!(take(&mut BytesMut::from(wrong)).is_err(), "{wrong}");
        }
    }
}
