//! `statistics`: what was counted, asked of the thread that counts.

use std::sync::Arc;

use acd_proto::request::AskStatistics;
use acd_proto::{ErrorBody, Kind, Method};
use acd_stats::{Ask, Attribution, Brief, Length};
use tokio::sync::oneshot;

use super::connection::ConnectionId;
use super::counting::Question;
use super::dispatch::may;
use super::reply::{Answer, Json, Reply};
use super::{Core, words};

/// A part of what was counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Queues,
    Agents,
    Sites,
    Total,
}

const PARTS: [(&str, Part); 4] = [
    ("queues", Part::Queues),
    ("agents", Part::Agents),
    ("sites", Part::Sites),
    ("total", Part::Total),
];

/// The question that the parameters put.
fn read(params: &AskStatistics) -> Result<Ask, ErrorBody> {
    let named = params.of.iter().map(|name| words::one_of("of", name, &PARTS));
    let named = named.collect::<Result<Vec<Part>, ErrorBody>>()?;
    let wants = |part| named.is_empty() || named.contains(&part);
    let by = params.by.as_deref().unwrap_or("ended");
    let length = params.interval.as_deref();
    Ok(Ask {
        queues: wants(Part::Queues),
        agents: wants(Part::Agents),
        sites: wants(Part::Sites),
        total: wants(Part::Total),
        by: words::one_of("by", by, &Attribution::ALL)?,
        length: length.map(|name| words::one_of("interval", name, &Length::ALL)).transpose()?,
        series: params.series,
    })
}

impl Core {
    /// Asks the thread that counts for what a connection may know; none where the answer is here.
    pub(crate) fn ask_statistics(
        &mut self,
        id: ConnectionId,
        params: &AskStatistics,
    ) -> Result<Option<oneshot::Receiver<String>>, ErrorBody> {
        let unknown = || ErrorBody::new(Kind::HelloFirst, "say `hello` first");
        may(self.caller(id).ok_or_else(unknown)?.role, Method::Statistics)?;
        self.advance();
        let ask = read(params)?;
        let Some(counter) = self.statistics.counter() else { return Ok(None) };
        let (to, answer) = oneshot::channel();
        let (epoch, now_us) = (Arc::clone(&self.epoch), self.now.0 / 1_000);
        if counter.ask(Question::Rows { ask, epoch, now_us, to }) {
            Ok(Some(answer))
        } else {
            Err(ErrorBody::new(Kind::Overloaded, "the thread that counts is behind"))
        }
    }

    /// Asks the thread that counts for what a snapshot tells; none where it is counted here.
    pub(crate) fn ask_brief(&mut self) -> Option<oneshot::Receiver<Arc<Brief>>> {
        self.advance();
        let (to, answer) = oneshot::channel();
        let asked = self.statistics.counter()?.ask(Question::Brief(self.now.0 / 1_000, to));
        asked.then_some(answer)
    }

    /// What the thread that counts has told, for the snapshot to come.
    pub(crate) fn set_brief(&mut self, brief: Arc<Brief>) {
        self.statistics.set_brief(brief);
    }

    /// The answer of a core that counts in place.
    pub(crate) fn statistics_here(&mut self, params: &AskStatistics) -> Answer {
        let ask = read(params)?;
        let mut rows = self.statistics.told(ask, self.now.0 / 1_000);
        rows.epoch = self.epoch.as_ref().into();
        let text = serde_json::to_string(&rows).expect("rows have text keys");
        Ok(Reply::Told(Json(text.into())))
    }

    /// From now on nothing is counted, and each event is heard instead.
    pub(crate) fn be_heard(&mut self, heard: Box<dyn FnMut(super::counting::Told)>) {
        self.statistics.be_heard(heard);
    }

    /// From now on events are counted on a thread of their own.
    pub(crate) fn count_elsewhere(&mut self) -> std::io::Result<()> {
        self.statistics.go_elsewhere()
    }
}
