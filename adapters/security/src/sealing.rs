use crate::derivation::Key32;
use crate::entropy::or_abort;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::{Zeroize, Zeroizing};

/// The first byte of everything sealed, so that another form can come to stand beside this one.
const FORM: u8 = 1;

/// Seals small secrets so that only the holder of the same key opens them: AES-256-GCM.
///
/// A sealed secret is `form ‖ nonce ‖ ciphertext ‖ tag`. The nonce is drawn, which is sound for far more secrets
/// (2³²; NIST SP 800-38D, section 8.3) than there will ever be signing keys.
pub(crate) struct Seal(RandomizedNonceKey);

impl Seal {
    pub(crate) fn new(key: &Key32) -> Self {
        Self(or_abort(RandomizedNonceKey::new(&AES_256_GCM, key.as_bytes()), "AES-256-GCM"))
    }

    /// Seals `secret` for the place named `bound_to`: moved to any other place it does not open.
    pub(crate) fn seal(&self, bound_to: &str, secret: &[u8]) -> Vec<u8> {
        // Room for the tag from the start: growing would leave a copy of the secret behind.
        let mut body = Vec::with_capacity(secret.len() + AES_256_GCM.tag_len());
        body.extend_from_slice(secret);
        let nonce = or_abort(self.0.seal_in_place_append_tag(Aad::from(bound_to), &mut body), "AES-256-GCM");
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
        sealed.push(FORM);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&body);
        sealed
    }

    /// The secret that was sealed for that place under this key; `None` for anything else.
    pub(crate) fn open(&self, bound_to: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.strip_prefix(&[FORM])?.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self.0.open_in_place(nonce, Aad::from(bound_to), &mut body).ok()?.len();
        body[length..].zeroize();
        body.truncate(length);
        Some(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Purpose, TokenSecret};

    fn seal_of(digit: &str) -> Seal {
        Seal::new(&TokenSecret::of_tests(digit).derive(Purpose::KeyWrapping))
    }

    #[test]
    fn what_was_sealed_opens_and_shows_nothing_before() {
        let seal = seal_of("a");
        let sealed = seal.seal("drawer", b"a very secret thing");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(seal.open("drawer", &sealed).unwrap().as_slice(), b"a very secret thing");
    }

    #[test]
    fn sealing_twice_gives_two_texts() {
        let seal = seal_of("a");
        assert_ne!(seal.seal("drawer", b"thing"), seal.seal("drawer", b"thing"));
    }

    #[test]
    fn it_opens_neither_elsewhere_nor_under_another_key() {
        let sealed = seal_of("a").seal("drawer", b"thing");
        assert!(seal_of("a").open("cupboard", &sealed).is_none());
        assert!(seal_of("b").open("drawer", &sealed).is_none());
    }

    #[test]
    fn no_bit_of_it_can_be_changed_and_no_byte_left_away() {
        let seal = seal_of("a");
        let sealed = seal.seal("drawer", b"thing");
        for position in 0..sealed.len() {
            assert!(seal.open("drawer", &sealed[..position]).is_none());
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[position] ^= 1 << bit;
                assert!(seal.open("drawer", &changed).is_none(), "byte {position}, bit {bit}");
            }
        }
    }
}
