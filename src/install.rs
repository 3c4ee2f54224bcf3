//! What an installation has beside the program: manual pages and completions, made from its own
//! arguments, so that they say what it does.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use roff::{Roff, italic, roman};

use crate::Acd;
use crate::output::print;

/// Print a shell's completions.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd completions bash > /etc/bash_completion.d/acd
  acd completions zsh > ~/.zfunc/_acd
  acd completions fish > ~/.config/fish/completions/acd.fish")]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

/// Write the manual pages: acd(1), and one for each command.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd man /usr/local/share/man/man1
  acd man . && man ./acd-serve.1")]
pub(crate) struct Man {
    /// The directory, made where it is missing.
    directory: PathBuf,
}

impl Completions {
    /// Prints them.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Acd::command(), "acd", &mut text);
        print(&String::from_utf8_lossy(&text))?;
        Ok(())
    }
}

impl Man {
    /// Writes them.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let directory = &self.directory;
        fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
        let mut command = on_paper(Acd::command());
        command.build();
        let written = page(directory, "acd", &command)?;
        print(&format!("{written} pages in {}\n", directory.display()))?;
        Ok(())
    }
}

/// A command as its page tells it: every option with its meaning, and nothing of `help`.
fn on_paper(command: Command) -> Command {
    let told = command.disable_help_subcommand(true);
    told.mut_args(|argument| argument.hide_short_help(false)).mut_subcommands(on_paper)
}

/// Writes the page of a command and those below it; how many.
fn page(directory: &Path, name: &str, command: &Command) -> anyhow::Result<usize> {
    let file = directory.join(format!("{name}.1"));
    let man = clap_mangen::Man::new(command.clone()).title(name).section("1").manual("acd");
    let man = man.source(concat!("acd ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    if command.get_long_about().is_some() {
        man.render_description_section(&mut text)?;
    }
    man.render_options_section(&mut text)?;
    let below = command.get_subcommands().filter(|below| !below.is_hide_set());
    let below: Vec<_> = below.map(|below| (below.get_name().to_owned(), below)).collect();
    if !below.is_empty() {
        man.render_subcommands_section(&mut text)?;
    }
    if let Some(after) = command.get_after_long_help().or_else(|| command.get_after_help()) {
        written_below(&after.to_string()).to_writer(&mut text)?;
    }
    if name == "acd" {
        elsewhere().to_writer(&mut text)?;
    }
    fs::write(&file, &text).with_context(|| file.display().to_string())?;
    let mut written = 1;
    for (word, command) in below {
        written += page(directory, &format!("{name}-{word}"), command)?;
    }
    Ok(written)
}

/// What stands below the options of `--help`, as sections of a page, in their order there.
fn sections(text: &str) -> [(&'static str, Vec<&str>); 3] {
    const NOTES: usize = 0;
    const STATUS: usize = 1;
    const EXAMPLES: usize = 2;
    let mut sections = [("NOTES", vec![]), ("EXIT STATUS", vec![]), ("EXAMPLES", vec![])];
    let mut at = NOTES;
    for line in text.lines() {
        if line == "Examples:" {
            at = EXAMPLES;
            continue;
        }
        let codes = line.strip_prefix("Exit codes: ");
        let unfinished = |line: &&str| !line.ends_with('.');
        let goes_on = at == STATUS && sections[STATUS].1.last().is_some_and(unfinished);
        if codes.is_some() {
            at = STATUS;
        } else if !line.starts_with(' ') && !goes_on {
            at = NOTES;
        }
        sections[at].1.push(codes.unwrap_or(line));
    }
    sections
}

/// These sections; what is indented stays as it is written.
fn written_below(text: &str) -> Roff {
    let mut roff = Roff::new();
    for (title, lines) in sections(text).into_iter().filter(|(_, lines)| !lines.is_empty()) {
        roff.control("SH", [title]);
        let (mut as_written, mut ended) = (false, false);
        for line in lines {
            let indented = line.strip_prefix("  ");
            if as_written && indented.is_none() {
                roff.control("fi", []).control("PP", []);
            } else if ended {
                roff.control("br", []);
            }
            if !as_written && indented.is_some() {
                roff.control("nf", []);
            }
            as_written = indented.is_some();
            ended = !as_written && line.ends_with('.');
            roff.text([roman(indented.unwrap_or(line))]);
        }
        if as_written {
            roff.control("fi", []);
        }
    }
    roff
}

/// Where the service that the package installs has its things, and where to read on.
fn elsewhere() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["FILES"]);
    for (path, what) in [
        ("/etc/acd/city.toml", "The configuration of acd.service; see acd-config(1)."),
        ("/etc/acd/tokens.toml", "Hashes of the tokens that clients show; see acd-token(1)."),
        ("/var/lib/acd", "The log, from which everything comes back; see acd-log(1)."),
        ("/run/acd/acd.sock", "Where clients on the same machine connect."),
        ("/usr/share/doc/acd", "PROTOCOL.md for who writes a client, and the other documents."),
    ] {
        roff.control("TP", []).text([italic(path)]).text([roman(what)]);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_below_the_options_has_its_section() {
        let text = "Examples:\n  acd serve\n  acd serve --data DIR\nSignals: TERM stops it.\n\
                    Exit codes: 0 stopped,\n2 wrong usage.\nMore: docs/PBX.md.";
        let [notes, status, examples] = sections(text).map(|(_, lines)| lines);
        assert_eq!(examples, ["  acd serve", "  acd serve --data DIR"]);
        assert_eq!(status, ["0 stopped,", "2 wrong usage."]);
        assert_eq!(notes, ["Signals: TERM stops it.", "More: docs/PBX.md."]);
        let page = written_below(text).to_roff();
        assert!(page.contains(".SH EXAMPLES\n.nf\nacd serve\nacd serve"), "{page}");
    }
}
