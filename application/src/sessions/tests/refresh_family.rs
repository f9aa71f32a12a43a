//! A family of refresh tokens over its whole life, whatever is presented in whatever order.

use super::{family, issued};
use crate::sessions::RefreshError;
use crate::testing::cast::stage;
use crate::testing::{House, Journal, Stage, StagedWork, samples};
use crate::tokens::PresentedRefresh;
use domain::access::Role;
use domain::sessions::{Channel, Family, Generation, Token};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};

/// What is stored: the family, as long as its session lives.
type Stored = Arc<Mutex<Option<Family>>>;

/// A unit of work over what is stored. What it changes stands at once: none of these tests breaks one off.
fn work(journal: &Journal, stored: &Stored) -> StagedWork {
    let mut work = StagedWork::new(journal);
    let (found, kept, replaced, ended) = (stored.clone(), stored.clone(), stored.clone(), stored.clone());
    work.sessions.expect_find().returning(move |_| {
        let alive = found.lock().unwrap().is_some();
        Ok(alive.then(|| samples::live_session(1, Channel::Api, Role::User)))
    });
    work.refresh_tokens.expect_find().returning(move |_| Ok(kept.lock().unwrap().clone()));
    work.refresh_tokens.expect_rotate().returning(move |before, after| {
        let mut stored = replaced.lock().unwrap();
        assert_eq!(stored.as_ref(), Some(before));
        *stored = Some(after.clone());
        Ok(())
    });
    work.sessions.expect_end().returning(move |_| Ok(ended.lock().unwrap().take().is_some()));
    work.keep_events();
    work
}

/// A house in which the text of a refresh token is the number of its generation.
fn house(stored: &Stored) -> House {
    let mut stage: Stage = stage();
    let (journal, stored) = (stage.journal.clone(), stored.clone());
    stage.store.expect_begin().returning(move || Ok(Box::new(work(&journal, &stored))));
    stage.opaque_tokens.expect_read_refresh().returning(|text| {
        let number: u8 = text.parse().ok()?;
        let generation = Generation::from_number(number.into());
        Some(PresentedRefresh {
            session_id: samples::session_id(1),
            generation,
            digest: samples::digest(number),
        })
    });
    stage.opaque_tokens.expect_refresh().returning(|_, generation| {
        let number = u8::try_from(generation.number()).unwrap();
        issued(&number.to_string(), samples::digest(number))
    });
    stage.access_tokens.expect_sign().returning(|_| Ok(Token::new("access".to_owned())));
    stage.open()
}

/// Presents them one after the other and says which of them gave a successor, and which one it was.
async fn present(house: &House, tries: &[u8]) -> Vec<Option<String>> {
    let mut answers = Vec::new();
    for tried in tries {
        match house.sessions.refresh(&samples::visitor(), &tried.to_string(), None).await {
            Ok(grant) => answers.push(Some(grant.refresh_token.expose().to_owned())),
            Err(RefreshError::InvalidGrant) => answers.push(None),
            Err(other) => panic!("{other}"),
        }
    }
    answers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_the_newest_token_works_and_the_first_old_one_ends_everything(
        tries in proptest::collection::vec(1u8..6, 1..24),
    ) {
        let stored: Stored = Arc::new(Mutex::new(Some(family(1))));
        let house = house(&stored);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answers = runtime.block_on(present(&house, &tries));

        let mut alive = Some(1);
        for (tried, answer) in tries.iter().zip(answers) {
            let works = alive == Some(*tried);
            prop_assert_eq!(answer, works.then(|| (tried + 1).to_string()));
            alive = match alive {
                Some(newest) if *tried == newest => Some(newest + 1),
                Some(newest) if *tried < newest => None,
                unchanged => unchanged,
            };
        }
        let kept = stored.lock().unwrap().as_ref().map(|family| family.generation.number());
        prop_assert_eq!(kept, alive.map(u32::from));
    }
}
