//! How long a file may be, what it may be called, and how it begins.

/// A file that wants to be longer hides a second room.
const LONGEST: usize = 350;

/// Rooms are named after what they are for.
const NAMELESS: &[&str] = &["common", "helper", "helpers", "misc", "shared", "util", "utils"];

/// Folders of one machine, which mean nothing on another one. Written in two halves, so that they don't find
/// themselves.
const MACHINES: &[(&str, &str)] = &[("/ro", "ot/"), ("/ho", "me/"), ("/wo", "rk/"), ("/Us", "ers/")];

/// Says so when a file is too long.
#[must_use]
pub fn too_long(text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > LONGEST).then(|| format!("has {lines} lines; {LONGEST} are enough"))
}

/// Says so when a path holds a name that says nothing.
#[must_use]
pub fn nameless(path: &str) -> Option<String> {
    let stems = path.split('/').map(|part| part.split('.').next().unwrap_or(part));
    let name = stems.into_iter().find(|stem| NAMELESS.contains(stem))?;
    Some(format!("{name} is no name for a room"))
}

/// Says so when a crate does not begin with its story.
#[must_use]
pub fn storyless(crate_root: &str) -> Option<String> {
    let story = crate_root.lines().take_while(|line| line.starts_with("//!")).count();
    (story < 3).then(|| "a crate begins with its story, of at least three lines".to_owned())
}

/// The lines that name a folder of one machine.
#[must_use]
pub fn machine_paths(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (first, second) in MACHINES {
            let folder = format!("{first}{second}");
            let named = line.match_indices(&folder).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*')))
            });
            if named {
                found.push(format!("line {}: names {folder}", number + 1));
            }
        }
    }
    found
}

/// Says so when a crate does not take the lints of the house.
#[must_use]
pub fn without_lints(manifest: &str) -> Option<String> {
    let takes = manifest.lines().skip_while(|line| *line != "[lints]").nth(1) == Some("workspace = true");
    (!takes).then(|| "does not take the workspace's lints".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_told() {
        assert!(too_long(&"x\n".repeat(351)).is_some());
        assert!(too_long(&"x\n".repeat(350)).is_none());
    }

    #[test]
    fn a_name_that_says_nothing_is_told() {
        for path in ["domain/src/utils.rs", "a/src/common/mod.rs", "a/helpers/b.rs"] {
            assert!(nameless(path).is_some(), "{path}");
        }
        assert!(nameless("domain/src/users/common_passwords.rs").is_none());
    }

    #[test]
    fn a_crate_without_a_story_is_told() {
        assert!(storyless("//! One line.\n\npub mod a;").is_some());
        assert!(storyless("//! One.\n//!\n//! Three.\n").is_none());
    }

    #[test]
    fn a_folder_of_one_machine_is_told() {
        let bad = format!("a = \"{}somebody/x\"", MACHINES[1].0.to_owned() + MACHINES[1].1);
        assert_eq!(machine_paths(&bad).len(), 1);
        assert!(machine_paths("target/work/x and ./home/y and data/root/key").is_empty());
    }

    #[test]
    fn a_crate_without_the_lints_is_told() {
        assert!(without_lints("[package]\nname = \"a\"\n").is_some());
        assert!(without_lints("[lints]\nworkspace = true\n").is_none());
    }
}
