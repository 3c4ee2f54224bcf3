//! The live screen: terminal, keys, signals and the server brought to one loop.
//!
//! A frame is drawn only when something changed, and at most ten times a second.

use std::io::{self, IsTerminal};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use acd_client::ClientError;
use acd_proto::Address;
use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::alerts::Thresholds;
use crate::ask::{ASKS_MAX, Ask};
use crate::keys::Keys;
use crate::message::Message;
use crate::model::{Model, Places};
use crate::record::{self, Recorder, ReplayError, Tape};
use crate::screen::Screen;
use crate::terminal::Terminal;
use crate::theme::{Palette, Theme};
use crate::update::{Next, update};
use crate::{source, view};

/// The least time between two frames.
const FRAME_EVERY: Duration = Duration::from_millis(100);
/// The most time between two frames, however long one takes to draw.
const FRAME_EVERY_AT_MOST: Duration = Duration::from_millis(500);
/// Frames are as far apart as so many take: a screen of thousands costs no more of a core than one
/// of a few.
const FRAMES_APART: u32 = 80;
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
    /// The colours.
    pub palette: Palette,
    /// Whether the user may change them; not where none are wanted.
    pub may_colour: bool,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// Whether what is critical rings.
    pub bell: bool,
    /// Whether acts are allowed.
    pub ops: bool,
    /// The screen shown first.
    pub screen: Screen,
    /// The queue of the queue screen.
    pub queue: Option<String>,
    /// What the keys do.
    pub keys: Keys,
    /// From which values on something is bad.
    pub thresholds: Thresholds,
    /// Where what the server says is kept.
    pub record: Option<PathBuf>,
    /// What is played instead of a server, and how many times as fast.
    pub replay: Option<(Tape, u32)>,
}

impl Options {
    /// As it is where nobody says otherwise.
    pub fn new(address: Address, client: acd_client::Options) -> Self {
        Self {
            address,
            client,
            palette: Palette::Default,
            may_colour: true,
            ascii: false,
            mouse: false,
            bell: false,
            ops: false,
            screen: Screen::Overview,
            queue: None,
            keys: Keys::default(),
            thresholds: Thresholds::default(),
            record: None,
            replay: None,
        }
    }

    /// The model that the screen begins with.
    pub fn model(&self) -> Model {
        let source = match &self.replay {
            Some((tape, _)) => tape.path().display().to_string(),
            None => self.address.to_string(),
        };
        let mut model = Model::new(&source);
        model.palette = self.palette;
        model.may_colour = self.may_colour;
        model.bell = self.bell;
        model.ops = self.ops && self.replay.is_none();
        model.replay = self.replay.is_some();
        model.screen = self.screen;
        model.queue.clone_from(&self.queue);
        model.keys = self.keys.clone();
        model.thresholds = self.thresholds.clone();
        model
    }
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
    /// The recording cannot be played.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The recording cannot be begun.
    #[error("{}: {source}", file.display())]
    Record {
        /// Where.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Shows the screen until the user leaves or a signal comes. The terminal is given back however
/// it ends. Needs a tokio runtime with time, IO and signals.
pub async fn run(options: Options) -> Result<End, TopError> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(TopError::NoTerminal);
    }
    let mut signals = Signals::new()?;
    let mut model = options.model();
    model.session = session();
    let recorder = match &options.record {
        Some(file) => Some(
            Recorder::new(file, &options.address.to_string())
                .map_err(|source| TopError::Record { file: file.clone(), source })?,
        ),
        None => None,
    };
    let (sender, messages) = mpsc::channel(MESSAGES_MAX);
    let (asks, asked) = mpsc::channel(ASKS_MAX);
    let screen = Terminal::take(options.mouse)?;
    let mut source = tokio::spawn(follow(options.clone(), asked, sender));
    let (began, ascii) = (Instant::now(), options.ascii);
    let mut top = Top { model, ascii, screen, messages, asks, recorder, began };
    let ended = tokio::select! {
        ended = top.follow(&mut signals) => ended,
        ended = &mut source => match ended {
            Ok(Err(why)) => Err(why),
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

/// What tells this program's acts from those of another, or of an earlier one.
fn session() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    format!("top-{}-{:x}", std::process::id(), since.unwrap_or_default().as_micros())
}

/// Messages from a server or from a recording.
async fn follow(
    options: Options,
    asked: mpsc::Receiver<Ask>,
    messages: mpsc::Sender<Message>,
) -> Result<(), TopError> {
    match options.replay {
        Some((tape, speed)) => {
            tokio::select! {
                played = record::replay(&tape, speed, messages.clone()) => Ok(played?),
                () = record::answer(&tape, asked, messages) => Ok(()),
            }
        }
        None => Ok(source::follow(options.address, options.client, asked, messages).await?),
    }
}

struct Top {
    model: Model,
    ascii: bool,
    screen: Terminal,
    messages: mpsc::Receiver<Message>,
    asks: mpsc::Sender<Ask>,
    recorder: Option<Recorder>,
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
        let mut apart = FRAME_EVERY;
        loop {
            let draw_at = due.map(|due| due.max(drawn + apart));
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
                    let begun = Instant::now();
                    self.draw()?;
                    drawn = Instant::now();
                    apart = ((drawn - begun) * FRAMES_APART).clamp(FRAME_EVERY, FRAME_EVERY_AT_MOST);
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

    fn draw(&mut self) -> io::Result<()> {
        let theme = Theme::new(self.model.palette, self.ascii);
        let mut places = Places::default();
        self.screen.draw(|frame| places = view::draw(&self.model, &theme, frame))?;
        self.model.places = places;
        Ok(())
    }

    fn tell(&mut self, message: Message) -> Next {
        let at = self.began.elapsed();
        if let Some(recorder) = &mut self.recorder
            && let Err(why) = recorder.write(at, &message)
        {
            self.recorder = None;
            self.model.complaint = Some(format!("recording ended: {why}"));
        }
        let next = update(&mut self.model, at, message);
        while let Some(ask) = self.model.asks.pop_front() {
            self.wish(ask);
        }
        next
    }

    /// Does what the model wants done outside, or has it done.
    fn wish(&mut self, ask: Ask) {
        let done = match ask {
            Ask::Copy(text) => self.screen.copy(&text).map(|()| None),
            Ask::Bell => self.screen.ring().map(|()| None),
            Ask::Save { name, text } => {
                save(Path::new(&name), &text).map(|()| Some(format!("written: {name}")))
            }
            ask => match self.asks.try_send(ask) {
                Ok(()) => Ok(None),
                Err(_) => Err(io::Error::other("too much is asked for at once")),
            },
        };
        match done {
            Ok(None) => {}
            Ok(said) => self.model.complaint = said,
            Err(why) => self.model.complaint = Some(why.to_string()),
        }
    }

    fn terminal_event(&mut self, event: &Event) -> Next {
        match event {
            Event::Key(key) => self.tell(Message::Key(*key)),
            Event::Mouse(event) => self.tell(Message::Mouse(*event)),
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

/// Writes a file that was not there before, its owner's alone: it may hold callers' numbers.
fn save(file: &Path, text: &str) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(file);
    io::Write::write_all(&mut file?, text.as_bytes())
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
