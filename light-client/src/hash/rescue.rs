//! The Rescue hash over the scalar field of BN254, which is cheap to prove and dear to compute.
//!
//! Width 4, of which 3 lanes absorb; 12 rounds, each a half-round with the fifth root and one with
//! the fifth power. Source: EspressoSystems/jellyfish `rescue/src/lib.rs` and
//! `rescue/src/rescue_constants/ed_on_bn254_base.rs`. The round keys there follow from 24 numbers.

use alloc::boxed::Box;

use ark_ff::{AdditiveGroup as _, Field as _, MontFp};
use once_cell::race::OnceBox;

use crate::bn254::Fr;

/// Elements of the state.
pub const WIDTH: usize = 4;

/// Elements absorbed before each permutation.
pub const RATE: usize = 3;

/// Bytes that become one element, and never wrap around the modulus.
pub const CHUNK: usize = 31;

/// Half-rounds of the permutation.
pub const HALF_ROUNDS: usize = 24;

/// The exponent that takes the fifth root.
const ALPHA_INVERSE: [u64; 4] =
    [0xcfe7_f7a9_8ccc_cccd, 0x535c_b9d3_9494_5a0d, 0x9373_6af8_679a_ad17, 0x26b6_a528_b427_b354];

/// What mixes the lanes after every half-round.
pub const MDS: Matrix = [
    [MontFp!("-15625"), MontFp!("-2437500"), MontFp!("-317281250"), MontFp!("-39977437500")],
    [MontFp!("19500"), MontFp!("3026375"), MontFp!("393529500"), MontFp!("49574560750")],
    [MontFp!("-4030"), MontFp!("-609180"), MontFp!("-78806805"), MontFp!("-9917451180")],
    [MontFp!("156"), MontFp!("20306"), MontFp!("2558556"), MontFp!("320327931")],
];

/// The first round key, and the start of the key schedule.
const INITIAL: State = [
    MontFp!("14613516837064033601098425266946467918409544647446217386229959902054563533267"),
    MontFp!("376600575581954944138907282479272751264978206975465380433764825531344567663"),
    MontFp!("7549886658634274343394883631367643327196152481472281919735617268044202589860"),
    MontFp!("3682071510138521345600424597536598375718773365536872232193107639375194756918"),
];

/// The key schedule: each round constant is this matrix times the last one, plus the vector.
const SCHEDULE_MATRIX: Matrix = [
    [
        MontFp!("7897853564276958334214468603203897520154891489600286770348232887190718230697"),
        MontFp!("11310972723508634666485784440114195323987623373489240386156363657972592637889"),
        MontFp!("16383651337644090722313274572289379168218245780523520967193539841029993172551"),
        MontFp!("19306563486653957297319716776525895326416632603921620229753286581552964639495"),
    ],
    [
        MontFp!("13972664482939365210126934094159234477516423614171933027224960720992131660723"),
        MontFp!("3714466336318438487208859168496175617840683365103447095286552900687717723809"),
        MontFp!("1596938859090899602275687562366103397961147554801212225870985431436994895131"),
        MontFp!("1804362872899866995550019591021113047181201776456876099010313193931142028794"),
    ],
    [
        MontFp!("11997476979649706166628591475876380529791396928089723905860179374857864726071"),
        MontFp!("3358221985266097444445103450467306798663635253390735595238412840047057109206"),
        MontFp!("20936039221738076169991664483088569164149507060948581631797398419708108094482"),
        MontFp!("19667773949019642472493030024822902610198030586241139616586889558416819285262"),
    ],
    [
        MontFp!("13863553253145612564629096839163156810802216429640669856987145967323207410509"),
        MontFp!("19384255837703781581818619941103992392218719827512626671850429446834300524280"),
        MontFp!("21184773793927862104225525427705251552748684553382600329427001063711335358489"),
        MontFp!("17250450671778424279069213596445482771974600736740494308485859852865380915697"),
    ],
];

const SCHEDULE_VECTOR: State = [
    MontFp!("14910919218145812220780527690731032179494541897268776131239962376171657535230"),
    MontFp!("10257734867868901489281448873462275888117956878438433971429895315446063901086"),
    MontFp!("400456570908486696849138298375881100690963025475664563258385409447538235081"),
    MontFp!("21663317380571791832909997299481896459241929404413878318271683915422925222920"),
];

/// The lanes of the sponge; the last one is the capacity.
pub type State = [Fr; WIDTH];
/// Rows.
pub type Matrix = [State; WIDTH];

/// The permutation of the state.
pub fn permute(state: &mut State) {
    let [first, rest @ ..] = round_keys();
    add(state, first);
    for (half_round, key) in rest.iter().enumerate() {
        *state = times(&MDS, &powered(state, half_round));
        add(state, key);
    }
}

/// A hash on its way, element by element. Each third one costs a permutation, milliseconds in WebAssembly.
#[derive(Clone, Debug)]
pub struct Sponge {
    state: State,
    /// Where the next element goes.
    lane: usize,
}

impl Default for Sponge {
    fn default() -> Self {
        Self { state: [Fr::ZERO; WIDTH], lane: 0 }
    }
}

