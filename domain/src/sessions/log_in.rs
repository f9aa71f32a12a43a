use super::DeviceName;
use crate::users::{LoginName, Password};
use crate::violation::{FieldViolation, Violation, Violations};
use std::fmt;

/// What a form to log in holds before anyone has looked at it.
#[derive(Clone, Copy, Default)]
pub struct LogInDraft<'a> {
    /// A user name or an e-mail address.
    pub login: Option<&'a str>,
    /// The password.
    pub password: Option<&'a str>,
    /// What the device is to be called; blank is the same as missing.
    pub device_name: Option<&'a str>,
}

impl fmt::Debug for LogInDraft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogInDraft([redacted])")
    }
}

/// A form to log in that is worth trying.
#[derive(Clone, Debug)]
pub struct LogIn {
    /// Whom somebody says they are.
    pub login: LoginName,
    /// What they prove it with.
    pub password: Password,
    /// What their device is to be called.
    pub device_name: Option<DeviceName>,
}

impl LogIn {
    /// Reads a form and names everything that is wrong with it at once.
    ///
    /// A name that no account can have is not wrong: it fails as a wrong password does.
    pub fn parse(draft: LogInDraft<'_>) -> Result<Self, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let login = wrong.required("login", draft.login, |text| match text.trim() {
            "" => Err(Violation::Required),
            text => Ok(LoginName::parse(text)),
        });
        let password = wrong.required("password", draft.password, Password::parse);
        let device_name = draft.device_name.filter(|text| !text.trim().is_empty());
        let device_name = wrong.optional("device_name", device_name, DeviceName::parse);
        let form = (|| Some(Self { login: login?, password: password?, device_name: device_name? }))();
        wrong.finish(form)
    }
}
