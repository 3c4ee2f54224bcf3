//! A real Asterisk in its chroot, with real SIP telephones, for as long as a test runs.

#![allow(dead_code, unreachable_pub, unused_imports, reason = "each program uses its part")]

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[path = "phones.rs"]
mod phones;

pub use phones::{Ear, Phones};

/// How long anything may take before a test calls it lost.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// The password in `ari.conf`.
pub const PASSWORD: &str = "laboratory";

/// The files of `etc/`, by name.
const FILES: [(&str, &str); 14] = [
    ("asterisk.conf", include_str!("etc/asterisk.conf")),
    ("modules.conf", include_str!("etc/modules.conf")),
    ("http.conf", include_str!("etc/http.conf")),
    ("ari.conf", include_str!("etc/ari.conf")),
    ("extensions.conf", include_str!("etc/extensions.conf")),
    ("musiconhold.conf", include_str!("etc/musiconhold.conf")),
    ("pjsip.conf", include_str!("etc/pjsip.conf")),
    ("pjsip_notify.conf", include_str!("etc/pjsip_notify.conf")),
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

    /// Writes a file that all laboratories read, in one step if it must be.
    fn write_shared(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            let new = self.scratch().join("new");
            fs::write(&new, text).expect("a file in the chroot");
            fs::rename(new, path).expect("a file in the chroot");
        }
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
        let own =
            ["asterisk.conf", "pjsip.conf", "pjsip_notify.conf", "musiconhold.conf", "logger.conf"];
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
        // Asterisk's SIP stack asks for these names, of IPv6 too, and waits for the name server at
        // every call where nobody else knows.
        let name = fs::read_to_string("/etc/hostname").unwrap_or_default();
        let hosts = format!("127.0.0.1 localhost A.ROOT-SERVERS.NET {}\n", name.trim());
        laid.write_shared("etc/hosts", &hosts);
        let services = fs::read_to_string(laid.root.join("etc/nsswitch.conf"));
        let services = services.expect("Debian's").replace("files dns", "files");
        laid.write_shared("etc/nsswitch.conf", &services);
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

    /// The channels of a name's beginning that Asterisk has.
    fn named(&self, of: &str) -> Vec<String> {
        let listed = self.cli("core show channels concise");
        let names = listed.lines().filter_map(|line| line.split('!').next());
        names.filter(|name| name.starts_with(of)).map(str::to_owned).collect()
    }

    /// How many channels of a name's beginning Asterisk has.
    pub fn channels(&self, of: &str) -> usize {
        self.named(of).len()
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
        for name in self.named(of) {
            self.cli(&format!("channel request hangup {name}"));
        }
    }

    /// Presses the key of the telephone of this name in its call: whoever has it hangs up.
    pub fn press(&self, phone: &str) {
        self.notify(phone, "press");
    }

    /// Says something of `pjsip_notify.conf` to a telephone in its call, the first if it has two.
    fn notify(&self, phone: &str, what: &str) {
        let first = self.named(phone).into_iter().min().expect("it has a call");
        self.cli(&format!("pjsip send notify {what} channel {first}"));
    }

    /// A global variable of the dialplan.
    fn global(&self, name: &str) -> String {
        let listed = self.cli("dialplan show globals");
        let mut values = listed.lines().filter_map(|line| line.trim().split_once('='));
        let found = values.find(|(found, _)| *found == name);
        found.map(|(_, value)| value.to_owned()).expect("the dialplan has set it")
    }

    /// CPU seconds that Asterisk has used.
    pub fn cpu(&self) -> f64 {
        cpu(self.child.id())
    }

    /// Resident memory of Asterisk in bytes.
    pub fn resident(&self) -> u64 {
        resident(self.child.id())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(self.scratch());
    }
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
