//! The live screen: terminal, keys, signals and the server brought to one loop.
//!
//! A frame is drawn only when something changed, and at most ten times a second.

use std::io::{self, IsTerminal};
use std::time::Duration;

use acd_client::ClientError;
use acd_proto::Address;
use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::message::Message;
use crate::model::Model;
use crate::terminal::Screen;
use crate::theme::Theme;
use crate::update::{Next, update};
use crate::{source, view};

/// The least time between two frames.
const FRAME_EVERY: Duration = Duration::from_millis(100);
/// How often the model is told that time passes.
const TICK_EVERY: Duration = Duration::from_millis(250);
/// Messages of the server that wait to be taken.
const MESSAGES_MAX: usize = 1_024;
/// Messages taken before keys are looked at again.
const BATCH_MAX: usize = 256;
/// `SIGTSTP`: stop, asked for from outside.
const SIGTSTP: i32 = 20;

/// What to watch, and how it looks.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the server is.
    pub address: Address,
    /// Who watches.
    pub client: acd_client::Options,
    /// Whether colours may be used.
    pub colour: bool,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The user left.
    Quit,
    /// A signal of this number came.
    Signal(i32),
}

/// Why it failed.
#[derive(Debug, thiserror::Error)]
pub enum TopError {
    /// Input or output is no terminal.
    #[error("this is no terminal; try acd top --once")]
    NoTerminal,
    /// The terminal failed.
    #[error("the terminal: {0}")]
    Terminal(#[from] io::Error),
    /// The server refused.
    #[error(transparent)]
    Server(#[from] ClientError),
}

/// Shows the screen until the user leaves or a signal comes. The terminal is given back however
/// it ends. Needs a tokio runtime with time, IO and signals.
pub async fn run(options: Options) -> Result<End, TopError> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(TopError::NoTerminal);
    }
    let mut signals = Signals::new()?;
    let model = Model::new(&options.address.to_string());
    let theme = Theme::new(options.colour, options.ascii);
    let (sender, messages) = mpsc::channel(MESSAGES_MAX);
    let mut source = tokio::spawn(source::follow(options.address, options.client, sender));
    let screen = Screen::take()?;
    let mut top = Top { model, theme, screen, messages, began: Instant::now() };
    let ended = tokio::select! {
        ended = top.follow(&mut signals) => ended,
        ended = &mut source => match ended {
            Ok(Err(why)) => Err(why.into()),
            Ok(Ok(())) => Ok((End::Quit, false)),
            Err(panicked) => Err(io::Error::other(panicked).into()),
        },
    };
    source.abort();
    let (end, keep_frame) = ended?;
    if keep_frame {
        top.screen.leave_frame()?;
    }
    Ok(end)
}

struct Top {
    model: Model,
    theme: Theme,
    screen: Screen,
    messages: mpsc::Receiver<Message>,
    began: Instant,
}

impl Top {
    /// Until it ends; says whether the last frame is to stay.
    async fn follow(&mut self, signals: &mut Signals) -> Result<(End, bool), TopError> {
        let mut keys = EventStream::new();
        let mut clock = interval(TICK_EVERY);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut due = Some(Instant::now());
        let mut drawn = Instant::now() - FRAME_EVERY;
        loop {
            let draw_at = due.map(|due| due.max(drawn + FRAME_EVERY));
            let next = tokio::select! {
                biased;
                ended = signals.next() => match ended {
                    Some(number) => return Ok((End::Signal(number), false)),
                    None => Next::Suspend,
                },
                key = keys.next() => match key {
                    Some(event) => self.terminal_event(&event?),
                    None => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                },
                () = sleep_until(draw_at.unwrap_or(drawn)), if draw_at.is_some() => {
                    self.screen.draw(|frame| view::draw(&self.model, &self.theme, frame))?;
                    drawn = Instant::now();
                    due = None;
                    Next::Keep
                }
                message = self.messages.recv() => self.server_messages(message),
                _ = clock.tick() => self.tell(Message::Tick),
            };
            match next {
                Next::Keep => {}
                Next::Draw => due = due.or_else(|| Some(Instant::now())),
                Next::Quit { keep_frame } => return Ok((End::Quit, keep_frame)),
                Next::Suspend => {
                    // Its thread must not read what is typed to the shell meanwhile.
                    drop(keys);
                    self.suspend()?;
                    keys = EventStream::new();
                    due = Some(Instant::now());
                }
            }
        }
    }

    fn tell(&mut self, message: Message) -> Next {
        update(&mut self.model, self.began.elapsed(), message)
    }

    fn terminal_event(&mut self, event: &Event) -> Next {
        match event {
            Event::Key(key) => self.tell(Message::Key(*key)),
            Event::Resize(..) => self.tell(Message::Resized),
            _ => Next::Keep,
        }
    }

    /// Takes the message and some of those that wait behind it.
    fn server_messages(&mut self, first: Option<Message>) -> Next {
        let mut next = Next::Keep;
        let mut message = first;
        for left in (0..BATCH_MAX).rev() {
            let Some(taken) = message else { break };
            if self.tell(taken) == Next::Draw {
                next = Next::Draw;
            }
            message = if left > 0 { self.messages.try_recv().ok() } else { None };
        }
        next
    }

    /// Gives the terminal back, stops until the shell goes on, and takes it again.
    fn suspend(&mut self) -> io::Result<()> {
        self.screen.give_back()?;
        nix::sys::signal::raise(nix::sys::signal::Signal::SIGSTOP)?;
        self.screen.take_again()?;
        self.tell(Message::Resized);
        Ok(())
    }
}

/// Signals from outside. Raw mode turns the keyboard's into keys.
struct Signals {
    ends: [(Signal, i32); 3],
    stop: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let end = |kind: SignalKind| Ok::<_, io::Error>((signal(kind)?, kind.as_raw_value()));
        Ok(Self {
            ends: [
                end(SignalKind::terminate())?,
                end(SignalKind::interrupt())?,
                end(SignalKind::hangup())?,
            ],
            stop: signal(SignalKind::from_raw(SIGTSTP))?,
        })
    }

    /// The number of one that ends the program, or none when it is to stop for a while.
    async fn next(&mut self) -> Option<i32> {
        let [(terminate, a), (interrupt, b), (hangup, c)] = &mut self.ends;
        tokio::select! {
            _ = terminate.recv() => Some(*a),
            _ = interrupt.recv() => Some(*b),
            _ = hangup.recv() => Some(*c),
            _ = self.stop.recv() => None,
        }
    }
}
