use super::*;
use domain::Timestamp;
use std::future::Future;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Waker};

/// A clock that stands still until it is moved.
struct Watch(AtomicI64);

impl Watch {
    fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

struct Stage {
    watch: Arc<Watch>,
    turnstile: Turnstile,
}

fn stage(attempts_per_minute: u32) -> Stage {
    let watch = Arc::new(Watch(AtomicI64::new(1_700_000_000_000_000)));
    let turnstile = Turnstile::new(watch.clone(), NonZeroU32::new(attempts_per_minute).unwrap());
    Stage { watch, turnstile }
}

impl Stage {
    fn counters(&self) -> &Counters {
        self.turnstile.0.as_ref().unwrap()
    }

    async fn fail(&self, address: IpAddr) -> Result<(), Refusal> {
        self.turnstile.enter(Some(address), "alice").await.map(Turn::failed)
    }

    async fn succeed(&self, address: IpAddr) -> Result<(), Refusal> {
        self.turnstile.enter(Some(address), "alice").await.map(drop)
    }
}

fn v4(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

fn v6(text: &str) -> IpAddr {
    text.parse().unwrap()
}

type Entering<'a> = Pin<Box<dyn Future<Output = Result<Box<dyn Turn>, Refusal>> + Send + 'a>>;

fn look(entering: &mut Entering<'_>) -> Poll<Result<Box<dyn Turn>, Refusal>> {
    entering.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn the_failures_of_one_address_are_stopped_and_told_when_to_come_back() {
    let stage = stage(30);
    for _ in 0..30 {
        assert_eq!(stage.fail(v4(1)).await, Ok(()));
        stage.watch.turn(1);
    }
    assert_eq!(stage.fail(v4(1)).await, Err(Refusal::Address(Duration::from_secs(30))));
    stage.watch.turn(29);
    assert_eq!(stage.fail(v4(1)).await, Err(Refusal::Address(Duration::from_secs(1))));
    stage.watch.turn(1);
    assert_eq!(stage.fail(v4(1)).await, Ok(()));
    assert_eq!(stage.fail(v4(1)).await, Err(Refusal::Address(Duration::from_secs(1))));
}

#[tokio::test]
async fn of_any_minute_no_more_failures_than_allowed_get_through() {
    let stage = stage(30);
    let mut entered = Vec::new();
    for second in 0..600 {
        for _ in 0..3 {
            if stage.fail(v4(1)).await.is_ok() {
                entered.push(second);
            }
        }
        stage.watch.turn(1);
    }
    assert!(entered.windows(31).all(|window| window[30] - window[0] >= 60));
    assert_eq!(entered.len(), 300);
}

#[tokio::test]
async fn who_succeeds_may_come_as_often_as_they_like() {
    let stage = stage(3);
    for _ in 0..100 {
        assert_eq!(stage.succeed(v4(1)).await, Ok(()));
    }
    assert_eq!(stage.counters().addresses.remembered().1, 0);
}

#[tokio::test]
async fn successes_between_failures_change_nothing_about_them() {
    let stage = stage(3);
    for _ in 0..3 {
        assert_eq!(stage.succeed(v4(1)).await, Ok(()));
        assert_eq!(stage.fail(v4(1)).await, Ok(()));
    }
    assert!(stage.succeed(v4(1)).await.is_err());
}

#[tokio::test]
async fn attempts_that_are_still_being_made_stop_nobody_and_count_once_they_fail() {
    let stage = stage(2);
    let mut turns = Vec::new();
    for account in ["alice", "bob", "carol"] {
        turns.push(stage.turnstile.enter(Some(v4(1)), account).await.ok().unwrap());
        stage.watch.turn(1);
    }
    turns.into_iter().for_each(Turn::failed);
    assert_eq!(stage.fail(v4(1)).await, Err(Refusal::Address(Duration::from_mins(1))));
}

#[tokio::test]
async fn one_address_takes_nothing_from_another() {
    let stage = stage(1);
    for last in 0..10 {
        assert_eq!(stage.fail(v4(last)).await, Ok(()));
        assert!(stage.fail(v4(last)).await.is_err());
    }
}

#[tokio::test]
async fn who_comes_from_no_address_is_not_counted() {
    let stage = stage(1);
    for _ in 0..10 {
        assert!(stage.turnstile.enter(None, "alice").await.is_ok());
    }
}

/// Case C7, as far as it concerns the address itself.
#[tokio::test]
async fn a_network_of_ipv6_and_an_ipv4_address_in_disguise_count_as_one() {
    let stage = stage(1);
    assert_eq!(stage.fail(v6("2001:db8:1:2::1")).await, Ok(()));
    assert!(stage.fail(v6("2001:db8:1:2:ffff:ffff:ffff:ffff")).await.is_err());
    assert_eq!(stage.fail(v6("2001:db8:1:3::1")).await, Ok(()));
    assert_eq!(stage.fail(v4(7)).await, Ok(()));
    assert!(stage.fail(Ipv4Addr::new(192, 0, 2, 7).to_ipv6_mapped().into()).await.is_err());
    assert_eq!(stage.fail(v6("::ffff:192.0.2.8")).await, Ok(()));
    assert_eq!(stage.fail(v6("::ffff:192.0.2.9")).await, Ok(()), "not one network of all IPv4");
}

#[tokio::test]
async fn attempts_at_one_account_are_made_one_after_the_other_in_the_order_they_came() {
    let stage = stage(30);
    let first = stage.turnstile.enter(None, "alice").await.ok().unwrap();
    let (mut second, mut third) =
        (stage.turnstile.enter(None, "alice"), stage.turnstile.enter(None, "alice"));
    assert!(look(&mut second).is_pending());
    assert!(look(&mut third).is_pending());
    drop(first);
    assert!(look(&mut third).is_pending());
    let Poll::Ready(Ok(turn)) = look(&mut second) else { panic!("the second may enter") };
    assert!(look(&mut third).is_pending());
    drop(turn);
    assert!(look(&mut third).is_ready());
}

#[tokio::test]
async fn attempts_at_different_accounts_do_not_wait_for_each_other() {
    let stage = stage(30);
    let _alice = stage.turnstile.enter(None, "alice").await.ok().unwrap();
    assert!(stage.turnstile.enter(None, "bob").await.is_ok());
}

#[tokio::test]
async fn an_address_is_refused_without_waiting_at_the_account() {
    let stage = stage(1);
    assert_eq!(stage.fail(v4(1)).await, Ok(()));
    let _inside = stage.turnstile.enter(None, "alice").await.ok().unwrap();
    let mut refused = stage.turnstile.enter(Some(v4(1)), "alice");
    assert!(matches!(look(&mut refused), Poll::Ready(Err(_))));
}

#[tokio::test]
async fn an_account_that_nobody_tries_at_is_forgotten_also_when_waiting_was_given_up() {
    let stage = stage(30);
    let accounts = &stage.counters().accounts;
    let inside = stage.turnstile.enter(None, "alice").await.ok().unwrap();
    let mut waiting = stage.turnstile.enter(None, "alice");
    assert!(look(&mut waiting).is_pending());
    assert_eq!(accounts.people("alice"), Some(2));
    drop(waiting);
    assert_eq!(accounts.people("alice"), Some(1));
    drop(inside);
    assert_eq!(accounts.people("alice"), None);
    assert!(stage.turnstile.enter(None, "alice").await.is_ok());
}

#[tokio::test]
async fn a_line_that_is_too_long_sends_the_next_one_away_and_counts_nothing_against_them() {
    let stage = stage(1);
    let mut waiting: Vec<_> =
        (0..Accounts::LONGEST_LINE).map(|_| stage.turnstile.enter(None, "alice")).collect();
    let mut turns: Vec<_> = waiting.iter_mut().map(look).collect();
    assert_eq!(turns.iter().filter(|turn| turn.is_ready()).count(), 1);
    for _ in 0..3 {
        assert_eq!(stage.fail(v4(1)).await, Err(Refusal::Account(Turnstile::CROWDED)));
    }
    turns.clear();
    waiting.clear();
    assert_eq!(stage.fail(v4(1)).await, Ok(()));
}

/// Case C10.
#[tokio::test]
async fn however_many_addresses_come_its_memory_stays_bounded_and_the_newest_still_count() {
    let stage = stage(1);
    let most = addresses::Addresses::MOST_REMEMBERED;
    for number in 0..most + 5_000 {
        let network = Ipv6Addr::from_bits((0x2001 << 112) | ((number as u128) << 64));
        stage.counters().addresses.count(network.into());
    }
    assert_eq!(stage.counters().addresses.remembered(), (most, most));
    let newest = Ipv6Addr::from_bits((0x2001 << 112) | ((most as u128) << 64));
    assert!(stage.fail(newest.into()).await.is_err());
    stage.watch.turn(60);
    assert_eq!(stage.fail(v4(1)).await, Ok(()));
    assert_eq!(stage.counters().addresses.remembered(), (1, 1));
}

#[tokio::test]
async fn a_clock_that_is_set_back_neither_frees_nor_holds_anybody_for_long() {
    let stage = stage(1);
    assert_eq!(stage.fail(v4(1)).await, Ok(()));
    stage.watch.turn(-30);
    let Err(Refusal::Address(wait)) = stage.fail(v4(1)).await else { panic!("it is held") };
    assert!(wait <= Duration::from_mins(1));
    stage.watch.turn(-86_400);
    assert_eq!(stage.fail(v4(1)).await, Ok(()));
    assert_eq!(stage.fail(v4(1)).await, Err(Refusal::Address(Duration::from_mins(1))));
    stage.watch.turn(86_400);
    assert_eq!(stage.fail(v4(1)).await, Ok(()));
}

#[tokio::test]
async fn an_open_turnstile_lets_everybody_in_at_once() {
    let open = Turnstile::open();
    let _inside = open.enter(Some(v4(1)), "alice").await.ok().unwrap();
    for _ in 0..1_000 {
        let mut entering = pin!(open.enter(Some(v4(1)), "alice"));
        assert!(matches!(
            entering.as_mut().poll(&mut Context::from_waker(Waker::noop())),
            Poll::Ready(Ok(_))
        ));
    }
}
