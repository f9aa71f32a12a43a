use super::*;
use std::collections::HashSet;

fn standing(role: Role, status: Status) -> Standing {
    Standing { role, role_end: None, status, suspended_until: None }
}

fn facts(credential: Credential) -> Facts {
    Facts {
        credential,
        session: Some(SessionState::Live),
        standing: Some(standing(Role::Admin, Status::Active)),
        granted: Role::Admin.scopes(),
    }
}

#[test]
fn a_sound_credential_of_a_live_session_lets_its_owner_in() {
    assert_eq!(admit(&facts(Credential::Sound)), Ok(Role::Admin.scopes()));
}

#[test]
fn every_other_credential_has_a_reason_of_its_own() {
    assert_eq!(admit(&facts(Credential::Absent)), Err(Reason::NoCredential));
    assert_eq!(admit(&facts(Credential::Unreadable)), Err(Reason::UnreadableCredential));
    assert_eq!(admit(&facts(Credential::Expired)), Err(Reason::ExpiredCredential));
}

#[test]
fn a_credential_stands_and_falls_with_its_session_and_its_owner() {
    let sound = facts(Credential::Sound);
    assert_eq!(admit(&Facts { session: Some(SessionState::Over), ..sound }), Err(Reason::SessionOver));
    assert_eq!(admit(&Facts { session: Some(SessionState::Gone), ..sound }), Err(Reason::SessionGone));
    assert_eq!(admit(&Facts { session: None, ..sound }), Err(Reason::SessionGone));
    assert_eq!(admit(&Facts { standing: None, ..sound }), Err(Reason::SessionGone));
    let suspended = Some(standing(Role::Admin, Status::Suspended));
    assert_eq!(admit(&Facts { standing: suspended, ..sound }), Err(Reason::AccountSuspended));
    let ended_by_it = Facts { session: Some(SessionState::Gone), standing: suspended, ..sound };
    assert_eq!(admit(&ended_by_it), Err(Reason::AccountSuspended));
}

#[test]
fn a_token_granted_to_an_administrator_shrinks_with_the_role() {
    let lowered = Facts { standing: Some(standing(Role::User, Status::Active)), ..facts(Credential::Sound) };
    assert_eq!(admit(&lowered).map(|scopes| scopes.to_string()), Ok("profile:read profile:write".to_owned()));
}

#[test]
fn a_narrow_token_stays_narrow_whatever_the_role() {
    let granted: Scopes = [Scope::ProfileRead].into_iter().collect();
    assert_eq!(effective(granted, Role::Admin), granted);
}

#[test]
fn a_missing_scope_is_missing_in_the_role_or_in_the_token() {
    let narrow: Scopes = [Scope::ProfileRead].into_iter().collect();
    assert_eq!(allow(narrow, Role::Admin, Scope::ProfileRead), Ok(()));
    assert_eq!(allow(narrow, Role::Admin, Scope::UserRead), Err(Reason::ScopeNotInToken));
    assert_eq!(allow(Role::Admin.scopes(), Role::User, Scope::UserRead), Err(Reason::ScopeNotInRole));
}

#[test]
fn each_role_holds_all_that_the_lesser_ones_hold() {
    for pair in Role::ALL.windows(2) {
        assert!(pair[0].scopes().is_within(pair[1].scopes()));
        assert_ne!(pair[0].scopes(), pair[1].scopes());
    }
    assert_eq!(Role::Admin.scopes(), Scope::ALL.into_iter().collect());
}

#[test]
fn nobody_reaches_above_their_own_role() {
    for own in Role::ALL {
        for target in Role::ALL {
            assert_eq!(reach(own, None, target, None).is_ok(), target <= own, "{own:?} {target:?}");
        }
    }
}

type Rule = fn(Role, Option<RoleEnd>, Role, Option<Timestamp>) -> Result<(), Reason>;

#[test]
fn who_has_a_role_for_a_time_keeps_and_gives_nothing_of_it_for_longer() {
    let end = RoleEnd { at: Timestamp::from_micros(10), then: Role::User };
    let asks = |rule: Rule, role, until: Option<i64>| {
        rule(Role::Admin, Some(end), role, until.map(Timestamp::from_micros)).is_ok()
    };
    assert!(
        asks(reach, Role::Moderator, None)
            && asks(reach, Role::Admin, Some(9))
            && asks(reach, Role::Admin, Some(10))
    );
    assert!(!asks(reach, Role::Admin, Some(11)) && !asks(reach, Role::Admin, None));
    assert!(
        asks(grant, Role::User, None)
            && asks(grant, Role::Moderator, Some(10))
            && asks(grant, Role::Admin, Some(9))
    );
    assert!(!asks(grant, Role::Moderator, None) && !asks(grant, Role::Admin, Some(11)));
}

#[test]
fn nobody_gives_a_role_above_their_own() {
    for own in Role::ALL {
        for role in Role::ALL {
            assert_eq!(grant(own, None, role, None).is_ok(), role <= own, "{own:?} {role:?}");
        }
    }
}

#[test]
fn who_has_more_rights_than_a_user_is_touched_only_by_whoever_keeps_roles() {
    assert_eq!(needed_for(Role::User, Scope::UserWrite), Scope::UserWrite);
    assert_eq!(needed_for(Role::Moderator, Scope::UserWrite), Scope::AdminWrite);
    assert_eq!(needed_for(Role::Admin, Scope::UserWrite), Scope::AdminWrite);
    assert_eq!(needed_for(Role::Admin, Scope::UserDelete), Scope::AdminDelete);
    assert_eq!(needed_for(Role::Admin, Scope::UserRead), Scope::UserRead);
}

#[test]
fn every_reason_has_a_code_of_its_own() {
    let codes: HashSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
}

#[test]
fn a_scope_parameter_is_read_as_a_set_and_unknown_names_are_refused() {
    assert_eq!(Scopes::parse("profile:write  profile:read"), Some(Role::User.scopes()));
    assert_eq!(Scopes::parse(""), Some(Scopes::NONE));
    assert_eq!(Scopes::parse("profile:read root"), None);
    assert_eq!(Scopes::parse("PROFILE:READ"), None);
}
