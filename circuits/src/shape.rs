//! Sizes of the circuit, and the named ones.

/// How large a circuit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Rows that the commitments cover, empty ones included.
    pub capacity: usize,
    /// The first rows, which may sign. Networks have at most 100 active validators.
    pub routable: usize,
    /// Signatures that fit into a proof.
    pub slots: usize,
}

/// A size with a name, whose key a network can pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// The name in files and on the command line.
    pub name: &'static str,
    /// The size.
    pub shape: Shape,
    /// Constraints of its circuit.
    pub constraints: usize,
    /// What it is for.
    pub purpose: &'static str,
}

const fn preset(name: &'static str, sizes: [usize; 3], constraints: usize, purpose: &'static str) -> Preset {
    let [capacity, routable, slots] = sizes;
    Preset { name, shape: Shape { capacity, routable, slots }, constraints, purpose }
}

/// From small to large. Slots are cut so that the constraints fill a power of two, three of them
/// for networks of today: a key of each can be pinned, and the prover takes the smallest that the
/// signers at hand fill.
pub const PRESETS: &[Preset] = &[
    preset("micro", [2, 2, 1], 3_884, "tests of ceremonies: one signer of two rows"),
    preset("tiny", [4, 4, 2], 7_378, "tests: two signers of four rows"),
    preset("devnet", [8, 8, 6], 20_154, "development networks of up to eight validators"),
    preset("s24", [200, 100, 24], 130_079, "few heavy signers of up to 100 validators, 2^17 rows"),
    preset("m68", [200, 100, 68], 257_860, "the heaviest 68 of up to 100 validators, 2^18 rows"),
    preset("l100", [200, 100, 100], 347_512, "any signers of up to 100 validators, 2^19 rows"),
    preset("x200", [200, 200, 200], 637_012, "any signers of up to 200 validators, 2^20 rows"),
];

impl Preset {
    /// Points of the FFT domain: a power of two that holds the constraints and the public inputs.
    pub const fn domain(&self) -> usize {
        (self.constraints + crate::circuit::INPUTS + 1).next_power_of_two()
    }

    /// The preset with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The smallest preset for a table of this capacity and size in which so many signers suffice.
    pub fn fitting(capacity: usize, rows: usize, signers: usize) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| {
            let Shape { capacity: covered, routable, slots } = preset.shape;
            covered == capacity && rows <= routable && signers <= slots
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_choice() {
        assert_eq!(Preset::named("m68").unwrap().shape.slots, 68);
        assert!(Preset::named("none").is_none());
        assert_eq!(Preset::fitting(200, 76, 11).unwrap().name, "s24");
        assert_eq!(Preset::fitting(200, 100, 67).unwrap().name, "m68");
        assert_eq!(Preset::fitting(200, 100, 99).unwrap().name, "l100");
        assert_eq!(Preset::fitting(200, 101, 5).unwrap().name, "x200");
        assert_eq!(Preset::fitting(200, 201, 5), None);
        assert_eq!(Preset::fitting(100, 5, 5), None);
    }
}
