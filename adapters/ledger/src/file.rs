use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// The longest line: far more than a head or an erasure is long, and little enough to hold many of them.
const LONGEST: usize = 64 * 1024;

/// Adds lines in one piece, on disk before it returns. `setting` is what the reader of an error can change.
pub(crate) fn append(path: &Path, lines: &[String], setting: &str) -> Result<(), String> {
    if lines.is_empty() {
        return Ok(());
    }
    lines.iter().try_for_each(|line| acceptable(line))?;
    regular(path, setting)?;
    write(path, lines).map_err(|error| {
        format!(
            "can't be written: {error}; nothing counts as added. See that there is room on the disk, and that its folder \
             exists and is writable for the user that Xtrem runs as, or name another file with {setting}"
        )
    })
}

/// Every line that came to its end. A file that does not exist has none.
pub(crate) fn lines(path: &Path, setting: &str) -> Result<Vec<String>, String> {
    regular(path, setting)?;
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            return Err(format!(
                "can't be read: {error}; make it readable for the user that Xtrem runs as, or name another file \
                 with {setting}"
            ));
        }
    };
    let whole = bytes.split_inclusive(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\n"));
    whole.zip(1..).map(|(line, number)| read(line, number)).collect()
}

/// A line, whatever stands in it: what is no text was signed by nobody, and the reader will say so.
fn read(line: &[u8], number: u64) -> Result<String, String> {
    if line.len() > LONGEST {
        return Err(format!(
            "line {number} is longer than {LONGEST} bytes, which none of ours is: put the file back from your backup, or \
             take that line out"
        ));
    }
    Ok(String::from_utf8_lossy(line).into_owned())
}

fn acceptable(line: &str) -> Result<(), String> {
    if line.contains(['\n', '\r']) {
        return Err("not written: what was to be added is not one line".to_owned());
    }
    if line.len() > LONGEST {
        return Err(format!("not written: what was to be added is longer than {LONGEST} bytes"));
    }
    Ok(())
}

/// Asked before opening: to open a pipe would wait for somebody at its other end.
fn regular(path: &Path, setting: &str) -> Result<(), String> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => {
            Err(format!("not a regular file, and it has to be one: name another with {setting}"))
        }
        _ => Ok(()),
    }
}

fn write(path: &Path, lines: &[String]) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    // Held until the file is closed, also when the process is killed.
    file.lock()?;
    let before = file.metadata()?.len();
    let mut piece = String::with_capacity(1 + lines.iter().map(|line| line.len() + 1).sum::<usize>());
    if is_torn(&file, before)? {
        piece.push('\n');
    }
    for line in lines {
        piece.push_str(line);
        piece.push('\n');
    }
    let written = file.write_all(piece.as_bytes());
    if written.is_err() {
        // All of them or none. Where this is not allowed, the next writer ends the torn line.
        let _ = file.set_len(before);
    }
    written?;
    file.sync_all()?;
    // By whoever writes first, and not by whoever made the file, who may have come no further.
    if before == 0 { sync_folder(path) } else { Ok(()) }
}

/// Whether the last line has no end.
fn is_torn(file: &File, length: u64) -> io::Result<bool> {
    let Some(last) = length.checked_sub(1) else {
        return Ok(false);
    };
    let mut byte = [0];
    file.read_exact_at(&mut byte, last)?;
    Ok(byte != *b"\n")
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
