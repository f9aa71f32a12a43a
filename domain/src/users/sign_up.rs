use super::{EmailAddress, FullName, Locale, NewPassword, Password, PasswordPolicy, Username};
use crate::access::Role;
use crate::vault::PersonalData;
use crate::violation::{FieldViolation, Violation, Violations};
use std::fmt;

/// What a form for a new account holds before anyone has looked at it. A missing field is `None`.
#[derive(Clone, Copy, Default)]
pub struct SignUpDraft<'a> {
    /// The wished name.
    pub username: Option<&'a str>,
    /// Where mail goes.
    pub email: Option<&'a str>,
    /// The wished password.
    pub password: Option<&'a str>,
    /// What the person is called; blank is the same as missing.
    pub full_name: Option<&'a str>,
    /// The language of the pages; missing means English.
    pub locale: Option<&'a str>,
}

impl fmt::Debug for SignUpDraft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignUpDraft([redacted])")
    }
}

/// Who a new account is for.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// The name.
    pub username: Username,
    /// Where mail goes.
    pub email: EmailAddress,
    /// What the person is called.
    pub full_name: Option<FullName>,
    /// The language of the pages.
    pub locale: Locale,
}

impl Newcomer {
    /// What is known of the person.
    #[must_use]
    pub fn personal_data(&self) -> PersonalData {
        PersonalData {
            email: self.email.clone(),
            full_name: self.full_name.clone(),
            bio: None,
            location: None,
            website: None,
            unreadable: Vec::new(),
        }
    }
}

/// A form for a new account, every field of it sound.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// Who it is for.
    pub newcomer: Newcomer,
    /// A password that the policy accepted.
    pub password: NewPassword,
}

impl SignUp {
    /// Reads a form and names everything that is wrong with it at once.
    pub fn parse(draft: SignUpDraft<'_>, policy: PasswordPolicy) -> Result<Self, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let (newcomer, password) = fields(&mut wrong, draft, policy, true);
        let form = (|| Some(Self { newcomer: newcomer?, password: password?? }))();
        wrong.finish(form)
    }
}

/// A form by which somebody makes an account for somebody else.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// Who it is for.
    pub newcomer: Newcomer,
    /// Their password; without one they set it themselves.
    pub password: Option<NewPassword>,
    /// What they may do.
    pub role: Role,
}

impl Enrolment {
    /// Reads a form and names everything that is wrong with it at once. Without a role it makes a plain user.
    pub fn parse(
        draft: SignUpDraft<'_>,
        role: Option<&str>,
        policy: PasswordPolicy,
    ) -> Result<Self, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let (newcomer, password) = fields(&mut wrong, draft, policy, false);
        let role = wrong.optional("role", role, Role::parse);
        let form =
            (|| Some(Self { newcomer: newcomer?, password: password?, role: role?.unwrap_or(Role::User) }))();
        wrong.finish(form)
    }
}

/// What both forms hold.
#[allow(clippy::option_option, reason = "absent and refused are two answers")]
fn fields(
    wrong: &mut Violations,
    draft: SignUpDraft<'_>,
    policy: PasswordPolicy,
    needs_password: bool,
) -> (Option<Newcomer>, Option<Option<NewPassword>>) {
    let username = wrong.required("username", draft.username, Username::parse);
    let email = wrong.required("email", draft.email, EmailAddress::parse);
    if needs_password && draft.password.is_none() {
        wrong.add("password", Violation::Required);
    }
    let password = wrong.optional("password", draft.password, |text| {
        policy.accept(Password::parse(text)?, username.as_ref(), email.as_ref())
    });
    let full_name = draft.full_name.filter(|text| !text.trim().is_empty());
    let full_name = wrong.optional("full_name", full_name, FullName::parse);
    let locale = wrong.optional("locale", draft.locale, Locale::parse);
    let newcomer = (|| {
        Some(Newcomer {
            username: username?,
            email: email?,
            full_name: full_name?,
            locale: locale?.unwrap_or_default(),
        })
    })();
    (newcomer, password)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> PasswordPolicy {
        PasswordPolicy::new(12).unwrap()
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let draft = SignUpDraft {
            username: Some("a"),
            email: Some("nowhere"),
            password: None,
            full_name: Some("a\nb"),
            locale: Some("tlh"),
        };
        let wrong = SignUp::parse(draft, policy()).err().unwrap_or_default();
        let named: Vec<(&str, &str)> = wrong.iter().map(|v| (v.field, v.violation.code())).collect();
        assert_eq!(
            named,
            [
                ("username", "too-short"),
                ("email", "invalid-email"),
                ("password", "required"),
                ("full_name", "invalid-character"),
                ("locale", "unknown-value"),
            ]
        );
    }

    #[test]
    fn the_password_is_held_against_the_name_also_when_the_address_is_wrong() {
        let draft = SignUpDraft {
            username: Some("annlee"),
            email: Some("nowhere"),
            password: Some("harbour-annlee-lantern"),
            ..SignUpDraft::default()
        };
        let wrong = SignUp::parse(draft, policy()).err().unwrap_or_default();
        assert!(
            wrong.contains(&FieldViolation { field: "password", violation: Violation::ContainsUsername })
        );
    }

    #[test]
    fn a_blank_full_name_is_no_name_and_no_mistake() {
        let draft = SignUpDraft {
            username: Some("annlee"),
            email: Some("ann@example.com"),
            password: Some("vexing-zebra-lantern"),
            full_name: Some("  "),
            locale: Some("fr"),
        };
        let form = SignUp::parse(draft, policy());
        assert!(
            form.is_ok_and(|form| form.newcomer.full_name.is_none() && form.newcomer.locale == Locale::Fr)
        );
    }
}
