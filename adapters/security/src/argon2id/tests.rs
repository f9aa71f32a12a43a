use super::*;
use argon2::password_hash::PasswordVerifier;
use std::collections::HashSet;
use std::sync::Arc;

const ONE: NonZeroUsize = NonZeroUsize::MIN;

fn hasher(parameters: Parameters) -> Argon2id {
    Argon2id::start(parameters, ONE, NonZeroUsize::new(8).unwrap()).unwrap()
}

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

fn stored(text: &str) -> PasswordHash {
    PasswordHash::new(text.to_owned())
}

/// Case A1.
#[tokio::test]
async fn a_stored_password_is_argon2id_at_the_price_set_with_a_salt_of_its_own() {
    let hasher = hasher(Parameters::default());
    let entered = password("a long enough password");
    let mut made = HashSet::new();
    for _ in 0..3 {
        let hash = hasher.hash(&entered).await.unwrap();
        let fields: Vec<_> = hash.as_str().split('$').collect();
        assert_eq!(fields[..4], ["", "argon2id", "v=19", "m=19456,t=2,p=1"]);
        assert_eq!((fields[4].len(), fields[5].len(), fields.len()), (22, 43, 6), "16 and 32 bytes");
        made.insert(hash.as_str().to_owned());
    }
    assert_eq!(made.len(), 3);
}

#[tokio::test]
async fn what_is_stored_is_what_other_software_reads() {
    let hash = hasher(Parameters::new(47_104, 1, 2).unwrap()).hash(&password("correct horse")).await.unwrap();
    assert!(argon2::Argon2::default().verify_password(b"correct horse", hash.as_str()).is_ok());
}

#[tokio::test]
async fn a_password_matches_its_own_hash_and_no_other_does() {
    let hasher = hasher(Parameters::default());
    let hash = Some(hasher.hash(&password("a long enough password")).await.unwrap());
    let right = hasher.verify(&password("a long enough password"), &hash).await.unwrap();
    assert_eq!(right, Verdict { matches: true, outdated: false });
    let wrong = hasher.verify(&password("a long enough passworD"), &hash).await.unwrap();
    assert_eq!(wrong, Verdict { matches: false, outdated: false });
}

/// Case A2.
#[tokio::test]
async fn the_last_character_of_the_longest_password_counts() {
    let hasher = hasher(Parameters::default());
    let start = "😀".repeat(Password::MAXIMUM - 1);
    let hash = Some(hasher.hash(&password(&format!("{start}a"))).await.unwrap());
    assert!(hasher.verify(&password(&format!("{start}a")), &hash).await.unwrap().matches);
    assert!(!hasher.verify(&password(&format!("{start}b")), &hash).await.unwrap().matches);
}

#[tokio::test]
async fn nobody_has_no_password() {
    let verdict = hasher(Parameters::default()).verify(&password("anything at all"), &None).await.unwrap();
    assert_eq!(verdict, Verdict { matches: false, outdated: false });
}

/// Case B2, without a stopwatch: what the workers are given is equally dear.
#[tokio::test]
async fn nobody_takes_the_work_of_somebody_with_todays_parameters() {
    let parameters = Parameters::new(20_000, 3, 2).unwrap();
    let nobody = Stored::read(&hasher(parameters.clone()).nobody).unwrap();
    let somebody =
        Stored::read(&hasher(parameters.clone()).hash(&password("somebody")).await.unwrap()).unwrap();
    assert!(!nobody.is_outdated(&parameters) && !somebody.is_outdated(&parameters));
    assert_eq!(nobody.recipe.blocks(), somebody.recipe.blocks());
    assert_eq!(nobody.tag.len(), somebody.tag.len());
}

/// Case A6.
#[tokio::test]
async fn a_hash_with_other_parameters_is_verified_with_its_own_and_called_outdated() {
    let old =
        hasher(Parameters::new(32_768, 2, 1).unwrap()).hash(&password("an old password")).await.unwrap();
    let today = hasher(Parameters::default());
    for _ in 0..2 {
        let verdict = today.verify(&password("an old password"), &Some(old.clone())).await.unwrap();
        assert_eq!(verdict, Verdict { matches: true, outdated: true });
    }
    assert!(!today.verify(&password("another password"), &Some(old)).await.unwrap().matches);
}

#[tokio::test]
async fn the_vectors_of_the_reference_implementation_verify() {
    let hasher = hasher(Parameters::default());
    for hash in [
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
    ] {
        let verdict = hasher.verify(&password("password"), &Some(stored(hash))).await.unwrap();
        assert_eq!(verdict, Verdict { matches: true, outdated: true }, "{hash}");
    }
}

#[tokio::test]
async fn what_is_no_hash_or_too_dear_a_one_is_broken_and_costs_nothing() {
    let hasher = hasher(Parameters::default());
    let rest = "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    for hash in [
        String::new(),
        "a long enough password".to_owned(),
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".to_owned(),
        "$argon2id$v=19$m=19456,t=2,p=1".to_owned(),
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ".to_owned(),
        format!("$argon2id$v=18$m=19456,t=2,p=1{rest}"),
        format!("$argon2id$v=19$m=262145,t=2,p=1{rest}"),
        format!("$argon2id$v=19$m=19456,t=17,p=1{rest}"),
        format!("$argon2id$v=19$m=19456,t=2,p=17{rest}"),
        format!("$argon2id$v=19$m=4294967295,t=4294967295,p=1{rest}"),
    ] {
        let verdict = hasher.verify(&password("password"), &Some(stored(&hash))).await;
        assert_eq!(verdict, Err(HashError::Broken), "{hash}");
    }
}

#[tokio::test]
async fn many_at_once_are_each_given_their_own_answer() {
    let hasher =
        Argon2id::start(Parameters::default(), NonZeroUsize::new(2).unwrap(), NonZeroUsize::new(64).unwrap());
    let hasher = Arc::new(hasher.unwrap());
    let hash = Some(hasher.hash(&password("password 3")).await.unwrap());
    let asked: Vec<_> = (0..8)
        .map(|number| {
            let (hasher, hash) = (Arc::clone(&hasher), hash.clone());
            tokio::spawn(async move { hasher.verify(&password(&format!("password {number}")), &hash).await })
        })
        .collect();
    for (number, answer) in asked.into_iter().enumerate() {
        assert_eq!(answer.await.unwrap().unwrap().matches, number == 3);
    }
    assert_eq!((hasher.workers(), hasher.queue_length()), (2, 0));
}
