//! The terminal taken, and given back as it was: at the end, after a panic, for a suspension.

use std::io::{self, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use crossterm::execute;
use crossterm::style::{ContentStyle, PrintStyledContent, StyledContent};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::backend::{CrosstermBackend, IntoCrossterm};
use ratatui::buffer::Buffer;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

/// Whether the process has the terminal: known to the panic hook too.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours. Dropped, it is given back.
pub struct Terminal {
    frames: ratatui::Terminal<CrosstermBackend<Stdout>>,
    /// The newest frame.
    last: Option<Buffer>,
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal: raw mode, the alternate screen, the mouse where it is wanted. A panic
    /// will give it back first.
    pub fn take(mouse: bool) -> io::Result<Self> {
        give_back_on_panic();
        let mut screen = Self { frames: whole()?, last: None, mouse };
        screen.take_again()?;
        Ok(screen)
    }

    /// Takes it after [`Terminal::give_back`]; the next frame is drawn whole.
    pub fn take_again(&mut self) -> io::Result<()> {
        IS_TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, Hide, Clear(ClearType::All))?;
        if self.mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        // Not cleared but made anew: clearing asks the terminal where its cursor is, and the
        // answer could be taken for keys.
        self.frames = whole()?;
        Ok(())
    }

    /// Gives it back as it was.
    pub fn give_back(&self) -> io::Result<()> {
        give_back()
    }

    /// Draws a frame; only what differs from the last one is written.
    pub fn draw(&mut self, view: impl FnOnce(&mut ratatui::Frame<'_>)) -> io::Result<()> {
        let frame = self.frames.draw(view)?;
        self.last = Some(frame.buffer.clone());
        Ok(())
    }

    /// Hands a text to the terminal's clipboard (OSC 52), encoded, so that nothing in it is read
    /// as a command.
    pub fn copy(&self, text: &str) -> io::Result<()> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Rings.
    pub fn ring(&self) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(b"\x07")?;
        out.flush()
    }

    /// Gives the terminal back and leaves the newest frame on it.
    pub fn leave_frame(self) -> io::Result<()> {
        self.give_back()?;
        match &self.last {
            Some(buffer) => print(buffer, &mut io::stdout().lock()),
            None => Ok(()),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nobody is left to be told that the terminal is gone.
        drop(self.give_back());
    }
}

/// A terminal of which nothing is drawn yet.
fn whole() -> io::Result<ratatui::Terminal<CrosstermBackend<Stdout>>> {
    ratatui::Terminal::new(CrosstermBackend::new(io::stdout()))
}

/// Gives it back, once: said again, leaving the alternate screen would put the cursor where it was
/// before, over what has been printed since.
fn give_back() -> io::Result<()> {
    if !IS_TAKEN.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    let raw = disable_raw_mode();
    // The mouse too, whether or not it was taken: a panic does not know.
    execute!(io::stdout(), DisableMouseCapture, LeaveAlternateScreen, Show)?;
    raw
}

/// A panic's message must be readable, so the terminal is given back before it is printed.
fn give_back_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            drop(give_back());
            before(info);
        }));
    });
}

/// Prints a frame as lines of text in its styles.
fn print(buffer: &Buffer, out: &mut impl Write) -> io::Result<()> {
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut run = (Style::default(), String::new());
        let mut x = buffer.area.left();
        while x < buffer.area.right() {
            let cell = &buffer[(x, y)];
            if cell.style() != run.0 {
                print_run(&run, out)?;
                run = (cell.style(), String::new());
            }
            run.1.push_str(cell.symbol());
            x += cell.symbol().width().max(1) as u16;
        }
        print_run(&run, out)?;
        out.write_all(b"\r\n")?;
    }
    out.flush()
}

fn print_run((style, text): &(Style, String), out: &mut impl Write) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let plain = style.fg.is_none_or(|fg| fg == ratatui::style::Color::Reset)
        && style.add_modifier.is_empty();
    if plain {
        return out.write_all(text.as_bytes());
    }
    let style: ContentStyle = style.into_crossterm();
    crossterm::queue!(out, PrintStyledContent(StyledContent::new(style, text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Modifier;

    #[test]
    fn a_frame_is_left_as_lines() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 2));
        buffer.set_string(0, 0, "李b", Style::new());
        buffer.set_string(0, 1, "ab", Style::new().add_modifier(Modifier::BOLD));
        let mut out = Vec::new();
        print(&buffer, &mut out).expect("a vector takes everything");
        let text = String::from_utf8(out).expect("text");
        assert!(text.starts_with("李b   \r\n"), "{text:?}");
        assert!(text.contains("ab") && text.ends_with("    \r\n"), "{text:?}");
    }
}
