use crate::entropy::random;
use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use domain::keys::Algorithm;
use p256::ecdsa::signature::Signer;
use zeroize::Zeroizing;

/// A key pair, read once and ready to sign.
///
/// Whatever the algorithm, the same words get the same signature. Ed25519 (RFC 8032) and PKCS #1 (RFC 8017, section
/// 8.2) are like that by themselves. ECDSA is when it draws its one-time secret from the key and the words (RFC
/// 6979), which AWS-LC does not do; p256 does, and runs in constant time.
pub(super) enum Pair {
    EdDsa(Ed25519KeyPair),
    Es256(Box<p256::ecdsa::SigningKey>),
    Rs256(RsaKeyPair),
}

impl Pair {
    /// Draws a new private half, in the form in which it is sealed and read again. RSA takes about a second.
    pub(super) fn draw(algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let bytes = match algorithm {
            // The private key of Ed25519 is 32 random bytes (RFC 8032, section 5.1.5).
            Algorithm::EdDsa => Zeroizing::new(random::<32>()).to_vec(),
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
                let scalar: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes()?;
                scalar.as_ref().to_vec()
            }
            Algorithm::Rs256 => {
                let document: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa3072)?.as_der()?;
                document.as_ref().to_vec()
            }
        };
        Ok(Zeroizing::new(bytes))
    }

    /// The pair that a private half belongs to.
    pub(super) fn read(algorithm: Algorithm, private: &[u8]) -> Option<Self> {
        Some(match algorithm {
            Algorithm::EdDsa => Self::EdDsa(Ed25519KeyPair::from_seed_unchecked(private).ok()?),
            Algorithm::Es256 => {
                Self::Es256(Box::new(p256::ecdsa::SigningKey::from_bytes(private.try_into().ok()?).ok()?))
            }
            Algorithm::Rs256 => Self::Rs256(RsaKeyPair::from_pkcs8(private).ok()?),
        })
    }

    /// The public half, in the form that [`domain::keys::SigningKey::public_key`] promises.
    pub(super) fn public_key(&self) -> Vec<u8> {
        match self {
            Self::EdDsa(pair) => pair.public_key().as_ref().to_vec(),
            Self::Es256(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::Rs256(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// The signature of `message`, in the form that JWS wants (RFC 7518, sections 3.3 and 3.4; RFC 8037, section 3.1).
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::EdDsa(pair) => Some(pair.sign(message).as_ref().to_vec()),
            Self::Es256(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(message).ok()?;
                Some(signature.to_bytes().to_vec())
            }
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octets::of_digits;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[test]
    fn ed25519_signs_as_in_the_example_of_rfc_8037() {
        let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = Pair::read(Algorithm::EdDsa, &seed).unwrap().sign(message).unwrap();
        let known = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert_eq!(URL_SAFE_NO_PAD.encode(signature), known);
    }

    #[test]
    fn ecdsa_signs_as_in_the_example_of_rfc_6979() {
        // Appendix A.2.5, with SHA-256.
        let scalar = of_digits("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
        let pair = Pair::read(Algorithm::Es256, &scalar).unwrap();
        let r = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716";
        let s = "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";
        assert_eq!(pair.sign(b"sample").unwrap(), of_digits(&format!("{r}{s}")));
    }

    #[test]
    fn bytes_that_are_no_private_half_are_none() {
        for algorithm in Algorithm::ALL {
            for wrong in [vec![], vec![1; 31], vec![1; 33], vec![0xff; 64]] {
                assert!(Pair::read(algorithm, &wrong).is_none(), "{}", algorithm.name());
            }
        }
        assert!(Pair::read(Algorithm::Es256, &[0; 32]).is_none(), "zero is no scalar");
        assert!(Pair::read(Algorithm::Es256, &[0xff; 32]).is_none(), "the scalar is below the order");
    }
}
