use super::standing::Share;
use super::{Recipe, Tag};
use application::hashing::HashError;
use argon2::Block;
use zeroize::Zeroize;

/// Who does the work of one thread.
pub(in super::super) trait Worker: Send + 'static {
    /// Computes the tag of a password.
    fn compute(&mut self, recipe: &Recipe, password: &[u8]) -> Result<Tag, HashError>;

    /// Cleans up before waiting for work.
    fn rest(&mut self);

    /// Gives back what is only needed for work, after having waited for some time.
    fn leave(&mut self);

    /// What of a core it had for the last tag.
    fn share(&self, measured: &Share) -> f64 {
        measured.of_a_core()
    }
}

/// The memory of one worker, kept from hash to hash: fresh pages for every hash cost more than a tenth of it, and
/// leave the allocator with heaps that it does not give back. Who has hashed nothing for a while has none.
pub(in super::super) struct Arena {
    blocks: Vec<Block>,
    usual: usize,
}

impl Arena {
    /// Memory for hashes of that many blocks, taken at the first one: a command that hashes nothing takes none.
    pub(in super::super) const fn new(usual: usize) -> Self {
        Self { blocks: Vec::new(), usual }
    }
}

impl Worker for Arena {
    fn compute(&mut self, recipe: &Recipe, password: &[u8]) -> Result<Tag, HashError> {
        if self.blocks.len() < recipe.blocks() {
            self.blocks.resize(recipe.blocks(), Block::new());
        }
        recipe.compute(password, &mut self.blocks).map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            HashError::Broken
        })
    }

    /// Wipes what the last password has left, and gives back what only an older, dearer hash needed.
    ///
    /// Under load the next hash overwrites it anyway, so this costs nobody any waiting.
    fn rest(&mut self) {
        self.blocks.iter_mut().for_each(Zeroize::zeroize);
        self.blocks.truncate(self.usual);
        self.blocks.shrink_to_fit();
    }

    fn leave(&mut self) {
        self.blocks = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argon2id::Parameters;

    #[test]
    fn an_arena_that_was_left_holds_nothing_and_computes_the_same() {
        let recipe = Recipe::fresh(&Parameters::default());
        let mut arena = Arena::new(recipe.blocks());
        let before = arena.compute(&recipe, b"secret").unwrap();
        arena.rest();
        arena.leave();
        assert_eq!(arena.blocks.capacity(), 0);
        assert_eq!(arena.compute(&recipe, b"secret").unwrap(), before);
    }

    #[test]
    fn an_arena_at_rest_holds_nothing_of_the_password_and_no_more_than_its_usual_memory() {
        let today = Recipe::fresh(&Parameters::default());
        let mut arena = Arena::new(today.blocks());
        arena.compute(&today, b"secret").unwrap();
        let dearer = Recipe::fresh(&Parameters::new(32_768, 2, 1).unwrap());
        arena.compute(&dearer, b"secret").unwrap();
        assert_eq!(arena.blocks.len(), dearer.blocks());
        arena.rest();
        assert_eq!((arena.blocks.len(), arena.blocks.capacity()), (today.blocks(), today.blocks()));
        assert!(arena.blocks.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
    }

    #[test]
    fn what_an_arena_held_before_changes_no_tag() {
        let recipe = Recipe::fresh(&Parameters::default());
        let (mut used, mut fresh) = (Arena::new(recipe.blocks()), Arena::new(recipe.blocks()));
        used.compute(&Recipe::fresh(&Parameters::new(32_768, 2, 1).unwrap()), b"somebody else's").unwrap();
        assert_eq!(used.compute(&recipe, b"mine").unwrap(), fresh.compute(&recipe, b"mine").unwrap());
    }
}
