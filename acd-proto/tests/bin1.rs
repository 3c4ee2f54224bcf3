//! `bin1` says what JSON says: the same messages, with golden bytes, whatever the pieces.

use std::fmt::Write as _;

use acd_proto::bin1::{self, HEADER_BYTES, Hot, Message, Op, Outcome};
use acd_proto::reply::{AgentResult, ContactResult, Pong};
use acd_proto::request::{
    AgentState, AgentWrapDone, ContactEnd, ContactNew, Empty, OneContact, OneOffer,
};
use acd_proto::{
    Decoder, ErrorBody, Event, FRAME_BYTES_MAX, Frame, Incoming, Kind, Request, decode, encode, id,
    incoming,
};
use proptest::collection::vec;
use proptest::prelude::*;

const REQUESTS: &str = include_str!("golden/requests.jsonl");
const EVENTS: &str = include_str!("golden/events.jsonl");
const BYTES: &str = include_str!("golden/bin1.txt");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("memory");
        text
    })
}

fn one(bytes: &[u8]) -> bin1::Frame<'_> {
    let (frame, length) = bin1::split(bytes, usize::MAX).expect("a frame").expect("whole");
    assert_eq!(length, bytes.len(), "one frame and nothing more");
    frame
}

fn event(line: &str) -> Event {
    let Ok(Incoming::Event(event)) = incoming::read(line.as_bytes()) else {
        panic!("an event: {line}")
    };
    *event
}

/// Every frame of the golden messages: those of requests, of events, of replies.
fn golden() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut add = |name: &str, out: Vec<u8>| all.push((name.to_owned(), out));
    for line in REQUESTS.lines() {
        let call = decode(Frame::Json(line.as_bytes())).expect(line);
        let mut out = Vec::new();
        bin1::request(&mut out, 7, &call.request, call.idem.as_deref());
        add(call.request.method().name(), out);
    }
    for line in EVENTS.lines() {
        let event = event(line);
        let mut out = Vec::new();
        bin1::event(&mut out, &event);
        add(event.body.kind(), out);
    }
    let contact = ContactResult {
        contact: "c-9a02".into(),
        state: "offered".into(),
        ewt_ms: Some(41_000),
        offer: Some("o-771".into()),
        agent: Some("4471".into()),
        wait_ms: Some(3),
        ..ContactResult::default()
    };
    let agent = AgentResult {
        agent: "4471".into(),
        state: "busy".into(),
        pending: Some("not_ready".into()),
        ..AgentResult::default()
    };
    let mut replies = vec![Vec::new(); 6];
    bin1::done(&mut replies[0], 7, true);
    bin1::pong(&mut replies[1], 7, &Pong { now: 5 });
    bin1::contact(&mut replies[2], 7, &contact, false);
    bin1::agent(&mut replies[3], 7, &agent, false);
    bin1::error(&mut replies[4], 7, &ErrorBody::new(Kind::OfferOver, "offer is over"));
    bin1::notice(&mut replies[5], b"{\"method\":\"bye\",\"params\":{\"reason\":\"slow\"}}\n");
    for (name, out) in ["done", "pong", "contact", "agent", "error", "bye"].iter().zip(replies) {
        add(name, out);
    }
    all
}

#[test]
fn the_bytes_are_those_that_are_written_down() {
    let written: String = golden()
        .iter()
        .fold(String::new(), |all, (name, out)| format!("{all}{name} {}\n", hex(out)));
    assert_eq!(written, BYTES);
}

#[test]
fn every_request_is_read_as_its_json_is() {
    let mut hot = Vec::new();
    for line in REQUESTS.lines() {
        let json = decode(Frame::Json(line.as_bytes())).expect(line);
        let mut out = Vec::new();
        bin1::request(&mut out, 7, &json.request, json.idem.as_deref());
        let frame = one(&out);
        hot.extend(Op::from_code(frame.header.op).filter(|op| *op != Op::Json));
        let call = bin1::decode(frame).expect(line);
        assert_eq!(call.id.as_binary(), Some(7));
        assert_eq!(
            (call.request, call.idem, call.digest),
            (json.request, json.idem, json.digest),
            "{line}"
        );
    }
    hot.sort_unstable();
    hot.dedup();
    let requests = Op::ALL.iter().filter(|op| **op > Op::Json && **op < Op::Result);
    assert!(hot.iter().eq(requests), "every hot request has its line: {hot:?}");
}

