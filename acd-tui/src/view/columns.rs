//! The columns of the table of queues: what each shows, how wide, in which layout. The terminal
//! and `acd top --once` draw the same ones.

use super::Room;
use super::table::{self, Cell};
use crate::format::{count, duration_or_dash, percent, share};
use crate::judge::Severity;
use crate::rows::QueueLine;
use crate::safe;
use crate::theme::{Theme, Tone};
use crate::window::Window;

/// A column of the table of queues.
pub type Column = table::Column<QueueLine>;

/// The columns after the marker for a table of `width` columns. What is left over goes to the
/// names, then to the depth.
pub fn columns(room: Room, width: usize, window: Window) -> Vec<Column> {
    let mut columns = match room {
        Room::Compact => compact(),
        Room::Wide => wide(window),
        Room::Wider => wider(window),
    };
    let dividers = columns.iter().filter(|column| column.divided).count();
    let taken: usize = columns.iter().map(|column| column.width).sum::<usize>() + dividers;
    let mut left = width.saturating_sub(taken);
    let for_name = left.min(NAME_MOST - columns[0].width);
    columns[0].width += for_name;
    left -= for_name;
    if let Some(depth) = columns.last_mut() {
        depth.width += left;
    }
    columns
}

/// The widest that names get.
const NAME_MOST: usize = 32;

fn compact() -> Vec<Column> {
    vec![
        Column::new("QUEUE", 16, name).left(),
        Column::new("WAIT", 5, waiting),
        Column::new("LONGEST", 8, longest),
        Column::new("EWT", 7, ewt),
        Column::new("RDY/ON", 8, ready_of),
        Column::new("SL /GOAL", 11, level),
        Column::new("ABN%", 6, abandoned),
        Column::new("  TREND 15m", 15, depth).left(),
    ]
}

fn wide(window: Window) -> Vec<Column> {
    let mut columns = vec![Column::new("QUEUE", 17, name).left()];
    columns.extend(now());
    columns.extend([
        Column::new(window.level_heading(), 12, level).divided(),
        Column::new("ASA", 5, asa),
        Column::new("ABN%", 6, abandoned),
        Column::new("OFFD", 6, offered),
        Column::new("TODAY SL", 9, level_today).divided(),
        Column::new(" DEPTH, 15m", 16, depth).divided().left(),
    ]);
    columns
}

fn wider(window: Window) -> Vec<Column> {
    let mut columns = vec![Column::new("QUEUE", 24, name).left()];
    columns.extend(now());
    columns.extend([
        Column::new(window.level_heading(), 13, level).divided(),
        Column::new("ASA", 7, asa),
        Column::new("ABN%", 7, abandoned),
        Column::new("OFFD", 7, offered),
        Column::new("ANSW", 7, answered),
        Column::new("FLOW", 6, flow_out),
        Column::new("TODAY SL", 9, level_today).divided(),
        Column::new("ASA", 7, asa_today),
        Column::new("ABN%", 7, abandoned_today),
        Column::new("OFFD", 7, offered_today),
        Column::new("ANSW", 7, answered_today),
        Column::new(" DEPTH, 15 MIN", 18, depth).divided().left(),
    ]);
    columns
}

fn now() -> [Column; 7] {
    [
        Column::new("NOW WAIT", 9, waiting).divided(),
        Column::new("LONGEST", 8, longest),
        Column::new("EWT", 6, ewt),
        Column::new("RDY", 4, ready),
        Column::new("BUSY", 5, |line, _, _| Cell::number(line.busy.into())),
        Column::new("WRAP", 5, |line, _, _| Cell::number(line.wrap_up.into())),
        Column::new("AUX", 4, |line, _, _| Cell::number(line.not_ready.into())),
    ]
}

fn name(line: &QueueLine, theme: &Theme, width: usize) -> Cell {
    let tone = if line.severity == Severity::Calm && line.target.is_none() {
        Tone::Strong
    } else {
        line.severity.into()
    };
    if line.open {
        return Cell::new(line.name.clone(), tone);
    }
    let closed = " closed";
    let short = safe::cut(&line.name, width.saturating_sub(closed.len()), theme.glyphs.ellipsis);
    Cell { text: short, tone, beside: closed.into() }
}

fn waiting(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    let n = u64::from(line.waiting);
    Cell::new(count(n), if n == 0 { Tone::Dim } else { Tone::Strong })
}

/// Goals differ from queue to queue, so a total has no longest wait that says anything.
fn longest(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    if line.target.is_none() {
        return Cell::new(String::new(), Tone::Dim);
    }
    let cell = Cell::dashed(duration_or_dash(line.longest_ms));
    match line.wait_severity {
        Severity::Calm => cell,
        severity => Cell { tone: severity.into(), ..cell },
    }
}

fn ewt(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    if line.target.is_none() {
        return Cell::new(String::new(), Tone::Dim);
    }
    let cell = Cell::dashed(duration_or_dash(line.ewt_ms));
    // Where nobody waits it tells of a contact that is not there.
    if line.waiting == 0 { Cell { tone: Tone::Dim, ..cell } } else { cell }
}

/// Nobody ready while somebody waits stands out; nobody ready else is ordinary.
fn ready(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    let tone = match (line.ready, line.waiting) {
        (0, 0) => Tone::Dim,
        (0, _) => Tone::Strong,
        _ => Tone::Plain,
    };
    Cell::new(count(line.ready.into()), tone)
}

fn ready_of(line: &QueueLine, theme: &Theme, width: usize) -> Cell {
    let ready = ready(line, theme, width);
    Cell { text: format!("{}/{}", ready.text, count(line.signed_in().into())), ..ready }
}

/// The level, a mark when it is below its target, and the target beside it.
fn level(line: &QueueLine, theme: &Theme, _: usize) -> Cell {
    let missed = line.level_severity != Severity::Calm;
    let below = if missed { theme.glyphs.below } else { " " };
    let cell = Cell::dashed(percent(line.interval.service_level));
    let tone = if missed { line.level_severity.into() } else { cell.tone };
    let target = line.target.map(|target| format!("/{target:.0}")).unwrap_or_default();
    Cell { text: cell.text + below, tone, beside: format!("{target:<5}") }
}

fn asa(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    Cell::dashed(duration_or_dash(line.interval.asa_ms))
}

fn abandoned(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    Cell::dashed(share(line.interval.abandoned, line.interval.offered))
}

fn offered(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    Cell::number(line.interval.offered)
}

fn answered(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    Cell::number(line.interval.answered)
}

fn flow_out(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    Cell::number(line.interval.flow_out)
}

fn level_today(line: &QueueLine, theme: &Theme, _: usize) -> Cell {
    let cell = Cell::dashed(percent(line.today.service_level));
    let missed = match (line.today.service_level, line.target) {
        (Some(level), Some(target)) => level < target,
        _ => false,
    };
    Cell { text: cell.text + if missed { theme.glyphs.below } else { " " }, ..cell }
}

fn asa_today(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    Cell::dashed(duration_or_dash(line.today.asa_ms))
}

fn abandoned_today(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    Cell::dashed(share(line.today.abandoned, line.today.offered))
}

fn offered_today(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    Cell::number(line.today.offered)
}

fn answered_today(line: &QueueLine, _: &Theme, _: usize) -> Cell {
    Cell::number(line.today.answered)
}

fn depth(line: &QueueLine, theme: &Theme, width: usize) -> Cell {
    let lead = if width > 15 { " " } else { "  " };
    let spark = theme.sparkline(&line.depth, width.saturating_sub(lead.len() + 1));
    Cell::new(format!("{lead}{spark}"), Tone::Bar)
}
