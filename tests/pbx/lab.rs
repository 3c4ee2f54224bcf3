//! A real Asterisk in its chroot, with real SIP telephones, for as long as a test runs.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long anything may take before a test calls it lost.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// The password in `ari.conf`.
pub const PASSWORD: &str = "laboratory";

/// The files of `etc/`, by name.
const FILES: [(&str, &str); 13] = [
    ("asterisk.conf", include_str!("etc/asterisk.conf")),
    ("modules.conf", include_str!("etc/modules.conf")),
    ("http.conf", include_str!("etc/http.conf")),
    ("ari.conf", include_str!("etc/ari.conf")),
    ("extensions.conf", include_str!("etc/extensions.conf")),
    ("musiconhold.conf", include_str!("etc/musiconhold.conf")),
    ("pjsip.conf", include_str!("etc/pjsip.conf")),
    ("rtp.conf", include_str!("etc/rtp.conf")),
    ("logger.conf", include_str!("etc/logger.conf")),
    ("queues.conf", include_str!("etc/queues.conf")),
    ("manager.conf", include_str!("etc/manager.conf")),
    ("stasis.conf", include_str!("etc/stasis.conf")),
    ("websocket_client.conf", include_str!("etc/websocket_client.conf")),
];

/// One Asterisk.
pub struct Lab {
    child: Child,
    root: PathBuf,
    /// Below the root.
    directory: String,
    /// Where ARI is.
    pub http: u16,
    sip: u16,
}

/// The directories of one that does not run yet.
struct Laid {
    root: PathBuf,
    directory: String,
    modules: String,
    http: u16,
    sip: u16,
}

impl Laid {
    fn scratch(&self) -> PathBuf {
        self.root.join(&self.directory[1..])
    }

    /// Writes a file of its configuration.
    fn write(&self, name: &str, text: &str, phones: &[(String, u16)], more: &[(&str, String)]) {
        let mut text = text
            .replace("@LAB@", &self.directory)
            .replace("@MODULES@", &self.modules)
            .replace("@HTTP@", &self.http.to_string())
            .replace("@SIP@", &self.sip.to_string())
            .replace("@PASSWORD@", PASSWORD);
        if name == "pjsip.conf" {
            for (phone, port) in phones {
                text.extend([
                    format!("\n[{phone}](phone)\naors = {phone}\n"),
                    format!("[{phone}](place)\ncontact = sip:{phone}@127.0.0.1:{port}\n"),
                ]);
            }
        }
        for (_, added) in more.iter().filter(|(file, _)| *file == name) {
            text += added;
        }
        fs::write(self.scratch().join("etc").join(name), text).expect("a file in the chroot");
    }

    fn launch(self) -> Lab {
        let config = format!("{}/etc/asterisk.conf", self.directory);
        let child = Command::new("chroot")
            .arg(&self.root)
            // With real-time priority, as Debian's own unit runs it.
            .args(["/usr/sbin/asterisk", "-f", "-p", "-C", &config])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chroot runs");
        let Self { root, directory, http, sip, .. } = self;
        let mut lab = Lab { child, root, directory, http, sip };
        lab.booted();
        lab
    }
}

/// Where the chroot is, made if it must be; none where that cannot be.
pub fn install() -> Option<PathBuf> {
    let script = include_str!("install.sh");
    let output = Command::new("bash").args(["-c", script]).stderr(Stdio::inherit()).output();
    let output = output.expect("bash runs");
    if !output.status.success() {
        let needs_root = output.status.code() == Some(77);
        assert!(needs_root, "Asterisk could not be installed");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "needs root on Debian, and CI=true");
        println!("skipped: needs root on Debian");
        return None;
    }
    Some(PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim()))
}

impl Lab {
    /// Starts one with these agents' telephones: name and UDP port.
    pub fn start(phones: &[(String, u16)], more: &[(&str, String)]) -> Option<Self> {
        let lab = Self::lay_out(install()?, free_tcp());
        for (name, text) in FILES {
            lab.write(name, text, phones, more);
        }
        Some(lab.launch())
    }

    /// Starts one as Debian installs it, with its own files but for those that say where it is and
    /// whose telephones and which music it knows. Its HTTP server would have the usual port.
    pub fn start_stock(phones: &[(String, u16)]) -> Option<Self> {
        let lab = Self::lay_out(install()?, 8_088);
        for entry in fs::read_dir(lab.root.join("etc/asterisk")).expect("Asterisk is installed") {
            let path = entry.expect("a file").path();
            if let Some(name) = path.file_name().filter(|_| path.is_file()) {
                fs::copy(&path, lab.scratch().join("etc").join(name)).expect("a file");
            }
        }
        let own = ["asterisk.conf", "pjsip.conf", "musiconhold.conf", "logger.conf"];
        for (name, text) in FILES.into_iter().filter(|(name, _)| own.contains(name)) {
            lab.write(name, text, phones, &[]);
        }
        Some(lab.launch())
    }

    /// Its directories.
    fn lay_out(root: PathBuf, http: u16) -> Laid {
        let directory = format!("/lab/{}-{}", std::process::id(), free_tcp());
        let laid = Laid { modules: modules(&root), root, directory, http, sip: free_udp() };
        for directory in ["etc", "lib", "spool", "run", "log", "moh"] {
            fs::create_dir_all(laid.scratch().join(directory)).expect("a directory in the chroot");
        }
        // Without them Asterisk's SIP stack waits for the name server at every call.
        let name = fs::read_to_string("/etc/hostname").unwrap_or_default();
        let hosts = format!("127.0.0.1 localhost A.ROOT-SERVERS.NET {}\n", name.trim());
        fs::write(laid.root.join("etc/hosts"), hosts).expect("a file in the chroot");
        // A tone that nobody takes for silence: 8,000 bytes a second of µ-law.
        let tone: Vec<u8> = (0..80_000).map(|at| if at % 16 < 8 { 0x20 } else { 0xa0 }).collect();
        fs::write(laid.scratch().join("moh/tone.ulaw"), tone).expect("a file in the chroot");
        laid
    }