/// What a hot request says, in words of the request that is read in full.
fn in_full(hot: Hot<'_>) -> Request {
    let text = |text: &str| text.to_owned();
    let one = |contact| OneContact { contact: id::contact(contact) };
    let one_offer = |offer| OneOffer { offer: id::offer(offer) };
    match hot {
        Hot::Ping => Request::Ping(Empty {}),
        Hot::ContactNew { ext, channel, queue, prio, from } => Request::ContactNew(ContactNew {
            ext: ext.into(),
            channel: channel.into(),
            queue: queue.into(),
            prio,
            from: from.map(text),
            ..ContactNew::default()
        }),
        Hot::ContactAbandon(contact) => Request::ContactAbandon(one(contact)),
        Hot::ContactEnd(contact) => Request::ContactEnd(ContactEnd {
            contact: id::contact(contact),
            ..ContactEnd::default()
        }),
        Hot::OfferRinging(offer) => Request::OfferRinging(one_offer(offer)),
        Hot::OfferAnswered(offer) => Request::OfferAnswered(one_offer(offer)),
        Hot::AgentState { state, agent } => Request::AgentState(AgentState {
            agent: agent.map(text),
            state: state.into(),
            reason: None,
        }),
        Hot::AgentWrapDone { contact, agent } => Request::AgentWrapDone(AgentWrapDone {
            agent: agent.map(text),
            contact: id::contact(contact),
            disposition: None,
        }),
    }
}

/// The plainest request of each kind that is hot.
fn plainest() -> Vec<Request> {
    let (contact, agent) = ("c-9a02".to_owned(), Some("4471".to_owned()));
    let one = || OneContact { contact: contact.clone() };
    let one_offer = || OneOffer { offer: "o-771".into() };
    let state =
        |state: &str| AgentState { agent: agent.clone(), state: state.into(), reason: None };
    let new = ContactNew {
        ext: "1732412.889".into(),
        channel: "voice".into(),
        queue: "spanish".into(),
        prio: Some(7),
        from: Some("+15125550177".into()),
        ..ContactNew::default()
    };
    let end = ContactEnd { contact: contact.clone(), ..ContactEnd::default() };
    let done = AgentWrapDone { agent: agent.clone(), contact: contact.clone(), disposition: None };
    vec![
        Request::Ping(Empty {}),
        Request::ContactNew(ContactNew { prio: None, from: None, ..new.clone() }),
        Request::ContactNew(new),
        Request::ContactAbandon(one()),
        Request::ContactEnd(end),
        Request::OfferRinging(one_offer()),
        Request::OfferAnswered(one_offer()),
        Request::AgentState(state("ready")),
        Request::AgentState(state("not_ready")),
        Request::AgentWrapDone(done),
    ]
}

/// Every golden frame and every beginning of one, with every byte of the body changed: what is
/// read as hot is what is read in full, and is refused by neither.
#[test]
fn a_hot_request_is_the_one_that_is_read_in_full() {
    let mut hot = 0;
    let plainest = plainest().into_iter().map(|request| {
        let mut bytes = Vec::new();
        bin1::request(&mut bytes, 7, &request, None);
        assert!(bin1::hot(one(&bytes)).is_some(), "{request:?}");
        bytes
    });
    for bytes in golden().into_iter().map(|(_, bytes)| bytes).chain(plainest) {
        let mut variants = vec![bytes.clone()];
        for length in HEADER_BYTES..bytes.len() {
            let mut cut = bytes[..length].to_vec();
            cut[4..8].copy_from_slice(&((length - HEADER_BYTES) as u32).to_le_bytes());
            variants.push(cut);
            for byte in [0, 1, 0xff] {
                let mut other = bytes.clone();
                other[length] = byte;
                variants.push(other);
            }
        }
        for bytes in &variants {
            let frame = one(bytes);
            let Some(read) = bin1::hot(frame) else { continue };
            let call = bin1::decode(frame).expect("what is hot is well formed");
            assert_eq!((call.request, call.idem), (in_full(read), None), "{}", hex(bytes));
            hot += 1;
        }
    }
    assert!(hot > 100, "only {hot} frames are hot");
}

/// The event as its bytes give it without an allocation is the same.
#[test]
fn every_hot_event_is_read_without_an_allocation_as_with_one() {
    let mut lines = 0;
    for line in EVENTS.lines() {
        let mut frame = Vec::new();
        bin1::event(&mut frame, &event(line));
        let Some(read) = bin1::read_event(one(&frame)) else { continue };
        let mut again = Vec::new();
        bin1::event(&mut again, &read);
        assert_eq!(hex(&again), hex(&frame), "{line}");
        let (mut full, mut borrowed) = (Vec::new(), Vec::new());
        encode::event(&mut full, &event(line));
        encode::event(&mut borrowed, &read);
        assert_eq!(borrowed, full, "{line}");
        lines += 1;
    }
    assert!(lines > 9, "only {lines} events are hot");
}

