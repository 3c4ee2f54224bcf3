//! `acd-bench-count`: counts instructions, allocations and bytes, and holds them against a
//! baseline. What it counts does not depend on how busy the machine is.
//!
//! It drives valgrind itself. gungraun was looked at (0.20): its baselines are whole profiles
//! under `target`, where a repository cannot keep them; its runner has to be built at exactly its
//! version, a minute of a fresh machine; and it counts no allocations or bytes of the engine,
//! which would need a second gate beside it. What is left of it is one call of valgrind.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use acd_bench::counted::{Kind, MATCHING, Prepared, REGION, Size};
use acd_bench::{Centre, Scene, Signatures};
use acd_core::Engine;

const USAGE: &str = "\
Counts what the engine's commands cost, whatever else the machine does.

Usage: acd-bench-count gate [--bless] [--baseline FILE]
       acd-bench-count counts [--city]
       acd-bench-count play|alone|prepare KIND SIZE   (what valgrind runs)

Examples:
  cargo xtask bench --gate           fails where anything costs 2 % more than the baseline
  cargo xtask bench --gate --bless   writes the baseline anew

Exit code 0: nothing costs more; 1: something does, or cannot be counted; 2: wrong usage.";

/// What may be added to a figure of the baseline, in hundredths.
const TOLERANCE_PERCENT: f64 = 2.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [what @ ("play" | "alone" | "prepare"), kind, size] => {
            let size = match size {
                "small" => Size::Small,
                "city" => Size::City,
                _ => return usage(),
            };
            let Some(kind) = Kind::named(kind) else { return usage() };
            play(what, kind, size);
            Ok(())
        }
        ["counts"] => counts(Size::Small).map(|counts| print!("{}", text(&counts))),
        ["counts", "--city"] => counts(Size::City).map(|counts| print!("{}", text(&counts))),
        ["gate"] => gate(&baseline(), false),
        ["gate", "--bless"] => gate(&baseline(), true),
        ["gate", "--baseline", file] => gate(Path::new(file), false),
        ["--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => return usage(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("acd-bench-count: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

/// The baseline of this repository.
fn baseline() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("baseline.txt")
}

/// What valgrind runs: says how many commands were counted.
fn play(what: &str, kind: Kind, size: Size) {
    let (commands, sum) = match what {
        "play" => {
            let (commands, centre) = Prepared::new(kind, size).run();
            (commands, centre.sum)
        }
        "alone" => {
            let (commands, centre) = Prepared::alone(kind, size).run();
            (commands, centre.sum)
        }
        _ => (1, Prepared::alone(kind, size).centre.sum),
    };
    println!("{commands} {sum:016x}");
}

/// Everything that is counted, by name; the checksum of what was decided is among it, in hex.
type Counts = BTreeMap<String, String>;

fn counts(size: Size) -> Result<Counts, String> {
    let mut counts = Counts::new();
    // All at once: a count does not mind company.
    let started: Result<Vec<_>, _> =
        Kind::ALL.iter().map(|&kind| Ok((kind, under_valgrind("play", kind, size)?))).collect();
    let both = |kind| {
        let (alone, before) =
            (under_valgrind("alone", kind, size)?, under_valgrind("prepare", kind, size)?);
        Ok((kind, alone, before))
    };
    let matched: Result<Vec<_>, _> = Kind::MATCHED.into_iter().map(both).collect();
    for kind in Kind::ALL {
        let prepared = Prepared::new(kind, size);
        let mut done = None;
        let allocations = allocation_counter::measure(|| done = Some(prepared.run())).count_total;
        let (commands, _) = done.expect("it has run");
        add(&mut counts, &format!("allocations.{}", kind.name()), allocations, commands);
    }
    bytes(size, &mut counts);
    let started: Vec<(Kind, std::process::Child)> = started.map_err(|error: String| error)?;
    for (kind, child) in started {
        let (collected, commands, sum) = collected(kind, child)?;
        add(&mut counts, &format!("instructions.{}", kind.name()), collected, commands);
        counts.insert(format!("checksum.{}", kind.name()), sum);
    }
    let matched: Vec<_> = matched.map_err(|error: String| error)?;
    for (kind, alone, before) in matched {
        let (all, commands, _) = collected(kind, alone)?;
        let (prepared, _, _) = collected(kind, before)?;
        add(&mut counts, &format!("matching.{}", kind.name()), all - prepared, commands);
    }
    Ok(counts)
}

