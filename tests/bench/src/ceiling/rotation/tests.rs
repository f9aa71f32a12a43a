use super::*;
use jsonwebtoken::{DecodingKey, Validation};
use std::collections::HashSet;
use tempfile::TempDir;

async fn rotation(families: u32) -> (Rotation, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Rotation::create(&folder.path().join("ceiling.db"), families).await.unwrap(), folder)
}

#[test]
fn first_tokens_differ_and_are_as_long_as_those_that_follow() {
    let tokens: HashSet<String> = (0..1_000).chain([u32::MAX]).map(first_token).collect();
    assert_eq!(tokens.len(), 1_001);
    assert!(tokens.iter().all(|token| token.len() == URL_SAFE_NO_PAD.encode([0; 32]).len()));
}

#[tokio::test]
async fn a_token_works_once_and_so_does_its_successor() {
    let (rotation, _folder) = rotation(2).await;
    let first = rotation.rotate(&first_token(1)).await.unwrap().unwrap();
    assert!(rotation.rotate(&first_token(1)).await.unwrap().is_none(), "it was spent");
    let second = rotation.rotate(&first.refresh_token).await.unwrap().unwrap();
    assert_eq!(second.session_id, first.session_id, "the family stays");
    assert!(rotation.rotate(&first.refresh_token).await.unwrap().is_none(), "it was spent");
}

#[tokio::test]
async fn a_token_of_no_family_does_not_work() {
    let (rotation, _folder) = rotation(2).await;
    assert!(rotation.rotate(&first_token(2)).await.unwrap().is_none());
}

#[tokio::test]
async fn an_access_token_names_the_family() {
    let (rotation, _folder) = rotation(1).await;
    let tokens = rotation.rotate(&first_token(0)).await.unwrap().unwrap();
    let key = DecodingKey::from_secret(SECRET);
    let read = jsonwebtoken::decode::<Claims>(&tokens.access_token, &key, &Validation::default()).unwrap();
    assert_eq!(read.claims.sid, tokens.session_id);
}
