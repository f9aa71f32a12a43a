//! Files, read and written from end to end: encrypted, decrypted, compared.

use crate::keys::{Identities, Recipient};
use crate::{refused, unreadable, unwritable};
use age::{DecryptError, Decryptor, Encryptor};
use application::backup::{ArchiveError, FileFacts, Half, Progress, Step};
use aws_lc_rs::digest::{Context, SHA256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// How much is read at a time.
const PIECE: usize = 256 * 1024;

/// Takes a copy as it is.
pub(crate) fn take(path: &Path, half: Half, progress: &dyn Progress) -> Result<FileFacts, ArchiveError> {
    let failed = |error: io::Error| unwritable(path, &error);
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
    let file = File::open(path).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    progress.begin(Step::Enclose(half), Some(file.metadata().map_err(failed)?.len()));
    digested(file, progress, io::sink()).map_err(|error| error.at(path, path))
}

/// Encrypts a copy, and removes it.
pub(crate) fn encrypt(
    copy: &Path,
    half: Half,
    recipient: &Recipient,
    to: &Path,
    progress: &dyn Progress,
) -> Result<FileFacts, ArchiveError> {
    let failed = |error: io::Error| unwritable(to, &error);
    let mut from = File::open(copy).map_err(|error| unreadable(copy, &error))?;
    progress.begin(Step::Enclose(half), from.metadata().ok().map(|found| found.len()));
    let output = Digesting { inner: BufWriter::new(create(to)?), context: Context::new(&SHA256), size: 0 };
    let encryptor = Encryptor::with_recipients(std::iter::once(recipient.as_age()))
        .map_err(|error| refused(to, format!("can't be encrypted: {error}")))?;
    let mut encrypted = encryptor.wrap_output(output).map_err(failed)?;
    pour(&mut from, &mut encrypted, progress).map_err(|error| error.at(copy, to))?;
    let Digesting { inner, context, size } = encrypted.finish().map_err(failed)?;
    let file = inner.into_inner().map_err(|error| unwritable(to, error.error()))?;
    file.sync_all().map_err(failed)?;
    fs::remove_file(copy).map_err(|error| unwritable(copy, &error))?;
    Ok(FileFacts { size, digest: finished(context) })
}

/// Makes sure that a file is the one that was enclosed.
pub(crate) fn compare(
    path: &Path,
    half: Half,
    facts: &FileFacts,
    progress: &dyn Progress,
) -> Result<(), ArchiveError> {
    let file = open(path)?;
    let size = file.metadata().map_err(|error| unreadable(path, &error))?.len();
    if size != facts.size {
        let wanted = facts.size;
        return Err(refused(
            path,
            format!(
                "has {size} bytes where its manifest says {wanted}: it was cut off, or belongs to another backup; \
                 nothing was touched"
            ),
        ));
    }
    progress.begin(Step::Compare(half), Some(size));
    let found = digested(file, progress, io::sink()).map_err(|error| error.at(path, path))?;
    if found.digest != facts.digest {
        let reason = "is not the file that its manifest names: it was altered, or belongs to another backup; nothing was \
                      touched";
        return Err(refused(path, reason));
    }
    Ok(())
}

/// Copies a file that is not encrypted.
pub(crate) fn copy(path: &Path, half: Half, to: &Path, progress: &dyn Progress) -> Result<(), ArchiveError> {
    let mut from = open(path)?;
    progress.begin(Step::Unpack(half), from.metadata().ok().map(|found| found.len()));
    let mut output = create(to)?;
    pour(&mut from, &mut output, progress).map_err(|error| error.at(path, to))?;
    output.sync_all().map_err(|error| unwritable(to, &error))
}

/// Decrypts a file.
pub(crate) fn decrypt(
    path: &Path,
    half: Half,
    identities: &Identities,
    to: &Path,
    progress: &dyn Progress,
) -> Result<(), ArchiveError> {
    let from = open(path)?;
    progress.begin(Step::Unpack(half), from.metadata().ok().map(|found| found.len()));
    let decryptor = Decryptor::new_buffered(BufReader::with_capacity(PIECE, from));
    let opened = decryptor.and_then(|decryptor| decryptor.decrypt(identities.each()));
    let mut opened = opened.map_err(|error| match error {
        DecryptError::NoMatchingKeys => refused(
            path,
            "none of the private keys that were given opens it: name the file with the right one with --identity",
        ),
        other => refused(path, format!("can't be decrypted: {other}")),
    })?;
    let mut output = create(to)?;
    pour(&mut opened, &mut output, progress).map_err(|error| error.at(path, to))?;
    output.sync_all().map_err(|error| unwritable(to, &error))
}

fn open(path: &Path) -> Result<File, ArchiveError> {
    File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => refused(path, "is missing: this is no whole backup; nothing was touched"),
        _ => unreadable(path, &error),
    })
}

fn create(path: &Path) -> Result<File, ArchiveError> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    created.map_err(|error| unwritable(path, &error))
}

fn digested(mut from: impl Read, progress: &dyn Progress, to: impl Write) -> Result<FileFacts, Spilt> {
    let mut output = Digesting { inner: to, context: Context::new(&SHA256), size: 0 };
    pour(&mut from, &mut output, progress)?;
    Ok(FileFacts { size: output.size, digest: finished(output.context) })
}

fn finished(context: Context) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

/// Which end of a pour has failed.
enum Spilt {
    Reading(io::Error),
    Writing(io::Error),
}

impl Spilt {
    fn at(self, from: &Path, to: &Path) -> ArchiveError {
        match self {
            Self::Reading(error) => unreadable(from, &error),
            Self::Writing(error) => unwritable(to, &error),
        }
    }
}

fn pour(from: &mut impl Read, to: &mut impl Write, progress: &dyn Progress) -> Result<(), Spilt> {
    let mut piece = vec![0; PIECE];
    let mut done = 0;
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Spilt::Reading(error)),
        };
        to.write_all(&piece[..read]).map_err(Spilt::Writing)?;
        done += read as u64;
        progress.at(done);
    }
    to.flush().map_err(Spilt::Writing)
}

/// Digests whatever is written through it.
struct Digesting<W> {
    inner: W,
    context: Context,
    size: u64,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.context.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
