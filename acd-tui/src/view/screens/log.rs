//! Everything that happened since the screen was opened, newest first: the whole height for it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::view::{Scene, events};

pub(in crate::view) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    events::draw(scene, area, buffer);
}
