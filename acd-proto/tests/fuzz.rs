//! Any bytes at all: nothing panics, nothing grows without bound, every frame has one answer.

use acd_proto::plain::Line;
use acd_proto::{
    Address, Decoder, FRAME_BYTES_MAX, Frame, Id, Method, decode, encode, id, incoming,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes that are often nearly a frame.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => vec(any::<u8>(), 0..40),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n\t ".to_vec()),
        1 => Just(b"\xac".to_vec()),
        4 => line().prop_map(String::into_bytes),
        1 => (0..3 * FRAME_BYTES_MAX).prop_map(|n| vec![b'x'; n]),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// A request that is nearly right.
fn line() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => (0..Method::ALL.len()).prop_map(|n| Method::ALL[n].name().to_owned()),
        1 => "[a-z.]{0,12}",
    ];
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("-1.5e3".to_owned()),
        Just("\"c-1\"".to_owned()),
        Just("null".to_owned()),
        Just("[\"a\",1]".to_owned()),
        Just("{\"queue\":\"q\",\"water\":2}".to_owned()),
        "\"\\PC{0,8}\"",
        "[\\[{\"]{1,200}",
    ];
    let key = prop_oneof![
        Just("contact"),
        Just("ext"),
        Just("needs"),
        Just("needs.a.b"),
        Just("to"),
        Just("to.queue"),
        Just("live"),
        Just("live.0.ext"),
        Just("prio"),
        Just("idem"),
        Just("id"),
        Just("set"),
        Just("topics"),
        Just("since"),
        Just("role"),
        Just("agent"),
        Just("state"),
        Just(".."),
    ];
    (any::<bool>(), name, vec((key, value), 0..6)).prop_map(|(plain, name, members)| {
        if plain {
            let words: Vec<String> = members.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("{name} {}\n", words.join(" "))
        } else {
            let members: Vec<String> =
                members.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
            format!("{{\"id\":1,\"method\":\"{name}\",\"params\":{{{}}}}}\n", members.join(","))
        }
    })
}

/// Every answer of a stream cut at these places, as text.
fn answers(stream: &[u8], piece: usize) -> (Vec<String>, bool) {
    let mut decoder = Decoder::new();
    let mut all = Vec::new();
    for bytes in stream.chunks(piece) {
        decoder.push(bytes);
        while let Some(frame) = decoder.next() {
            let answer = match frame.map_err(|error| (Id::NULL, error)).and_then(decode) {
                Ok(call) => format!("{call:?}"),
                Err((id, error)) => {
                    let mut out = Vec::new();
                    encode::error(&mut out, &id, &error);
                    assert!(out.len() < 4096, "errors are short");
                    let line = out.strip_suffix(b"\n").expect("one line");
                    assert!(!line.contains(&b'\n') && incoming::read(line).is_ok());
                    String::from_utf8(out).expect("errors are UTF-8")
                }
            };
            all.push(answer);
        }
        assert!(decoder.buffered() < FRAME_BYTES_MAX, "an incomplete frame is all that is held");
    }
    (all, decoder.must_cut())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_stream_is_answered_the_same_however_it_is_cut(stream in bytes(), piece in 1..5000_usize) {
        let whole = answers(&stream, stream.len().max(1));
        prop_assert_eq!(answers(&stream, piece), whole);
    }

    #[test]
    fn what_is_read_is_read_again_from_what_is_written(line in line()) {
        if let Ok(call) = decode(Frame::Json(line.trim().as_bytes())) {
            let mut out = Vec::new();
            let name = call.request.method().name();
            encode::request(&mut out, 1, name, &call.request, call.idem.as_deref());
            let again = decode(Frame::Json(out.trim_ascii_end())).expect("ours");
            prop_assert_eq!((again.request, again.idem, again.digest), (call.request, call.idem, call.digest));
        }
    }

    #[test]
    fn nothing_else_panics_either(text in "\\PC{0,60}", bytes in vec(any::<u8>(), 0..200)) {
        drop(incoming::read(&bytes));
        drop(incoming::read(text.as_bytes()));
        drop(Line::parse(&text));
        drop(Line::from_words("ping", std::slice::from_ref(&text)));
        drop(text.parse::<Address>());
        if let Some(contact) = id::parse_contact(&text) {
            prop_assert_eq!(id::contact(contact), text.clone());
        }
        if let Some(offer) = id::parse_offer(&text) {
            prop_assert_eq!(id::offer(offer), text);
        }
    }

    #[test]
    fn quoting_any_text_brings_it_back(text in any::<String>()) {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let line = format!("contact.end contact=c-1 \"disposition={escaped}\"");
        let line = Line::parse(&line).expect("well quoted");
        prop_assert_eq!(line.get("disposition"), Some(text.as_str()));
    }
}
