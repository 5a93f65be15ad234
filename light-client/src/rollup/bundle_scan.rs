//! In which final block is a bundle? Down a range of heights without gaps, a hinted height first.
//!
//! Used as [`Scan`](crate::rollup::scan::Scan) is: by a driver that fetches what is asked for.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::consensus::header::Header;
use crate::consensus::verified::Verified;
use crate::data::block::BlockContext;
use crate::data::namespace_proof::VerifiedNamespace;
use crate::data::namespace_prover::{LocalProver, NamespaceProver};
use crate::data::vid::parameters::{ParameterSource, VidParameters};
use crate::encoding::committable::Commitment;
use crate::encoding::json::parse;
use crate::rejection::{Rejected, Rejection};
use crate::rollup::bundle::{BundleSearch, Expected, LEGS_LIMIT, Leg, VerifiedBundle};
use crate::rollup::verdict::Answer;
use crate::rollup::walk::{ScanRequest, Walk};

/// A scan for one bundle. It ends with the first block that has every leg.
#[derive(Clone, Debug)]
pub struct BundleScan<P = LocalProver> {
    legs: Vec<Leg>,
    walk: Walk,
    prover: P,
    /// Whether the prover is at work.
    proving: bool,
    /// Namespaces of the block at hand that are proven.
    proven: Vec<VerifiedNamespace>,
    /// Once all of them are proven.
    search: Option<BundleSearch>,
    found: Option<VerifiedBundle>,
    served_parameters: bool,
}

impl BundleScan {
    /// A scan of heights `asked`, whose end is at most that of `tip`, a final header with the
    /// commitment of its leaf.
    ///
    /// # Errors
    /// `bundle.legs` for no leg or too many, `rollup.place` for a leg whose rollup has another namespace,
    /// `scan.range` for an empty range and one beyond the tip.
    pub fn new(
        legs: Vec<Leg>,
        asked: RangeInclusive<u64>,
        tip: (Verified<Header>, Commitment),
        hint: Option<u64>,
    ) -> Result<Self, Rejected> {
        Self::with_prover(legs, asked, tip, hint, LocalProver::default())
    }
}

impl<P: NamespaceProver> BundleScan<P> {
    /// As [`BundleScan::new`], with namespaces proven by `prover`.
    ///
    /// # Errors
    /// Those of [`BundleScan::new`].
    pub fn with_prover(
        legs: Vec<Leg>,
        asked: RangeInclusive<u64>,
        tip: (Verified<Header>, Commitment),
        hint: Option<u64>,
        prover: P,
    ) -> Result<Self, Rejected> {
        if legs.is_empty() || legs.len() > LEGS_LIMIT {
            return Err(Rejection::BundleLegs.with(legs.len(), LEGS_LIMIT));
        }
        for leg in &legs {
            if let Expected::L2Transaction(config, _) = &leg.expected {
                Rejection::RollupPlace.unless_equal(u64::from(config.namespace), u64::from(leg.namespace))?;
            }
        }
        let walk = Walk::new(asked, tip, hint)?;
        let (proven, search, found) = (Vec::new(), None, None);
        Ok(Self { legs, walk, prover, proving: false, proven, search, found, served_parameters: false })
    }

    /// How many leaves to ask for at once: the provider's `small_object_range_limit`.
    pub const fn set_stretch(&mut self, leaves: u64) {
        self.walk.set_stretch(leaves);
    }

    /// The namespace of the block at hand that is not proven yet.
    fn next_namespace(&self) -> Option<u32> {
        let is_proven = |leg: &&Leg| self.proven.iter().any(|proven| proven.id() == u64::from(leg.namespace));
        self.legs.iter().find(|leg| !is_proven(leg)).map(|leg| leg.namespace)
    }

    /// What is needed next; `None` while there is something to compute, once the bundle was found, and
    /// once the whole range was read.
    pub fn request(&self) -> Option<ScanRequest> {
        if self.is_working() || self.found.is_some() {
            return None;
        }
        match (self.walk.block(), self.next_namespace()) {
            (Some(block), Some(namespace)) => Some(ScanRequest::Namespace { height: block.height(), namespace }),
            _ => self.walk.request(),
        }
    }

