//! Families of refresh tokens over their whole life, whatever happens to them in whatever order.

mod world;

use crate::actor::{Actor, Origin};
use crate::clock::Clock;
use crate::sessions::{RefreshError, SessionService, SessionSettings};
use crate::testing::samples;
use domain::Timestamp;
use domain::ids::SessionId;
use domain::sessions::{Presented, Rotation};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use world::{World, read};

const PROGRAMS: [&str; 2] = ["one", "two"];

/// Somebody presents one of the last two refresh tokens that were handed out, or any of them, by one of the programs.
#[derive(Clone, Debug)]
struct Try {
    token: Index,
    of_the_last: bool,
    program: bool,
}

impl Try {
    fn token(&self, handed_out: &[String]) -> String {
        let first = if self.of_the_last { handed_out.len().saturating_sub(2) } else { 0 };
        self.token.get(&handed_out[first..]).clone()
    }
}

#[derive(Clone, Debug)]
enum Step {
    LogIn {
        program: bool,
    },
    Present(Try),
    /// The second one comes while the first one is about to commit.
    PresentBoth(Try, Try),
    Revoke(Index),
    Suspend {
        seconds: u64,
    },
    Pass {
        seconds: u64,
    },
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let a_try = || {
        (any::<Index>(), prop::bool::weighted(0.7), prop::bool::weighted(0.2))
            .prop_map(|(token, of_the_last, program)| Try { token, of_the_last, program })
    };
    let seconds = prop_oneof![6 => 1u64..12, 2 => 60u64..700, 1 => Just(15 * 86_400)];
    let step = prop_oneof![
        2 => prop::bool::weighted(0.2).prop_map(|program| Step::LogIn { program }),
        8 => a_try().prop_map(Step::Present),
        4 => (a_try(), a_try()).prop_map(|(one, other)| Step::PresentBoth(one, other)),
        1 => any::<Index>().prop_map(Step::Revoke),
        1 => (1u64..30).prop_map(|seconds| Step::Suspend { seconds }),
        4 => seconds.prop_map(|seconds| Step::Pass { seconds }),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..40)
}

/// All that an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Words {
    access: String,
    refresh: String,
    expires_in: Duration,
    scopes: String,
}

type Answer = Option<Words>;

/// What ought to be true of a family, in other words than the code's.
#[derive(Clone, Debug)]
struct Line {
    newest: u32,
    program: bool,
    issued_at: Timestamp,
    last_answer: Answer,
    ended: bool,
}

#[derive(Clone, Default)]
struct Model {
    lines: BTreeMap<SessionId, Line>,
}

impl Model {
    /// Whether this answer is the right one to that token; if so, what is true from then on.
    fn explains(
        &mut self,
        token: &str,
        program: bool,
        answer: &Answer,
        usable: bool,
        now: Timestamp,
    ) -> bool {
        let token = read(token).unwrap();
        let (generation, line) = (token.generation.number(), self.lines.get_mut(&token.session_id).unwrap());
        if line.ended {
            return answer.is_none();
        }
        if generation == line.newest {
            let Some(words) = answer else { return !usable };
            line.newest += 1;
            (line.program, line.issued_at, line.last_answer) = (program, now, answer.clone());
            return usable && read(&words.refresh).unwrap().generation.number() == line.newest;
        }
        let young = now.since(line.issued_at) < Duration::from_secs(10);
        if generation + 1 == line.newest && program == line.program && young {
            return *answer == line.last_answer.clone().filter(|_| usable);
        }
        line.ended = true;
        answer.is_none()
    }
}

/// Everything that was handed out, and the world it was handed out in.
struct Play {
    world: World,
    service: Arc<SessionService>,
    model: Model,
    refresh_tokens: Vec<String>,
    access_tokens: Vec<String>,
}

fn actor(program: bool) -> Actor {
    let user_agent = Some(PROGRAMS[usize::from(program)].to_owned());
    Actor::visitor(Origin { user_agent, ..samples::origin() })
}

/// Nothing in this world has to wait for anything.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("something waits"),
    }
}

fn present(service: &SessionService, actor: &Actor, token: &str) -> Answer {
    match at_once(service.refresh(actor, token, None)) {
        Ok(grant) => Some(Words {
            access: grant.access_token.expose().to_owned(),
            refresh: grant.refresh_token.expose().to_owned(),
            expires_in: grant.expires_in,
            scopes: grant.scopes.to_string(),
        }),
        Err(RefreshError::Unknown | RefreshError::Expired | RefreshError::Reused) => None,
        Err(other) => panic!("{other}"),
    }
}

impl Play {
    fn new() -> Self {
        let world = World::new();
        let service = world.service();
        let (model, refresh_tokens, access_tokens) = (Model::default(), Vec::new(), Vec::new());
        Self { world, service, model, refresh_tokens, access_tokens }
    }

