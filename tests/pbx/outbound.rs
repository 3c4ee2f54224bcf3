//! Asterisk dials the gateway, and takes its requests over the same WebSocket.

use super::lab::{Ear, PASSWORD, free_tcp, free_udp};
use super::site::{Agent, Site, text};
use super::wait_for;

/// What `ari.conf` and `websocket_client.conf` have for it.
fn files(port: u16) -> [(&'static str, String); 2] {
    let connection = "\n[acdconn]\ntype = outbound_websocket\nwebsocket_client_id = acdws\n\
                      apps = acd\nlocal_ari_user = acd\n";
    let client = format!(
        "[acdws]\ntype = websocket_client\nconnection_type = persistent\n\
         uri = ws://127.0.0.1:{port}/asterisk\nprotocols = ari\nusername = acd\n\
         password = {PASSWORD}\nreconnect_interval = 200\n"
    );
    [("ari.conf", connection.to_owned()), ("websocket_client.conf", client)]
}

#[test]
fn asterisk_dials_us_and_comes_back_to_a_gateway_that_was_killed() {
    let (port, phone) = (free_tcp(), free_udp());
    let agents = [Agent { name: "a1".into(), spanish: 0, port: phone }];
    let listen = format!("listen = \"127.0.0.1:{port}\"\n");
    let Some(mut site) = Site::start_dialled("pbx-outbound", &agents, &listen, &files(port)) else {
        return;
    };
    let ear = Ear::new();
    let mut callers = site.lab.callers("311", 1, 1, 60_000, ear.port);
    let ext = site.queued(1).remove(0);
    wait_for("music", || ear.heard() > 10);
    site.kill_gateway();
    site.watcher.event("contact.suspended");
    site.start_gateway();
    site.watcher.event("contact.unsuspended");
    let _phones = site.lab.phones(phone, 100, 60_000, ear.port);
    let _desk = site.sign_in("a1");
    let connected = site.watcher.event("contact.connected");
    assert_eq!(text(&connected, "ext"), ext);
    wait_for("a bridge of two", || site.lab.bridges() == [2]);
    site.lab.press("PJSIP/a1");
    let ended = site.watcher.event("contact.ended");
    assert_eq!((text(&ended, "by"), text(&ended, "cause")), ("agent".into(), "hangup".into()));
    site.quiet(&mut callers);
}
