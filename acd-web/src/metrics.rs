//! `/metrics`: what the server tells of itself and its queues, for Prometheus and its kin.
//!
//! Labels are names of queues, states and roles, never of contacts: a series more a caller would
//! drown whoever stores it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use acd_client::ClientError;
use acd_proto::request::{Request, TakeSnapshot};
use acd_proto::snapshot::{EngineRow, Quantiles, QueueRow, Snapshot};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use tokio::sync::Mutex;

use crate::Edge;

/// How long an answer is given again, so that many watchers cost the server as one does.
const FRESH_FOR: Duration = Duration::from_secs(1);
/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(5);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Quantiles. The library has no word for them: they are written as unknown, and renamed.
const SUMMARY: MetricType = MetricType::Unknown;

/// The last answer. Who asks meanwhile waits for it.
#[derive(Debug, Default)]
pub(crate) struct Metrics(Mutex<Option<(Instant, Arc<str>)>>);

/// Answers in the format asked for.
pub(crate) async fn answer(State(edge): State<Arc<Edge>>, headers: HeaderMap) -> Response {
    let text = edge.metrics.text(&edge).await;
    let accepted = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accepted.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
        return ([(header::CONTENT_TYPE, OPEN_METRICS)], text.to_string()).into_response();
    }
    (StatusCode::OK, [(header::CONTENT_TYPE, PLAIN)], older(&text)).into_response()
}

impl Metrics {
    async fn text(&self, edge: &Edge) -> Arc<str> {
        let mut last = self.0.lock().await;
        if let Some((since, text)) = &*last
            && since.elapsed() < FRESH_FOR
        {
            return Arc::clone(text);
        }
        let began = Instant::now();
        let found = ask(edge).await.inspect_err(|error| tracing::warn!(%error, "no metrics"));
        let text: Arc<str> = write(found.ok().as_ref(), began.elapsed()).into();
        *last = Some((Instant::now(), Arc::clone(&text)));
        text
    }
}

async fn ask(edge: &Edge) -> Result<Snapshot, ClientError> {
    let late = || ClientError::Stranger("it has not answered in time".to_owned());
    let client = edge.monitor.client().ok_or_else(late)?;
    let of = vec!["queues".to_owned(), "engine".to_owned()];
    let ask = Request::Snapshot(TakeSnapshot { of });
    tokio::time::timeout(PATIENCE, client.request(&ask)).await.map_err(|_| late())?
}

/// The format that is older than `OpenMetrics`: counters are described under their whole name.
fn older(text: &str) -> String {
    let counters: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut plain = String::with_capacity(text.len());
    for line in text.lines().filter(|line| *line != "# EOF" && !line.starts_with("# UNIT ")) {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(what), Some(name), Some(rest)) if counters.contains(&name) => {
                plain.extend(["# ", what, " ", name, "_total ", rest]);
            }
            _ => plain.push_str(line),
        }
        plain.push('\n');
    }
    plain
}

