//! All queues, the agents, what happened.
//!
//! ```text
//! ┌ queues ─────────────────────────────────────────────────────────────────────────────────────┐
//! │  QUEUE  │ NOW WAIT LONGEST EWT RDY BUSY WRAP AUX │15m SL ASA ABN% OFFD │TODAY SL │ DEPTH     │
//! │  …      │                                        │                     │         │           │
//! │  TOTAL  │                                        │                     │         │           │
//! └─────────────────────────────────────────────────────────────────────────────────────────────┘
//! ┌ waiting (from 120 columns) ────────────────┐┌ agents ────────────────────────────────────────┐
//! └────────────────────────────────────────────┘└────────────────────────────────────────────────┘
//! ┌ events: what is left of the height ─────────────────────────────────────────────────────────┐
//! └─────────────────────────────────────────────────────────────────────────────────────────────┘
//! ┌ engine (one line without a frame below 120x36) ─────────────────────────────────────────────┐
//! └─────────────────────────────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::view::{Room, Scene, agents, engine, events, queues, rows_of_queues, waiting};

pub(in crate::view) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let compact = scene.room == Room::Compact;
    let (middle, engine) = match (compact, scene.tight) {
        (true, true) => (1, 1),
        (true, false) => (3, 1),
        (false, true) => (7, 1),
        (false, false) => (7, 3),
    };
    let queues = rows_of_queues(scene.lines.len());
    let events_least = 4;
    let room = area.height.saturating_sub(middle + events_least + engine);
    let [queues, middle, events, engine] = Layout::vertical([
        Constraint::Length(queues.min(room)),
        Constraint::Length(middle),
        Constraint::Min(events_least),
        Constraint::Length(engine),
    ])
    .areas(area);
    queues::draw(scene, queues, buffer);
    if compact {
        agents::draw(scene, middle, buffer);
    } else {
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(45), Constraint::Percentage(55)])
                .areas(middle);
        waiting::draw(scene, left, buffer);
        agents::draw(scene, right, buffer);
    }
    events::draw(scene, events, buffer);
    engine::draw(scene, engine, buffer);
}
