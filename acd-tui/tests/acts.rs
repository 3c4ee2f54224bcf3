//! Acts of a supervisor without a terminal and without a server: who may, what is asked, what is
//! said before, what is sent, and what becomes of the answer.

mod support;

use acd_proto::reply::{Previewed, Supervised};
use acd_proto::request::Supervise;
use acd_tui::acts::{Form, Outcome, Stage, preview};
use acd_tui::ask::Ask;
use acd_tui::judge::Severity;
use acd_tui::message::Message;
use acd_tui::model::{Model, Overlay};
use acd_tui::update::update;
use support::{TAKEN, detailed, ops, press};

fn form(model: &Model) -> &Form {
    match &model.overlay {
        Overlay::Act(form) => form,
        other => panic!("no form is shown but {other:?}, {:?}", model.complaint),
    }
}

/// The act that was sent, and under which key; what it would do was asked before.
fn sent(model: &mut Model) -> (Supervise, String) {
    loop {
        match model.asks.pop_front() {
            Some(Ask::Act { request, idem }) => return (*request, idem),
            Some(Ask::Preview { .. }) => {}
            other => panic!("no act was sent but {other:?}"),
        }
    }
}

fn said(model: &Model) -> Vec<(Severity, String)> {
    let lines = preview(form(model), model).into_iter();
    lines.map(|line| (line.severity, line.text)).collect()
}

#[track_caller]
fn says(model: &Model, severity: Severity, text: &str) {
    let said = said(model);
    assert!(said.iter().any(|(s, t)| *s == severity && t.contains(text)), "{text}: {said:?}");
}

#[test]
fn without_ops_the_role_or_a_connection_nothing_can_be_done() {
    let why = |model: &mut Model| {
        press(model, "3jf");
        assert_eq!(model.overlay, Overlay::None);
        model.complaint.clone().expect("it says why")
    };
    assert_eq!(why(&mut detailed()), "read-only: start it with --ops to act");
    let mut monitor = ops();
    monitor.who.role = "monitor".into();
    assert_eq!(why(&mut monitor), "a monitor may only watch");
    let mut lost = ops();
    let retry_in = std::time::Duration::ZERO;
    let gone = Message::Disconnected { why: "gone".into(), attempt: 1, retry_in };
    update(&mut lost, TAKEN, gone);
    assert_eq!(why(&mut lost), "no connection: nothing can be done now");
    let mut paused = ops();
    press(&mut paused, " ");
    assert_eq!(why(&mut paused), "the screen stands still: Space goes on, then act");
    let mut nothing = ops();
    press(&mut nothing, "3f");
    assert!(nothing.complaint.as_deref().is_some_and(|why| why.contains("stands on none")));
}

#[test]
fn an_agent_is_forced_with_a_reason_after_it_was_asked_once_more() {
    let mut model = ops();
    press(&mut model, "3/agent=^4494$\njf");
    let held = form(&model).about.agent.clone();
    assert_eq!(held.as_deref(), Some("4494"));
    says(&model, Severity::Calm, "busy -> not ready");
    says(&model, Severity::Warn, "pending: takes effect when the contact it holds leaves");
    press(&mut model, "\nlunch\n\n");
    assert_eq!(form(&model).complaint.as_deref(), Some("every act wants a reason"));
    press(&mut model, "covers the storm\n");
    assert_eq!(form(&model).stage, Stage::Sure);
    let asked = |ask: &Ask| matches!(ask, Ask::Preview { .. });
    assert!(model.asks.iter().all(asked), "not before y: {:?}", model.asks);
    let told = Previewed {
        what: "force 4494 to not_ready".into(),
        before: Some("busy".into()),
        state: Some("busy".into()),
        pending: Some("not_ready".into()),
        ..Previewed::default()
    };
    let idem = form(&model).idem.clone();
    update(&mut model, TAKEN, Message::Previewed { idem, told: Ok(Box::new(told)) });
    says(&model, Severity::Warn, "not ready once its last contact leaves");
    press(&mut model, "y");
    let (request, idem) = sent(&mut model);
    let expected = Supervise {
        act: "force_state".into(),
        reason: "covers the storm".into(),
        agent: Some("4494".into()),
        state: Some("not_ready".into()),
        state_reason: Some("lunch".into()),
        ..Supervise::default()
    };
    assert_eq!(request, expected);
    let done = Supervised {
        act: "force_state".into(),
        audit: 12,
        state: Some("busy".into()),
        pending: Some("not_ready".into()),
    };
    let outcome = Box::new(Outcome::Done(done));
    update(&mut model, TAKEN, Message::Acted { idem, outcome });
    let Stage::Over(outcome) = &form(&model).stage else { panic!("it is answered") };
    assert_eq!(outcome.sentence(), "done, audit 12, it is busy, not ready once its contact leaves");
    press(&mut model, "q");
    assert_eq!(model.overlay, Overlay::None, "a key closes it, and does nothing else");
}