impl Sponge {
    /// Takes the next element.
    pub fn absorb(&mut self, element: Fr) {
        if self.lane == RATE {
            permute(&mut self.state);
            self.lane = 0;
        }
        self.state.iter_mut().skip(self.lane).take(1).for_each(|place| *place += element);
        self.lane += 1;
    }

    /// The hash of all elements: one 1 is appended, and zeros to a multiple of three.
    pub fn finish(mut self) -> Fr {
        self.absorb(Fr::ONE);
        permute(&mut self.state);
        let [output, ..] = self.state;
        output
    }
}

/// The hash of any number of elements.
pub fn hash(elements: impl IntoIterator<Item = Fr>) -> Fr {
    let mut sponge = Sponge::default();
    elements.into_iter().for_each(|element| sponge.absorb(element));
    sponge.finish()
}

/// The hash of bytes: chunks of 31, each a little-endian integer.
pub fn hash_bytes(bytes: &[u8]) -> Fr {
    hash(bytes.chunks(CHUNK).map(from_little_endian))
}

/// The integer of at most 31 little-endian bytes.
pub fn from_little_endian(bytes: &[u8]) -> Fr {
    bytes.iter().rev().fold(Fr::ZERO, |value, byte| value * Fr::from(256u64) + Fr::from(u64::from(*byte)))
}

/// The fifth power.
pub fn fifth_power(element: &Fr) -> Fr {
    element.square().square() * element
}

/// The one fifth root: four bits of the exponent at a time.
pub fn fifth_root(element: &Fr) -> Fr {
    let mut powers = [Fr::ONE; 16];
    let mut power = Fr::ONE;
    for place in &mut powers {
        *place = power;
        power *= element;
    }
    let digits = ALPHA_INVERSE.iter().rev().flat_map(|limb| (0..16).rev().map(move |digit| (limb >> (4 * digit)) & 15));
    digits.fold(Fr::ONE, |root, digit| {
        let shifted = root.square().square().square().square();
        usize::try_from(digit).ok().and_then(|digit| powers.get(digit)).map_or(shifted, |power| shifted * power)
    })
}

/// Every element to the power of a half-round: fifth roots first, fifth powers next, in turn.
fn powered(state: &State, half_round: usize) -> State {
    if half_round.is_multiple_of(2) {
        state.map(|element| fifth_root(&element))
    } else {
        state.map(|element| fifth_power(&element))
    }
}

fn times(matrix: &Matrix, vector: &State) -> State {
    matrix.map(|row| row.iter().zip(vector).map(|(left, right)| *left * right).sum())
}

fn add(state: &mut State, other: &State) {
    state.iter_mut().zip(other).for_each(|(element, other)| *element += other);
}

/// One key before the first half-round, one after each.
pub fn round_keys() -> &'static [State; HALF_ROUNDS + 1] {
    static KEYS: OnceBox<[State; HALF_ROUNDS + 1]> = OnceBox::new();
    KEYS.get_or_init(|| {
        let mut keys = [INITIAL; HALF_ROUNDS + 1];
        let (mut key, mut constant) = (INITIAL, INITIAL);
        for (half_round, place) in keys.iter_mut().skip(1).enumerate() {
            constant = times(&SCHEDULE_MATRIX, &constant);
            add(&mut constant, &SCHEDULE_VECTOR);
            key = times(&MDS, &powered(&key, half_round));
            add(&mut key, &constant);
            *place = key;
        }
        Box::new(keys)
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::str::FromStr;

    use super::*;
    use crate::encoding::json::{Json, parse};
    use crate::recorded;

    fn elements(json: &Json<'_>) -> Vec<Fr> {
        json.items().unwrap().iter().map(|item| Fr::from_str(item.text().unwrap()).unwrap()).collect()
    }

    #[test]
    fn published_keys_and_answers() {
        let Some(vectors) = recorded::file("reference/rescue_bn254.json") else { return };
        let vectors = parse(&vectors).unwrap();
        let keys = vectors.get("round_keys").unwrap().items().unwrap();
        assert_eq!(keys.len(), HALF_ROUNDS + 1);
        for (key, published) in round_keys().iter().zip(keys) {
            assert_eq!(key[..], elements(published));
        }
        for test in vectors.get("permutation_tests").unwrap().items().unwrap() {
            let mut state: State = elements(test.get("input").unwrap()).try_into().unwrap();
            permute(&mut state);
            assert_eq!(state[..], elements(test.get("output").unwrap()));
        }
        for test in vectors.get("variable_length_hash_tests").unwrap().items().unwrap() {
            let answer = Fr::from_str(test.get("hash").unwrap().text().unwrap()).unwrap();
            assert_eq!(hash(elements(test.get("input").unwrap())), answer);
        }
    }

    #[test]
    fn roots_and_powers_are_inverse() {
        for element in [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(7u64), INITIAL[0]] {
            assert_eq!(fifth_power(&fifth_root(&element)), element);
            assert_eq!(fifth_root(&element), element.pow(ALPHA_INVERSE));
        }
    }

    #[test]
    fn bytes_are_little_endian_chunks() {
        let mut bytes = [0; 33];
        bytes[1] = 1;
        bytes[31] = 2;
        assert_eq!(hash_bytes(&bytes), hash([Fr::from(256u64), Fr::from(2u64)]));
        assert_eq!(hash_bytes(&[]), hash([]));
    }
}
