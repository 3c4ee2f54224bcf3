//! Runs every scenario under `tests/scenarios` against the engine and the model.
//!
//! `ACD_BLESS=1` fills in each outcome that is written `?`.

use std::fs;
use std::path::{Path, PathBuf};

use acd_core::Engine;
use acd_model::generate::Generator;
use acd_model::lockstep::{Lockstep, TimedCommand};
use acd_model::{Model, scenario};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// Every scenario file, those of the folders in it included, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "scenario") {
            all.push(path);
        }
    }
    all.sort();
    all
}

#[test]
fn every_scenario_comes_out_as_written() {
    let mut mistakes = Vec::new();
    let files = files(&folder());
    for path in &files {
        let mut text = fs::read_to_string(path).expect("it can be read");
        if std::env::var_os("ACD_BLESS").is_some() && text.contains("-> ?") {
            match scenario::bless(&text) {
                Ok(blessed) => text = blessed,
                Err(mistake) => mistakes.push(format!("{}: {mistake}", path.display())),
            }
            fs::write(path, &text).expect("it can be written");
        }
        match scenario::run(&text, Engine::new) {
            Ok(run) if run.asked.is_empty() => {}
            Ok(_) => mistakes.push(format!("{}: an outcome is still `?`", path.display())),
            Err(mistake) => mistakes.push(format!("{}: {mistake}", path.display())),
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    assert!(files.len() >= 50, "only {} scenarios", files.len());
}

#[test]
fn a_scenario_begins_by_saying_what_it_shows() {
    for path in files(&folder()) {
        let text = fs::read_to_string(&path).expect("it can be read");
        assert!(text.starts_with("# "), "{} begins without a sentence", path.display());
    }
}

#[test]
fn a_mistake_names_line_expected_and_got() {
    let text =
        "queue roads\nagent ana\n\n0 agent ana sign_in -> ok\n1 agent ana ready -> nothing\n";
    let mistake = scenario::run(text, Engine::new).expect_err("ana becomes ready");
    assert_eq!(mistake.line, 5);
    assert_eq!(mistake.what, "\n  expected nothing\n  got      ready ana");
}

#[test]
fn every_random_command_can_be_written_down_and_read_back() {
    for seed in 1..=40 {
        let commands = random_commands(seed);
        let text = scenario::print(seed, &commands);
        let run = scenario::run(&text, Model::new).unwrap_or_else(|mistake| {
            panic!("seed {seed}, {mistake}: {:?}", text.lines().nth(mistake.line - 1))
        });
        assert_eq!(run.commands, commands, "seed {seed}");
        let blessed = scenario::bless(&text).expect("it has run before");
        let again = scenario::run(&blessed, Engine::new);
        let again = again.unwrap_or_else(|mistake| panic!("seed {seed}, {mistake}\n{blessed}"));
        assert_eq!(again.commands, commands, "seed {seed}");
        assert!(again.asked.is_empty(), "seed {seed}");
    }
}

fn random_commands(seed: u64) -> Vec<TimedCommand> {
    let mut generator = Generator::new(seed);
    let mut lockstep = Lockstep::new(Model::new(seed), Model::new(seed));
    let mut commands = Vec::new();
    for _ in 0..300 {
        let (now, command) = generator.next(&lockstep.state, lockstep.model.next_deadline());
        let _ = lockstep.apply(now, &command).expect("the model agrees with itself");
        commands.push((now, command));
    }
    commands
}
