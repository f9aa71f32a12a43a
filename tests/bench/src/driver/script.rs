use super::Answer;
use std::sync::Arc;

/// What one virtual user says, and what they make of the answers.
pub trait Script: Send + 'static {
    /// Writes the next request.
    fn ask(&mut self, request: &mut Vec<u8>);

    /// Looks at the answer to it.
    fn hear(&mut self, answer: &Answer<'_>) -> Heard;
}

/// What an answer was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The one that was asked for.
    Done,
    /// That there is too much to do: 503 with `Retry-After`. Whether it is a failure depends on what is measured.
    Surplus,
    /// Anything else. What was measured is worth nothing.
    Wrong,
}

/// Judges an answer by its status alone.
fn by_status(answer: &Answer<'_>, expected: u16) -> Heard {
    match answer {
        Answer { status, .. } if *status == expected => Heard::Done,
        Answer { status: 503, retry_after: Some(_), .. } => Heard::Surplus,
        _ => Heard::Wrong,
    }
}

/// Says over and over what was written out before: every `step`-th of a list, from its own place on.
pub struct Repeated {
    requests: Arc<[Vec<u8>]>,
    next: usize,
    step: usize,
    expected: u16,
}

impl Repeated {
    /// As many users as there are to be, who share one list among them.
    #[must_use]
    pub fn crowd(requests: Vec<Vec<u8>>, users: usize, expected: u16) -> Vec<Self> {
        let requests: Arc<[Vec<u8>]> = requests.into();
        let user = |next| Self { requests: Arc::clone(&requests), next, step: users, expected };
        (0..users).map(user).collect()
    }
}

impl Script for Repeated {
    fn ask(&mut self, request: &mut Vec<u8>) {
        request.extend_from_slice(&self.requests[self.next % self.requests.len()]);
        self.next = self.next.wrapping_add(self.step);
    }

    fn hear(&mut self, answer: &Answer<'_>) -> Heard {
        by_status(answer, self.expected)
    }
}

/// Makes a request of a number that nobody else has used.
pub struct Numbered<F> {
    write: F,
    next: u64,
    step: u64,
    expected: u16,
}

impl<F: Fn(u64, &mut Vec<u8>) + Clone + Send + 'static> Numbered<F> {
    /// As many users as there are to be, who count on from `first` together.
    #[must_use]
    pub fn crowd(write: &F, users: u64, first: u64, expected: u16) -> Vec<Self> {
        let user = |place| Self { write: write.clone(), next: first + place, step: users, expected };
        (0..users).map(user).collect()
    }
}

impl<F: Fn(u64, &mut Vec<u8>) + Send + 'static> Script for Numbered<F> {
    fn ask(&mut self, request: &mut Vec<u8>) {
        (self.write)(self.next, request);
        self.next += self.step;
    }

    fn hear(&mut self, answer: &Answer<'_>) -> Heard {
        by_status(answer, self.expected)
    }
}

/// Carries one session on and on: each answer brings the token of the next request.
pub struct Rotation {
    head: Arc<str>,
    token: String,
}

impl Rotation {
    /// Before the token, in the body.
    const BODY: &str = "grant_type=refresh_token&refresh_token=";

    /// For a session whose live refresh token this is.
    #[must_use]
    pub fn new(token: String) -> Self {
        let head = "POST /oauth2/token HTTP/1.1\r\nhost: bench\r\ncontent-type: application/x-www-form-urlencoded\r\n";
        Self { head: head.into(), token }
    }
}

impl Script for Rotation {
    fn ask(&mut self, request: &mut Vec<u8>) {
        let length = Self::BODY.len() + self.token.len();
        for part in [&self.head, "content-length: ", &length.to_string(), "\r\n\r\n", Self::BODY, &self.token]
        {
            request.extend_from_slice(part.as_bytes());
        }
    }

    fn hear(&mut self, answer: &Answer<'_>) -> Heard {
        let heard = by_status(answer, 200);
        if heard != Heard::Done {
            return heard;
        }
        match text_of(answer.body, "refresh_token") {
            Some(token) if token != self.token => {
                token.clone_into(&mut self.token);
                Heard::Done
            }
            _ => Heard::Wrong,
        }
    }
}

/// The text of a member of an object in JSON, where it needs no escapes: found, not parsed.
fn text_of<'a>(json: &'a [u8], name: &str) -> Option<&'a str> {
    let json = std::str::from_utf8(json).ok()?;
    let (_, rest) = json.split_once(&format!("\"{name}\":\""))?;
    let (text, _) = rest.split_once('"')?;
    (!text.contains('\\')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer<'_> {
        Answer { status, retry_after: None, body: body.as_bytes() }
    }

    fn asked(script: &mut impl Script) -> String {
        let mut request = Vec::new();
        script.ask(&mut request);
        String::from_utf8(request).unwrap()
    }

    #[test]
    fn each_rotation_asks_with_the_token_of_the_answer_before() {
        let mut user = Rotation::new("one".to_owned());
        assert!(
            asked(&mut user)
                .ends_with("content-length: 42\r\n\r\ngrant_type=refresh_token&refresh_token=one")
        );
        assert_eq!(user.hear(&answer(200, r#"{"a":1,"refresh_token":"second","b":2}"#)), Heard::Done);
        assert!(
            asked(&mut user)
                .ends_with("content-length: 45\r\n\r\ngrant_type=refresh_token&refresh_token=second")
        );
    }

    #[test]
    fn a_rotation_that_brings_no_other_token_is_none() {
        let mut user = Rotation::new("one".to_owned());
        for body in ["", "{}", r#"{"refresh_token":"one"}"#, r#"{"refresh_token":"half"#] {
            assert_eq!(user.hear(&answer(200, body)), Heard::Wrong, "{body}");
        }
        assert!(asked(&mut user).ends_with("=one"));
    }

    #[test]
    fn only_a_refusal_that_says_when_to_come_again_is_one_of_too_much() {
        let mut users = Repeated::crowd(vec![Vec::new()], 1, 200);
        let mut hear = |status, retry_after| users[0].hear(&Answer { status, retry_after, body: b"" });
        assert_eq!(hear(200, None), Heard::Done);
        assert_eq!(hear(503, Some(1)), Heard::Surplus);
        assert_eq!(hear(503, None), Heard::Wrong);
        assert_eq!(hear(201, None), Heard::Wrong);
        assert_eq!(hear(401, Some(1)), Heard::Wrong);
    }

    #[test]
    fn a_crowd_shares_a_list_and_goes_round_it() {
        let mut users = Repeated::crowd((0..5).map(|n| vec![b'0' + n]).collect(), 2, 200);
        let first: Vec<_> = (0..4).map(|_| asked(&mut users[0])).collect();
        let second: Vec<_> = (0..3).map(|_| asked(&mut users[1])).collect();
        assert_eq!((first.concat(), second.concat()), ("0241".to_owned(), "130".to_owned()));
    }

    #[test]
    fn no_number_is_used_twice() {
        let write = |number: u64, request: &mut Vec<u8>| request.extend(number.to_string().bytes());
        let mut users = Numbered::crowd(&write, 3, 10, 201);
        let mut seen: Vec<_> = (0..9).map(|turn| asked(&mut users[turn % 3])).collect();
        seen.sort();
        assert_eq!(seen, (10..19).map(|n| n.to_string()).collect::<Vec<_>>());
    }
}
