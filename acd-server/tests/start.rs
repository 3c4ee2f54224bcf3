//! Before the first connection: where a server listens, and when it refuses to.

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;

use acd_proto::Address;
use acd_server::config::Config;
use acd_server::{ListenError, Listeners, RunError, Setup};
use common::{CITY, Scratch, Server};

fn bind(address: &Address) -> Result<Listeners, ListenError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(Listeners::bind(std::slice::from_ref(address)))
}

#[test]
fn the_socket_is_its_users_alone_and_gone_afterwards() {
    let scratch = Scratch::new();
    let path = scratch.file("own.sock");
    let server = Server::with(CITY, |setup| {
        setup.config.listen = vec![Address::Unix(path.clone())];
    });
    let mode = std::fs::metadata(&path).expect("it listens there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let second = bind(&Address::Unix(path.clone()));
    assert!(matches!(second, Err(ListenError::InUse(_))), "{second:?}");
    server.stop();
    assert!(!path.exists());
}

#[test]
fn a_stale_socket_file_is_replaced_and_another_file_is_not() {
    let scratch = Scratch::new();
    let stale = scratch.file("stale.sock");
    drop(UnixListener::bind(&stale).expect("a socket"));
    assert!(stale.exists(), "its file stays when nobody removes it");
    assert!(bind(&Address::Unix(stale)).is_ok());
    let file = scratch.file("notes.txt");
    std::fs::write(&file, "mine").expect("a file");
    let refused = bind(&Address::Unix(file.clone()));
    assert!(matches!(refused, Err(ListenError::NotASocket(_))), "{refused:?}");
    assert_eq!(std::fs::read_to_string(file).ok().as_deref(), Some("mine"));
}

#[test]
fn tcp_without_a_token_refuses_to_start_and_says_what_to_do() {
    let config = Config::parse(CITY, "the test's city").expect("a city");
    let refused = Setup::from(config).check(&["tcp:127.0.0.1:0".parse().expect("an address")]);
    let error = refused.expect_err("nobody has a token");
    assert!(matches!(error, RunError::NoTokens(None)), "{error}");
    assert!(error.to_string().contains("acd token new --role frontend"), "{error}");
}
