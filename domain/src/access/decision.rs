use super::{Role, Scopes};

/// What a caller may do right now: what the token was granted, as far as the role still allows it.
///
/// The role is the one of this moment, not the one in the token, so that taking a role away is felt on the very
/// next request.
#[must_use]
pub fn effective(granted: Scopes, role: Role) -> Scopes {
    granted.intersection(role.scopes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Scope;

    #[test]
    fn each_role_holds_all_that_the_lesser_ones_hold() {
        for pair in Role::ALL.windows(2) {
            assert!(pair[0].scopes().is_within(pair[1].scopes()));
            assert_ne!(pair[0].scopes(), pair[1].scopes());
        }
        assert_eq!(Role::Admin.scopes(), Scope::ALL.into_iter().collect());
    }

    #[test]
    fn a_token_granted_to_an_administrator_shrinks_with_the_role() {
        let granted = Role::Admin.scopes();
        assert_eq!(effective(granted, Role::User).to_string(), "profile:read profile:write");
    }

    #[test]
    fn a_narrow_token_stays_narrow_whatever_the_role() {
        let granted: Scopes = [Scope::ProfileRead].into_iter().collect();
        assert_eq!(effective(granted, Role::Admin), granted);
    }

    #[test]
    fn a_scope_parameter_is_read_as_a_set_and_unknown_names_are_refused() {
        assert_eq!(Scopes::parse("profile:write  profile:read"), Some(Role::User.scopes()));
        assert_eq!(Scopes::parse(""), Some(Scopes::NONE));
        assert_eq!(Scopes::parse("profile:read root"), None);
        assert_eq!(Scopes::parse("PROFILE:READ"), None);
    }
}
