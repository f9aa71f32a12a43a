use super::Parameters;
use crate::entropy::random;
use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::users::PasswordHash;
use zeroize::Zeroizing;

/// The length of the tags that are made today.
pub(super) const TAG_LENGTH: usize = 32;
const SALT_LENGTH: usize = 16;

/// The most lanes of a stored hash. Other software writes more of them than this house does.
const MOST_LANES: u32 = 16;

/// All that the tag of a password depends on, but for the password.
#[derive(Clone)]
pub(super) struct Recipe {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
}

impl Recipe {
    /// Today's parameters, and a salt that nobody else has.
    pub(super) fn fresh(parameters: &Parameters) -> Self {
        Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params: parameters.params().clone(),
            salt: random::<SALT_LENGTH>().to_vec(),
        }
    }

    /// How many blocks of memory it takes.
    pub(super) const fn blocks(&self) -> usize {
        self.params.block_count()
    }

    /// How many times a block is filled.
    pub(super) fn fills(&self) -> u32 {
        self.params.m_cost().saturating_mul(self.params.t_cost())
    }

    /// Computes the tag of a password in memory that holds at least as many blocks as the recipe takes.
    pub(super) fn compute(
        &self,
        password: &[u8],
        memory: &mut [Block],
    ) -> argon2::Result<Zeroizing<Vec<u8>>> {
        let mut tag = Zeroizing::new(vec![0; self.params.output_len().unwrap_or(TAG_LENGTH)]);
        let argon2 = Argon2::new(self.algorithm, self.version, self.params.clone());
        argon2.hash_password_into_with_memory(password, &self.salt, &mut tag, memory)?;
        Ok(tag)
    }

    /// The stored form of a tag that was computed by this recipe: a PHC string.
    pub(super) fn write(&self, tag: &[u8]) -> PasswordHash {
        PasswordHash::new(format!(
            "${}$v={}$m={},t={},p={}${}${}",
            self.algorithm,
            u32::from(self.version),
            self.params.m_cost(),
            self.params.t_cost(),
            self.params.p_cost(),
            STANDARD_NO_PAD.encode(&self.salt),
            STANDARD_NO_PAD.encode(tag),
        ))
    }
}

/// A stored hash, taken apart.
pub(super) struct Stored {
    pub(super) recipe: Recipe,
    pub(super) tag: phc::Output,
}

impl Stored {
    /// Reads a PHC string of any Argon2 variant; `None` when it is something else, or dearer than is bearable.
    pub(super) fn read(hash: &PasswordHash) -> Option<Self> {
        let parsed = phc::PasswordHash::new(hash.as_str()).ok()?;
        let params = Params::try_from(&parsed).ok()?;
        // However a hash came into the store, comparing with it may not stop everybody else's log-in.
        let bearable = params.m_cost() <= Parameters::MOST_MEMORY_KIB
            && params.t_cost() <= Parameters::MOST_ITERATIONS
            && params.p_cost() <= MOST_LANES;
        // The first edition of the format did not write its version.
        let version = parsed.version.map_or(Ok(Version::V0x10), Version::try_from).ok()?;
        let recipe = Recipe {
            algorithm: Algorithm::try_from(parsed.algorithm.as_str()).ok()?,
            version,
            params,
            salt: parsed.salt?.to_vec(),
        };
        bearable.then_some(Self { recipe, tag: parsed.hash? })
    }

    /// Whether today's hashes are made in another way.
    pub(super) fn is_outdated(&self, today: &Parameters) -> bool {
        let price = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        self.recipe.algorithm != Algorithm::Argon2id
            || self.recipe.version != Version::V0x13
            || price(&self.recipe.params) != price(today.params())
            || self.recipe.salt.len() < SALT_LENGTH
            || self.tag.len() != TAG_LENGTH
    }
}