#[test]
fn every_event_is_read_as_its_json_is() {
    let mut hot = Vec::new();
    for line in EVENTS.lines() {
        let event = event(line);
        let mut out = Vec::new();
        bin1::event(&mut out, &event);
        let frame = one(&out);
        hot.extend(Op::from_code(frame.header.op).filter(|op| *op != Op::Event));
        let Ok(Message::Event(again)) = bin1::read(frame) else { panic!("an event: {line}") };
        assert_eq!(*again, event);
        out.clear();
        bin1::json_event(&mut out, event.seq, format!("{line}\n").as_bytes());
        let Ok(Message::Event(again)) = bin1::read(one(&out)) else { panic!("an event: {line}") };
        assert_eq!(*again, event);
    }
    hot.sort_unstable();
    hot.dedup();
    assert!(hot.iter().eq(Op::ALL.iter().filter(|op| **op > Op::Notice)), "{hot:?}");
}

#[test]
fn a_request_about_one_thing_is_a_header() {
    let contact = "c-9a02".to_owned();
    for request in [
        Request::ContactAbandon(OneContact { contact: contact.clone() }),
        Request::ContactEnd(ContactEnd { contact, ..ContactEnd::default() }),
        Request::OfferAnswered(OneOffer { offer: "o-1".into() }),
    ] {
        let mut out = Vec::new();
        bin1::request(&mut out, 1, &request, None);
        assert_eq!(out.len(), HEADER_BYTES);
    }
}

#[test]
fn what_has_no_number_goes_as_json() {
    let states = AgentState { agent: None, state: "asleep".into(), reason: None };
    let reference = ContactNew {
        ext: "1".into(),
        channel: "voice".into(),
        queue: "q".into(),
        reference: Some("SR-77".into()),
        ..ContactNew::default()
    };
    let loud = ContactNew { prio: Some(255), reference: None, ..reference.clone() };
    for request in [
        Request::AgentState(states),
        Request::ContactNew(reference),
        Request::ContactNew(loud),
        Request::OfferAnswered(OneOffer { offer: "O-1".into() }),
    ] {
        let mut out = Vec::new();
        bin1::request(&mut out, 1, &request, Some("k\"1"));
        let frame = one(&out);
        assert_eq!(frame.header.op, Op::Json as u8);
        let call = bin1::decode(frame).expect("JSON");
        assert_eq!((call.request, call.idem.as_deref()), (request, Some("k\"1")));
    }
}

#[test]
fn faults_are_answered_under_the_frames_number() {
    for (op, about, body, kind, field) in [
        (0x7f, 0, &b""[..], Kind::UnknownMethod, None),
        (Op::Done as u8, 0, b"", Kind::UnknownMethod, None),
        (Op::ContactEnd as u8, 0, b"", Kind::BadParams, Some("contact")),
        (Op::ContactEnd as u8, 1, b"\x09", Kind::BadParams, Some("by")),
        (Op::OfferFailed as u8, 1, b"", Kind::BadParams, Some("cause")),
        (Op::AgentState as u8, 0, b"\x01\x05\x00ab", Kind::BadFrame, None),
        (Op::AgentState as u8, 0, b"\x01\x01\x00\xff", Kind::BadFrame, None),
        (Op::ContactNew as u8, 0, b"\x01\x05\x01\x00x", Kind::BadParams, Some("queue")),
        (Op::Json as u8, 0, b"{", Kind::BadJson, None),
    ] {
        let mut out = vec![0xac, 1, op, 0, body.len() as u8, 0, 0, 0];
        out.extend(9_u64.to_le_bytes());
        out.extend(u64::from(about == 1).to_le_bytes());
        out.extend(0_u64.to_le_bytes());
        out.extend(body);
        let (id, error) = bin1::decode(one(&out)).expect_err("a fault");
        assert_eq!(id.as_binary(), Some(9));
        assert_eq!((error.data.kind, error.data.field.as_deref()), (kind, field), "{op:#x}");
    }
}

#[test]
fn a_decoder_takes_binary_frames_between_lines_once_they_are_agreed_on() {
    let mut stream = b"ping id=1\n".to_vec();
    bin1::request(&mut stream, 2, &Request::Ping(Empty::default()), None);
    stream.extend(b"\n{\"id\":3,\"method\":\"ping\"}\n");
    bin1::request(&mut stream, 4, &Request::Ping(Empty::default()), None);
    for piece in 1..=stream.len() {
        let mut decoder = Decoder::new();
        decoder.allow_binary();
        let mut numbers = Vec::new();
        for bytes in stream.chunks(piece) {
            decoder.push(bytes);
            while let Some(frame) = decoder.next() {
                let call = decode(frame.expect("a frame")).expect("a request");
                let mut text = Vec::new();
                call.id.write(&mut text);
                numbers.push((text[0], call.id.as_binary().is_some()));
            }
        }
        assert_eq!(numbers, [(b'1', false), (b'2', true), (b'3', false), (b'4', true)]);
        assert_eq!(decoder.buffered(), 0);
    }
}

