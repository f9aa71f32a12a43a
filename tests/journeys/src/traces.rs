//! Looking for what must not be there: through every byte of every file, in each of the forms in which a text could lie.

use crate::Outcome;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// Of how many bytes at their beginning needles are told apart first.
const HEAD: usize = 4;

/// What is looked for.
pub struct Traces {
    /// Needles by their first bytes: what is looked for, in which form, and its bytes.
    needles: HashMap<[u8; HEAD], Vec<Needle>>,
    /// The pairs of bytes that any needle begins with.
    begins: Vec<bool>,
}

struct Needle {
    bytes: Vec<u8>,
    told: String,
}

impl Traces {
    /// Of these texts, each long enough not to be there by chance: as they are, in UTF-16, in base64 from wherever they
    /// begin, and in digits.
    #[must_use]
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut traces = Self { needles: HashMap::new(), begins: vec![false; 1 << 16] };
        for text in texts {
            traces.add(text, text.as_bytes());
            for (form, bytes) in [
                ("UTF-16 LE", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
                ("UTF-16 BE", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            ] {
                traces.put(&bytes, &format!("{text} as {form}"));
            }
        }
        traces
    }

    /// Also of these bytes, which `told` describes.
    #[must_use]
    pub fn and_bytes(mut self, told: &str, bytes: &[u8]) -> Self {
        self.add(told, bytes);
        self
    }

    fn add(&mut self, told: &str, bytes: &[u8]) {
        self.put(bytes, told);
        for form in base64_forms(bytes) {
            self.put(form.as_bytes(), &format!("{told} in base64"));
        }
        let digits: String =
            bytes.iter().fold(String::new(), |text, byte| text + format!("{byte:02x}").as_str());
        self.put(digits.to_uppercase().as_bytes(), &format!("{told} in digits"));
        self.put(digits.as_bytes(), &format!("{told} in digits"));
    }

    fn put(&mut self, bytes: &[u8], told: &str) {
        let Some(head) = bytes.first_chunk::<HEAD>() else { return };
        self.begins[pair(head[0], head[1])] = true;
        let alike = self.needles.entry(*head).or_default();
        if alike.iter().all(|needle| needle.bytes != bytes) {
            alike.push(Needle { bytes: bytes.to_vec(), told: told.to_owned() });
        }
    }

    /// What of it stands in there.
    #[must_use]
    pub fn within(&self, hay: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let Some(last) = hay.len().checked_sub(HEAD) else { return found };
        for at in 0..=last {
            if !self.begins[pair(hay[at], hay[at + 1])] {
                continue;
            }
            let head = [hay[at], hay[at + 1], hay[at + 2], hay[at + 3]];
            let alike = self.needles.get(&head).into_iter().flatten();
            found.extend(
                alike.filter(|needle| hay[at..].starts_with(&needle.bytes)).map(|needle| needle.told.clone()),
            );
        }
        found
    }

    /// What of it stands in which of those files.
    #[must_use]
    pub fn among(&self, files: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<String> {
        let found = files.iter().flat_map(|(path, bytes)| {
            self.within(bytes).into_iter().map(move |told| format!("{}: {told}", path.display()))
        });
        found.collect()
    }
}

const fn pair(one: u8, other: u8) -> usize {
    ((one as usize) << 8) | other as usize
}

/// The characters that stand for these bytes in base64 whatever stands before and after them, for each of the three places
/// at which they can begin.
fn base64_forms(bytes: &[u8]) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    for (before, unsure) in [(0, 0), (1, 2), (2, 3)] {
        let shifted = [&b"\0\0"[..before], bytes].concat();
        let sure = shifted.len() * 8 / 6;
        forms.extend(
            [STANDARD.encode(&shifted), URL_SAFE.encode(&shifted)].map(|text| text[unsure..sure].to_owned()),
        );
    }
    forms
}

/// Every file in a folder and in the folders in it.
pub fn files(folder: &Path) -> Outcome<BTreeMap<PathBuf, Vec<u8>>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.insert(entry.path(), std::fs::read(entry.path())?);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts as they could lie somewhere, with something before and after.
    fn hidden(text: &str) -> Vec<(String, Vec<u8>)> {
        let mut all = vec![
            ("raw".to_owned(), text.as_bytes().to_vec()),
            ("little".to_owned(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            ("big".to_owned(), text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ];
        let digits: String =
            text.bytes().fold(String::new(), |text, byte| text + format!("{byte:02x}").as_str());
        all.extend([
            ("digits".to_owned(), digits.clone().into()),
            ("DIGITS".to_owned(), digits.to_uppercase().into()),
        ]);
        for before in ["", "\u{1}", "ab", "xyz", "12345"] {
            for after in ["", "?", "~~", "}}}"] {
                let whole = format!("{before}{text}{after}");
                all.push((format!("standard {before:?} {after:?}"), STANDARD.encode(&whole).into()));
                all.push((format!("safe {before:?} {after:?}"), URL_SAFE.encode(&whole).into()));
            }
        }
        all
    }

    #[test]
    fn a_text_is_found_in_every_form_and_at_every_place() {
        let text = "marker~?\u{e9}>>tail";
        let traces = Traces::of([text]);
        for (form, bytes) in hidden(text) {
            for at in [0, 1, 17] {
                let hay = [vec![b'a'; at], bytes.clone(), vec![b'z'; 5]].concat();
                assert!(!traces.within(&hay).is_empty(), "{form} at {at}");
            }
            let hay = [&b"more of it "[..], &bytes].concat();
            assert!(!traces.within(&hay).is_empty(), "{form} at the end");
            let broken: Vec<u8> = bytes.iter().map(|byte| byte ^ 1).collect();
            assert!(traces.within(&broken).is_empty(), "{form}, broken");
        }
        let address = [0x20, 0x01, 0x0d, 0xb8, 0x5c, 0xa1];
        let traces = Traces::of(["nothing"]).and_bytes("an address", &address);
        assert_eq!(
            traces.within(b"..20010DB85CA1..").into_iter().next().as_deref(),
            Some("an address in digits")
        );
        assert!(traces.within(&[]).is_empty() && traces.within(b"2001").is_empty());
    }
}