/// Values of one name.
#[derive(Debug)]
struct Family {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    values: Vec<(Vec<(&'static str, String)>, f64)>,
}

/// Everything of one answer.
#[derive(Debug, Default)]
struct Families(Vec<Family>);

impl Families {
    fn add(
        &mut self,
        kind: MetricType,
        (name, help): (&'static str, &'static str),
        values: impl IntoIterator<Item = (Vec<(&'static str, String)>, f64)>,
    ) {
        self.0.push(Family { name, help, kind, values: values.into_iter().collect() });
    }

    fn gauge(&mut self, name: &'static str, help: &'static str, value: f64) {
        self.add(MetricType::Gauge, (name, help), [(Vec::new(), value)]);
    }

    fn counter(&mut self, name: &'static str, help: &'static str, value: u64) {
        self.add(MetricType::Counter, (name, help), [(Vec::new(), number(value))]);
    }

    fn of_queues(
        &mut self,
        kind: MetricType,
        told: (&'static str, &'static str),
        queues: &[QueueRow],
        value: impl Fn(&QueueRow) -> Option<f64>,
    ) {
        let of = |queue: &QueueRow| Some((vec![("queue", queue.queue.clone())], value(queue)?));
        self.add(kind, told, queues.iter().filter_map(of));
    }
}

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        for family in &self.0 {
            let (name, help) = (family.name, family.help);
            let mut metric = encoder.encode_descriptor(name, help, None, family.kind)?;
            for (labels, value) in &family.values {
                if labels.is_empty() {
                    encode(&mut metric, family.kind, *value)?;
                } else {
                    encode(&mut metric.encode_family(labels)?, family.kind, *value)?;
                }
            }
        }
        Ok(())
    }
}

fn encode(to: &mut MetricEncoder<'_>, kind: MetricType, value: f64) -> Result<(), std::fmt::Error> {
    match kind {
        MetricType::Counter => to.encode_counter::<NoLabelSet, _, u64>(&value, None),
        _ => to.encode_gauge(&value),
    }
}

fn write(snapshot: Option<&Snapshot>, took: Duration) -> String {
    let mut families = Families::default();
    let up = if snapshot.is_some() { 1.0 } else { 0.0 };
    families.gauge("acd_up", "Whether the server answers", up);
    families.gauge("acd_scrape_duration_seconds", "Time to ask the server", took.as_secs_f64());
    if let Some(engine) = snapshot.and_then(|snapshot| snapshot.engine.as_ref()) {
        of_engine(&mut families, engine);
    }
    if let Some(queues) = snapshot.and_then(|snapshot| snapshot.queues.as_deref()) {
        of_queues(&mut families, queues);
    }
    let mut registry = Registry::default();
    registry.register_collector(Box::new(families));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry)
        .expect("writing to memory does not fail");
    text.replace(" unknown\n", " summary\n")
}

fn of_engine(families: &mut Families, engine: &EngineRow) {
    let version = vec![("version", engine.server.trim_start_matches("acd/").to_owned())];
    let told = ("acd_build_info", "The program that runs, by its version");
    families.add(MetricType::Gauge, told, [(version, 1.0)]);
    let (help, ms) = ("Real time since the server started", engine.uptime_ms);
    families.gauge("acd_uptime_seconds", help, seconds(ms));
    families.counter("acd_commands", "Commands the engine applied", engine.commands);
    families.counter("acd_rejections", "Commands the engine refused", engine.rejections);
    families.counter("acd_events", "Events told", engine.events);
    let help = "Clients cut off because they read too slowly";
    families.counter("acd_slow_clients", help, engine.slow);
    let rss = number(engine.rss);
    families.gauge("acd_resident_memory_bytes", "Resident memory of the server", rss);
    let told = ("acd_connections", "Clients by role");
    let connections = engine.connections.iter();
    let connections = connections.map(|(role, &n)| (vec![("role", role.clone())], f64::from(n)));
    families.add(MetricType::Gauge, told, connections);
    let told = ("acd_decision_seconds", "One command through the engine, since the start");
    families.add(SUMMARY, told, quantiles(&engine.decision_ns, 1e-9));
    let told = (
        "acd_request_to_event_seconds",
        "From a request read to its first event queued for the socket, since the start",
    );
    families.add(SUMMARY, told, quantiles(&engine.request_to_event_us, 1e-6));
}

fn of_queues(families: &mut Families, queues: &[QueueRow]) {
    use MetricType::{Counter, Gauge};
    let mut gauge = |name, help, value: &dyn Fn(&QueueRow) -> Option<f64>| {
        families.of_queues(Gauge, (name, help), queues, value);
    };
    gauge("acd_queue_open", "Whether the queue takes contacts in", &|queue| {
        Some(f64::from(u8::from(queue.open)))
    });
    gauge("acd_queue_waiting", "Contacts that wait", &|queue| Some(f64::from(queue.waiting)));
    let help = "Age of the contact that waits longest; 0 when nobody waits";
    gauge("acd_queue_longest_wait_seconds", help, &|queue| {
        Some(queue.longest_ms.map_or(0.0, seconds))
    });
    let help = "Expected wait of a contact that would join now; absent when nobody qualifies";
    gauge("acd_queue_expected_wait_seconds", help, &|queue| queue.ewt_ms.map(seconds));
    let help = "Time within which the queue's contacts are to be answered";
    gauge("acd_queue_threshold_seconds", help, &|queue| Some(seconds(queue.threshold_ms)));
    let help = "Share of contacts that is to be answered within the threshold";
    gauge("acd_queue_target_ratio", help, &|queue| Some(queue.target / 100.0));
    let help = "Share of contacts answered within the threshold, in the last 15 minutes";
    gauge("acd_queue_service_level_ratio", help, &|queue| {
        queue.interval.service_level.map(|percent| percent / 100.0)
    });
    let agents = queues.iter().flat_map(|queue| {
        let states = [
            ("ready", queue.ready),
            ("busy", queue.busy),
            ("wrap_up", queue.wrap_up),
            ("not_ready", queue.not_ready),
        ];
        states.map(|(state, count)| {
            (vec![("queue", queue.queue.clone()), ("state", state.to_owned())], f64::from(count))
        })
    });
    let told = ("acd_queue_agents", "Signed-in agents who qualify, by what they are doing");
    families.add(Gauge, told, agents);
    let mut counter = |name, help, value: &dyn Fn(&QueueRow) -> u64| {
        families.of_queues(Counter, (name, help), queues, |queue| Some(number(value(queue))));
    };
    counter("acd_contacts_entered", "Contacts that entered, since midnight", &|queue| {
        queue.today.entered
    });
    counter("acd_contacts_answered", "Contacts answered, since midnight", &|queue| {
        queue.today.answered
    });
    let help = "Contacts answered within the threshold, since midnight";
    counter("acd_contacts_answered_in_threshold", help, &|queue| queue.today.answered_in_threshold);
    let help = "Contacts that left before an answer, since midnight";
    counter("acd_contacts_abandoned", help, &|queue| queue.today.abandoned);
    let help = "Contacts that ended otherwise before an answer, since midnight";
    counter("acd_contacts_flowed_out", help, &|queue| queue.today.flow_out);
}

fn quantiles(
    found: &Quantiles,
    unit: f64,
) -> impl Iterator<Item = (Vec<(&'static str, String)>, f64)> {
    let each = [("0.5", found.p50), ("0.99", found.p99), ("0.999", found.p999), ("1", found.max)];
    each.into_iter().map(move |(q, value)| (vec![("quantile", q.to_owned())], number(value) * unit))
}

/// Counts stay far below 2^53.
#[allow(clippy::cast_precision_loss, reason = "the format's numbers are floating")]
fn number(value: u64) -> f64 {
    value as f64
}

fn seconds(ms: u64) -> f64 {
    number(ms) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_has_its_whole_name_in_the_older_format() {
        let snapshot = Snapshot {
            engine: Some(EngineRow { commands: 7, ..EngineRow::default() }),
            queues: Some(vec![QueueRow { queue: "a\"b".into(), ..QueueRow::default() }]),
            ..Snapshot::default()
        };
        let text = write(Some(&snapshot), Duration::ZERO);
        assert!(text.contains("# TYPE acd_commands counter\nacd_commands_total 7.0"), "{text}");
        assert!(text.contains("acd_queue_waiting{queue=\"a\\\"b\"} 0.0"), "{text}");
        assert!(text.ends_with("# EOF\n"));
        let plain = older(&text);
        assert!(plain.contains("# TYPE acd_commands_total counter\nacd_commands_total 7.0"));
        assert!(plain.contains("# HELP acd_commands_total Commands"), "{plain}");
        assert!(!plain.contains("# EOF"));
    }

    #[test]
    fn a_server_that_is_gone_is_told_so() {
        let text = write(None, Duration::ZERO);
        assert!(text.contains("acd_up 0") && !text.contains("acd_queue"), "{text}");
    }
}
