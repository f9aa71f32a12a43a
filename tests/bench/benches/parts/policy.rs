use criterion::Criterion;
use domain::access::{Credential, Facts, Role, Scope, SessionState, decision};
use domain::users::{Standing, Status};
use std::hint::black_box;

/// The policy, which every request asks once or twice: some nanoseconds, so that nobody is tempted to remember what it
/// said.
pub(crate) fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("policy");
    let scopes = Role::Moderator.scopes();
    let facts = Facts {
        credential: Credential::Sound,
        session: Some(SessionState::Live),
        standing: Some(Standing {
            role: Role::Moderator,
            role_end: None,
            status: Status::Active,
            suspended_until: None,
        }),
        granted: scopes,
    };
    group.bench_function("let somebody in", |bencher| {
        bencher.iter(|| decision::admit(black_box(&facts)));
    });
    group.bench_function("allow what a scope names", |bencher| {
        bencher.iter(|| decision::allow(black_box(scopes), Role::Moderator, black_box(Scope::UserRead)));
    });
    group.bench_function("reach an account", |bencher| {
        bencher.iter(|| decision::reach(black_box(Role::Moderator), None, black_box(Role::User), None));
    });
    group.finish();
}
