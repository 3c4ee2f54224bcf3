//! The house rules that a machine can check: sizes, first lines, left-overs, which crate may use
//! which, links, and the lints in force.
#![allow(clippy::unwrap_used, reason = "a project that cannot be read is not tidy")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Lines of a source file.
const LINES_MAX: usize = 500;
/// Letters of a line of comment; rustfmt folds code, and a text may be as long as it is.
const COLUMNS_MAX: usize = 100;

/// Which of our crates each crate may use, tests aside. An arrow that is not here is a mistake.
const ARROWS: [(&str, &[&str]); 16] = [
    ("acd-core", &[]),
    ("acd-proto", &["acd-core"]),
    ("acd-client", &["acd-proto"]),
    ("acd-server", &["acd-core", "acd-log", "acd-proto", "acd-stats"]),
    ("acd-stats", &["acd-proto"]),
    ("acd-load", &["acd-proto"]),
    ("acd-log", &["acd-core", "acd-proto"]),
    ("acd-sim", &["acd-core"]),
    ("acd-tui", &["acd-client", "acd-proto"]),
    ("acd-web", &["acd-client", "acd-proto"]),
    ("acd-demo", &["acd-client", "acd-core", "acd-proto", "acd-server", "acd-sim", "acd-tui"]),
    ("acd-bench", &["acd-core", "acd-load", "acd-log"]),
    ("acd-gateway", &["acd-client", "acd-proto"]),
    ("acd-model", &["acd-core"]),
    ("xtask", &[]),
    (
        "acd",
        &[
            "acd-client",
            "acd-core",
            "acd-demo",
            "acd-gateway",
            "acd-load",
            "acd-log",
            "acd-proto",
            "acd-server",
            "acd-sim",
            "acd-stats",
            "acd-tui",
            "acd-web",
        ],
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the project whose name ends in one of `endings`, with its text.
fn files(endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut directories = vec![root().to_path_buf()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() && !["target", ".git"].contains(&name.as_str()) {
                directories.push(path);
            } else if kind.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_path_buf(), text));
            }
        }
    }
    found.sort();
    found
}

/// Fails with every line of `wrong`, if there is any.
fn assert_none(rule: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{rule}:\n  {}", wrong.join("\n  "));
}

#[test]
fn a_source_file_says_first_what_it_owns_and_stays_within_its_size() {
    let sources = files(&[".rs"]);
    assert!(sources.len() > 30, "only {} files were found", sources.len());
    let mut wrong = Vec::new();
    for (path, text) in &sources {
        let path = path.display();
        if !text.starts_with("//! ") {
            wrong.push(format!("{path}:1: the first line is not `//! ` and what the file owns"));
        }
        if text.lines().count() > LINES_MAX {
            wrong.push(format!("{path}: {} lines, {LINES_MAX} at most", text.lines().count()));
        }
        let comment = |line: &&str| line.trim_start().starts_with("//");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| comment(line)) {
            let columns = line.chars().count();
            if columns > COLUMNS_MAX {
                wrong.push(format!("{path}:{}: {columns} columns", number + 1));
            }
        }
    }
    assert_none("sizes and first lines", &wrong);
}

