use crate::derivation::{Purpose, TokenSecret};
use crate::octets::first;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::sessions::Token;
use zeroize::Zeroizing;

const SEAL: usize = 16;

/// One kind of token: the prefix it is known by, and the key its seal is made with.
pub(super) struct Kind {
    prefix: &'static str,
    key: hmac::Key,
}

impl Kind {
    pub(super) fn new(prefix: &'static str, secret: &TokenSecret, purpose: Purpose) -> Self {
        Self { prefix, key: hmac_key(secret, purpose) }
    }

    /// A token that says `parts`, one after the other.
    pub(super) fn write(&self, parts: &[&[u8]]) -> Token {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        // Room for all of it from the start: growing would leave copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length + SEAL));
        for part in parts {
            bytes.extend_from_slice(part);
        }
        let seal = self.seal(&bytes);
        bytes.extend_from_slice(&seal);
        let mut text = String::with_capacity(self.text_length(length));
        text.push_str(self.prefix);
        URL_SAFE_NO_PAD.encode_string(&bytes, &mut text);
        Token::new(text)
    }

    /// What a token of this kind says; `None` when the text is none, down to the last bit of its last character.
    pub(super) fn read<const N: usize>(&self, text: &str) -> Option<[u8; N]> {
        if text.len() != self.text_length(N) {
            return None;
        }
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.strip_prefix(self.prefix)?).ok()?);
        let (body, seal) = bytes.split_first_chunk::<N>()?;
        verify_slices_are_equal(&self.seal(body), seal).ok()?;
        Some(*body)
    }

    fn seal(&self, body: &[u8]) -> [u8; SEAL] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(self.prefix.as_bytes());
        context.update(body);
        first(context.sign().as_ref())
    }

    const fn text_length(&self, body: usize) -> usize {
        self.prefix.len() + ((body + SEAL) * 4).div_ceil(3)
    }
}

/// The key for keyed digests of that purpose.
pub(super) fn hmac_key(secret: &TokenSecret, purpose: Purpose) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.derive(purpose).as_bytes())
}
