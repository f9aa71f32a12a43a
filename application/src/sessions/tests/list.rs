use super::{boss, reaches};
use crate::fault::{Describe, FaultKind};
use crate::sessions::EndError;
use crate::testing::cast::{admin_without, ann_with, anns, stage, told};
use crate::testing::{Stage, samples};
use crate::{Limit, Page};
use domain::Timestamp;
use domain::access::{Role, Scope};
use domain::ids::SessionId;
use domain::sessions::{BegunSession, Channel};
use domain::users::{RoleEnd, User};
use mockall::predicate::eq;
use std::time::Duration;

type Sessions = Result<Page<BegunSession, SessionId>, EndError>;

fn session(number: u8, channel: Channel) -> BegunSession {
    samples::begun_session(number, channel, Role::User)
}

/// In a browser, and in use until then.
fn used_until(now: Timestamp) -> BegunSession {
    let mut begun = session(1, Channel::Web);
    begun.session.last_used_at = now;
    begun
}

/// So many sessions of Ann's are asked for, from there on, and these are found.
fn finds(stage: &mut Stage, after: Option<SessionId>, limit: u32, found: Vec<BegunSession>) {
    stage
        .sessions
        .expect_of()
        .with(eq(samples::user_id(1)), eq(after), eq(limit))
        .times(1)
        .return_once(|_, _, _| Ok(found));
}

async fn own(stage: Stage, after: Option<SessionId>, limit: u32) -> Sessions {
    let ann = ann_with(Role::User, [Scope::ProfileRead]);
    stage.open().sessions.own(&ann, after, Limit::new(limit).unwrap()).await
}

fn numbers(page: &Page<BegunSession, SessionId>) -> Vec<SessionId> {
    page.items.iter().map(|begun| begun.session.id).collect()
}

#[tokio::test]
async fn people_see_their_own_sessions_a_page_at_a_time() {
    let mut stage = stage();
    let after = Some(samples::session_id(9));
    let found = [3, 2, 1].map(|number| session(number, Channel::Api));
    finds(&mut stage, after, 3, found.to_vec());
    let page = own(stage, after, 2).await.unwrap();
    assert_eq!(page.items, found[..2]);
    assert_eq!(page.next, Some(samples::session_id(2)));
}

#[tokio::test]
async fn what_is_over_is_left_out_and_the_next_page_begins_where_it_would_have() {
    let mut stage = stage();
    let settings = stage.settings;
    stage.clock.advance(settings.web.idle);
    let found =
        [3, 2, 1].map(|number| session(number, if number == 2 { Channel::Web } else { Channel::Api }));
    finds(&mut stage, None, 3, found.to_vec());
    let page = own(stage, None, 2).await.unwrap();
    assert_eq!((numbers(&page), page.next), (vec![samples::session_id(3)], Some(samples::session_id(2))));
}

#[tokio::test]
async fn an_administrators_browser_session_is_over_sooner_also_in_the_list() {
    for (role, shown) in [(Role::Admin, 0), (Role::User, 1)] {
        let mut stage = stage();
        let now = samples::NOW.plus(stage.settings.web_admin.absolute);
        stage.clock.set(now);
        reaches(&mut stage, Some(anns(role)));
        finds(&mut stage, None, 51, vec![used_until(now)]);
        let house = stage.open();
        let page = house.sessions.of(&boss(), samples::user_id(1), None, Limit::default()).await.unwrap();
        assert_eq!(page.items.len(), shown);
    }
}

#[tokio::test]
async fn a_role_that_has_ended_by_itself_shortens_no_session() {
    let mut stage = stage();
    let now = samples::NOW.plus(stage.settings.web_admin.absolute);
    stage.clock.set(now);
    let mut account = anns(Role::Admin);
    let role_end = Some(RoleEnd { at: samples::NOW.plus(Duration::from_secs(1)), then: Role::User });
    account.user = User { role_end, ..account.user };
    reaches(&mut stage, Some(account));
    finds(&mut stage, None, 51, vec![used_until(now)]);
    let house = stage.open();
    let page = house.sessions.of(&boss(), samples::user_id(1), None, Limit::default()).await.unwrap();
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn administrators_sessions_are_shown_only_to_those_who_may_change_roles() {
    for (account, code) in [(None, "not-found"), (Some(anns(Role::Admin)), "insufficient-scope")] {
        let mut stage = stage();
        reaches(&mut stage, account);
        let narrow = admin_without(Scope::AdminWrite);
        let answer = stage.open().sessions.of(&narrow, samples::user_id(1), None, Limit::default()).await;
        assert_eq!(answer.unwrap_err().fault().code, code);
    }
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let (user, limit) = (samples::user_id(1), Limit::default());
    let writer = ann_with(Role::User, [Scope::ProfileWrite]);
    let fault = house.sessions.own(&writer, None, limit).await.unwrap_err().fault();
    assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::ProfileRead)));
    let narrow = admin_without(Scope::UserWrite);
    let fault = house.sessions.of(&narrow, user, None, limit).await.unwrap_err().fault();
    assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::UserWrite)));
    let visitor = samples::visitor();
    for answer in [
        house.sessions.own(&visitor, None, limit).await,
        house.sessions.of(&visitor, user, None, limit).await,
    ] {
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "unauthenticated"));
    }
}
