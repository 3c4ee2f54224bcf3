//! Authentication: who may say `hello` as whom, how many may try, and how often.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acd_proto::call::Id;
use acd_proto::request::Hello;
use acd_proto::{ErrorBody, Kind, PROTOCOL_VERSION, Role};
use tokio::sync::Semaphore;

use super::{Peer, Session};
use crate::config::Limits;
use crate::core::Identity;
use crate::limits::{
    FAILED_ADDRESSES_MAX, FAILED_DELAY_FIRST, FAILED_DELAY_MAX, FAILED_FORGOTTEN_AFTER,
    LEASE_MS_MAX, LEASE_MS_MIN, TEXT_BYTES_MAX, VERIFICATIONS_AT_ONCE,
};
use crate::tokens::Tokens;

/// The encoding of binary frames, as `enc` names it.
const BINARY: &str = "bin1";

/// Counts connections, and failed tokens, so that strangers cost little.
#[derive(Debug)]
pub(crate) struct Gate {
    tokens: RefCell<Arc<Tokens>>,
    verifying: Semaphore,
    open: Cell<u32>,
    before_hello: Cell<u32>,
    by_address: RefCell<BTreeMap<IpAddr, u32>>,
    failed: RefCell<BTreeMap<IpAddr, (u32, Instant)>>,
}

/// A place among the connections; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    common: Rc<super::Common>,
    address: Option<IpAddr>,
    before_hello: bool,
}

impl Gate {
    pub(crate) fn new(tokens: Tokens) -> Self {
        Self {
            tokens: RefCell::new(Arc::new(tokens)),
            verifying: Semaphore::new(VERIFICATIONS_AT_ONCE),
            open: Cell::new(0),
            before_hello: Cell::new(0),
            by_address: RefCell::default(),
            failed: RefCell::default(),
        }
    }

    /// From now on these are the tokens.
    pub(crate) fn set_tokens(&self, tokens: Tokens) {
        *self.tokens.borrow_mut() = Arc::new(tokens);
    }

    fn failed_delay(&self, address: Option<IpAddr>) -> Duration {
        let Some(address) = address else { return FAILED_DELAY_FIRST };
        let mut failed = self.failed.borrow_mut();
        let now = Instant::now();
        failed.retain(|_, (_, last)| now.duration_since(*last) < FAILED_FORGOTTEN_AFTER);
        if failed.len() >= FAILED_ADDRESSES_MAX && !failed.contains_key(&address) {
            let quiet = failed.iter().min_by_key(|(_, (_, last))| *last).map(|(&quiet, _)| quiet);
            quiet.and_then(|quiet| failed.remove(&quiet));
        }
        let entry = failed.entry(address).or_insert((0, now));
        *entry = (entry.0 + 1, now);
        let times = entry.0;
        let delay = FAILED_DELAY_FIRST * 2_u32.saturating_pow((times - 1).min(10));
        tracing::warn!(%address, times, "a token was refused");
        delay.min(FAILED_DELAY_MAX)
    }
}

impl Place {
    /// A place for a new connection, or why there is none.
    pub(crate) fn take(common: &Rc<super::Common>, peer: Peer) -> Result<Self, ErrorBody> {
        let limits: Limits = common.core.borrow().config().limits;
        let gate = &common.gate;
        let full = |what: &str| {
            let error =
                ErrorBody::new(Kind::Overloaded, format!("as many connections {what} as may"));
            Err(error.field("connections"))
        };
        if gate.open.get() >= limits.connections {
            return full("are open");
        }
        if gate.before_hello.get() >= limits.connections_before_hello {
            return full("have not said `hello`");
        }
        let address = match peer {
            Peer::Address(address) => Some(address),
            _ => None,
        };
        if let Some(address) = address {
            let mut by_address = gate.by_address.borrow_mut();
            let count = by_address.entry(address).or_insert(0);
            if *count >= limits.connections_before_hello_per_address {
                return full("of this address have not said `hello`");
            }
            *count += 1;
        }
        gate.open.set(gate.open.get() + 1);
        gate.before_hello.set(gate.before_hello.get() + 1);
        Ok(Self { common: Rc::clone(common), address, before_hello: true })
    }