/// What valgrind collected, over how many commands, and the checksum of what was decided.
fn collected(kind: Kind, child: std::process::Child) -> Result<(u64, u64, String), String> {
    let output = child.wait_with_output().map_err(|error| format!("valgrind: {error}"))?;
    let (told, said) = (text_of(&output.stdout), text_of(&output.stderr));
    let collected = said.lines().find_map(|line| line.split("Collected : ").nth(1));
    let collected: Option<u64> = collected.and_then(|count| count.trim().parse().ok());
    let commands = told.trim().split_once(' ').and_then(|(commands, sum)| {
        Some((commands.parse::<u64>().ok().filter(|&commands| commands > 0)?, sum))
    });
    let (Some(collected @ 1..), Some((commands, sum))) = (collected, commands) else {
        return Err(format!("valgrind counted nothing for {}: {said}", kind.name()));
    };
    Ok((collected, commands, sum.to_owned()))
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn under_valgrind(what: &str, kind: Kind, size: Size) -> Result<std::process::Child, String> {
    let own = env::current_exe().map_err(|error| format!("cannot find itself: {error}"))?;
    let toggles: &[&str] = if what == "play" { &[REGION] } else { &MATCHING };
    Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .args(toggles.iter().map(|name| format!("--toggle-collect={name}")))
        .arg(own)
        .args([what, kind.name(), if size == Size::City { "city" } else { "small" }])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("valgrind cannot be run ({error}): apt-get install valgrind"))
}

/// Adds a count a command, to three places.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn add(counts: &mut Counts, name: &str, count: u64, commands: u64) {
    counts.insert(name.to_owned(), format!("{:.3}", count as f64 / commands as f64));
}

/// Bytes: what matching keeps for a contact that waits and an agent that is free, and all that
/// the engine takes from the heap for a contact.
fn bytes(size: Size, counts: &mut Counts) {
    let (contacts, agents, sets) = match size {
        Size::Small => (10_000, 1_000, 20),
        Size::City => (100_000, 10_000, 200),
    };
    let scene = Scene { agents, ..Scene::CITY };
    for (name, signatures) in
        [("distinct", Signatures::Distinct), ("shared", Signatures::Shared(sets))]
    {
        let scene = Scene { signatures, ..scene };
        let centre = Centre::without_contacts(scene, Engine::new(1));
        let told = centre.side.matching().idle_bytes as u64;
        add(counts, &format!("bytes.agent-{name}"), told, u64::from(agents));
    }
    let mut centre = Centre::without_contacts(Scene { agents: 1, ..scene }, Engine::new(1));
    let heap = allocation_counter::measure(|| {
        for _ in 0..contacts {
            centre.submit();
        }
    });
    let told = centre.side.matching().waiting_bytes as u64;
    add(counts, "bytes.contact", told, centre.waiting());
    add(counts, "heap.contact", heap.bytes_current.unsigned_abs(), centre.waiting());
}

fn text(counts: &Counts) -> String {
    let mut text = String::new();
    for (name, count) in counts {
        let _ = writeln!(text, "{name} {count}");
    }
    text
}

/// Compares with the baseline, or writes it.
fn gate(file: &Path, bless: bool) -> Result<(), String> {
    let now = counts(Size::Small)?;
    if bless {
        let head =
            "# What commands cost at small size; `cargo xtask bench --gate --bless` writes it.\n";
        let written = std::fs::write(file, head.to_owned() + &text(&now));
        return written.map_err(|error| format!("cannot write {}: {error}", file.display()));
    }
    let kept = std::fs::read_to_string(file);
    let kept = kept.map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let kept: BTreeMap<&str, &str> = kept.lines().filter_map(|line| line.split_once(' ')).collect();
    let mut wrong = 0;
    for (name, count) in &now {
        let before = kept.get(name.as_str()).copied();
        let verdict = verdict(before, count);
        wrong += u32::from(verdict.is_err());
        let (Ok(verdict) | Err(verdict)) = verdict;
        println!("{name:<28} {:>16} {count:>16}  {verdict}", before.unwrap_or("-"));
    }
    if wrong == 0 {
        return Ok(());
    }
    Err(format!(
        "{wrong} figures are not as good as {}; where that is meant, --bless",
        file.display()
    ))
}

/// How a figure compares with the baseline's.
fn verdict(before: Option<&str>, now: &str) -> Result<String, String> {
    let Some(before) = before else { return Err("not in the baseline".into()) };
    let (Ok(was), Ok(is)) = (before.parse::<f64>(), now.parse::<f64>()) else {
        let same = before == now;
        return if same { Ok("same".into()) } else { Err("decides otherwise".into()) };
    };
    // What was nothing may not become anything.
    let percent = if before == now { 0.0 } else { (is - was) / was * 100.0 };
    let says = format!("{percent:+.2} %");
    if percent > TOLERANCE_PERCENT { Err(format!("{says}: too much")) } else { Ok(says) }
}
