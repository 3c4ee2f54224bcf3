//! The day played through the socket: what the clients know is what the server knows, whenever the
//! day is stopped.

use std::time::Duration;

use acd_demo::{Contacts, Options, Progress, Report, Watcher, play};
use acd_proto::Address;
use acd_server::config::Config;

/// Remembers what it was told.
#[derive(Debug, Default)]
struct Told {
    address: Option<Address>,
    progress: Vec<Progress>,
}

impl Watcher for Told {
    fn ready(&mut self, address: &Address) {
        self.address = Some(address.clone());
    }

    fn progress(&mut self, progress: &Progress) {
        self.progress.push(progress.clone());
    }
}

fn run(options: &Options, stop: impl Future<Output = ()>) -> (Report, Told) {
    let mut told = Told::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let report = runtime.block_on(play(options, &Config::embedded(), &mut told, stop));
    (report.expect("both sides know the same"), told)
}

fn assert_adds_up(report: &Report) {
    let Contacts { submitted, ended, abandoned, waiting, in_progress, refused, .. } =
        report.contacts;
    assert_eq!(submitted, ended + abandoned + waiting + in_progress + refused);
    let sum = |of: fn(&acd_demo::Queue) -> u64| report.queues.values().map(of).sum::<u64>();
    assert_eq!(sum(|queue| queue.submitted), submitted);
}

fn played(seed: u64, storm: bool, length: Duration) -> Report {
    let options = Options {
        seed,
        speed: Some(if storm { 900 } else { 60 }),
        storm,
        length: Some(length),
        ..Options::default()
    };
    let (report, told) = run(&options, std::future::pending());
    assert_adds_up(&report);
    assert!(!told.progress.is_empty(), "progress is told");
    let Some(Address::Unix(socket)) = told.address else { panic!("a Unix socket: {told:?}") };
    assert!(!socket.exists(), "nothing is left behind");
    report
}

#[test]
fn a_few_seconds_of_the_busy_hour_add_up() {
    let report = played(311, false, Duration::from_secs(4));
    let contacts = report.contacts;
    assert!(contacts.submitted > 30 && contacts.answered > 20, "{contacts:?}");
    assert!(contacts.ended > 0 && contacts.in_progress > 0, "{contacts:?}");
    assert!(report.events > 500, "{}", report.events);
    assert!(report.decision_ns.count > 200 && report.decision_ns.p50 > 0, "{report:?}");
    assert!(report.request_to_event_us.count > 200, "{report:?}");
    assert_eq!((report.agents, report.seed, report.speed), (42, 311, 60));
    assert_eq!(report.decisions, None);
}

#[test]
fn a_storm_at_great_speed_adds_up_at_whatever_instant_it_is_stopped() {
    for (seed, ms) in [(1, 700), (2, 1_300), (3, 2_100)] {
        played(seed, true, Duration::from_millis(ms));
    }
}

#[test]
fn whoever_watches_can_stop_it() {
    let (told, stop) = tokio::sync::oneshot::channel::<()>();
    drop(told);
    let (report, _) = run(&Options { speed: Some(60), ..Options::default() }, async {
        // It is over at once: nobody has arrived.
        drop(stop.await);
    });
    assert_adds_up(&report);
}
