//! What a connection waits for, without waiting.

use super::*;
use crate::clock::Clock;
use crate::config::Config;
use crate::core::Core;
use crate::tokens::Tokens;

#[tokio::test]
async fn only_a_lease_ends_the_silence_of_who_has_said_hello() {
    let core = Core::new(Config::embedded(), Clock::real(), None).expect("a core");
    let core = Rc::new(RefCell::new(core));
    let common = Rc::new(Common::new(core, Gate::new(Tokens::default()), None, None));
    let (near, _far) = tokio::net::UnixStream::pair().expect("a pair");
    let place = Place::take(&common, Peer::SameUser).expect("there is room");
    let mut session = Session::new(&common, Stream::Unix(near), Peer::SameUser, place);
    let hello_by = session.heard_at + HELLO_DEADLINE_NEAR;
    assert_eq!(session.next_deadline(), Some(hello_by), "`hello` is waited for");
    session.greeted = true;
    assert_eq!(session.next_deadline(), None, "and then nothing, however long it takes");
    let lease = Duration::from_secs(15);
    session.lease = Some(lease);
    assert_eq!(session.next_deadline(), Some(session.heard_at + lease));
}
