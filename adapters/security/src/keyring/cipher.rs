use crate::derivation::Key32;
use crate::entropy::{or_abort, random};
use application::sealing::{Place, Seal};
use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use chacha20::{R20, hchacha};
use domain::ids::UserId;
use zeroize::{Zeroize, Zeroizing};

/// The first byte of everything sealed here. The 1 before it is the form in which private halves of signing keys are
/// sealed ([`crate::sealing`]), so that a sealed thing says by itself what it is.
const FORM: u8 = 2;

const NONCE: usize = 24;
/// How much of the nonce is left for the text when a key was made with the rest.
const REST: usize = 8;
const TAG: usize = 16;
/// How long a key is when it is sealed.
pub(super) const SEALED_KEY: usize = 1 + NONCE + 32 + TAG;

/// Seals and opens under one key: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03; RFC 8439 for what it is made of).
///
/// A sealed text is `form ‖ nonce ‖ ciphertext ‖ tag`. Its length is all that it tells.
///
/// The two steps of which the first consists (section 2.3 of the draft) are taken by two libraries: `HChaCha20` makes a key
/// of the key and of two thirds of the nonce, and AWS-LC does ChaCha20-Poly1305 with that key. What is sealed here is
/// short, and for a short text AWS-LC takes a quarter of the time of one that does both.
///
/// # No nonce repeats (case K10)
///
/// The nonce is 192 random bits. Of n seals under one key, two have the same with a probability below n² / 2¹⁹³: for
/// the 10⁷ of the case below 2⁻¹⁴⁶, and for the 2³² at which NIST SP 800-38D, section 8.3, ends the life of a key with
/// random nonces of 96 bits below 2⁻¹²⁹; its section 8 asks for 2⁻³². So nobody has to count seals, which would need a
/// count that survives restarts and is shared by all processes. Besides, hardly anything is sealed under one key: a
/// person's key seals that person's few fields, the events and the sessions.
pub(super) struct Cipher(Key32);

impl Cipher {
    pub(super) const fn new(key: Key32) -> Self {
        Self(key)
    }

    /// Seals `text` for what the parts name: whoever names anything else does not open it.
    pub(super) fn seal_for(&self, bound_to: &[&[u8]], text: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = random();
        // Room for all of it from the start: growing would leave a copy of the text behind.
        let mut sealed = Vec::with_capacity(1 + NONCE + text.len() + TAG);
        sealed.push(FORM);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(text);
        let (key, nonce) = self.for_one(&nonce);
        let body = &mut sealed[1 + NONCE..];
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(associated(bound_to)), body);
        sealed.extend_from_slice(or_abort(tag, "XChaCha20-Poly1305").as_ref());
        sealed
    }

    /// What was sealed for that under this key; `None` for anything else.
    pub(super) fn open_for(&self, bound_to: &[&[u8]], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.strip_prefix(&[FORM])?.split_first_chunk::<NONCE>()?;
        let (body, tag) = rest.split_last_chunk::<TAG>()?;
        let mut text = vec![0; body.len()];
        let (key, nonce) = self.for_one(nonce);
        key.open_separate_gather(nonce, Aad::from(associated(bound_to)), body, tag, &mut text).ok()?;
        Some(text)
    }

    /// The key and the nonce that one text is sealed with.
    fn for_one(&self, nonce: &[u8; NONCE]) -> (LessSafeKey, Nonce) {
        let (mut of_the_key, mut of_the_text) = ([0; NONCE - REST], [0; NONCE_LEN]);
        of_the_key.copy_from_slice(&nonce[..NONCE - REST]);
        of_the_text[NONCE_LEN - REST..].copy_from_slice(&nonce[NONCE - REST..]);
        let mut key = hchacha::<R20>(self.0.as_bytes().into(), &of_the_key.into());
        let ready = or_abort(UnboundKey::new(&CHACHA20_POLY1305, &key), "ChaCha20-Poly1305");
        key.zeroize();
        (LessSafeKey::new(ready), Nonce::assume_unique_for_key(of_the_text))
    }

    /// A person's key, sealed for that person.
    pub(super) fn wrap(&self, owner: UserId, key: &Key32) -> Vec<u8> {
        self.seal_for(&data_key_of(owner.as_uuid().as_bytes()), key.as_bytes())
    }

    /// The key that was sealed for that person.
    pub(super) fn unwrap(&self, owner: UserId, sealed: &[u8]) -> Option<Key32> {
        self.open_key(&data_key_of(owner.as_uuid().as_bytes()), sealed)
    }

    /// The key that was sealed for that.
    pub(super) fn open_key(&self, bound_to: &[&[u8]], sealed: &[u8]) -> Option<Key32> {
        let opened = Zeroizing::new(self.open_for(bound_to, sealed)?);
        Key32::from_slice(&opened)
    }
}

impl Seal for Cipher {
    fn seal(&self, place: &Place, text: &[u8]) -> Vec<u8> {
        with_place(place, |bound_to| self.seal_for(bound_to, text))
    }

    fn open(&self, place: &Place, sealed: &[u8]) -> Option<Vec<u8>> {
        with_place(place, |bound_to| self.open_for(bound_to, sealed))
    }
}

fn data_key_of(owner: &[u8; 16]) -> [&[u8]; 2] {
    [b"xtrem/data-key/1", owner]
}

/// Nobody is as long as the empty part, which no identifier is.
fn with_place<T>(place: &Place, action: impl FnOnce(&[&[u8]]) -> T) -> T {
    let owner = place.owner.map(UserId::as_uuid);
    let owner = owner.as_ref().map_or(&[][..], |id| id.as_bytes());
    action(&[b"xtrem/seal/1", place.purpose.as_bytes(), owner, &place.record, place.field.as_bytes()])
}

/// The parts with the length of each before it, so that no two lists of parts are the same text.
pub(super) fn associated(parts: &[&[u8]]) -> Vec<u8> {
    let mut text = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
    for part in parts {
        text.extend_from_slice(&(part.len() as u64).to_be_bytes());
        text.extend_from_slice(part);
    }
    text
}
