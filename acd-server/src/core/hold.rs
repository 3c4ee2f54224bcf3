//! What may not leave yet: connections whose lines wait for the log's watermark.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::Core;
use crate::session::Out;

/// Connections that hold lines back, by the record that must be durable first.
#[derive(Debug, Default)]
pub(super) struct Holding(RefCell<VecDeque<(u64, Rc<Out>)>>);

impl Holding {
    /// This connection holds a line until that record is durable.
    fn remember(&self, gate: u64, out: &Rc<Out>) {
        let mut waiting = self.0.borrow_mut();
        debug_assert!(waiting.back().is_none_or(|(last, _)| *last <= gate), "records are in order");
        let known = waiting.back().is_some_and(|(at, last)| *at == gate && Rc::ptr_eq(last, out));
        if !known {
            waiting.push_back((gate, Rc::clone(out)));
        }
    }

    /// Lets go of everything up to this record.
    fn release(&self, durable: u64) {
        let mut waiting = self.0.borrow_mut();
        while let Some((gate, out)) = waiting.pop_front() {
            if gate > durable {
                waiting.push_front((gate, out));
                break;
            }
            out.release(durable);
        }
    }
}

impl Core {
    /// What must be durable before a line said now may leave through this connection.
    pub(super) fn gate_of(&self, out: &Rc<Out>) -> Option<u64> {
        let gate = self.journal.gate()?;
        self.holding.remember(gate, out);
        Some(gate)
    }

    /// The log's watermark has moved: what waited for it leaves.
    pub(crate) fn release(&self) {
        self.holding.release(self.journal.durable());
    }
}