    /// It has said `hello`.
    fn greeted(&mut self) {
        if !std::mem::take(&mut self.before_hello) {
            return;
        }
        let gate = &self.common.gate;
        gate.before_hello.set(gate.before_hello.get() - 1);
        if let Some(address) = self.address {
            let mut by_address = gate.by_address.borrow_mut();
            if let Some(count) = by_address.get_mut(&address) {
                *count -= 1;
                if *count == 0 {
                    by_address.remove(&address);
                }
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.greeted();
        let open = &self.common.gate.open;
        open.set(open.get() - 1);
    }
}

impl Session {
    /// Handles `hello`: proves who it is, then lets it in.
    pub(super) async fn hello(&mut self, id: &Id, params: Hello) {
        let done = match self.prove(&params).await {
            Ok(identity) => {
                let mut core = self.common.core.borrow_mut();
                self.out.set_binary(params.enc.as_deref() == Some(BINARY));
                core.hello(self.id, id, &identity, params.resume.as_ref(), &self.out)
            }
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => {
                self.greeted = true;
                self.place.greeted();
                self.lease = params.lease_ms.map(Duration::from_millis);
                self.behind = true;
                self.decoder.set_limit(acd_proto::FRAME_BYTES_MAX);
                if self.out.is_binary() {
                    self.decoder.allow_binary();
                }
                self.heard_at = Instant::now();
            }
            Err(error) => {
                self.out.set_binary(self.greeted && self.out.is_binary());
                let wrong_token = error.data.kind == Kind::BadToken;
                self.refuse(id, &error);
                if wrong_token {
                    self.out.close(None, false);
                }
            }
        }
    }

    /// Who the connection is, once everything about its `hello` is right.
    async fn prove(&self, params: &Hello) -> Result<Identity, ErrorBody> {
        if self.greeted {
            return Err(ErrorBody::new(Kind::HelloFirst, "`hello` was said already"));
        }
        let identity = identity(params)?;
        if self.peer.is_trusted() {
            return Ok(identity);
        }
        let Some(token) = params.token.clone() else {
            let error = ErrorBody::new(Kind::BadToken, "a token is needed here").field("token");
            return Err(error.expected("one of `acd token new`"));
        };
        let gate = &self.common.gate;
        let permit = gate.verifying.acquire().await;
        let tokens = Arc::clone(&gate.tokens.borrow());
        let (role, name) = (identity.role, Arc::clone(&identity.name));
        let verify = move || {
            tokens.verify(&token).is_some_and(|entry| entry.role == role && *entry.name == *name)
        };
        // Hashing takes long on purpose; the core's thread goes on meanwhile.
        if tokio::task::spawn_blocking(verify).await.unwrap_or(false) {
            return Ok(identity);
        }
        drop(permit);
        let address = match self.peer {
            Peer::Address(address) => Some(address),
            _ => None,
        };
        tokio::time::sleep(gate.failed_delay(address)).await;
        Err(ErrorBody::new(Kind::BadToken, "the token is wrong, or not for this role and name"))
    }
}

/// What a `hello` claims, where its form is right.
fn identity(params: &Hello) -> Result<Identity, ErrorBody> {
    let wrong = |field: &str, got: String, expected: String| {
        let message = format!("`{field}` is not {expected}");
        Err(ErrorBody::new(Kind::BadParams, message).field(field).got(got).expected(expected))
    };
    if let Some(proto) = params.proto.filter(|&proto| proto != PROTOCOL_VERSION) {
        return wrong("proto", proto.to_string(), PROTOCOL_VERSION.to_string());
    }
    if let Some(enc) = params.enc.as_deref().filter(|&enc| enc != "json" && enc != BINARY) {
        return wrong("enc", enc.chars().take(64).collect(), format!("json or {BINARY}"));
    }
    if let Some(ms) = params.lease_ms.filter(|ms| !(LEASE_MS_MIN..=LEASE_MS_MAX).contains(ms)) {
        return wrong("lease_ms", ms.to_string(), format!("{LEASE_MS_MIN} to {LEASE_MS_MAX}"));
    }
    let Some(role) = params.role else {
        let roles = Role::ALL.map(Role::name).join(", ");
        let error = ErrorBody::new(Kind::BadParams, "`role` is missing").field("role");
        return Err(error.expected(roles));
    };
    let needs_name = matches!(role, Role::Frontend | Role::Agent | Role::Widget);
    let name = match params.name.as_deref() {
        Some(name) => name,
        None if needs_name => {
            let error = ErrorBody::new(Kind::BadParams, "`name` is missing").field("name");
            return Err(error.expected("who this is"));
        }
        None => role.name(),
    };
    if name.is_empty() || name.len() > TEXT_BYTES_MAX || name.contains(char::is_control) {
        let got = name.chars().take(64).collect();
        let expected = format!("text of 1 to {TEXT_BYTES_MAX} bytes without control characters");
        return wrong("name", got, expected);
    }
    Ok(Identity { role, name: name.into() })
}
