//! The sparse trees of accounts: fees and rewards, keyed by a 20-byte address.
//!
//! | tree | arity, height | leaf | digit at the leaf's level |
//! |---|---|---|---|
//! | fee; reward of protocol 0.3 | 256, 20 | SHA3-256(amount, 32 bytes little-endian) | byte 0 of the address |
//! | reward from protocol 0.4 | 2, 160 | Keccak(Keccak(amount, 32 bytes big-endian)) | lowest bit of byte 19 |
//!
//! Sources: `espresso-types` `v0/v0_1/state.rs`, `v0/impls/fee_info.rs`, `reward_mt/mod.rs`.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::encoding::committable::keccak256;
use crate::encoding::integer::U256;
use crate::encoding::json::Json;
use crate::hash::merkle_node::{EMPTY, Node, sha3_256};
use crate::hash::merkle_path::{Bottom, Path, Shape};
use crate::rejection::{Rejected, Rejection};

/// The address of an account.
pub type Address = [u8; 20];

/// One of the two forms of a tree of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountTree {
    /// A level for each byte of the address: fees, and rewards of protocol 0.3.
    ByByte,
    /// A level for each bit of the address: rewards from protocol 0.4.
    ByBit,
}

impl AccountTree {
    /// Arity, height and hash.
    pub const fn shape(self) -> Shape {
        match self {
            Self::ByByte => Shape { arity: 256, height: 20, hash: sha3_256 },
            Self::ByBit => Shape { arity: 2, height: 160, hash: keccak256 },
        }
    }

    /// The hash of a leaf.
    pub fn leaf(self, amount: U256) -> Node {
        match self {
            Self::ByByte => sha3_256(&[&amount.to_le_bytes::<32>()]),
            Self::ByBit => keccak256(&[&keccak256(&[&amount.to_be_bytes::<32>()])]),
        }
    }

    /// The places among the children, from the leaf's level up.
    fn digits(self, account: &Address) -> Vec<usize> {
        match self {
            Self::ByByte => account.iter().copied().map(usize::from).collect(),
            Self::ByBit => {
                account.iter().rev().flat_map(|byte| (0..8).map(move |bit| usize::from(byte >> bit & 1))).collect()
            }
        }
    }

    /// The amount of an account in the tree with this root; `None` if the account is not there.
    ///
    /// `proof` is `{"account": address, "proof": {"Presence": path}}`, or `Absence` with a path from
    /// an empty place.
    ///
    /// # Errors
    /// `merkle.element` if the proof names another account or does not lead to what it says,
    /// `merkle.position`, `merkle.root`, `merkle.form`, and the errors of [`Path::from_json`].
    pub fn verify(self, proof: &Json<'_>, account: &Address, root: &Node) -> Result<Option<U256>, Rejected> {
        let shape = self.shape();
        let named = crate::encoding::bytes::from_hex::<20>(proof.get("account")?.text()?)?;
        if named != *account {
            return Err(Rejection::MerkleElement.with("another account", "the account asked for"));
        }
        let [(kind, body)] = proof.get("proof")?.members()? else {
            return Err(Rejection::MerkleForm.with("an object of another form", "Presence or Absence"));
        };
        let path = Path::from_json(body, &shape)?;
        let wrong_place = || Rejection::MerklePosition.with("the path of another account", "that of the account");
        if path.position != account {
            return Err(wrong_place());
        }
        let (amount, bottom) = match (kind.as_ref(), &path.bottom) {
            ("Presence", Bottom::Leaf { position, element }) => {
                if position != account {
                    return Err(wrong_place());
                }
                let element = <[u8; 32]>::try_from(element.as_slice());
                let element = element.map_err(|_| Rejection::MerkleElement.with("no 256-bit amount", "32 bytes"))?;
                let amount = U256::from_le_bytes(element);
                (Some(amount), self.leaf(amount))
            }
            ("Absence", Bottom::Empty) => (None, EMPTY),
            ("Presence", Bottom::Empty) => return Err(Rejection::MerkleElement.with("Empty", "a leaf")),
            ("Absence", Bottom::Leaf { .. }) => return Err(Rejection::MerkleElement.with("a leaf", "Empty")),
            _ => return Err(Rejection::MerkleForm.with("another kind of proof", "Presence or Absence")),
        };
        Rejection::MerkleRoot.unless_equal(path.root(&shape, bottom, self.digits(account))?, *root)?;
        Ok(amount)
    }
}

/// All accounts and their amounts, to compute roots and to serve proofs.
#[derive(Clone, Debug)]
pub struct Accounts {
    tree: AccountTree,
    /// By the digits from the root down, so that every subtree is one range.
    amounts: BTreeMap<Vec<usize>, (Address, U256)>,
}

