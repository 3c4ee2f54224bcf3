//! Keys while the menu of acts or a form is shown.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Act, Form, Outcome, Says, Stage, about, forbidden};
use crate::ask::Ask;
use crate::model::{Model, Overlay};
use crate::update::Next;

/// Opens the form of an act on what the cursor stands on, or says why not.
pub(crate) fn open(model: &mut Model, act: Act) {
    let about = about(model);
    let opened = match forbidden(model) {
        Some(why) => Err(why),
        None if !act.suits(&about) => {
            Err(format!("to {}: the cursor stands on none (j and k)", act.title()))
        }
        None => {
            model.acts += 1;
            let idem = format!("{}-{}", model.session, model.acts);
            Form::new(act, about, model, idem)
        }
    };
    match opened {
        Ok(form) => model.overlay = Overlay::Act(Box::new(form)),
        Err(why) => {
            model.overlay = Overlay::None;
            model.complaint = Some(why);
        }
    }
}

/// A key while the menu of acts or a form is shown.
pub(crate) fn key(model: &mut Model, event: KeyEvent) -> Next {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    if control && event.code == KeyCode::Char('c') {
        return Next::Quit { keep_frame: false };
    }
    match &mut model.overlay {
        Overlay::Acts => match event.code {
            KeyCode::Char(letter) => match Act::of_letter(letter) {
                Some(act) => open(model, act),
                None => model.overlay = Overlay::None,
            },
            _ => model.overlay = Overlay::None,
        },
        Overlay::Act(form) => match form.stage {
            Stage::Filling => return fill(model, event.code, control),
            Stage::Sure => match event.code {
                KeyCode::Char('y' | 'Y') | KeyCode::Enter => send(model),
                _ => (form.stage, form.says) = (Stage::Filling, Says::Unasked),
            },
            // The answer comes, whether or not somebody waits for it.
            Stage::Sent if event.code == KeyCode::Esc => model.overlay = Overlay::None,
            Stage::Sent => return Next::Keep,
            Stage::Over(Outcome::Unknown(_)) if event.code == KeyCode::Char('r') => send(model),
            Stage::Over(_) => model.overlay = Overlay::None,
        },
        _ => return Next::Keep,
    }
    Next::Draw
}

fn fill(model: &mut Model, code: KeyCode, control: bool) -> Next {
    let Overlay::Act(form) = &mut model.overlay else { return Next::Keep };
    form.complaint = None;
    let at = form.at;
    let is_last = at + 1 == form.fields.len();
    let value = &mut form.fields[at].value;
    match code {
        KeyCode::Esc => model.overlay = Overlay::None,
        KeyCode::Enter if is_last => finish(model),
        KeyCode::Enter | KeyCode::Tab | KeyCode::Down => step(form, true),
        KeyCode::BackTab | KeyCode::Up => step(form, false),
        KeyCode::Right => value.turn(true),
        KeyCode::Left => value.turn(false),
        KeyCode::Backspace => value.pop(),
        KeyCode::Char('u') if control => value.clear(),
        KeyCode::Char(c) if !control && !c.is_control() => value.push(c),
        _ => return Next::Keep,
    }
    Next::Draw
}

/// To the next field that is asked for, or the one before; round and round.
fn step(form: &mut Form, forward: bool) {
    let n = form.fields.len();
    for _ in 0..n {
        form.at = (form.at + if forward { 1 } else { n - 1 }) % n;
        if form.asks(form.fields[form.at].name) {
            return;
        }
    }
}

/// Filled in: asks the server what would happen and the user once more, or goes to what is wrong.
fn finish(model: &mut Model) {
    let Overlay::Act(form) = &mut model.overlay else { return };
    match form.request() {
        Ok(request) => {
            form.stage = Stage::Sure;
            form.says = Says::Asked;
            let ask = Ask::Preview { request: Box::new(request), idem: form.idem.clone() };
            model.ask(ask);
        }
        Err((name, wrong)) => {
            form.complaint = Some(wrong);
            form.at = form.fields.iter().position(|field| field.name == name).unwrap_or(form.at);
        }
    }
}

fn send(model: &mut Model) {
    let why_not = forbidden(model);
    let Overlay::Act(form) = &mut model.overlay else { return };
    match (why_not, form.request()) {
        (Some(why), _) => {
            form.complaint = Some(why);
            if form.stage == Stage::Sure {
                form.stage = Stage::Filling;
            }
        }
        (None, Ok(request)) => {
            form.stage = Stage::Sent;
            form.complaint = None;
            let ask = Ask::Act { request: Box::new(request), idem: form.idem.clone() };
            model.ask(ask);
        }
        (None, Err((_, wrong))) => form.complaint = Some(wrong),
    }
}
