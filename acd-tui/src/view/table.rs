//! Tables: columns of cells, whatever their rows are.
//!
//! ```text
//! │  QUEUE            │NOW WAIT LONGEST   EWT RDY …
//! │■ water-emergency  │       7    2:14  0:50   0 …
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Scene, put};
use crate::format::count;
use crate::judge::Severity;
use crate::safe;
use crate::theme::{Theme, Tone};

/// A table's cell: a text, and a weaker one after it.
#[derive(Clone, Debug)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// In which tone.
    pub tone: Tone,
    /// What it is to be compared with.
    pub beside: String,
}

impl Cell {
    /// A text alone.
    pub const fn new(text: String, tone: Tone) -> Self {
        Self { text, tone, beside: String::new() }
    }

    /// A number that is unimportant when it is zero.
    pub fn number(n: u64) -> Self {
        Self::new(count(n), if n == 0 { Tone::Dim } else { Tone::Plain })
    }

    /// A text that is unimportant when it is a dash.
    pub fn dashed(text: String) -> Self {
        let tone = if text == "-" { Tone::Dim } else { Tone::Plain };
        Self::new(text, tone)
    }
}

/// One column.
#[derive(Debug)]
pub struct Column<T> {
    /// Its heading, which begins with its group's name in a group's first column.
    pub head: &'static str,
    /// Columns of the terminal, the space before it included.
    pub width: usize,
    /// Whether a divider stands before it.
    pub divided: bool,
    /// Whether texts begin at the left.
    pub left: bool,
    cell: fn(&T, &Theme, usize) -> Cell,
}

impl<T> Column<T> {
    /// A column `width` wide, texts at the right.
    pub const fn new(
        head: &'static str,
        width: usize,
        cell: fn(&T, &Theme, usize) -> Cell,
    ) -> Self {
        Self { head, width, divided: false, left: false, cell }
    }

    /// With a divider before it.
    #[must_use]
    pub const fn divided(mut self) -> Self {
        self.divided = true;
        self
    }

    /// With texts at the left.
    #[must_use]
    pub const fn left(mut self) -> Self {
        self.left = true;
        self
    }

    /// The cell of a row, exactly as wide as the column.
    pub fn cell(&self, line: &T, theme: &Theme) -> Cell {
        let mut cell = (self.cell)(line, theme, self.width);
        let columns = self.width.saturating_sub(safe::width(&cell.beside));
        cell.text = self.fit(&theme.text(&cell.text), columns, theme);
        cell
    }

    /// The heading, exactly as wide as the column.
    pub fn heading(&self, theme: &Theme) -> String {
        self.fit(self.head, self.width, theme)
    }

    fn fit(&self, text: &str, columns: usize, theme: &Theme) -> String {
        let fit = if self.left { safe::left } else { safe::right };
        fit(text, columns, theme.glyphs.ellipsis)
    }
}

/// Rows to draw, and what is known of them besides their cells.
pub(super) struct Table<'a, T> {
    pub(super) columns: Vec<Column<T>>,
    pub(super) rows: &'a [T],
    /// Where the cursor stands.
    pub(super) selected: Option<usize>,
    /// The mark before a row.
    pub(super) severity: fn(&T) -> Severity,
    /// Whether its rows can be clicked: those of the screen's own list.
    pub(super) clicked: bool,
}

impl<T> Table<'_, T> {
    /// The first row shown of `places`, so that the one the cursor stands on is.
    pub(super) fn first(&self, places: usize) -> usize {
        self.selected.map_or(0, |at| (at + 1).saturating_sub(places))
    }

    /// Which rows are shown, where not all of them are: ` 3-12 of 40`.
    pub(super) fn range(&self, places: usize) -> String {
        let (n, first) = (self.rows.len(), self.first(places));
        if n <= places {
            return String::new();
        }
        format!(" {}-{} of {n} (j/k for more)", first + 1, (first + places).min(n))
    }

    /// Draws the heading and as many rows as there is room for.
    pub(super) fn draw(&self, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        put(area, 0, self.heading(scene), buffer);
        let places = usize::from(area.height.saturating_sub(1));
        if self.clicked {
            let last = (self.rows.len() - self.first(places).min(self.rows.len())).min(places);
            scene.rows_at(area.y + 1, last, self.first(places));
        }
        let shown = self.rows.iter().enumerate().skip(self.first(places)).take(places);
        for (y, (at, row)) in (1..).zip(shown) {
            put(area, y, self.row(scene, row, self.selected == Some(at)), buffer);
        }
    }

    fn heading(&self, scene: &Scene<'_>) -> Vec<Span<'static>> {
        let mut spans = vec![scene.plain("  ")];
        for column in &self.columns {
            push_divider(scene, column.divided, &mut spans);
            spans.push(scene.strong(column.heading(scene.theme)));
        }
        spans
    }

    /// One row: its mark, its cells; the first one stands out where the cursor is.
    pub(super) fn row(&self, scene: &Scene<'_>, row: &T, selected: bool) -> Vec<Span<'static>> {
        let theme = scene.theme;
        let severity = (self.severity)(row);
        let marker = format!("{} ", theme.marker(severity));
        let mut spans = vec![Span::styled(marker, theme.style(severity.into()))];
        for (at, column) in self.columns.iter().enumerate() {
            push_divider(scene, column.divided, &mut spans);
            let cell = column.cell(row, theme);
            let style = theme.style(cell.tone);
            let style = if selected && at == 0 { style.patch(theme.selected()) } else { style };
            spans.push(Span::styled(cell.text, style));
            spans.push(Span::styled(cell.beside, theme.style(Tone::Dim)));
        }
        spans
    }
}

/// Gives what is left of `width` to the column at `at`.
pub(super) fn widen<T>(columns: &mut [Column<T>], at: usize, width: usize) {
    let dividers = columns.iter().filter(|column| column.divided).count();
    let taken: usize = columns.iter().map(|column| column.width).sum::<usize>() + dividers;
    columns[at].width += width.saturating_sub(taken);
}

fn push_divider(scene: &Scene<'_>, divided: bool, spans: &mut Vec<Span<'static>>) {
    if divided {
        spans.push(Span::styled(scene.theme.glyphs.divider, scene.theme.frame()));
    }
}