    fn go(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::LogIn { program } => self.log_in(program),
            Step::Restart => self.service = self.world.service(),
            Step::Pass { seconds } => self.world.clock.advance(Duration::from_secs(seconds)),
            Step::Suspend { seconds } => self.world.suspend(Duration::from_secs(seconds)),
            _ if self.refresh_tokens.is_empty() => {}
            Step::Revoke(token) => {
                let token = token.get(&self.refresh_tokens);
                at_once(self.service.revoke(&actor(false), token)).unwrap();
                self.model.lines.get_mut(&read(token).unwrap().session_id).unwrap().ended = true;
            }
            Step::Present(one) => self.present([one])?,
            Step::PresentBoth(one, other) => self.present([one, other])?,
        }
        self.check()
    }

    fn log_in(&mut self, program: bool) {
        let (number, now) = (u8::try_from(self.model.lines.len() + 1).unwrap(), self.world.clock.now());
        let (id, token) = self.world.log_in(number, PROGRAMS[usize::from(program)], now);
        let line = Line { newest: 1, program, issued_at: now, last_answer: None, ended: false };
        self.model.lines.insert(id, line);
        self.refresh_tokens.push(token);
    }

    /// The answers have to be those of one after the other, in one order or the other.
    fn present<const N: usize>(&mut self, tries: [Try; N]) -> Result<(), TestCaseError> {
        let tries = tries.map(|one| (one.token(&self.refresh_tokens), one.program));
        let usable = tries.each_ref().map(|(token, _)| self.is_usable(read(token).unwrap().session_id));
        let answers = Arc::new(Mutex::new(vec![None; N]));
        for (position, (token, program)) in tries.iter().cloned().enumerate().skip(1) {
            let (replica, answers) = (self.world.service(), answers.clone());
            let meanwhile = move || {
                let answer = present(&replica, &actor(program), &token);
                answers.lock().unwrap()[position] = answer;
            };
            *self.world.meanwhile.lock().unwrap() = Some(Box::new(meanwhile));
        }
        let answer = present(&self.service, &actor(tries[0].1), &tries[0].0);
        answers.lock().unwrap()[0] = answer;
        let late = self.world.meanwhile.lock().unwrap().take();
        if let Some(late) = late {
            late();
        }
        let answers = answers.lock().unwrap().clone();
        let now = self.world.clock.now();
        let orders: [Vec<usize>; 2] = [(0..N).collect(), (0..N).rev().collect()];
        let explained = orders.iter().find_map(|order| {
            let mut model = self.model.clone();
            let right = order.iter().all(|&place| {
                let (token, program) = &tries[place];
                model.explains(token, *program, &answers[place], usable[place], now)
            });
            (right && self.is_stored(&model)).then_some(model)
        });
        prop_assert!(
            explained.is_some(),
            "{tries:?} were answered by {answers:?} after {:?}",
            self.model.lines
        );
        self.model = explained.unwrap_or_default();
        for words in answers.into_iter().flatten() {
            if !self.refresh_tokens.contains(&words.refresh) {
                self.refresh_tokens.push(words.refresh);
                self.access_tokens.push(words.access);
            }
        }
        Ok(())
    }

    /// Whether a session and its owner's account are in order, as far as time and administrators go.
    fn is_usable(&self, id: SessionId) -> bool {
        let (stored, now) = (self.world.stored.lock().unwrap(), self.world.clock.now());
        let suspended = stored.standing.suspended_until.is_some_and(|until| now < until);
        let lifetimes = SessionSettings::default().api;
        !suspended && stored.live.get(&id).is_some_and(|(session, _)| !session.is_over(now, lifetimes))
    }

    fn is_stored(&self, model: &Model) -> bool {
        let stored = self.world.stored.lock().unwrap();
        model.lines.iter().all(|(id, line)| {
            let generation = stored.live.get(id).map(|(_, family)| family.generation.number());
            generation == (!line.ended).then_some(line.newest)
        })
    }

    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert!(self.is_stored(&self.model));
        let (stored, now) = (self.world.stored.lock().unwrap().clone(), self.world.clock.now());
        for (id, line) in &self.model.lines {
            let live = self.refresh_tokens.iter().filter_map(|text| read(text)).filter(|token| {
                let presented = Presented {
                    session_id: token.session_id,
                    generation: token.generation,
                    digest: token.digest,
                    client: samples::digest(0),
                };
                token.session_id == *id
                    && stored.live.get(id).is_some_and(|(_, family)| {
                        matches!(family.present(&presented, Duration::ZERO, now), Rotation::Proceed(_))
                    })
            });
            prop_assert_eq!(live.count(), usize::from(!line.ended), "live successors");
        }
        for text in &self.access_tokens {
            let claims = self.world.signed.lock().unwrap()[text];
            let (id, young) = (claims.session_id, now < claims.expires_at);
            let opens = at_once(self.service.authenticate(samples::origin(), text)).is_ok();
            prop_assert_eq!(opens, young && !self.model.lines[&id].ended && self.is_usable(id));
        }
        Ok(())
    }

    /// Presents every token that was ever handed out, each in a world of its own, by somebody new.
    fn successors(&self) -> BTreeMap<SessionId, usize> {
        let stranger = Actor::visitor(Origin { user_agent: None, ..samples::origin() });
        let mut successors = BTreeMap::new();
        for token in &self.refresh_tokens {
            if present(&self.world.fork().service(), &stranger, token).is_some() {
                *successors.entry(read(token).unwrap().session_id).or_default() += 1;
            }
        }
        successors
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_a_family_has_one_live_successor_and_no_access_token_outlives_it(steps in steps()) {
        let mut play = Play::new();
        for step in steps {
            play.go(step)?;
        }
        prop_assert!(play.successors().values().all(|count| *count == 1));
    }
}