    fn booted(&mut self) {
        let start = Instant::now();
        while !self.cli("core waitfullybooted").contains("fully booted") {
            let ended = self.child.try_wait().expect("a child of ours");
            let may_come = ended.is_none() && start.elapsed() < PATIENCE;
            assert!(may_come, "Asterisk does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A directory that goes with it.
    pub fn scratch(&self) -> PathBuf {
        self.root.join(&self.directory[1..])
    }

    /// What Asterisk has logged.
    pub fn log(&self) -> String {
        let path = self.scratch().join("log/messages");
        fs::read_to_string(path).unwrap_or_default()
    }

    /// The arguments of `chroot` that run `asterisk` as its console.
    pub fn console(&self) -> [String; 4] {
        let config = format!("{}/etc/asterisk.conf", self.directory);
        let root = self.root.display().to_string();
        [root, "/usr/sbin/asterisk".into(), "-C".into(), config]
    }

    /// A command of Asterisk's console, and what it prints.
    pub fn cli(&self, command: &str) -> String {
        let output = Command::new("chroot")
            .args(self.console())
            .args(["-rx", command])
            .output()
            .expect("chroot runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// How many channels of a name's beginning Asterisk has.
    pub fn channels(&self, of: &str) -> usize {
        let listed = self.cli("core show channels concise");
        listed.lines().filter(|line| line.starts_with(of)).count()
    }

    /// How many channels each bridge has, in order of size.
    pub fn bridges(&self) -> Vec<u32> {
        let listed = self.cli("bridge show all");
        let sizes = listed.lines().skip(1).filter_map(|line| line.split_whitespace().nth(2));
        let mut sizes: Vec<u32> = sizes.filter_map(|size| size.parse().ok()).collect();
        sizes.sort_unstable();
        sizes
    }

    /// Ends the channels of a name's beginning, as if that side hung up.
    pub fn hang_up(&self, of: &str) {
        let listed = self.cli("core show channels concise");
        for line in listed.lines().filter(|line| line.starts_with(of)) {
            let name = line.split('!').next().expect("split gives one part at least");
            self.cli(&format!("channel request hangup {name}"));
        }
    }

    /// CPU seconds that Asterisk has used.
    pub fn cpu(&self) -> f64 {
        cpu(self.child.id())
    }

    /// Resident memory of Asterisk in bytes.
    pub fn resident(&self) -> u64 {
        resident(self.child.id())
    }

    /// `sipp` with a scenario whose placeholders are filled.
    fn sipp(&self, scenario: &str, fill: &[(&str, String)], arguments: &[String]) -> Phones {
        let mut text = scenario.to_owned();
        for (name, value) in fill {
            text = text.replace(name, value);
        }
        let path = self.scratch().join(format!("{}.xml", free_udp()));
        fs::write(&path, text).expect("a file in the chroot");
        let child = Command::new("sipp")
            .args(["-sf", &path.display().to_string(), "-i", "127.0.0.1", "-nostdin"])
            .args(arguments)
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp runs");
        Phones { child }
    }

    /// Telephones on a UDP port that ring for a while, then are answered; who hangs up after the
    /// talk unless the caller does. They hear what comes to the port `rtp`.
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

    /// The same, answered at once, whose line fails after the talk (ITU-T Q.850 cause 41).
    pub fn failing_phones(&self, port: u16, talk_ms: u64, rtp: u16) -> Phones {
        let fill = [
            ("@RING@", "50".to_owned()),
            ("@TALK@", talk_ms.to_string()),
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

    /// Telephones on a UDP port whose owner transfers the call blindly to a number.
    pub fn transferring_phones(&self, port: u16, to: &str, rtp: u16) -> Phones {
        let fill = [
            ("@RING@", "50".to_owned()),
            ("@TALK@", "500".to_owned()),
            ("@RTP@", rtp.to_string()),
            ("@TO@", to.to_owned()),
        ];
        self.sipp(include_str!("refer.xml"), &fill, &["-p".to_owned(), port.to_string()])
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

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(self.scratch());
    }
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
            std::thread::sleep(Duration::from_millis(20));
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
        std::thread::spawn(move || {
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

/// CPU seconds of a process.
pub fn cpu(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = after_name.split(' ').skip(11).take(2).filter_map(|n| n.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Resident memory of a process in bytes.
pub fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Where Debian has Asterisk's modules, which names the machine's kind.
fn modules(root: &Path) -> String {
    let found = fs::read_dir(root.join("usr/lib")).expect("the chroot is whole");
    let found = found.filter_map(Result::ok).map(|entry| entry.path().join("asterisk/modules"));
    let path = found.into_iter().find(|path| path.is_dir()).expect("Asterisk is installed");
    format!("/{}", path.strip_prefix(root).expect("it is in the chroot").display())
}

/// A TCP port that is free now.
pub fn free_tcp() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// A UDP port that is free now.
pub fn free_udp() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    socket.local_addr().expect("it is bound").port()
}
