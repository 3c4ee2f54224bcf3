//! What made a decision due.

use acd_core::explain::View;
use acd_core::{AgentId, Command, ContactId, Effect};

use super::words;

/// The command, in words; of a tick what it did to the contact, or to the agent, before it offered
/// the one to the other.
pub(super) fn because(
    command: Option<&Command>,
    before: &[Effect],
    (contact, agent): (ContactId, AgentId),
    view: &dyn View,
) -> String {
    let due = match command {
        Some(Command::Tick) => {
            before.iter().rev().find_map(|effect| deadline(effect, (contact, agent), view))
        }
        _ => None,
    };
    due.or_else(|| command.map(|command| words::command(command, view))).unwrap_or_default()
}

/// What was due, where it is about one of them.
fn deadline(
    effect: &Effect,
    (contact, agent): (ContactId, AgentId),
    view: &dyn View,
) -> Option<String> {
    let own = words::contact(contact);
    match *effect {
        Effect::WrapUpOver { agent: of, contact: held, .. } if of == agent => {
            Some(format!("the wrap-up of {} was over", words::contact(held)))
        }
        Effect::AgentState { agent: of, .. } if of == agent => {
            Some(format!("the pause of {} was over", words::agent(view, of)))
        }
        Effect::StepReached { contact: of, step } if of == contact => {
            Some(format!("{own} came to its step {}", u16::from(step) + 1))
        }
        Effect::Promoted { contact: of, .. } if of == contact => {
            Some(format!("{own} rose a band by age"))
        }
        Effect::PreferenceEnded { contact: of } if of == contact => {
            Some(format!("others than those preferred might take {own}"))
        }
        Effect::Requeued { contact: of, .. } if of == contact => {
            Some(format!("{own} waited again"))
        }
        _ => None,
    }
}
