//! Each lie of the devnet against the core's client: it is refused with a code that the list names,
//! nothing that is not so is ever shown as final, and an honest server is believed afterwards.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::collections::BTreeSet;

use common::{End, assert_honest, client, follow, node, produce};
use hotshot_light_client::{
    Rejected,
    client::sync::{Client, Start},
    consensus::{finality::Asked, signatures::Proving},
};
use hotshot_tests::{chain::Settings, lie::Lie, server::Node};

/// Minor versions whose rules differ.
const MINORS: [u16; 3] = [2, 4, 6];

fn settings(minor: u16) -> Settings {
    Settings { validators: 10, versions: vec![minor], failed_views: 0, ..Settings::default() }
}

/// Follows honestly, then through a lie block by block across an epoch's end, then honestly again.
fn codes_while_following(lie: Lie, minor: u16) -> BTreeSet<String> {
    let node = node(settings(minor), 33);
    let mut client = client(&node, Start::Height(30));
    let (mut finalized, end) = follow(&mut client, &node);
    assert_eq!(end, End::Idle);
    assert!(!finalized.is_empty());
    node.set_lie(Some(lie));
    let mut codes = BTreeSet::new();
    for _ in 0..11 {
        produce(&node, 1);
        let (blocks, end) = follow(&mut client, &node);
        finalized.extend(blocks);
        match end {
            End::Refused(code) => drop(codes.insert(code)),
            End::Idle => {}
            End::Endless => panic!("{}: the client asks without end", lie.name()),
        }
    }
    node.set_lie(None);
    produce(&node, 4);
    // What the liar left behind, such as leaves that nothing has proven yet, may cost one refusal.
    for round in 0..3 {
        let (blocks, end) = follow(&mut client, &node);
        assert!(end == End::Idle || round == 0, "{}: an honest server is refused: {end:?}", lie.name());
        finalized.extend(blocks);
    }
    assert_honest(&node, &finalized);
    assert!(finalized.last().unwrap().header.height >= 46, "{}", lie.name());
    codes
}

/// Follows from genesis through the lie.
fn codes_from_genesis(lie: Lie, minor: u16) -> BTreeSet<String> {
    let node = node(settings(minor), 6);
    node.set_lie(Some(lie));
    let (finalized, end) = follow(&mut client(&node, Start::Height(0)), &node);
    assert_honest(&node, &finalized);
    match end {
        End::Refused(code) => BTreeSet::from([code]),
        End::Idle | End::Endless => BTreeSet::new(),
    }
}

/// A server of old blocks, and a client that knows newer ones to be final.
struct Archive {
    node: Node,
    client: Client,
}

impl Archive {
    fn new(minor: u16) -> Self {
        let node = node(settings(minor), 45);
        let mut client = client(&node, Start::Height(40));
        assert_eq!(follow(&mut client, &node).1, End::Idle);
        Self { node, client }
    }

    fn answer(&self, lie: Option<Lie>, path: &str) -> Vec<u8> {
        self.node.set_lie(lie);
        let answer = self.node.answer(path).body;
        self.node.set_lie(None);
        answer.into_bytes()
    }

    fn ask(&self, height: u64, proof: Option<Lie>, descendants: Option<Lie>) -> Result<(), Rejected> {
        let proof = self.answer(proof, &format!("/v1/light-client/leaf/{height}"));
        let descendants = self.answer(descendants, &format!("/v1/availability/leaf/{}/{}", height + 1, height + 3));
        let mut pending = self.client.check_leaf_proof(&proof, Some(&descendants), Asked::Height(height))?;
        loop {
            if let Proving::Done(verdict) = pending.step(100) {
                return verdict.map(|chain| assert_eq!(chain.leaves[0].height(), height));
            }
        }
    }

    /// Asks for leaf proofs of an ordinary block and of a transition block, with their descendants, about
    /// which the server may lie as well.
    fn codes(&self, lie: Lie) -> BTreeSet<String> {
        let mut codes = BTreeSet::new();
        for height in [25, 38] {
            self.ask(height, None, None).unwrap();
            for descendants in [None, Some(lie)] {
                codes.extend(self.ask(height, Some(lie), descendants).err().map(|rejected| rejected.code().into()));
            }
        }
        codes
    }

    /// One for each protocol version.
    fn all() -> impl Fn(Lie, u16) -> BTreeSet<String> {
        let archives = MINORS.map(|minor| (minor, Self::new(minor)));
        move |lie, minor| archives.iter().find(|(own, _)| *own == minor).unwrap().1.codes(lie)
    }
}

/// The codes of all protocol versions, each of which the list names.
fn listed_codes(lie: Lie, codes: impl Fn(Lie, u16) -> BTreeSet<String>) -> BTreeSet<String> {
    let all: BTreeSet<String> = MINORS.into_iter().flat_map(|minor| codes(lie, minor)).collect();
    println!("{}: {all:?}", lie.name());
    for code in &all {
        assert!(lie.codes().contains(&code.as_str()), "{}: {code} instead of {:?}", lie.name(), lie.codes());
    }
    all
}

fn assert_refused(lies: &[Lie], codes: impl Fn(Lie, u16) -> BTreeSet<String>) {
    for lie in lies {
        assert!(!listed_codes(*lie, &codes).is_empty(), "{} is never refused", lie.name());
    }
}

const LEAF_PROOFS: [Lie; 6] =
    [Lie::ProofKind, Lie::Assumption, Lie::ProofViews, Lie::ProofMissingNextQc, Lie::ProofEmpty, Lie::ProofOther];

fn while_following() -> Vec<Lie> {
    let elsewhere = |lie: &Lie| {
        let genesis = *lie == Lie::AnotherGenesis;
        LEAF_PROOFS.contains(lie) || genesis || lie.is_about_tables() || lie.is_about_data()
    };
    Lie::ALL.iter().copied().filter(|lie| !elsewhere(lie) && !lie.codes().is_empty()).collect()
}

#[test]
fn lies_about_what_follows() {
    let lies = while_following();
    let (first, _) = lies.split_at(lies.len() / 2);
    assert_refused(first, codes_while_following);
}

#[test]
fn more_lies_about_what_follows() {
    let lies = while_following();
    let (_, second) = lies.split_at(lies.len() / 2);
    assert_refused(second, codes_while_following);
}

#[test]
fn lies_about_genesis() {
    assert_refused(&[Lie::AnotherGenesis], codes_from_genesis);
}

#[test]
fn lies_in_leaf_proofs() {
    assert_refused(&LEAF_PROOFS, Archive::all());
}

/// Who follows a chain notices most lies there; who asks for proofs may meet the same lies first.
#[test]
fn other_lies_met_in_leaf_proofs() {
    let codes = Archive::all();
    for lie in while_following() {
        listed_codes(lie, &codes);
    }
}

#[test]
fn what_cannot_be_told_from_poverty_shows_nothing_false() {
    for lie in Lie::ALL.iter().copied().filter(|lie| lie.codes().is_empty() && !lie.is_about_data()) {
        assert!(codes_while_following(lie, 4).is_empty());
    }
}

#[test]
fn names_of_lies_are_distinct() {
    let names: BTreeSet<&str> = Lie::ALL.iter().map(|lie| lie.name()).collect();
    assert_eq!(names.len(), Lie::ALL.len());
    assert!(Lie::ALL.iter().all(|lie| Lie::from_name(lie.name()) == Some(*lie)));
}