#[test]
fn nothing_is_left_over_or_unbounded() {
    let banned = [
        ("#[ig", "nore", "a test that does not run proves nothing"),
        ("to", "do!(", "finish it or leave it out"),
        ("unimple", "mented!(", "finish it or leave it out"),
        ("db", "g!(", "left from debugging"),
        ("unbounded_", "channel", "every queue has a maximum"),
        ("::unbounded", "()", "every queue has a maximum"),
        ("mpsc::", "channel()", "every queue has a maximum"),
    ];
    let mut wrong = Vec::new();
    for (path, text) in files(&[".rs"]) {
        for (number, line) in text.lines().enumerate() {
            for (head, tail, reason) in banned {
                if line.contains(&[head, tail].concat()) {
                    wrong.push(format!(
                        "{}:{}: {head}{tail}: {reason}",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert_none("left-overs", &wrong);
}

#[test]
fn the_project_stands_alone() {
    let outside = [["../", "shared"].concat(), ["/work", "/main"].concat()];
    let mut wrong = Vec::new();
    for (path, text) in files(&[".rs", ".md", ".toml", ".txt", ".sh", "run"]) {
        for (number, line) in text.lines().enumerate() {
            if outside.iter().any(|outside| line.contains(outside)) {
                wrong.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert_none("names of places outside the project", &wrong);
}

#[test]
fn a_link_in_a_document_leads_somewhere() {
    let mut wrong = Vec::new();
    let documents = files(&[".md"]);
    assert!(!documents.is_empty());
    for (path, text) in documents {
        for (number, target) in links(&text) {
            let file = target.split('#').next().expect("a split has a first part");
            let outside = target.contains("://") || target.starts_with("mailto:");
            let at = root().join(&path);
            let at = at.parent().expect("a file is in a directory").join(file);
            if !outside && !file.is_empty() && !at.exists() {
                wrong.push(format!("{}:{number}: {target}", path.display()));
            }
        }
    }
    assert_none("links that lead nowhere", &wrong);
}

/// The targets of `[text](target)`, code blocks aside, with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        let parts = line.split("](").skip(1).filter(|_| !in_code);
        found.extend(parts.filter_map(|part| Some((number + 1, part.split(')').next()?))));
    }
    found
}

#[test]
fn links_are_found_outside_code() {
    let text = "[a](b.md#c) and ![d](e/f.png)\n```\n[no](no.md)\n```\n[g](https://h)";
    assert_eq!(links(text), [(1, "b.md#c"), (1, "e/f.png"), (5, "https://h")]);
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(vec!["--no-deps".into(), "--offline".into()])
        .exec()
        .unwrap()
}

#[test]
fn crates_use_each_other_only_along_the_arrows() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let Some(may_use) = allowed.get(package.name.as_str()) else {
            wrong.push(format!("{} has no line in the table of arrows", package.name));
            continue;
        };
        let uses = package.dependencies.iter().filter(|dependency| {
            dependency.kind != DependencyKind::Development
                && ours.contains(dependency.name.as_str())
        });
        for used in uses.filter(|dependency| !may_use.contains(&dependency.name.as_str())) {
            wrong.push(format!("{} uses {}", package.name, used.name));
        }
        if package.name == "acd-core" && !package.dependencies.iter().all(is_for_tests) {
            wrong.push("acd-core uses another crate".into());
        }
    }
    assert_none("arrows between crates", &wrong);
}

fn is_for_tests(dependency: &cargo_metadata::Dependency) -> bool {
    dependency.kind == DependencyKind::Development
}

#[test]
fn the_lints_are_in_force_in_every_crate() {
    let mut wrong = Vec::new();
    let lints = fs::read_to_string(root().join("clippy.toml")).unwrap();
    assert!(lints.contains("too-many-lines-threshold = 70"), "functions stay within 70 lines");
    assert!(lints.contains("HashMap") && lints.contains("HashSet"), "hash maps are banned");
    for package in metadata().packages {
        let manifest = package.manifest_path.as_std_path();
        let directory = manifest.parent().expect("a manifest is in a directory");
        if !fs::read_to_string(manifest).unwrap().contains("[lints]\nworkspace = true") {
            wrong.push(format!("{} does not take the workspace's lints", package.name));
        }
        // A member's clippy.toml replaces the workspace's.
        let Ok(own) = fs::read_to_string(directory.join("clippy.toml")) else { continue };
        for line in lints.lines().filter(|line| !own.contains(line.trim())) {
            wrong.push(format!("the clippy.toml of {} leaves out: {line}", package.name));
        }
    }
    let core = fs::read_to_string(root().join("acd-core/clippy.toml")).unwrap();
    for clock in ["std::time::Instant", "std::time::SystemTime"] {
        if !core.contains(clock) {
            wrong.push(format!("acd-core may use {clock}"));
        }
    }
    assert_none("lints", &wrong);
}
