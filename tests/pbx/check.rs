//! `acd gateway check asterisk` before a live Asterisk.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::lab::{Lab, PASSWORD, free_tcp, free_udp};
use super::support::{Scratch, acd};

#[test]
fn a_check_says_what_asterisk_lacks_in_its_own_terms() {
    let more = [("modules.conf", "load = func_dialplan.so\n".to_owned())];
    let Some(lab) = Lab::start(&[("a1".to_owned(), free_udp())], &more) else { return };
    let scratch = Scratch::new("pbx-check");
    let check = |http: u16, password: &str, more: &[&str]| {
        let path = scratch.join("asterisk.toml");
        let text = format!("[ari]\nurl = \"http://127.0.0.1:{http}\"\npassword = \"{password}\"\n");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let mut command = acd();
        command.args(["gateway", "check", "asterisk", "--config"]).arg(&path).args(more);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) =
        check(lab.http, PASSWORD, &["--number", "311@callers", "--device", "PJSIP/a1"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("ok       [callers] has exten => 311\n"), "{said}");
    assert!(said.contains("ok       res_ari_bridges.so is running\n"), "{said}");
    let (code, said) =
        check(lab.http, PASSWORD, &["--number", "999@callers", "--device", "PJSIP/b7"]);
    assert_eq!(code, Some(1), "{said}");
    for line in [
        "missing  extensions.conf: [callers] has no exten => 999,1,Stasis(acd,QUEUE)\n",
        "missing  pjsip.conf: no endpoint [b7] for PJSIP/b7\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let (code, said) = check(lab.http, "wrong", &[]);
    let missing = "missing  ari.conf: no [acd] with type = user and this password\n";
    assert_eq!((code, said.as_str()), (Some(1), missing));
    let (code, said) = check(free_tcp(), PASSWORD, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("http.conf: enabled = yes, bindaddr, bindport"), "{said}");
}
