//! Writing to standard output, where a reader that has seen enough is no error.

use std::io::{self, Write};

/// Writes `text`. A pipe that was closed (`| head`) counts as written.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}
