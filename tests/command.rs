//! The one command as a shell sees it: what it prints, where, and its exit code.
#![allow(clippy::unwrap_used, reason = "a command that cannot be run is a failure")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

/// Standard output, standard error and the exit code of `acd` with these arguments.
fn acd(home: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_acd"))
        .args(arguments)
        .env("XDG_CONFIG_HOME", home)
        .current_dir(home)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// An empty directory of the named test's own.
fn scratch(test: &str) -> PathBuf {
    let path = env::temp_dir().join(format!("acd-command-{}-{test}", process::id()));
    fs::create_dir(&path).unwrap();
    path
}

#[test]
fn the_embedded_configuration_passes_the_check_and_a_mistake_in_it_is_named() {
    let home = scratch("config");
    let (shown, _, code) = acd(&home, &["config", "show"]);
    assert_eq!(code, Some(0));
    fs::write(home.join("city.toml"), &shown).unwrap();
    let (good, errors, code) = acd(&home, &["config", "check", "city.toml"]);
    assert_eq!((errors.as_str(), code), ("", Some(0)));
    assert!(good.starts_with("city.toml: nothing is wrong (14 queues, 42 agents"), "{good}");

    let line = shown.lines().position(|line| line == "strategy = \"longest_idle\"").unwrap() + 1;
    fs::write(home.join("city.toml"), shown.replace("\"longest_idle\"", "\"longest-idle\""))
        .unwrap();
    let (out, errors, code) = acd(&home, &["config", "check", "city.toml"]);
    assert_eq!((out.as_str(), code), ("", Some(1)));
    let expected = format!(
        "city.toml:{line}:12: `strategy`: unknown value \"longest-idle\"; did you mean \
         `longest_idle`?\nacd: 1 problem in city.toml\n"
    );
    assert_eq!(errors, expected);

    let (_, errors, code) = acd(&home, &["config", "check", "none.toml"]);
    assert_eq!(errors, "acd: none.toml: No such file or directory (os error 2)\n");
    assert_eq!(code, Some(1));
    fs::remove_dir_all(&home).unwrap();
}

#[test]
fn hours_are_printed_day_by_day_before_they_are_in_force() {
    let home = scratch("hours");
    let document =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/HOURS.md")).unwrap();
    let (_, city) = document.split_once("```toml\n").unwrap();
    fs::write(home.join("city.toml"), city.split_once("```").unwrap().0).unwrap();
    let asked = ["config", "hours", "city.toml", "--from", "2026-12-24", "--days", "2", "--queue"];
    let (shown, errors, code) = acd(&home, &[&asked[..], &["permits"]].concat());
    assert_eq!((errors.as_str(), code), ("", Some(0)));
    let expected = "2026-12-24T00:00:00-05:00  closed  permits (from before)\n\
                    2026-12-24T08:00:00-05:00  open    permits\n\
                    2026-12-24T12:00:00-05:00  closed  permits\n\
                    2026-12-25T08:00:00-05:00  open    permits\n\
                    2026-12-25T20:00:00-05:00  closed  permits\n";
    assert_eq!(shown, expected);
    let (json, _, _) = acd(&home, &[&asked[..], &["chat", "--json"]].concat());
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&first["channel"], &first["open"]), (&"chat".into(), &false.into()));
    let (_, errors, code) = acd(&home, &[&asked[..], &["permit"]].concat());
    assert!(errors.contains("no queue `permit`; it has permits, chat"), "{errors}");
    assert_eq!(code, Some(1));
    fs::remove_dir_all(&home).unwrap();
}

#[test]
fn the_schema_is_json() {
    let home = scratch("schema");
    let (schema, _, code) = acd(&home, &["config", "schema"]);
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(code, Some(0));
    fs::remove_dir_all(&home).unwrap();
}

#[test]
fn a_token_is_printed_alone_listed_without_its_secret_and_revoked() {
    let home = scratch("token");
    let new = ["token", "new", "--role", "frontend", "--name", "asterisk-1"];
    let (token, note, code) = acd(&home, &new);
    assert_eq!(code, Some(0));
    assert!(token.starts_with("acd_") && token.trim().len() == 4 + 8 + 1 + 64, "{token}");
    assert!(note.starts_with("Shown this once; "), "{note}");
    let id = token.split('_').nth(1).unwrap();
    let (list, _, _) = acd(&home, &["token", "list"]);
    assert_eq!(list, format!("{id}  frontend    asterisk-1\n"));
    let (revoked, _, code) = acd(&home, &["token", "revoke", "asterisk-1"]);
    assert_eq!((revoked, code), (list, Some(0)));
    assert_eq!(acd(&home, &["token", "list"]).0, "");
    let (_, errors, code) = acd(&home, &["token", "revoke", id]);
    assert!(errors.contains(&format!("no token has the id or name `{id}`")), "{errors}");
    assert_eq!(code, Some(1));
    fs::remove_dir_all(&home).unwrap();
}

#[test]
fn the_tokens_of_a_configuration_are_beside_it() {
    let home = scratch("beside");
    let city = "city = { name = \"X\", time_zone = \"UTC\" }\n[server]\ntokens = \"keys.toml\"\n";
    fs::write(home.join("city.toml"), city).unwrap();
    let config = ["--config", "city.toml"];
    let new = [["token", "new", "--role", "agent", "--name", "4471"].as_slice(), &config].concat();
    assert_eq!(acd(&home, &new).2, Some(0));
    assert!(home.join("keys.toml").exists());
    let (list, _, _) = acd(&home, &[["token", "list"].as_slice(), &config].concat());
    assert!(list.ends_with("  agent       4471\n"), "{list}");
    fs::remove_dir_all(&home).unwrap();
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    let home = scratch("usage");
    for arguments in [&["token", "new", "--role", "king", "--name", "x"][..], &["nothing"], &[]] {
        assert_eq!(acd(&home, arguments).2, Some(2), "{arguments:?}");
    }
    fs::remove_dir_all(&home).unwrap();
}
