//! The one command a user types, `acd`: each subcommand is a thin call into a crate.

fn main() {}