#[test]
fn a_refusal_is_shown_and_an_answer_that_is_lost_asked_for_again_under_the_same_key() {
    let mut model = ops();
    press(&mut model, "jju");
    press(&mut model, "storm\ny");
    let (request, idem) = sent(&mut model);
    assert_eq!(
        (request.act.as_str(), request.queue.as_deref()),
        ("open_queue", Some("sanitation"))
    );
    let lost = Box::new(Outcome::Unknown("the server closed the connection".into()));
    update(&mut model, TAKEN, Message::Acted { idem: idem.clone(), outcome: lost });
    press(&mut model, "r");
    let (again, same) = sent(&mut model);
    assert_eq!((again, &same), (request, &idem));
    let refused = Box::new(Outcome::Refused("the queue is\x1b[2J closed".into()));
    update(&mut model, TAKEN, Message::Acted { idem: same, outcome: refused });
    let Stage::Over(outcome) = &form(&model).stage else { panic!("it is answered") };
    assert_eq!(outcome.sentence(), "refused: the queue is^[[2J closed");
    press(&mut model, "\x1bu");
    press(&mut model, "again\ny");
    assert_ne!(sent(&mut model).1, idem, "another act, another key");
    press(&mut model, "\x1b");
    let outcome = Box::new(Outcome::Refused("no".into()));
    let idem = "top-2".to_owned();
    update(&mut model, TAKEN, Message::Acted { idem, outcome });
    assert_eq!(model.complaint.as_deref(), Some("refused: no"), "told without the form too");
}

#[test]
fn a_contact_is_moved_prioritised_offered_called_back_and_withdrawn() {
    let mut model = ops();
    press(&mut model, ":queue water\njv");
    says(&model, Severity::Calm, "from water-emergency: 7 waiting");
    says(&model, Severity::Calm, "keeps its age of 2:1");
    press(&mut model, "kiosk");
    says(&model, Severity::Warn, "that queue is closed: the server will refuse");
    press(&mut model, "\nmain broken\ny");
    let request = sent(&mut model).0;
    assert_eq!((request.to.as_deref(), request.queue), (Some("kiosk-cityhall"), None));
    assert_eq!(request.contact.as_deref(), Some("c-8f31"));

    press(&mut model, "\x1bGp");
    says(&model, Severity::Calm, "priority 5 -> 5");
    press(&mut model, "x");
    says(&model, Severity::Calm, "priority now: 5");
    press(&mut model, "\nvip\n");
    assert!(form(&model).complaint.as_deref().is_some_and(|why| why.contains("0 to 9")));
    let backspace = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Backspace);
    for _ in 0..2 {
        update(&mut model, TAKEN, Message::Key(backspace));
    }
    press(&mut model, "9");
    says(&model, Severity::Calm, "goes ahead of about 3 of 3 others waiting in water-emergency");
    press(&mut model, "\n\ny");
    assert_eq!(sent(&mut model).0.prio, Some(9));

    press(&mut model, "\x1bo");
    press(&mut model, "ortiz\nhe knows her\ny");
    assert_eq!(sent(&mut model).0.agent.as_deref(), Some("4471"));

    press(&mut model, "\x1bc");
    says(&model, Severity::Warn, "the front end lets the caller go now");
    press(&mut model, "\nlong wait\ny");
    assert_eq!(sent(&mut model).0.number.as_deref(), Some("+15125550104"));

    press(&mut model, "\x1bd");
    says(&model, Severity::Critical, "ends it for good");
    press(&mut model, "hoax\ny");
    assert_eq!(sent(&mut model).0.act, "withdraw");
}

#[test]
fn a_queue_is_closed_skills_are_lent_and_agents_told() {
    let mut model = ops();
    press(&mut model, "jz→");
    says(&model, Severity::Warn, "7 who wait go to general with their age");
    press(&mut model, "→");
    says(&model, Severity::Critical, "7 who wait are sent home");
    press(&mut model, "\n30\nflooded\ny");
    let request = sent(&mut model).0;
    assert_eq!((request.waiting.as_deref(), request.to), (Some("end"), None));
    assert_eq!((request.ms, request.queue.as_deref()), (Some(1_800_000), Some("water-emergency")));

    press(&mut model, "\x1b3/agent=^4471$\njn");
    press(&mut model, "es=6 roads=2");
    says(&model, Severity::Calm, "es: 4 -> 6 for 60 min, then back");
    says(&model, Severity::Calm, "roads: none -> 2 for 60 min, then back");
    press(&mut model, "\n\nstorm\ny");
    let request = sent(&mut model).0;
    assert_eq!(request.set, [("es".to_owned(), 6), ("roads".to_owned(), 2)].into());
    assert_eq!(request.ms, Some(3_600_000));

    press(&mut model, "\x1bl");
    says(&model, Severity::Warn, "it holds no call: the server will refuse");
    press(&mut model, "\x1b1\x1bb");
    says(&model, Severity::Calm, "the desktops of 114 agents signed in");
    press(&mut model, "\nice on Queen Street\nsafety\ny");
    let request = sent(&mut model).0;
    assert_eq!((request.act.as_str(), request.queue), ("broadcast", None));
    assert_eq!(request.text.as_deref(), Some("ice on Queen Street"));
}

#[test]
fn what_the_server_would_refuse_is_said_before() {
    let mut model = ops();
    press(&mut model, "jju");
    press(&mut model, "storm\n");
    let idem = form(&model).idem.clone();
    let other = Message::Previewed { idem: "another".into(), told: Err("no".into()) };
    update(&mut model, TAKEN, other);
    assert!(!said(&model).iter().any(|(_, text)| text.contains("refuse")), "another form's");
    update(&mut model, TAKEN, Message::Previewed { idem, told: Err("it is open".into()) });
    says(&model, Severity::Critical, "the server would refuse: it is open");
    press(&mut model, "\x1b");
    assert_eq!(form(&model).stage, Stage::Filling);
    says(&model, Severity::Calm, "it is open already");
}

#[test]
fn the_menu_opens_the_form_of_a_letter() {
    let mut model = ops();
    press(&mut model, "jx");
    assert_eq!(model.overlay, Overlay::Acts);
    press(&mut model, "h");
    assert_eq!(form(&model).act.name(), "follow_hours");
    press(&mut model, "\x1bx\x1b");
    assert_eq!(model.overlay, Overlay::None);
}
