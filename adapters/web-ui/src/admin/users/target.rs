use crate::trouble::Trouble;
use crate::visit::Visit;
use application::actor::{Actor, Refusal};
use application::users::UserRecord;
use domain::access::{Scope, decision};
use domain::ids::UserId;
use domain::users::Status;
use uuid::Uuid;

/// The account that a page is about, in the eyes of whoever asks for it.
pub(super) struct Target {
    pub(super) actor: Actor,
    pub(super) record: UserRecord,
}

/// What the head of a page says of the account.
pub(super) struct Head {
    pub(super) username: String,
    pub(super) path: String,
    pub(super) role: String,
    pub(super) suspended: bool,
    pub(super) own: bool,
}

impl Target {
    /// Finds the account whose identifier stands in the path.
    pub(super) async fn find(visit: &Visit) -> Result<Self, Trouble> {
        let actor = visit.actor();
        let record = visit.site.services.users.view(&actor, id(visit)?).await?;
        Ok(Self { actor, record })
    }

    /// Finds the account, if the visitor may do to it what `ordinary` names.
    pub(super) async fn to(visit: &Visit, ordinary: Scope) -> Result<Self, Trouble> {
        let target = Self::find(visit).await?;
        target.allows(ordinary)?;
        Ok(target)
    }

    pub(super) fn id(&self) -> UserId {
        self.record.user.id
    }

    /// Whether it is the visitor's own.
    pub(super) fn is_own(&self) -> bool {
        self.actor.is(self.id())
    }

    /// Where its page is.
    pub(super) fn path(&self) -> String {
        path(self.id())
    }

    /// Where a change leads that may leave the visitor without the right to see the account, if it is their own.
    pub(super) fn way_on(&self) -> String {
        if self.is_own() { "/profile".to_owned() } else { self.path() }
    }

    /// Asks whether the visitor may do to this account what `ordinary` names.
    fn allows(&self, ordinary: Scope) -> Result<(), Refusal> {
        let user = &self.record.user;
        self.actor.require(ordinary)?;
        self.actor.reach(user.role, user.role_end.map(|end| end.at))?;
        self.actor.require(decision::needed_for(user.role, ordinary))
    }

    /// Whether a page may offer it.
    pub(super) fn may(&self, ordinary: Scope) -> bool {
        self.allows(ordinary).is_ok()
    }

    pub(super) fn head(&self, visit: &Visit) -> Head {
        let user = &self.record.user;
        Head {
            username: user.username.to_string(),
            path: self.path(),
            role: visit.words.say(&format!("role-{}", user.role.name())),
            suspended: user.status() == Status::Suspended,
            own: self.is_own(),
        }
    }
}

/// The identifier in the path.
pub(super) fn id(visit: &Visit) -> Result<UserId, Trouble> {
    let text = visit.parameter.as_deref().unwrap_or_default();
    Uuid::try_parse(text).map(UserId::from_uuid).map_err(|_| Trouble::Nowhere)
}

/// Where the page of an account is.
pub(super) fn path(id: UserId) -> String {
    format!("/admin/users/{id}")
}
