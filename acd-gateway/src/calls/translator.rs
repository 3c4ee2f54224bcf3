//! One exchange's own events and commands around the calls.

use std::fmt;

use acd_proto::reply::ContactResult;
use acd_proto::snapshot::ContactRow;
use acd_proto::{ErrorBody, Event, Request};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Board, Command, Means, Todo};
use crate::Id;

/// What an exchange says, and what it is told.
pub trait Exchange {
    /// What it says.
    type Said: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned;
    /// What it is told; shown as it is written.
    type Told: Clone + fmt::Debug + PartialEq + fmt::Display;

    /// What it can do.
    const MEANS: Means;

    /// A connection stands: what is asked first, so that it says who is there.
    fn begin(&mut self, out: &mut Vec<Self::Told>);

    /// Takes what it says, `now` in µs UTC.
    fn said(&mut self, now: u64, said: &Self::Said, board: &mut Board, out: &mut Vec<Self::Told>);

    /// Carries a command out.
    fn told(&mut self, now: u64, command: Command, board: &mut Board, out: &mut Vec<Self::Told>);

    /// Time has passed.
    fn tick(&mut self, now: u64, out: &mut Vec<Self::Told>);
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input<S> {
    /// A connection to the exchange stands.
    Begin,
    /// The exchange says something.
    Exchange(S),
    /// Time has passed.
    Tick,
    /// The server tells something.
    Acd(Box<Event>),
    /// The server's answer.
    Answered {
        /// To what.
        about: About,
        /// It.
        answer: Answer,
    },
    /// What the server has of this front end: requests are made from here on.
    ServerState {
        /// Its sequence of events.
        epoch: Id,
        /// The newest event in it.
        seq: u64,
        /// Its contacts.
        contacts: Vec<ContactRow>,
    },
    /// The server is gone. What was asked and not answered may or may not be done.
    ServerLost,
}

/// What must happen next.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<T> {
    /// The exchange is told something, in order.
    Exchange(T),
    /// The server is asked, in order.
    Ask {
        /// What.
        request: Box<Request>,
        /// Who wants the answer.
        about: About,
    },
}

/// Whose answer it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A new contact of this `ext`.
    New(Id),
    /// The answer of an offer to this `ext`.
    Answered {
        /// The call.
        ext: Id,
        /// The offer.
        offer: Id,
    },
    /// Nobody's: a refusal is logged.
    Nothing,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is done.
    Done(ContactResult),
    /// It is not.
    Refused(ErrorBody),
}

/// The whole translation of one exchange.
#[derive(Debug)]
pub struct Translator<X> {
    board: Board,
    exchange: X,
}

impl<X: Exchange> Translator<X> {
    /// One that knows no call.
    pub fn new(exchange: X) -> Self {
        Self { board: Board::new(X::MEANS), exchange }
    }

    /// How many callers are on the line.
    pub fn calls(&self) -> usize {
        self.board.calls()
    }

    /// Takes what happens, `now` in µs UTC, and appends what must happen next.
    pub fn take(&mut self, now: u64, input: &Input<X::Said>, out: &mut Vec<Output<X::Told>>) {
        let mut told = Vec::new();
        match input {
            Input::Exchange(said) => self.exchange.said(now, said, &mut self.board, &mut told),
            Input::Begin => self.exchange.begin(&mut told),
            Input::Tick => self.exchange.tick(now, &mut told),
            Input::Acd(event) => self.board.event(event),
            Input::Answered { about, answer } => self.board.reply(about, answer),
            Input::ServerState { epoch, seq, contacts } => {
                self.board.server_state(now, epoch, *seq, contacts);
            }
            Input::ServerLost => self.board.server_lost(),
        }
        out.extend(told.drain(..).map(Output::Exchange));
        // A command that cannot be carried out has more to do.
        loop {
            let todo = self.board.todo();
            if todo.is_empty() {
                return;
            }
            for todo in todo {
                match todo {
                    Todo::Ask { request, about } => out.push(Output::Ask { request, about }),
                    Todo::Exchange(command) => {
                        self.exchange.told(now, command, &mut self.board, &mut told);
                        out.extend(told.drain(..).map(Output::Exchange));
                    }
                }
            }
        }
    }
}
