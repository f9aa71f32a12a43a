use super::{LogInError, SessionService};
use crate::actor::Actor;
use crate::again::again;
use crate::instruments;
use domain::access::Scope;
use domain::sessions::{Channel, LogIn, Token};
use domain::users::User;

/// What a log-in gives to a browser.
#[derive(Debug)]
pub struct WebSession {
    /// The secret of the session cookie.
    pub cookie: Token,
    /// The mark by which the device is known again.
    pub device_mark: Token,
    /// Who has logged in.
    pub user: User,
}

impl SessionService {
    /// Logs a person in at a browser. `device_mark` is what the browser was given at an earlier log-in.
    pub async fn log_in_web(
        &self,
        actor: &Actor,
        form: LogIn,
        device_mark: Option<&str>,
    ) -> Result<WebSession, LogInError> {
        let answer = again(|| self.begin_web(actor, &form, device_mark)).await;
        instruments::log_in(Channel::Web, &answer);
        answer
    }

    async fn begin_web(
        &self,
        actor: &Actor,
        form: &LogIn,
        device_mark: Option<&str>,
    ) -> Result<WebSession, LogInError> {
        let proved = self.prove(actor, form, device_mark).await?;
        let now = self.ids.now();
        let user = proved.account.user.clone().settled(now);
        // In their own browser people may do whatever their role allows, also a role they get later.
        let scopes = Scope::ALL.into_iter().collect();
        let device_name = form.device_name.clone();
        let mut begun = self.new_session(actor, &user, Channel::Web, device_name, scopes, now);
        let cookie = self.opaque_tokens.cookie(begun.session.id);
        begun.session.cookie_digest = Some(cookie.digest);
        self.open(actor, proved, &begun, None, now).await?;
        Ok(WebSession {
            cookie: cookie.token,
            device_mark: self.opaque_tokens.device_mark(user.id, now),
            user,
        })
    }
}