impl Accounts {
    /// A tree without accounts.
    pub const fn new(tree: AccountTree) -> Self {
        Self { tree, amounts: BTreeMap::new() }
    }

    fn key(&self, account: &Address) -> Vec<usize> {
        let mut digits = self.tree.digits(account);
        digits.reverse();
        digits
    }

    /// Sets the amount of an account.
    pub fn set(&mut self, account: Address, amount: U256) {
        self.amounts.insert(self.key(&account), (account, amount));
    }

    /// How many accounts there are.
    pub fn len(&self) -> usize {
        self.amounts.len()
    }

    /// Whether there is no account.
    pub fn is_empty(&self) -> bool {
        self.amounts.is_empty()
    }

    /// The hash of the subtree under these digits.
    fn node(&self, prefix: &[usize]) -> Node {
        let mut range = self.amounts.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        let Some((key, (_, amount))) = range.next() else {
            return EMPTY;
        };
        let shape = self.tree.shape();
        if prefix.len() == shape.height {
            return self.tree.leaf(*amount);
        }
        if range.next().is_none() {
            // One account alone: hash its chain of single children without recursion into 256.
            let mut node = self.tree.leaf(*amount);
            for digit in key.iter().skip(prefix.len()).rev() {
                let mut children = alloc::vec![EMPTY.as_slice(); shape.arity];
                if let Some(place) = children.get_mut(*digit) {
                    *place = &node;
                }
                node = (shape.hash)(&children);
            }
            return node;
        }
        let children = self.children(prefix);
        let parts: Vec<&[u8]> = children.iter().map(Node::as_slice).collect();
        (shape.hash)(&parts)
    }

    fn children(&self, prefix: &[usize]) -> Vec<Node> {
        (0..self.tree.shape().arity)
            .map(|digit| {
                let mut longer = prefix.to_vec();
                longer.push(digit);
                self.node(&longer)
            })
            .collect()
    }

    /// The root; zeros for the empty tree.
    pub fn root(&self) -> Node {
        self.node(&[])
    }

