use crate::failure::Failure;
use crate::output;
use domain::users::Password;
use std::io::{self, IsTerminal, Read};
use zeroize::Zeroizing;

/// More than the longest password has in UTF-8, with a line end.
const LONGEST: u64 = 4 * Password::MAXIMUM as u64 + 2;

/// The password on standard input, without the line end behind it.
pub(super) fn piped() -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    let read = io::stdin().lock().take(LONGEST + 1).read_to_string(&mut text);
    read.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => {
            Failure::Input("the password on standard input is not UTF-8".to_owned())
        }
        _ => Failure::Failed(format!("the password can't be read from standard input: {error}")),
    })?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Zeroizing::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

/// The password that somebody types twice, unseen.
pub(super) fn asked_for() -> Result<Zeroizing<String>, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Input(
            "there is no terminal to ask for the password: add --password-stdin and send it to standard input, \
             or --invite to let its owner set one".to_owned(),
        ));
    }
    let ask = |prompt: &str| {
        let typed = rpassword::prompt_password(prompt);
        typed.map(Zeroizing::new).map_err(|error| {
            Failure::Failed(format!("the password can't be asked for ({error}): use --password-stdin"))
        })
    };
    loop {
        let first = ask("Password: ")?;
        if *first == *ask("Once more: ")? {
            return Ok(first);
        }
        output::aside("The two differ. Once again:");
    }
}
