//! What a command prints: its answer, and nothing else, on standard output.

use std::fmt::Display;
use std::io::{self, Write};

/// Prints a line.
pub fn line(text: impl Display) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{text}")?;
    output.flush()
}

/// Prints a text as it is.
pub fn text(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// Says something beside the answer, on standard error. That nobody hears it is no reason to stop.
pub fn aside(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