#[test]
fn a_frame_too_large_or_of_another_version_ends_the_connection() {
    let mut large = vec![0xac, 1, 0, 0];
    large.extend((FRAME_BYTES_MAX as u32 - 31).to_le_bytes());
    large.extend([0; 24]);
    for stream in [large, vec![0xac, 2]] {
        let mut decoder = Decoder::new();
        decoder.allow_binary();
        decoder.push(&stream);
        let error = decoder.next().expect("an answer").expect_err("a refusal");
        assert_eq!(error.data.kind, Kind::BadFrame);
        assert!(decoder.must_cut() && decoder.buffered() == 0);
    }
}

#[test]
fn replies_are_read_as_they_were_written() {
    let waiting = ContactResult {
        contact: "c-1".into(),
        state: "queued".into(),
        pos: Some(3),
        wait_ms: Some(0),
        ..ContactResult::default()
    };
    // Of a contact that a front end spells otherwise: as it was spelt.
    let strange = ContactResult { contact: "?".into(), state: "ended".into(), ..waiting.clone() };
    for result in [waiting, strange] {
        let (mut out, mut json) = (Vec::new(), Vec::new());
        bin1::contact(&mut out, 1, &result, true);
        let Ok(Message::Reply { id: 1, result: Ok(outcome), replayed: true }) =
            bin1::read(one(&out))
        else {
            panic!("a reply: {out:?}")
        };
        let raw = outcome.into_json().expect("JSON");
        encode::reply(&mut json, &acd_proto::Id::number(1), &result, true);
        let line = format!("{{\"id\":1,\"result\":{},\"replayed\":true}}\n", raw.get());
        assert_eq!(line.as_bytes(), json);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the bytes, nothing panics; what is read as hot is written the same again.
    #[test]
    fn any_frame_is_answered(
        op in prop_oneof![
            (0..Op::ALL.len()).prop_map(|n| Op::ALL[n] as u8),
            any::<u8>(),
        ],
        flag in any::<u8>(), a in any::<u64>(), b in any::<u64>(),
        body in prop_oneof![
            vec(any::<u8>(), 0..80),
            vec(prop_oneof![Just(0_u8), Just(1), Just(2), Just(255), Just(b'a')], 0..80),
        ],
    ) {
        let mut out = vec![0xac, 1, op, flag];
        out.extend((body.len() as u32).to_le_bytes());
        out.extend(7_u64.to_le_bytes());
        out.extend(a.to_le_bytes());
        out.extend(b.to_le_bytes());
        out.extend(&body);
        let frame = one(&out);
        if let Ok(call) = bin1::decode(frame) {
            let mut again = Vec::new();
            bin1::request(&mut again, 7, &call.request, call.idem.as_deref());
            let again = bin1::decode(one(&again)).expect("ours");
            prop_assert_eq!(again, call);
        }
        if let Ok(message) = bin1::read(frame) {
            match message {
                Message::Event(event) => {
                    let mut again = Vec::new();
                    bin1::event(&mut again, &event);
                    let Ok(Message::Event(read)) = bin1::read(one(&again)) else {
                        panic!("ours: {event:?}")
                    };
                    prop_assert_eq!(read, event);
                }
                Message::Reply { result: Ok(outcome), .. } => {
                    let json = matches!(outcome, Outcome::Json(_));
                    prop_assert!(outcome.into_json().is_ok() || json);
                }
                _ => {}
            }
        }
    }

    /// Frames cut anywhere, between lines and rubbish, give the same answers.
    #[test]
    fn a_stream_is_read_the_same_however_it_is_cut(
        pieces in vec(prop_oneof![
            3 => (0..REQUESTS.lines().count()).prop_map(|n| {
                let line = REQUESTS.lines().nth(n).expect("in range");
                let call = decode(Frame::Json(line.as_bytes())).expect(line);
                let mut out = Vec::new();
                bin1::request(&mut out, n as u64, &call.request, call.idem.as_deref());
                out
            }),
            1 => Just(b"ping\n".to_vec()),
            1 => vec(any::<u8>(), 0..40),
        ], 0..8),
        piece in 1..200_usize,
    ) {
        let stream = pieces.concat();
        let answers = |piece: usize| {
            let mut decoder = Decoder::new();
            decoder.allow_binary();
            let mut all = Vec::new();
            for bytes in stream.chunks(piece) {
                decoder.push(bytes);
                while let Some(frame) = decoder.next() {
                    all.push(format!("{:?}", frame.map(decode)));
                }
            }
            (all, decoder.must_cut())
        };
        prop_assert_eq!(answers(piece), answers(stream.len().max(1)));
    }
}
