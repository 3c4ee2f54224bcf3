//! Telephones played by `sipp`, and ears that count what is played to them.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Lab, PATIENCE, free_udp};

impl Lab {
    /// `sipp` with a scenario whose placeholders are filled.
    fn sipp(&self, scenario: &str, fill: &[(&str, String)], arguments: &[String]) -> Phones {
        let mut text = scenario.to_owned();
        for (name, value) in fill {
            text = text.replace(name, value);
        }
        let path = self.scratch().join(format!("{}.xml", free_udp()));
        fs::write(&path, text).expect("a file in the chroot");
        let mut child = Command::new("sipp")
            .args(["-sf", &path.display().to_string(), "-i", "127.0.0.1", "-nostdin"])
            .args(arguments)
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp runs");
        let port = arguments.iter().skip_while(|word| *word != "-p").nth(1);
        let port = port.and_then(|port| port.parse().ok()).expect("all telephones have a port");
        let start = Instant::now();
        while !listens(port) && child.try_wait().expect("a child of ours").is_none() {
            assert!(start.elapsed() < PATIENCE, "sipp does not listen");
            thread::sleep(Duration::from_millis(5));
        }
        Phones { child }
    }

    /// Telephones on a UDP port that ring for a while, then are answered; who hangs up after the
    /// talk, or when the key is pressed, unless the caller does. They hear what comes to the port
    /// `rtp`.
    pub fn phones(&self, port: u16, ring_ms: u64, talk_ms: u64, rtp: u16) -> Phones {
        let fill = [
            ("@RING@", ring_ms.to_string()),
            ("@TALK@", talk_ms.to_string()),
            ("@RTP@", rtp.to_string()),
        ];
        let arguments = ["-p".to_owned(), port.to_string()];
        self.sipp(include_str!("phone.xml"), &fill, &arguments)
    }

    /// Telephones on a UDP port that are answered at once and hang up after 2 to 6 s, by chance.
    /// `sipp` writes down every message with its time.
    pub fn quick_phones(&self, port: u16, rtp: u16, messages: &Path) -> Phones {
        let arguments = [
            "-p".to_owned(),
            port.to_string(),
            "-trace_msg".into(),
            "-message_file".into(),
            messages.display().to_string(),
        ];
        self.sipp(include_str!("quick.xml"), &[("@RTP@", rtp.to_string())], &arguments)
    }

    /// Residents who always stay until they are served, and so many of them on the line.
    pub fn crowd(&self, number: &str, at_once: usize, rtp: u16) -> Phones {
        let fill = [("@STAY@", "3600000".to_owned()), ("@RTP@", rtp.to_string())];
        let arguments = words(&format!(
            "127.0.0.1:{} -s {number} -l {at_once} -r 50 -p {}",
            self.sip,
            free_udp()
        ));
        self.sipp(include_str!("caller.xml"), &fill, &arguments)
    }

    /// Telephones on a UDP port, answered at once, whose line fails when the key is pressed (ITU-T
    /// Q.850 cause 41).
    pub fn failing_phones(&self, port: u16, rtp: u16) -> Phones {
        let fill = [
            ("@RING@", "50".to_owned()),
            ("@TALK@", "60000".to_owned()),
            ("@RTP@", rtp.to_string()),
            ("CSeq: 1 BYE", "CSeq: 1 BYE\nReason: Q.850;cause=41".into()),
        ];
        self.sipp(include_str!("phone.xml"), &fill, &["-p".to_owned(), port.to_string()])
    }

    /// A resident who calls and presses a key after a second.
    pub fn keyed_caller(&self, number: &str, key: char, rtp: u16) -> Phones {
        let press = include_str!("key.xml").replace("@KEY@", &key.to_string());
        self.caller_who(&press, number, rtp)
    }

    /// A resident who calls and speaks: what is heard is the tone.
    pub fn speaking_caller(&self, number: &str, rtp: u16) -> Phones {
        let tone = self.scratch().join("moh/tone.ulaw").display().to_string();
        let speak = format!("  <nop><action><exec rtp_stream=\"{tone},-1,0\"/></action></nop>\n");
        self.caller_who(&speak, number, rtp)
    }

    /// A resident who calls, does something, and stays.
    fn caller_who(&self, does: &str, number: &str, rtp: u16) -> Phones {
        let stays = "  <recv request=\"BYE\" timeout";
        let fill = [
            (stays, does.to_owned() + stays),
            ("CSeq: 2 BYE", "CSeq: 3 BYE".to_owned()),
            ("@STAY@", "60000".to_owned()),
            ("@RTP@", rtp.to_string()),
        ];
        let arguments =
            words(&format!("127.0.0.1:{} -s {} -m 1 -p {}", self.sip, number, free_udp()));
        self.sipp(include_str!("caller.xml"), &fill, &arguments)
    }

    /// Telephones on a UDP port whose owner transfers the call: [`Lab::transfer`], [`Lab::join`].
    pub fn transferring_phones(&self, port: u16, rtp: u16) -> Phones {
        let fill = [("@RING@", "50".to_owned()), ("@RTP@", rtp.to_string())];
        self.sipp(include_str!("refer.xml"), &fill, &["-p".to_owned(), port.to_string()])
    }

