use super::{Failure, house, sure};
use application::clock::Clock as _;
use application::tokens::{AccessClaims, AccessTokens as _};
use criterion::{BenchmarkGroup, Criterion, measurement::WallTime};
use domain::Timestamp;
use domain::access::Role;
use domain::ids::{SessionId, UserId};
use domain::keys::{Algorithm, SigningKey};
use domain::sessions::{Generation, Token};
use security::{SignedTokens, SystemClock, TokenSecret};
use std::hint::black_box;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How many tokens are met for the first time before the verifier is a new one.
const STRANGERS: u32 = 256;

/// Access tokens: what a log-in and a refresh pay for their signature, what a request pays when its token comes for the
/// first time, and what when it has come before. The last is what nearly every request pays; the distance between the two
/// is what it is worth to know a token.
pub(crate) fn measure(criterion: &mut Criterion) -> Result<(), Failure> {
    let secret = house::keyring()?.tokens()?;
    let runtime = house::runtime()?;
    let now = SystemClock.now();
    for (algorithm, name) in
        [(Algorithm::EdDsa, "EdDSA"), (Algorithm::Es256, "ES256"), (Algorithm::Rs256, "RS256")]
    {
        let tokens = unkeyed(&secret);
        let keys = [runtime.block_on(tokens.generate(algorithm, now, now))?];
        tokens.install(&keys)?;
        let mut group = criterion.benchmark_group(format!("tokens/{name}"));
        group.bench_function("sign", |bencher| bencher.iter(|| tokens.sign(black_box(&claims(1, now)))));
        measure_verifying(&mut group, &secret, &keys, now)?;
        group.finish();
    }
    Ok(())
}

fn measure_verifying(
    group: &mut BenchmarkGroup<'_, WallTime>,
    secret: &TokenSecret,
    keys: &[SigningKey],
    now: Timestamp,
) -> Result<(), Failure> {
    let tokens = keyed(secret, keys)?;
    let strangers: Vec<Token> =
        (1..=STRANGERS).map(|number| tokens.sign(&claims(number, now))).collect::<Result<_, _>>()?;
    let text = strangers[0].expose();
    tokens.verify(text, now).map_err(|flaw| format!("{flaw:?}"))?;
    group.bench_function("verify for the first time", |bencher| {
        bencher.iter_custom(|times| {
            let mut taken = Duration::ZERO;
            let mut left = times;
            while left > 0 {
                // One that has met none of them.
                let tokens = sure(keyed(secret, keys));
                let met = left.min(STRANGERS.into());
                let begun = Instant::now();
                for token in strangers.iter().take(usize::try_from(met).unwrap_or(usize::MAX)) {
                    let _ = black_box(tokens.verify(token.expose(), now));
                }
                taken += begun.elapsed();
                left -= met;
            }
            taken
        });
    });
    group.bench_function("verify again", |bencher| bencher.iter(|| tokens.verify(black_box(text), now)));
    Ok(())
}

fn unkeyed(secret: &TokenSecret) -> SignedTokens {
    let service = "https://accounts.example.test".to_owned();
    SignedTokens::new(service.clone(), service, secret)
}

fn keyed(secret: &TokenSecret, keys: &[SigningKey]) -> Result<SignedTokens, Failure> {
    let tokens = unkeyed(secret);
    tokens.install(keys)?;
    Ok(tokens)
}

fn claims(number: u32, now: Timestamp) -> AccessClaims {
    AccessClaims {
        user_id: UserId::from_uuid(Uuid::from_u128(1 << 77)),
        session_id: SessionId::from_uuid(Uuid::from_u128(1 << 78)),
        generation: Generation::from_number(number),
        scopes: Role::User.scopes(),
        role: Role::User,
        issued_at: now,
        expires_at: now.plus(Duration::from_mins(10)),
    }
}
