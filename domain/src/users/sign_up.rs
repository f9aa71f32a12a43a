use super::{EmailAddress, FullName, Locale, NewPassword, Password, PasswordPolicy, Username};
use crate::vault::PersonalData;
use crate::violation::{FieldViolation, Violations};
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

/// A form for a new account, every field of it sound.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The name.
    pub username: Username,
    /// Where mail goes.
    pub email: EmailAddress,
    /// A password that the policy accepted.
    pub password: NewPassword,
    /// What the person is called.
    pub full_name: Option<FullName>,
    /// The language of the pages.
    pub locale: Locale,
}

impl SignUp {
    /// Reads a form and names everything that is wrong with it at once.
    pub fn parse(draft: SignUpDraft<'_>, policy: PasswordPolicy) -> Result<Self, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let username = wrong.required("username", draft.username, Username::parse);
        let email = wrong.required("email", draft.email, EmailAddress::parse);
        let password = wrong.required("password", draft.password, |text| {
            policy.accept(Password::parse(text)?, username.as_ref(), email.as_ref())
        });
        let full_name = draft.full_name.filter(|text| !text.trim().is_empty());
        let full_name = wrong.optional("full_name", full_name, FullName::parse);
        let locale = wrong.optional("locale", draft.locale, Locale::parse);
        let form = (|| {
            Some(Self {
                username: username?,
                email: email?,
                password: password?,
                full_name: full_name?,
                locale: locale?.unwrap_or_default(),
            })
        })();
        wrong.finish(form)
    }

    /// What the form says about the person.
    #[must_use]
    pub fn personal_data(&self) -> PersonalData {
        PersonalData {
            email: self.email.clone(),
            full_name: self.full_name.clone(),
            bio: None,
            location: None,
            website: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::violation::Violation;

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
        assert!(form.is_ok_and(|form| form.full_name.is_none() && form.locale == Locale::Fr));
    }
}