    /// An agent calls a number beside the call they have.
    pub fn consults(&self, agent: &str, number: &str, rtp: u16) -> Phones {
        let fill = [
            ("\"caller\" <sip:+1512555[call_number]@", format!("<sip:{agent}@")),
            ("[pid]c[call_number]", "consult".to_owned()),
            ("@STAY@", "60000".to_owned()),
            ("@RTP@", rtp.to_string()),
        ];
        let arguments = words(&format!(
            "127.0.0.1:{} -s {number} -m 1 -p {} -cid_str consult-{number}",
            self.sip,
            free_udp()
        ));
        self.sipp(include_str!("caller.xml"), &fill, &arguments)
    }

    /// An agent's telephone transfers its call to a number.
    pub fn transfer(&self, agent: &str, number: &str) {
        self.refer(agent, &format!("<sip:{number}@127.0.0.1>"));
    }

    /// An agent's telephone joins its call with the one with which the agent consults at a number.
    pub fn join(&self, agent: &str, number: &str) {
        let tag = self.global("TAG");
        let replaces = format!("consult-{number}%3Bto-tag%3D{tag}%3Bfrom-tag%3Dconsult");
        self.refer(agent, &format!("<sip:{number}@127.0.0.1?Replaces={replaces}>"));
    }

    fn refer(&self, agent: &str, to: &str) {
        let press = include_str!("etc/pjsip_notify.conf");
        let text = format!("{press}[transfer]\nEvent => talk\nX-To => {to}\n");
        fs::write(self.scratch().join("etc/pjsip_notify.conf"), text).expect("a file");
        self.cli("module reload res_pjsip_notify.so");
        self.notify(&format!("PJSIP/{agent}"), "transfer");
    }

    /// Telephones on a UDP port that are engaged.
    pub fn busy_phones(&self, port: u16) -> Phones {
        self.refusing_phones(port, "486 Busy Here")
    }

    /// Telephones on a UDP port that refuse, with a status of SIP.
    pub fn refusing_phones(&self, port: u16, status: &str) -> Phones {
        let fill = [("486 Busy Here", status.to_owned())];
        self.sipp(include_str!("busy.xml"), &fill, &["-p".to_owned(), port.to_string()])
    }

    /// So many residents who call, one after the other at a rate, and stay for so long.
    pub fn callers(
        &self,
        number: &str,
        count: u32,
        a_second: u32,
        stay_ms: u64,
        rtp: u16,
    ) -> Phones {
        let fill = [("@STAY@", stay_ms.to_string()), ("@RTP@", rtp.to_string())];
        let arguments = words(&format!(
            "127.0.0.1:{} -s {number} -m {count} -l {count} -r {a_second} -p {}",
            self.sip,
            free_udp()
        ));
        self.sipp(include_str!("caller.xml"), &fill, &arguments)
    }
}

/// Whether somebody has this UDP port in the network of this thread.
fn listens(port: u16) -> bool {
    let port = format!(":{port:04X}");
    let taken = fs::read_to_string("/proc/thread-self/net/udp").unwrap_or_default();
    taken.lines().filter_map(|line| line.split_whitespace().nth(1)).any(|at| at.ends_with(&port))
}

/// A running `sipp`, killed when dropped.
pub struct Phones {
    child: Child,
}

impl Phones {
    /// Waits until all its calls are over, however they went.
    pub fn over(&mut self) {
        self.finish();
    }

    /// Waits until all its calls are over; whether all went as its scenario says.
    pub fn finish(&mut self) -> bool {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                return status.success();
            }
            assert!(start.elapsed() < PATIENCE, "calls do not end");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Phones {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A UDP port where telephones hear: counts the packets that are not silence.
pub struct Ear {
    /// The port.
    pub port: u16,
    heard: Arc<Heard>,
}

/// Packets of music, which is the tone, and of anything else that is not silence.
#[derive(Default)]
struct Heard {
    tone: AtomicU64,
    other: AtomicU64,
}

impl Ear {
    /// One that listens until the test ends.
    pub fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
        let port = socket.local_addr().expect("it is bound").port();
        let heard = Arc::new(Heard::default());
        let count = Arc::clone(&heard);
        thread::spawn(move || {
            let mut packet = [0; 2048];
            while let Ok(length) = socket.recv(&mut packet) {
                // RTP has 12 bytes of header; 0xff and 0x7f are silence in µ-law.
                let mut sound =
                    packet[..length].iter().skip(12).filter(|byte| **byte & 0x7f != 0x7f);
                let first = sound.next();
                let is_tone = first.into_iter().chain(sound).all(|byte| byte & 0x7f == 0x20);
                let counter = if is_tone { &count.tone } else { &count.other };
                counter.fetch_add(u64::from(first.is_some()), Ordering::Relaxed);
            }
        });
        Self { port, heard }
    }

    /// Packets with sound so far.
    pub fn heard(&self) -> u64 {
        self.music() + self.speech()
    }

    /// Packets of music so far.
    pub fn music(&self) -> u64 {
        self.heard.tone.load(Ordering::Relaxed)
    }

    /// Packets of anything else so far.
    pub fn speech(&self) -> u64 {
        self.heard.other.load(Ordering::Relaxed)
    }
}

/// The words of a text.
fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}