    /// Takes the answer to [`Self::request`]. `parameters` gives those of a block whose stake table is
    /// known; without them the number of shares is taken from the answer, and the result says so.
    ///
    /// # Errors
    /// Whatever is wrong with the answer; the scan is as before, to ask another provider.
    /// `scan.answer` if nothing was asked.
    pub fn respond(
        &mut self,
        body: &[u8],
        parameters: impl FnOnce(&BlockContext) -> Option<VidParameters>,
    ) -> Result<(), Rejected> {
        match (self.request(), self.walk.block()) {
            (Some(ScanRequest::Namespace { namespace, .. }), Some(block)) => {
                self.prover.begin(block, u64::from(namespace), body, parameters(block).as_ref())?;
                self.proving = true;
                Ok(())
            }
            (Some(_), None) => {
                let legs = &self.legs;
                let has =
                    |block: &BlockContext, leg: &Leg| block.namespace_table().find(u64::from(leg.namespace)).is_some();
                self.walk.respond(&parse(body)?, |block| legs.iter().all(|leg| has(block, leg)))
            }
            _ => Err(Rejection::ScanAnswer.bare()),
        }
    }

    /// Whether there is something to compute: [`Self::step`] does it.
    pub const fn is_working(&self) -> bool {
        self.proving || self.search.is_some()
    }

    /// Does at most `budget` units of work on the namespace at hand.
    ///
    /// # Errors
    /// `vid.commitment` and others of [`NamespaceProver::step`]: the scan is as before the answer, to ask
    /// another provider.
    pub fn step(&mut self, budget: usize) -> Result<(), Rejected> {
        let Some(block) = self.walk.block() else { return Ok(()) };
        if core::mem::take(&mut self.proving) {
            let Some(proven) = self.prover.step(budget)? else {
                self.proving = true;
                return Ok(());
            };
            self.proven.push(proven);
            if self.next_namespace().is_none() {
                self.search = Some(BundleSearch::new(block, &self.legs, &self.proven)?);
            }
            return Ok(());
        }
        let Some(mut search) = self.search.take() else { return Ok(()) };
        for _ in 0..budget {
            match search.step(block, &self.legs, &self.proven) {
                Ok(None) => continue,
                Ok(found) => self.found = found,
                Err(rejected) if rejected.rejection == Rejection::BundleLeg => {}
                Err(rejected) => return Err(rejected),
            }
            let served = |namespace: &VerifiedNamespace| namespace.parameter_source() == Some(ParameterSource::Served);
            self.served_parameters = self.found.is_some() && self.proven.iter().any(served);
            self.proven.clear();
            self.walk.pass();
            return Ok(());
        }
        self.search = Some(search);
        Ok(())
    }

    /// The provider does not have what was asked. Only a hint can be given up.
    pub fn missing(&mut self) {
        if !self.is_working() {
            self.walk.missing();
            self.proven.clear();
        }
    }

    /// The range that was asked about.
    pub const fn asked(&self) -> &RangeInclusive<u64> {
        self.walk.asked()
    }

    /// The range that was read without gaps so far.
    pub fn verified(&self) -> Option<RangeInclusive<u64>> {
        self.walk.verified()
    }

    /// How many heights of the range were read, and how many it has.
    pub fn progress(&self) -> (u64, u64) {
        self.walk.progress()
    }

    /// What is shown so far: *no* only once the whole range was read without gaps.
    pub fn verdict(&self) -> Answer<&VerifiedBundle> {
        match &self.found {
            Some(bundle) => Answer::Yes(bundle),
            None if self.walk.is_complete() => Answer::No,
            None => Answer::Unknown,
        }
    }

    /// Whether the number of shares of the found block came from the server, because the stake table
    /// of its epoch is not known: enough for inclusion.
    pub const fn used_served_parameters(&self) -> bool {
        self.served_parameters
    }
}
