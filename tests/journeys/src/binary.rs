//! The binary, built as `cargo build` builds it for a person; or another one, which `XTREM_TEST_BINARY` names.

use crate::Outcome;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();

/// Where the binary is. The first caller of a test process builds it, so that no journey runs an old one.
pub(crate) fn path() -> Outcome<&'static Path> {
    match BUILT.get_or_init(|| given().map_or_else(|| build().map_err(|error| error.to_string()), Ok)) {
        Ok(path) => Ok(path),
        Err(error) => Err(error.clone().into()),
    }
}

#[allow(clippy::disallowed_methods, reason = "whoever tests a release says so here")]
fn given() -> Option<PathBuf> {
    std::env::var("XTREM_TEST_BINARY").ok().map(PathBuf::from)
}

fn build() -> Outcome<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let built = Command::new("cargo")
        .args(["build", "--package", "xtrem", "--message-format", "json-render-diagnostics"])
        .current_dir(root)
        .output()?;
    if !built.status.success() {
        return Err(format!("xtrem does not build:\n{}", String::from_utf8_lossy(&built.stderr)).into());
    }
    // Cargo says itself where it has put the binary, whatever the target directory is.
    let messages = String::from_utf8(built.stdout)?;
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "xtrem")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.ok_or_else(|| "cargo built no xtrem".into())
}
