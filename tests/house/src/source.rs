//! A Rust file, read closely enough to tell code, texts and comments apart, and production from tests.

/// Two views of one file, as long as the file itself: what is blanked in one is a space there.
#[derive(Debug)]
pub struct Source {
    /// The code: comments and the insides of literals are blank.
    pub code: String,
    /// The insides of string literals: all else is blank.
    pub texts: String,
}

impl Source {
    /// Reads a file. What stands under `#[cfg(test)]` is blank in both views.
    #[must_use]
    pub fn production(text: &str) -> Self {
        let Self { code, texts } = Self::read(text);
        let mut views = (code.clone().into_bytes(), texts.into_bytes());
        for (from, to) in test_items(&code) {
            blank(&mut views.0[from..to]);
            blank(&mut views.1[from..to]);
        }
        Self {
            code: String::from_utf8_lossy(&views.0).into_owned(),
            texts: String::from_utf8_lossy(&views.1).into_owned(),
        }
    }

    /// Reads a file, tests and all.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut code, mut texts) = (bytes.to_vec(), bytes.to_vec());
        let mut at = 0;
        while at < bytes.len() {
            let (kind, end) = token(&text[at..], at, bytes);
            match kind {
                Kind::Code => blank(&mut texts[at..end]),
                Kind::Comment => {
                    blank(&mut code[at..end]);
                    blank(&mut texts[at..end]);
                }
                Kind::Text => blank(&mut code[at..end]),
            }
            at = end;
        }
        Self {
            code: String::from_utf8_lossy(&code).into_owned(),
            texts: String::from_utf8_lossy(&texts).into_owned(),
        }
    }
}

enum Kind {
    Code,
    Comment,
    Text,
}

/// What begins at `at`, and where it ends.
fn token(rest: &str, at: usize, all: &[u8]) -> (Kind, usize) {
    let first = rest.chars().next().map_or(1, char::len_utf8);
    if rest.starts_with("//") {
        return (Kind::Comment, at + rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Kind::Comment, at + block_comment(rest));
    }
    let starts_a_word = at == 0 || !(all[at - 1].is_ascii_alphanumeric() || all[at - 1] == b'_');
    if starts_a_word && let Some(length) = raw_string(rest) {
        return (Kind::Text, at + length);
    }
    if rest.starts_with('"') {
        return (Kind::Text, at + quoted(rest, '"'));
    }
    if let Some(after) = rest.strip_prefix('\'') {
        // A lifetime has no second quote right after its first character.
        let mut characters = after.chars();
        let escaped = characters.next() == Some('\\');
        if escaped || characters.next() == Some('\'') {
            return (Kind::Text, at + quoted(rest, '\''));
        }
    }
    (Kind::Code, at + first)
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let closing = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&closing).map_or(body.len(), |end| end + closing.len());
    Some(rest.len() - body.len() + length)
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest.as_bytes()[at..rest.len().min(at + 2)] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" if depth == 1 => return at + 2,
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

/// Where the items under `#[cfg(test)]` begin and end. Takes code without comments and literals.
fn test_items(code: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = code[from..].find("#[cfg(test)]").map(|at| from + at) {
        let end = start + item_length(&code[start..]);
        found.push((start, end));
        from = end;
    }
    found
}

/// An item ends with its semicolon, or with the brace that closes its body.
fn item_length(item: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in item.bytes().enumerate() {
        match byte {
            b';' if depth == 0 => return at + 1,
            b'{' => depth += 1,
            b'}' if depth == 1 => return at + 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    item.len()
}

fn blank(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_comments_are_no_code() {
        let text =
            "let a = \"x.unwrap()\"; // y.unwrap()\nlet b = r#\"z\"unwrap()\"#; /* /* u */ unwrap() */ c();";
        let source = Source::read(text);
        assert!(!source.code.contains("unwrap"));
        assert!(source.code.contains("c();"));
        assert_eq!(source.texts.matches("unwrap").count(), 2);
        assert_eq!((source.code.len(), source.texts.len()), (text.len(), text.len()));
    }

    #[test]
    fn lifetimes_characters_and_escapes_do_not_confuse_it() {
        let source = Source::read(r#"fn f<'a>(x: &'a str) { if c == '"' || c == '\'' { g("\"h"); } i() }"#);
        assert!(source.code.contains("fn f<'a>(x: &'a str)") && source.code.contains("i() }"));
        assert!(!source.code.contains('h'));
    }

    #[test]
    fn what_is_only_compiled_for_tests_is_not_production() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { if x { y() } }\n}\nfn c() {}\n#[cfg(test)]\nmod d;\nfn e() {}";
        let source = Source::production(text);
        for (name, stays) in
            [("a()", true), ("b()", false), ("y()", false), ("c()", true), ("mod d", false), ("e()", true)]
        {
            assert_eq!(source.code.contains(name), stays, "{name}");
        }
    }
}