    /// The proof of presence or absence of an account, in the JSON form of a server.
    pub fn proof_json(&self, account: &Address) -> alloc::string::String {
        use crate::encoding::bytes::to_hex;
        use crate::encoding::tagged_base64::encode;
        use crate::hash::merkle_path::{FIELD_TAG, to_json_text};
        use alloc::format;

        let key = self.key(account);
        let levels = |lowest: usize| -> Vec<(usize, Vec<Node>)> {
            let branches = key.iter().enumerate().take(lowest).rev();
            branches.map(|(level, digit)| (*digit, self.children(key.get(..level).unwrap_or_default()))).collect()
        };
        let account_text = to_hex(account);
        match self.amounts.get(&key) {
            Some((_, amount)) => {
                let path = to_json_text(account, &amount.to_le_bytes::<32>(), &levels(key.len()));
                format!(r#"{{"account":"{account_text}","proof":{{"Presence":{path}}}}}"#)
            }
            None => {
                // The deepest node above the account that has anything below it.
                let branches = (0..=key.len())
                    .take_while(|level| self.node(key.get(..*level).unwrap_or_default()) != EMPTY)
                    .count();
                let path = to_json_text(account, &[0; 32], &levels(branches));
                let leaf_end = path.find("}}").map_or(0, |end| end + 2);
                let above = path.get(leaf_end..).unwrap_or_default();
                let empties = alloc::vec!["\"Empty\""; key.len() - branches + 1].join(",");
                let position = encode(FIELD_TAG, account);
                let path = format!(r#"{{"pos":"{position}","proof":[{empties}{above}"#);
                format!(r#"{{"account":"{account_text}","proof":{{"Absence":{path}}}}}"#)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::json::parse;
    use proptest::prelude::*;

    const TREES: [AccountTree; 2] = [AccountTree::ByByte, AccountTree::ByBit];

    fn address(seed: u64) -> Address {
        keccak256(&[&seed.to_le_bytes()])[..20].try_into().unwrap()
    }

    fn accounts(tree: AccountTree, count: u64) -> Accounts {
        let mut accounts = Accounts::new(tree);
        for seed in 0..count {
            accounts.set(address(seed), U256::from(1000 + seed));
        }
        accounts
    }

    fn check(tree: AccountTree, proof: &str, account: &Address, root: &Node) -> Result<Option<U256>, Rejection> {
        tree.verify(&parse(proof.as_bytes()).unwrap(), account, root).map_err(|rejected| rejected.rejection)
    }

    #[test]
    fn one_account_by_hand() {
        let account = address(1);
        let mut accounts = Accounts::new(AccountTree::ByBit);
        accounts.set(account, U256::from(5));
        let mut node = keccak256(&[&keccak256(&[&U256::from(5).to_be_bytes::<32>()])]);
        for level in 0..160 {
            let bit = account[19 - level / 8] >> (level % 8) & 1;
            node = if bit == 0 { keccak256(&[&node, &EMPTY]) } else { keccak256(&[&EMPTY, &node]) };
        }
        assert_eq!(accounts.root(), node);

        let mut accounts = Accounts::new(AccountTree::ByByte);
        accounts.set(account, U256::from(5));
        let mut node = sha3_256(&[&U256::from(5).to_le_bytes::<32>()]);
        for byte in account {
            let mut children = [EMPTY; 256];
            children[usize::from(byte)] = node;
            node = sha3_256(&[children.as_flattened()]);
        }
        assert_eq!(accounts.root(), node);
    }

    #[test]
    fn presence_and_absence() {
        for tree in TREES {
            for count in [0, 1, 2, 9] {
                let accounts = accounts(tree, count);
                let root = accounts.root();
                for seed in 0..12 {
                    let expected = (seed < count).then(|| U256::from(1000 + seed));
                    let proof = accounts.proof_json(&address(seed));
                    assert_eq!(check(tree, &proof, &address(seed), &root), Ok(expected), "{tree:?} {count} {seed}");
                }
            }
        }
    }

    #[test]
    fn proofs_that_lie_are_refused() {
        for tree in TREES {
            let accounts = accounts(tree, 9);
            let root = accounts.root();
            let (mine, other, absent) = (address(3), address(4), address(77));
            let presence = accounts.proof_json(&mine);
            let absence = accounts.proof_json(&absent);
            let field = |bytes: &[u8]| crate::encoding::tagged_base64::encode("FIELD", bytes);
            let hex = crate::encoding::bytes::to_hex;
            assert_eq!(check(tree, &presence, &other, &root), Err(Rejection::MerkleElement));
            let renamed = presence.replace(&hex(&mine), &hex(&other));
            assert_eq!(check(tree, &renamed, &other, &root), Err(Rejection::MerklePosition));
            let moved = renamed.replace(&field(&mine), &field(&other));
            assert_eq!(check(tree, &moved, &other, &root), Err(Rejection::MerkleRoot));
            let amount = |amount: u64| field(&U256::from(amount).to_le_bytes::<32>());
            let richer = presence.replace(&amount(1003), &amount(5000));
            assert_ne!(richer, presence);
            assert_eq!(check(tree, &richer, &mine, &root), Err(Rejection::MerkleRoot));
            // The path of an absent account says nothing about one that is there.
            let hidden = absence.replace(&hex(&absent), &hex(&mine)).replace(&field(&absent), &field(&mine));
            assert_eq!(check(tree, &hidden, &mine, &root), Err(Rejection::MerkleRoot));
            let switched = presence.replace("Presence", "Absence");
            assert_eq!(check(tree, &switched, &mine, &root), Err(Rejection::MerkleElement));
            let switched = absence.replace("Absence", "Presence");
            assert_eq!(check(tree, &switched, &absent, &root), Err(Rejection::MerkleElement));
            // A tree of nothing proves absence only under the root of nothing.
            let levels = tree.shape().height + 1;
            let empties = alloc::vec!["\"Empty\""; levels].join(",");
            let nothing = alloc::format!(
                r#"{{"account":"{}","proof":{{"Absence":{{"pos":"{}","proof":[{empties}]}}}}}}"#,
                hex(&mine),
                field(&mine)
            );
            assert_eq!(check(tree, &nothing, &mine, &root), Err(Rejection::MerkleRoot));
            assert_eq!(check(tree, &nothing, &mine, &EMPTY), Ok(None));
            // A subtree cannot be declared empty above a leaf.
            let first = presence.find(r#",{"Branch""#).unwrap();
            let second = first + 1 + presence[first + 1..].find(r#",{"Branch""#).unwrap();
            let hollow = alloc::format!("{},\"Empty\"{}", &presence[..first], &presence[second..]);
            assert_eq!(check(tree, &hollow, &mine, &root), Err(Rejection::MerkleForm));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]
        #[test]
        fn nearly_valid_proofs_never_panic(seed in 0u64..20, cut in any::<proptest::sample::Index>(), byte: u8) {
            let accounts = accounts(AccountTree::ByBit, 9);
            let mut proof = accounts.proof_json(&address(seed)).into_bytes();
            let place = cut.index(proof.len());
            proof[place] = byte;
            if let Ok(json) = parse(&proof) {
                let _ = AccountTree::ByBit.verify(&json, &address(seed), &accounts.root());
            }
        }
    }
}
