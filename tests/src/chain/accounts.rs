//! The trees of fee balances and of rewards, keyed by address.
//!
//! Fees, and rewards of 0.3: arity 256, height 20, SHA3-256, amounts little-endian, the digit at the
//! leaf's level being the first byte of the address. Rewards from 0.4 on: arity 2, height 160,
//! Keccak-256, amounts big-endian and hashed twice, the lowest bit at the leaf's level. Source:
//! EspressoSystems/espresso-network `crates/espresso/types/src/v0`, `reward_mt`.

use hotshot_light_client::encoding::{committable::keccak256, integer::U256, tagged_base64};
use serde_json::{Value, json};
use sha3::Digest as _;

use super::block_tree::merkle_commitment;
use crate::model::{Address, MerkleCommitment};

const EMPTY: [u8; 32] = [0; 32];
/// How many validators have rewards: enough for shared paths, few enough for every block.
const REWARDED: usize = 6;

/// Which form of tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    ByByte,
    ByBit,
}

impl Form {
    const fn height(self) -> usize {
        match self {
            Self::ByByte => 20,
            Self::ByBit => 160,
        }
    }

    const fn arity(self) -> usize {
        match self {
            Self::ByByte => 256,
            Self::ByBit => 2,
        }
    }

    fn branch(self, children: &[[u8; 32]]) -> [u8; 32] {
        match self {
            Self::ByByte => {
                let mut hasher = sha3::Sha3_256::new();
                children.iter().for_each(|child| hasher.update(child));
                hasher.finalize().into()
            }
            Self::ByBit => keccak256(&[&children.concat()]),
        }
    }

    fn leaf(self, amount: U256) -> [u8; 32] {
        match self {
            Self::ByByte => sha3::Sha3_256::digest(amount.to_le_bytes::<32>()).into(),
            Self::ByBit => keccak256(&[&keccak256(&[&amount.to_be_bytes::<32>()])]),
        }
    }

    /// The children to take from the root down.
    fn digits(self, account: &Address) -> Vec<usize> {
        let bytes = account.0.iter();
        match self {
            Self::ByByte => bytes.rev().map(|byte| usize::from(*byte)).collect(),
            Self::ByBit => bytes.flat_map(|byte| (0..8).rev().map(move |bit| usize::from(byte >> bit & 1))).collect(),
        }
    }
}

/// An account with its way from the root down.
struct Entry {
    account: Address,
    digits: Vec<usize>,
    amount: U256,
}

/// A tree of accounts.
pub struct Accounts {
    form: Form,
    /// Ascending by digits.
    entries: Vec<Entry>,
}

impl Accounts {
    fn new(form: Form, amounts: impl IntoIterator<Item = (Address, U256)>) -> Self {
        let entry = |(account, amount): (Address, U256)| Entry { account, digits: form.digits(&account), amount };
        let mut entries: Vec<Entry> = amounts.into_iter().map(entry).collect();
        entries.sort_by(|left, right| left.digits.cmp(&right.digits));
        Self { form, entries }
    }

    /// The balances for fees after a height: of those who pay and of who receives.
    pub(crate) fn fees(height: u64, payer: Address, recipient: Address) -> Self {
        let spent = U256::from(height) * U256::from(1_000_000u64);
        let balances = [(payer, U256::from(10u64.pow(18)) - spent), (recipient, spent)];
        Self::new(Form::ByByte, balances.into_iter().filter(|_| height > 0))
    }

    /// The rewards after a height: more for each of the first members of the table.
    pub(crate) fn rewards(minor: u16, height: u64, members: impl Iterator<Item = Address>) -> Self {
        let form = if minor < 4 { Form::ByByte } else { Form::ByBit };
        let amount = |index: u64| U256::from(height) * U256::from((index + 1) * 10_000_000_000_000);
        let rewards = (0u64..).zip(members.take(REWARDED)).map(|(index, account)| (account, amount(index)));
        Self::new(form, rewards.filter(|_| height > 0))
    }

    /// Root, height and number of accounts.
    pub(crate) fn commitment(&self) -> MerkleCommitment {
        merkle_commitment(self.node(&self.entries, 0), self.form.height() as u64, self.entries.len() as u64)
    }

    fn node(&self, entries: &[Entry], level: usize) -> [u8; 32] {
        match entries.first() {
            None => EMPTY,
            Some(entry) if level == self.form.height() => self.form.leaf(entry.amount),
            Some(_) => self.form.branch(&self.children(entries, level)),
        }
    }

    fn children(&self, entries: &[Entry], level: usize) -> Vec<[u8; 32]> {
        let mut children = vec![EMPTY; self.form.arity()];
        let same = |left: &Entry, right: &Entry| left.digits.get(level) == right.digits.get(level);
        for group in entries.chunk_by(same) {
            let digit = group.first().and_then(|entry| entry.digits.get(level));
            if let Some(child) = digit.and_then(|digit| children.get_mut(*digit)) {
                *child = self.node(group, level + 1);
            }
        }
        children
    }

    /// All accounts.
    pub fn addresses(&self) -> Vec<Address> {
        self.entries.iter().map(|entry| entry.account).collect()
    }

    /// The amount of an account.
    pub fn amount(&self, account: &Address) -> Option<U256> {
        let digits = self.form.digits(account);
        self.entries.iter().find(|entry| entry.digits == digits).map(|entry| entry.amount)
    }

    /// `{"account", "proof": {"Presence" | "Absence": path}}`.
    pub fn proof(&self, account: &Address) -> Value {
        let field = |bytes: &[u8]| tagged_base64::encode("FIELD", bytes);
        let (digits, position) = (self.form.digits(account), field(&account.0));
        let (kind, bottom) = match self.amount(account) {
            Some(amount) => {
                let leaf = json!({
                    "value": field(&self.form.leaf(amount)),
                    "pos": position,
                    "elem": field(&amount.to_le_bytes::<32>()),
                });
                ("Presence", json!({ "Leaf": leaf }))
            }
            None => ("Absence", json!("Empty")),
        };
        let mut nodes = vec![bottom];
        for level in (0..self.form.height()).rev() {
            let prefix = digits.get(..level).unwrap_or_default();
            let begin = self.entries.partition_point(|entry| entry.digits.get(..level).unwrap_or_default() < prefix);
            let below = self.entries.get(begin..).unwrap_or_default();
            let count = below.partition_point(|entry| entry.digits.get(..level).unwrap_or_default() == prefix);
            let below = below.get(..count).unwrap_or_default();
            if below.is_empty() {
                nodes.push(json!("Empty"));
                continue;
            }
            let own = digits.get(level).copied();
            let children: Vec<Value> = self
                .children(below, level)
                .iter()
                .enumerate()
                .map(|(index, child)| match (Some(index) == own, *child == EMPTY) {
                    // The child on the path has the value zero here: readers must compute it.
                    (true, _) => json!({ "ForgettenSubtree": { "value": field(&EMPTY) } }),
                    (false, true) => json!("Empty"),
                    (false, false) => json!({ "ForgettenSubtree": { "value": field(child) } }),
                })
                .collect();
            nodes.push(json!({ "Branch": { "value": field(&EMPTY), "children": children } }));
        }
        let path = json!({ "pos": position, "proof": nodes });
        json!({ "account": account, "proof": { kind: path } })
    }
}
