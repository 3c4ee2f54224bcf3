//! Residents who are called back, and supervisors who listen in.

use serde_json::json;

use super::lab::{Ear, free_udp};
use super::site::{Site, text};
use super::{agent, wait_for};

/// Somebody asks by a key to be called back; the agent is signed in when the call is over.
fn promised(name: &str, first: &str) -> Option<(Site, Ear, u16)> {
    let port = free_udp();
    let more = format!(
        "callback = {{ endpoint = \"PJSIP/{{number}}@r1\", first = \"{first}\", keys = \"1\" }}"
    );
    let mut site = Site::start_with(name, &[agent("a1", 0, port)], false, &more)?;
    let ear = Ear::new();
    let mut caller = site.lab.keyed_caller("311", '1', ear.port);
    site.queued(1);
    site.watcher.event("contact.callback");
    site.quiet(&mut caller);
    assert!(site.lab.cli("dialplan show globals").contains("LAST=CALLBACK"));
    Some((site, ear, port))
}

/// The promise is kept: both are in a bridge, and the agent hangs up.
fn is_called_back(name: &str, first: &str) {
    let Some((mut site, ear, port)) = promised(name, first) else { return };
    let _agent = site.lab.phones(port, 50, 60_000, ear.port);
    let _resident = site.lab.phones(site.resident_port, 100, 60_000, ear.port);
    let _desk = site.sign_in("a1");
    let offered = site.watcher.event("contact.offered");
    assert_eq!(text(&offered, "channel"), "callback");
    site.watcher.event("contact.connected");
    wait_for("both in a bridge", || {
        site.lab.channels("PJSIP/a1") == 1
            && site.lab.channels("PJSIP/r1") == 1
            && site.lab.bridges() == [2]
    });
    site.lab.press("PJSIP/a1");
    let ended = site.watcher.event("contact.ended");
    assert_eq!((text(&ended, "by"), text(&ended, "cause")), ("agent".into(), "hangup".into()));
    wait_for("silence", || site.lab.channels("PJSIP/") == 0);
}

#[test]
fn a_resident_is_called_back_the_agent_first() {
    is_called_back("pbx-promise", "agent");
}

#[test]
fn a_resident_is_called_back_the_resident_first() {
    is_called_back("pbx-caller", "caller");
}

#[test]
fn a_resident_who_does_not_answer_is_called_again_later() {
    let Some((mut site, ear, port)) = promised("pbx-later", "agent") else { return };
    let _agent = site.lab.phones(port, 50, 60_000, ear.port);
    let _resident = site.lab.busy_phones(site.resident_port);
    let mut desk = site.sign_in("a1");
    site.watcher.event("contact.connected");
    let scheduled = site.watcher.event("contact.scheduled");
    assert!(scheduled["until"].as_u64().is_some(), "{scheduled}");
    wait_for("the end of the agent's leg", || site.lab.channels("PJSIP/") == 0);
    assert_eq!(desk.ask("agent.state", json!({"state": "ready"}))["state"], "ready");
}

#[test]
fn a_supervisor_listens_whispers_and_barges_in() {
    let port = free_udp();
    let Some(mut site) = Site::start("pbx-listen", &[agent("a1", 0, port)], false) else { return };
    let (ear, watchers_ear) = (Ear::new(), Ear::new());
    let _phones = [
        site.lab.phones(port, 50, 60_000, ear.port),
        site.lab.phones(site.watcher_port, 50, 60_000, watchers_ear.port),
    ];
    let _desk = site.sign_in("a1");
    // Somebody must speak: Asterisk ends listening when the next sound comes.
    let mut caller = site.lab.speaking_caller("311", ear.port);
    site.watcher.event("contact.connected");
    wait_for("a bridge of two", || site.lab.bridges() == [2]);
    for mode in ["listen", "whisper"] {
        ask(&mut site, mode);
        wait_for("both bridges", || {
            site.lab.bridges() == [2, 2] && site.lab.channels("Snoop/") == 1
        });
        let heard = watchers_ear.heard();
        wait_for("the caller's voice", || watchers_ear.heard() > heard + 10);
        site.lab.hang_up("PJSIP/watcher");
        wait_for("that it is over", || {
            site.lab.bridges() == [2] && site.lab.channels("Snoop/") == 0
        });
    }
    ask(&mut site, "barge");
    wait_for("a bridge of three", || site.lab.bridges() == [3]);
    let heard = watchers_ear.heard();
    wait_for("the caller's voice", || watchers_ear.heard() > heard + 10);
    let said = site.transcript();
    assert!(said.contains("spy=both&whisper=none") && said.contains("spy=both&whisper=out"));
    // The caller hangs up: the supervisor's call is over too.
    site.lab.hang_up("PJSIP/trunk");
    site.watcher.event("contact.ended");
    caller.over();
    wait_for("silence", || site.lab.channels("PJSIP/") + site.lab.channels("Snoop/") == 0);
}

fn ask(site: &mut Site, mode: &str) {
    let act = json!({"act": "listen", "agent": "a1", "mode": mode, "reason": "coaching"});
    site.watcher.ask("supervise", act);
    assert_eq!(text(&site.watcher.event("supervise.listen"), "mode"), mode);
}
