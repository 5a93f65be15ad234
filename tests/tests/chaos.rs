//! Five servers of which four lie, stall, cut off, replay or die, and claim heights that do not
//! exist: the native driver still reaches the newest block, and never shows a wrong one. Time is the
//! test's own, so nothing sleeps and every run of a seed is the same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::{Duration, Instant},
};

use common::{assert_honest, client, node};
use hotshot_light_client::client::sync::{FinalizedBlock, Start};
use hotshot_tests::{chain::Settings, lie::Lie, server::Node};
use hotshot_verify::{
    follow::{Driver, End, Event, Flow},
    provider::{
        address::Address,
        backoff::Chance,
        evidence::Evidence,
        http::Answer,
        pool::{Patience, Pool},
        rotation::Rotation,
        tip::Agreement,
        transport::{Arrival, Question, Transport},
    },
};

/// How a server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Honest,
    /// Tells lies, another one every time.
    Lies,
    /// Never answers.
    Stalls,
    /// Breaks answers off.
    CutsOff,
    /// Gives the answer that it gave to another question of the kind before.
    Replays,
    /// Refuses connections.
    Dead,
    /// Names a height that does not exist, and has nothing to show for it.
    Overclaims,
    /// Has too many requests.
    Busy,
    /// Each time another of these.
    Mad,
}

const BAD: [Manner; 8] = [
    Manner::Lies,
    Manner::Stalls,
    Manner::CutsOff,
    Manner::Replays,
    Manner::Dead,
    Manner::Overclaims,
    Manner::Busy,
    Manner::Mad,
];

/// Lies that show in leaves of 0.4, wherever a client begins.
const LIES: [Lie; 14] = [
    Lie::AlteredTime,
    Lie::AlteredPayload,
    Lie::AlteredParent,
    Lie::Unsigned,
    Lie::BelowThreshold,
    Lie::ByCount,
    Lie::ClaimedSigners,
    Lie::Strangers,
    Lie::OtherMessage,
    Lie::ViewZero,
    Lie::WrongEpoch,
    Lie::Gap,
    Lie::Shorter,
    Lie::UnderstatedHeight,
];

struct Server {
    manner: Manner,
    earlier: BTreeMap<String, String>,
}

/// Servers of one chain, and a time that passes only when somebody waits.
struct World {
    now: Instant,
    ends: Instant,
    chance: Chance,
    truth: Rc<Node>,
    servers: BTreeMap<String, Server>,
    under_way: Vec<(Instant, Arrival)>,
}

/// What the driver's own time limit is in reality.
const TIME_LIMIT: Duration = Duration::from_secs(20);

impl World {
    fn answer(&mut self, question: &Question) -> (Duration, Answer) {
        let server = self.servers.get_mut(&question.provider.to_string()).unwrap();
        let manner = match server.manner {
            Manner::Mad => BAD[usize::try_from(self.chance.next() % 7).unwrap()],
            manner => manner,
        };
        let quick = Duration::from_millis(20 + self.chance.next() % 200);
        let lie = (manner == Manner::Lies).then(|| LIES[usize::try_from(self.chance.next()).unwrap_or(0) % LIES.len()]);
        self.truth.set_lie(lie);
        let answer = self.truth.answer(&question.path);
        self.truth.set_lie(None);
        let is_height = question.path.ends_with("block-height");
        let kind: String = question.path.chars().filter(|character| !character.is_ascii_digit()).collect();
        let body = match manner {
            Manner::Stalls => return (TIME_LIMIT, Answer::Unreachable("timeout".into())),
            Manner::Dead => return (Duration::from_millis(1), Answer::Unreachable("refused".into())),
            Manner::Busy => return (quick, Answer::Refused { status: 429, retry_after: Some(Duration::from_secs(3)) }),
            Manner::Overclaims if is_height => "18446744073709551615".into(),
            Manner::Overclaims => return (quick, Answer::Missing(404)),
            Manner::CutsOff => answer.body[..answer.body.len() / 2].into(),
            Manner::Replays => server.earlier.entry(kind).or_insert(answer.body).clone(),
            Manner::Honest | Manner::Lies | Manner::Mad => answer.body,
        };
        (quick, if answer.status == 200 { Answer::Body(body.into()) } else { Answer::Missing(answer.status) })
    }
}

#[derive(Clone)]
struct Simulated(Rc<RefCell<World>>);

impl Transport for Simulated {
    fn now(&self) -> Instant {
        self.0.borrow().now
    }

    fn send(&mut self, question: Question) {
        let mut world = self.0.borrow_mut();
        let (time, answer) = world.answer(&question);
        let moment = world.now + time;
        world.under_way.push((moment, Arrival { ticket: question.ticket, answer }));
    }

    fn wait(&mut self, until: Instant) -> Option<Arrival> {
        let mut world = self.0.borrow_mut();
        let next = world.under_way.iter().map(|(moment, _)| *moment).min().filter(|moment| *moment <= until);
        let Some(next) = next else {
            world.now = until.min(world.ends);
            return None;
        };
        world.now = world.now.max(next);
        let place = world.under_way.iter().position(|(moment, _)| *moment == next)?;
        Some(world.under_way.swap_remove(place).1)
    }

    fn is_stopped(&self) -> bool {
        let world = self.0.borrow();
        world.now >= world.ends
    }
}

/// What was seen of a run.
struct Outcome {
    blocks: Vec<FinalizedBlock>,
    lies: Vec<Evidence>,
    agreement: Agreement,
    time: Duration,
    /// Who is not in quarantine at the end.
    honest: Vec<bool>,
}

