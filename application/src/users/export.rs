use super::UserService;
use super::password_check::{Attempt, CheckError, CountedUnder};
use crate::Limit;
use crate::actor::{Actor, Refusal};
use crate::audit::{members, moment};
use crate::document::Document;
use crate::fault::{Describe, Fault, FaultKind};
use crate::sealing::DocumentKind;
use crate::store::{ExportTicket, StoreError};
use domain::Timestamp;
use domain::access::{Scope, Scopes};
use domain::audit::{Event, EventCursor, EventFilter, EventKind, Order};
use domain::ids::UserId;
use domain::sessions::{BegunSession, DeviceName, Token};
use domain::users::{AvatarUrl, Password, Profile};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A ticket by which a person fetches everything that is held about them, once.
#[derive(Clone, Debug)]
pub struct IssuedExportTicket {
    /// Its secret.
    pub secret: Token,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Why nothing was handed out.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The ticket does not work: it is none of theirs, has done its work, was replaced, or is too old; or there is no such
    /// person.
    #[error("the ticket does not work")]
    Closed,
    /// The data of somebody else is just being gathered, which takes time and room.
    #[error("another export is being made")]
    Busy,
    /// The password is wrong, or could not be checked.
    #[error(transparent)]
    Check(#[from] CheckError),
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Check(error.into())
    }
}

impl Describe for ExportError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Closed => Fault::missing(),
            Self::Busy => Fault::new(
                FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER },
                "busy",
                "Another export is being made; try again in a few seconds.",
            ),
            Self::Check(error) => error.fault(),
        }
    }
}

/// Leave to gather the data of somebody: one at a time, so that exports can't fill the memory.
struct Turn<'s>(&'s AtomicBool);

