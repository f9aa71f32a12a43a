//! A unit of work on SQLite, and the group with which it is committed.

use super::{Call, Turn};
use crate::connections::Held;
use crate::sql::Meter;
use application::store::StoreError;
use sqlx::sqlite::SqliteConnection;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How many units of work share one commit at most.
const MOST: u32 = 64;

static PASS_ON: Meter = Meter::at("pass_on");
static UNDO: Meter = Meter::at("undo");

const SAVE: &str = "SAVEPOINT unit";
const SAVE_NEXT: &str = "RELEASE unit; SAVEPOINT unit";
/// The savepoint stays, for the next one.
const BACK: &str = "ROLLBACK TO unit";

/// What is done once it is known whether a unit of work was committed.
pub(crate) type Afterwards = Box<dyn FnOnce(bool) + Send>;

/// A unit of work that has the turn to write. Dropping undoes it, and nothing of the others in its group.
pub(crate) struct Unit {
    held: Held<SqliteConnection>,
    group: Option<Group>,
}

/// What those before it have done, and the turn.
struct Group {
    /// Those who wait to hear of the commit.
    members: Vec<Member>,
    begun: Instant,
    /// How many have worked in it, with those that were undone.
    units: u32,
    stage: Stage,
    // Last: the next one gets it when all else is done.
    turn: Turn,
}

/// What has to be said before somebody else may work in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The first one works, so there is no savepoint.
    First,
    /// Another one works behind a savepoint.
    Further,
    /// The last one has finished, and a savepoint for the next one is being made.
    Passing,
}

struct Member {
    then: Afterwards,
    told: oneshot::Sender<Verdict>,
}

/// What has become of a unit of work. It does what is to be done afterwards when it is dropped: by whoever waits for it, or
/// by whoever would have told them.
struct Verdict {
    outcome: Result<(), StoreError>,
    then: Option<Afterwards>,
}

impl Unit {
    /// The first one of a group, on a connection on which it has begun.
    pub(super) fn first(held: Held<SqliteConnection>, turn: Turn) -> Self {
        let (members, begun) = (Vec::new(), Instant::now());
        Self { held, group: Some(Group { members, begun, units: 1, stage: Stage::First, turn }) }
    }

    /// Its connection.
    pub(crate) const fn held(&mut self) -> &mut Held<SqliteConnection> {
        &mut self.held
    }

    /// Has it committed with its group, and waits until that is on disk. From here on it stands or falls with the group, also
    /// when nobody waits for it any more.
    pub(crate) async fn commit(mut self, then: Afterwards) -> Result<(), StoreError> {
        self.held.require_sound()?;
        let bound = self.held.bound();
        let (told, verdict) = oneshot::channel();
        self.finish(Member { then, told }).await;
        let verdict = timeout(bound, verdict).await;
        let unknown = || StoreError::Unavailable("it is not known whether it was committed".to_owned());
        match verdict {
            Ok(Ok(verdict)) => verdict.outcome.clone(),
            Ok(Err(_)) | Err(_) => Err(unknown()),
        }
    }

    /// Gives the turn on, to a partner or to the commit.
    async fn finish(&mut self, member: Member) {
        let Some(group) = &mut self.group else { return };
        group.members.push(member);
        let is_joined = group.is_open() && group.turn.0.has_partner();
        let mut passed = Ok(());
        if is_joined {
            let text = if group.stage == Stage::First { SAVE } else { SAVE_NEXT };
            group.stage = Stage::Passing;
            passed = self.held.control(&PASS_ON, text).await;
        }
        let Some(group) = self.group.take() else { return };
        let held = self.held.take_over();
        match passed {
            Ok(()) if is_joined => group.pass_on(held),
            Ok(()) => group.close(held),
            Err(error) => group.fail(held, &error),
        }
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        let Some(group) = self.group.take() else { return };
        let mut held = self.held.take_over();
        // Nobody else is in it, so all of it is undone, as the connection does by itself. Outside of a runtime it is closed,
        // which undoes it too, and tells whoever waits that it is not known what became of it.
        let runtime = if group.members.is_empty() { None } else { Handle::try_current().ok() };
        let Some(runtime) = runtime else { return };
        if !held.forgive() {
            group.fail(held, &broken());
            return;
        }
        if group.stage == Stage::Passing {
            // It had finished. Whether the next savepoint was made is not known, so nobody else gets in.
            group.close(held);
            return;
        }
        runtime.spawn(async move {
            match held.control(&UNDO, BACK).await {
                Ok(()) => group.pass_on(held),
                Err(error) => group.fail(held, &error),
            }
        });
    }
}

impl Group {
    /// Whether somebody else may join.
    fn is_open(&self) -> bool {
        self.units < MOST && self.begun.elapsed() < self.turn.0.joined_within
    }

    /// Lets whoever waits longest work behind the savepoint that was made for them; without anybody, commits.
    fn pass_on(mut self, mut held: Held<SqliteConnection>) {
        self.stage = Stage::Further;
        self.units += 1;
        while self.is_open()
            && let Some(partner) = self.turn.0.next_partner()
        {
            let Err(call) = partner.send(Call::Unit(Unit { held, group: Some(self) })) else { return };
            // They have just gone.
            let Call::Unit(mut unit) = call else { return };
            let Some(group) = unit.group.take() else { return };
            (held, self) = (unit.held.take_over(), group);
        }
        self.close(held);
    }

    /// Commits for all, by itself: whoever of them goes away takes nothing from the others.
    fn close(self, mut held: Held<SqliteConnection>) {
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            let Self { members, turn, .. } = self;
            let outcome = held.commit().await;
            // The next ones work while these are told.
            drop(held);
            turn.0.log.committed();
            drop(turn);
            tell(members, &outcome);
        });
    }

    /// Tells everybody in it that it was not committed.
    fn fail(self, held: Held<SqliteConnection>, error: &StoreError) {
        drop(held);
        let Self { members, turn, .. } = self;
        drop(turn);
        tell(members, &Err(StoreError::Unavailable(format!("the shared transaction was lost: {error}"))));
    }
}

fn tell(members: Vec<Member>, outcome: &Result<(), StoreError>) {
    for Member { then, told } in members {
        let _nobody_waits = told.send(Verdict { outcome: outcome.clone(), then: Some(then) });
    }
}

fn broken() -> StoreError {
    StoreError::Unavailable("a unit of work in it has met an error that ends it".to_owned())
}

impl Drop for Verdict {
    fn drop(&mut self) {
        if let Some(then) = self.then.take() {
            then(self.outcome.is_ok());
        }
    }
}