const FIRST: u64 = 3;
const LAST: u64 = 60;

/// The chain that the servers know.
fn chain() -> Rc<Node> {
    let settings = Settings { validators: 7, versions: vec![4], epoch_height: 10, ..Settings::default() };
    Rc::new(node(settings, LAST + 8))
}

/// Follows from one height to another with servers of these manners.
fn run(truth: &Rc<Node>, manners: &[Manner], seed: u64) -> Outcome {
    let name = |index: usize| format!("http://server-{index}.invalid");
    let begin = Instant::now();
    let servers = manners
        .iter()
        .enumerate()
        .map(|(index, manner)| (name(index), Server { manner: *manner, earlier: BTreeMap::new() }));
    let world = Rc::new(RefCell::new(World {
        now: begin,
        ends: begin + Duration::from_secs(3600),
        chance: Chance::new(seed),
        truth: Rc::clone(truth),
        servers: servers.collect(),
        under_way: Vec::new(),
    }));
    let addresses: Vec<Address> = (0..manners.len()).map(|index| name(index).parse().unwrap()).collect();
    let pool = Pool::new(Rotation::new(addresses.clone(), seed), Simulated(Rc::clone(&world)), Patience::default());
    let mut driver = Driver::new(client(truth, Start::Height(FIRST)), pool, Duration::from_secs(1));
    let (mut blocks, mut lies, mut agreement) = (Vec::new(), Vec::new(), Agreement::default());
    let end = driver.run(&mut |_, event| {
        match event {
            Event::Finalized { blocks: more, agreement: seen, .. } => {
                blocks.extend_from_slice(more);
                agreement = seen;
            }
            Event::Rejected { evidence: Some(evidence), .. } => lies.push(evidence.clone()),
            _ => {}
        }
        let done = blocks.last().is_some_and(|block: &FinalizedBlock| block.header.height >= LAST);
        Ok(if done { Flow::Finish } else { Flow::Continue })
    });
    assert_eq!(end.unwrap(), End::Finished, "seed {seed}, {manners:?}");
    let now = world.borrow().now;
    let quarantined = (0..manners.len()).map(|index| driver.pool().rotation.is_quarantined(index, now));
    let honest = quarantined.map(|quarantined| !quarantined).collect();
    Outcome { blocks, lies, agreement, time: now - begin, honest }
}

#[test]
fn one_honest_server_of_five_is_enough() {
    let (truth, mut longest, mut told) = (chain(), Duration::ZERO, BTreeSet::new());
    for seed in 0..48 {
        let mut chance = Chance::new(seed);
        let mut pick = |count: u64| usize::try_from(chance.next() % count).unwrap();
        // Who comes first is asked first: the honest one is the last of them in every other run.
        let honest = if seed % 2 == 0 { 4 } else { pick(5) };
        let bad = |pick: &mut dyn FnMut(u64) -> usize| if seed % 4 == 0 { Manner::Lies } else { BAD[pick(8)] };
        let manners: Vec<Manner> =
            (0..5).map(|index| if index == honest { Manner::Honest } else { bad(&mut pick) }).collect();
        let outcome = run(&truth, &manners, seed);
        assert_honest(&truth, &outcome.blocks);
        assert_eq!(outcome.blocks.first().unwrap().header.height, FIRST, "seed {seed}");
        assert!(outcome.honest[honest], "seed {seed}: the honest server is in quarantine, {manners:?}");
        assert!(outcome.agreement.agreeing >= 1 && outcome.agreement.asked <= 5);
        for lie in &outcome.lies {
            assert_ne!(lie.provider.to_string(), format!("http://server-{honest}.invalid"), "seed {seed}");
            told.insert(lie.rejected.code());
        }
        assert!(outcome.time < Duration::from_secs(300), "seed {seed}: {:?}, {manners:?}", outcome.time);
        longest = longest.max(outcome.time);
    }
    println!("longest {longest:?}, told: {told:?}");
    assert!(told.len() >= 3, "several kinds of lies were told: {told:?}");
}

#[test]
fn each_bad_manner_alone_beside_an_honest_server() {
    let truth = chain();
    for manner in BAD {
        let outcome = run(&truth, &[manner, Manner::Honest], 7);
        assert_honest(&truth, &outcome.blocks);
        assert!(outcome.honest[1], "{manner:?}");
        assert!(outcome.time < Duration::from_secs(90), "{manner:?}: {:?}", outcome.time);
        let poor = [Manner::Stalls, Manner::Dead, Manner::Busy, Manner::Overclaims, Manner::CutsOff];
        assert!(outcome.honest[0] || !poor.contains(&manner), "{manner:?} is poverty, no lie");
        assert_eq!(outcome.lies.is_empty(), outcome.honest[0], "{manner:?}");
    }
}

#[test]
fn a_stalling_server_costs_one_hedge_and_not_a_time_limit() {
    let outcome = run(&chain(), &[Manner::Stalls, Manner::Honest], 3);
    assert!(outcome.time < Duration::from_secs(10), "{:?}", outcome.time);
}

#[test]
fn a_seed_decides_the_whole_run() {
    let manners = [Manner::Mad, Manner::Lies, Manner::Honest, Manner::Stalls];
    let truth = chain();
    let once = || {
        let outcome = run(&truth, &manners, 11);
        (outcome.time, outcome.lies.len(), outcome.agreement)
    };
    assert_eq!(once(), once());
}
