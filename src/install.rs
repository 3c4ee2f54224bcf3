//! What an installation has beside the program: manual pages and completions, made from its own
//! arguments, so that they say what it does.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

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
        let mut command = Acd::command();
        command.build();
        let written = page(directory, "acd", &command)?;
        print(&format!("{written} pages in {}\n", directory.display()))?;
        Ok(())
    }
}

/// Writes the page of a command and those below it; how many.
fn page(directory: &Path, name: &str, command: &Command) -> anyhow::Result<usize> {
    let file = directory.join(format!("{name}.1"));
    let failed = || file.display().to_string();
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).title(name).section("1").render(&mut text)?;
    let mut out = fs::File::create(&file).with_context(failed)?;
    out.write_all(&text).with_context(failed)?;
    let mut written = 1;
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        written += page(directory, &format!("{name}-{}", below.get_name()), below)?;
    }
    Ok(written)
}