impl<'s> Turn<'s> {
    fn take(taken: &'s AtomicBool) -> Result<Self, ExportError> {
        if taken.swap(true, Ordering::AcqRel) { Err(ExportError::Busy) } else { Ok(Self(taken)) }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl UserService {
    /// How long a ticket works.
    pub const EXPORT_TICKET_LIFETIME: Duration = Duration::from_hours(1);

    /// Makes a ticket by which the actor fetches everything that is held about them, in the place of any earlier one. It
    /// gathers all of a person in one file, so it asks for the password.
    pub async fn prepare_export(
        &self,
        actor: &Actor,
        password: &Password,
    ) -> Result<IssuedExportTicket, ExportError> {
        let member = actor.member_with(Scope::ProfileRead)?;
        let account = self.own_account::<ExportError>(member.user_id).await?;
        let attempt = Attempt {
            account: Some(&account),
            counted_under: CountedUnder::Member(member.user_id),
            password,
            failure: EventKind::PasswordCheckFailed,
        };
        let _proof = self.check.attempt(actor, attempt).await?;
        let now = self.ids.now();
        let issued = self.tokens.export_ticket(member.user_id);
        let expires_at = now.plus(Self::EXPORT_TICKET_LIFETIME);
        let mut work = self.store.begin().await?;
        actor.as_of(work.as_mut(), now).await??;
        let ticket = ExportTicket { user_id: member.user_id, digest: issued.digest, expires_at };
        work.export_tickets().put(&ticket).await?;
        work.commit().await?;
        Ok(IssuedExportTicket { secret: issued.token, expires_at })
    }

    /// Everything that is held about the actor, for a ticket of theirs. Of any number of uses of one ticket, one succeeds;
    /// where gathering fails, the ticket goes on working.
    pub async fn export_own(&self, actor: &Actor, ticket: &str) -> Result<Document, ExportError> {
        let member = actor.member_with(Scope::ProfileRead)?;
        let presented = self.tokens.read_export_ticket(ticket).ok_or(ExportError::Closed)?;
        if presented.user_id != member.user_id {
            return Err(ExportError::Closed);
        }
        // Looked at first, since gathering costs far more; and taken last, so that it works again where gathering fails.
        let stored = self.directory.export_ticket(member.user_id).await?;
        let is_open =
            |ticket: &ExportTicket, now| ticket.digest == presented.digest && now < ticket.expires_at;
        if !stored.is_some_and(|ticket| is_open(&ticket, self.ids.now())) {
            return Err(ExportError::Closed);
        }
        let document = self.gather(member.user_id).await?;
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        actor.as_of(work.as_mut(), now).await??;
        let taken = work.export_tickets().take(presented.user_id, &presented.digest).await?;
        if !taken.is_some_and(|ticket| is_open(&ticket, now)) {
            return Err(ExportError::Closed);
        }
        let event = actor.event(&self.ids, now, EventKind::PersonalDataExported, Some(member.user_id));
        work.audit().record(&event).await?;
        work.commit().await?;
        Ok(document)
    }

    /// Everything that is held about somebody, for whoever works at the command line.
    pub async fn export_of(&self, actor: &Actor, id: UserId) -> Result<Document, ExportError> {
        actor.require(Scope::AdminRead)?;
        if !actor.is_system() {
            return Err(Refusal::PasswordNeeded.into());
        }
        let document = self.gather(id).await?;
        let mut work = self.store.begin().await?;
        let event = actor.event(&self.ids, self.ids.now(), EventKind::PersonalDataExported, Some(id));
        work.audit().record(&event).await?;
        work.commit().await?;
        Ok(document)
    }

    async fn gather(&self, id: UserId) -> Result<Document, ExportError> {
        let _turn = Turn::take(&self.exporting)?;
        let profile = self.directory.profile(id).await?.ok_or(ExportError::Closed)?;
        let events = self.events_of(id).await?;
        let done = self.done_by(id).await?;
        let of_kind = |kind| list(events.iter().filter(|event| event.kind == kind));
        let sessions = self.sessions_of(id).await?;
        let notices = self.directory.notices(id, Limit::MAXIMUM).await?;
        let data = json!({
            "actions": list(done.iter()),
            "activity": list(events.iter()),
            "exported_at": moment(self.ids.now()),
            "format": "xtrem/personal-data/1",
            "notices": notices.iter().map(|notice| json!({"at": moment(notice.at), "kind": notice.kind.name()}))
                .collect::<Vec<Value>>(),
            "profile": described(&profile),
            "role_history": of_kind(EventKind::RoleChanged),
            "sessions": sessions.iter().map(told).collect::<Vec<Value>>(),
            "who_looked": of_kind(EventKind::PersonalDataOpened),
        });
        Ok(Document::sign(self.documents.as_ref(), DocumentKind::PersonalDataExport, &data))
    }

    /// What happened to a person, the earliest first; of what others did, without the others' addresses.
    async fn events_of(&self, id: UserId) -> Result<Vec<Event>, StoreError> {
        let filter = EventFilter { subject: Some(id), ..EventFilter::default() };
        Ok(self.all(&filter).await?.into_iter().map(|event| event.seen_by(id)).collect())
    }

    /// What a person did to others, without what was written about those.
    async fn done_by(&self, id: UserId) -> Result<Vec<Event>, StoreError> {
        let mut events = self.all(&EventFilter { actor: Some(id), ..EventFilter::default() }).await?;
        events.retain(|event| event.subject != Some(id));
        events.iter_mut().filter(|event| event.subject.is_some()).for_each(|event| event.private.clear());
        Ok(events)
    }

    async fn all(&self, filter: &EventFilter) -> Result<Vec<Event>, StoreError> {
        let (mut events, mut after) = (Vec::new(), None);
        loop {
            let page = self.events.page(filter, Order::OldestFirst, after, Limit::MAXIMUM).await?;
            after = page.last().map(|event| EventCursor { at: event.at, id: event.id });
            let is_last = page.len() < Limit::MAXIMUM as usize;
            events.extend(page);
            if is_last {
                return Ok(events);
            }
        }
    }

    async fn sessions_of(&self, id: UserId) -> Result<Vec<BegunSession>, StoreError> {
        let mut sessions: Vec<BegunSession> = Vec::new();
        loop {
            let after = sessions.last().map(|last| last.session.id);
            let page = self.sessions.of(id, after, Limit::MAXIMUM).await?;
            let is_last = page.len() < Limit::MAXIMUM as usize;
            sessions.extend(page);
            if is_last {
                return Ok(sessions);
            }
        }
    }
}

fn list<'a>(events: impl Iterator<Item = &'a Event>) -> Value {
    Value::Array(events.map(members).collect())
}

fn described(profile: &Profile) -> Value {
    let Profile { user, personal } = profile;
    let person = personal.open();
    json!({
        "avatar_url": user.preferences.avatar_url.as_ref().map(AvatarUrl::as_str),
        "bio": person.bio,
        "created_at": moment(user.created_at),
        "email": person.email,
        "email_notifications": user.preferences.email_notifications,
        "full_name": person.full_name,
        "id": user.id.to_string(),
        "last_login_at": user.last_login_at.map(moment),
        "locale": user.preferences.locale.name(),
        "location": person.location,
        "role": user.role.name(),
        "role_ends_at": user.role_end.map(|end| moment(end.at)),
        "status": user.status().name(),
        "suspension": user.suspension.as_ref().map(|suspension| json!({
            "reason": suspension.reason.as_str(),
            "since": moment(suspension.since),
            "until": suspension.until.map(moment),
        })),
        "theme": user.preferences.theme.name(),
        "unreadable": person.unreadable.iter().map(|field| field.name()).collect::<Vec<_>>(),
        "updated_at": moment(user.updated_at),
        "username": user.username.as_str(),
        "website": person.website,
    })
}

fn told(BegunSession { session, device }: &BegunSession) -> Value {
    json!({
        "address": device.address.map(|address| address.to_string()),
        "channel": session.channel.name(),
        "created_at": moment(session.created_at),
        "device_name": device.name.as_ref().map(DeviceName::as_str),
        "id": session.id.to_string(),
        "last_used_at": moment(session.last_used_at),
        "method": session.method.name(),
        "scopes": Scopes::to_string(&session.scopes),
    })
}
