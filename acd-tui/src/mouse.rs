//! What becomes of the model when the mouse does something, where the user asked for a mouse.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use crate::model::{Model, Overlay};
use crate::press;
use crate::update::Next;

/// The wheel moves the cursor; a click goes to a screen, stands on a row, or opens it when the
/// cursor stands there already.
pub(crate) fn mouse(model: &mut Model, event: MouseEvent) -> Next {
    if model.overlay != Overlay::None {
        return Next::Keep;
    }
    match event.kind {
        MouseEventKind::ScrollDown => press::select(model, |at, _| at.map_or(0, |at| at + 1)),
        MouseEventKind::ScrollUp => press::select(model, |at, _| at.unwrap_or(0).saturating_sub(1)),
        MouseEventKind::Down(MouseButton::Left) => return click(model, event.column, event.row),
        _ => return Next::Keep,
    }
    Next::Draw
}

fn click(model: &mut Model, x: u16, y: u16) -> Next {
    let tab =
        model.places.tabs.iter().find(|(row, from, to, _)| *row == y && (*from..=*to).contains(&x));
    if let Some((.., screen)) = tab.copied() {
        press::go(model, screen);
        return Next::Draw;
    }
    let Some((top, bottom, first)) =
        model.places.rows.filter(|(top, bottom, _)| (*top..=*bottom).contains(&y))
    else {
        return Next::Keep;
    };
    debug_assert!(top <= bottom, "rows stand below one another");
    let name = press::names(model).into_iter().nth(first + usize::from(y - top));
    match name {
        None => return Next::Keep,
        Some(name) if model.list().selected.as_ref() == Some(&name) => press::open(model),
        name => model.list_mut().selected = name,
    }
    Next::Draw
}
