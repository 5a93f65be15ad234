//! Why something was not believed: one table of stable codes for every surface.
//!
//! A code is at most 31 ASCII bytes, so that it fits a Solidity `bytes32` string, and has a fixed
//! number beside it for C and for compact storage. Codes and numbers are never reused: entries are
//! only ever added. Everything that names a code (npm types, the C header, the Solidity library)
//! is generated from [`Rejection::ALL`].

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::ops::Deref;

use crate::encoding::integer::{U256, decimal};

macro_rules! rejections {
    ($($(#[$group:meta])* $number:literal $variant:ident $code:literal $summary:literal;)*) => {
        /// One reason to refuse what a server sent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Rejection {
            $($(#[$group])* #[doc = $summary] $variant = $number,)*
        }

        impl Rejection {
            /// Every reason, in the order of their numbers.
            pub const ALL: &'static [Rejection] = &[$(Rejection::$variant,)*];
        }

        // A line for each reason, in the order of [`Rejection::ALL`]: as one text they take half the
        // room in a WebAssembly module that a table of strings would.
        const CODES: &str = concat!($($code, "\n",)*);
        const SUMMARIES: &str = concat!($($summary, "\n",)*);

        /// The whole table as text, a line for each reason: number, code and summary, with spaces
        /// between. For surfaces that are generated from it.
        pub const TABLE: &str = concat!($(stringify!($number), " ", $code, " ", $summary, "\n",)*);
    };
}

rejections! {
    // 1-: the form of JSON and of the encodings inside it.
    1 JsonSyntax "json.syntax" "the text is not JSON";
    2 JsonDepth "json.depth" "the JSON is nested too deeply";
    3 JsonDuplicateKey "json.duplicate_key" "an object has the same key twice";
    4 JsonMissingKey "json.missing_key" "an object lacks a required key";
    5 JsonType "json.type" "a JSON value is of another type than its place asks for";
    6 JsonInteger "json.integer" "a number is not an exact integer of the range its place asks for";
    7 JsonSize "json.size" "the JSON is larger than its place allows";
    20 TaggedBase64Form "tagged_base64.form" "a tagged string is not TAG~base64url in canonical form";
    21 TaggedBase64Tag "tagged_base64.tag" "a tagged string carries another tag than its place asks for";
    22 TaggedBase64Checksum "tagged_base64.checksum" "the checksum of a tagged string does not match";
    23 TaggedBase64Length "tagged_base64.length" "a tagged string holds another number of bytes than its tag asks for";
    24 Base64Form "base64.form" "a string is not padded base64 in canonical form";
    25 HexForm "hex.form" "a string is not 0x-prefixed hexadecimal of the length its place asks for";
    26 BytesLength "bytes.length" "a list of bytes has another length than its place asks for";
    27 BitvecForm "bitvec.form" "a bit vector is not in the one accepted form";
    28 IntegerForm "integer.form" "a string is not an unsigned integer of at most 256 bits";

    // 100-: points, keys, signatures.
    100 PointLength "point.length" "a point has another number of bytes than its group asks for";
    101 PointInfinity "point.infinity" "a point is infinity where that is no key and no signature";
    102 PointField "point.field" "a coordinate of a point is not below the modulus";
    103 PointFlags "point.flags" "the sign flag of a point does not agree with its y";
    104 PointCurve "point.curve" "a point is not on its curve";
    105 PointSubgroup "point.subgroup" "a point is not in the subgroup of prime order";
    110 KeyAggregateInfinity "key.aggregate_infinity" "a sum of keys is empty or cancels out";
    120 SignatureInvalid "signature.invalid" "a signature is not valid for its message and key";

    // 150-: headers and leaves.
    150 UpgradeRequired "upgrade_required" "a certified header is of a protocol version that this client does not know";
    151 HeaderVersion "header.version" "a header names a version that no header can have";
    152 HeaderHash "header.hash" "the header's commitment is not the block hash that was given or asked for";
    153 HeaderChainConfig "header.chain_config" "a chain configuration is not the one the header commits to";
    154 HeaderHeight "header.height" "a header is of another height than its place asks for";
    155 LeafWithEpoch "leaf.with_epoch" "a leaf says of itself other than its header's version whether it has an epoch";
    156 LeafUncommitted "leaf.uncommitted" "a leaf carries a part that its version does not commit to";
    157 LeafCommitment "leaf.commitment" "the leaf's commitment is not the one that was certified or asked for";
    158 LeafParent "leaf.parent" "a leaf's parent is not the leaf before it";
    159 LeafView "leaf.view" "a leaf's view does not come after its parent's";
    160 LeafJustify "leaf.justify" "a leaf is not justified by a certificate on its parent";
    161 LeafRange "leaf.range" "a list of leaves is not the one that was asked for";

    // 200-: certificates, epochs and finality.
    200 QcSignature "qc.signature" "the signature of a certificate is not valid";
    201 QcWeight "qc.weight" "the signers of a certificate have too little stake";
    202 QcSigners "qc.signers" "the signers of a certificate do not fit the stake table";
    203 QcVoteCommitment "qc.vote_commitment" "the stored vote commitment is not the one that the data give";
    204 QcViewZero "qc.view_zero" "a certificate of view 0 proves nothing";
    205 QcUnsigned "qc.unsigned" "a certificate has no signature";
    206 QcView "qc.view" "a certificate is of another view than the leaf it is on";
    207 QcLeaf "qc.leaf" "a certificate is on another leaf";
    208 QcEpoch "qc.epoch" "a certificate names another epoch than its block is in";
    209 QcBlockNumber "qc.block_number" "a certificate names another block number than its leaf's height";
    220 EpochMissingNextQc "epoch.missing_next_qc" "a transition block lacks the next epoch's certificate";
    221 EpochUnexpectedNextQc "epoch.unexpected_next_qc" "a next epoch's certificate stands where none belongs";
    222 EpochNextQcData "epoch.next_qc_data" "the next epoch's certificate is about something else than the epoch's own";
    223 EpochHeight "epoch.height" "the network has no epochs, but the leaf's version needs them";
    224 EpochTableUnknown "epoch.table_unknown" "the stake table of an epoch is not known";
    230 UpgradeVersions "upgrade.versions" "an upgrade does not lead to a newer version";
    231 UpgradeViews "upgrade.views" "the views of an upgrade are out of order";
    240 FinalityProofKind "finality.proof_kind" "the proof is not of the kind that the leaf's version needs";
    241 FinalityChildMissing "finality.child_missing" "the certified descendants of the leaf are not there";
    242 FinalityViews "finality.views" "the certificates are not of consecutive views";
    243 FinalityAssumption "finality.assumption" "a proof by assumption needs a leaf already known to be final above it";
    244 FinalityEmpty "finality.empty" "the proof holds no leaf";
    245 FinalityTooLong "finality.too_long" "the proof holds more leaves than a proof may";
    246 FinalityConflict "finality.conflict" "two finality proofs contradict each other";

    247 FinalityEquivocation "finality.equivocation" "validators signed two things of which they may sign one";
    248 EquivocationForm "equivocation.form" "the evidence is of another form or network";
    249 EquivocationNone "equivocation.none" "the evidence shows two things that may stand side by side";

    // 250-: the client, its network and its checkpoints.
    250 NetworkForm "network.form" "a network file contradicts itself or exceeds its bounds";
    251 NetworkMissingPin "network.missing_pin" "the network file lacks something that trust has to start from";
    252 NetworkChainId "network.chain_id" "a header is of another chain";
    253 NetworkGenesis "network.genesis" "the genesis leaf is not the pinned one";
    260 CheckpointForm "checkpoint.form" "bytes are no checkpoint of a known format";
    261 CheckpointChecksum "checkpoint.checksum" "the checksum of a checkpoint does not match";
    262 CheckpointNetwork "checkpoint.network" "a checkpoint is of another network";
    263 CheckpointStakeTable "checkpoint.stake_table" "the stake table of a checkpoint is not the one that the chain has";
    265 StoreForm "store.form" "stored bytes are not in their one form";
    266 StoreChecksum "store.checksum" "the checksum of stored bytes does not match";

    // 270-: how old trust may be, and L1.
    270 TrustExpired "trust.expired" "what trust rests on is older than the network allows";
    271 TrustConflict "trust.conflict" "somebody who is trusted vouches for another chain";
    272 TrustConfirmation "trust.confirmation" "a confirmation is too old, or about a block of long ago";
    280 L1Answer "l1.answer" "an L1 node's answer is not of the form that its question asks for";
    281 L1Chain "l1.chain" "the L1 node is on another chain";
    282 L1Contract "l1.contract" "the light client contract has no voting table from the stake table contract";
    283 L1Table "l1.table" "the stake table contract's history never led to the table that L1 commits to";

    // 300-: stake tables.
    300 StakeTableEmpty "stake_table.empty" "a stake table has no entries";
    301 StakeTableSize "stake_table.size" "a stake table has more entries than any network";
    302 StakeTableTotal "stake_table.total" "the total stake is zero or exceeds 256 bits";
    303 StakeTableDuplicateKey "stake_table.duplicate_key" "two entries of a stake table have the same BLS key";

    // 310-: the stake table contract's events, what they amount to, and the chain of tables.
    310 StakeTableLogRemoved "stake_table.log_removed" "a log was taken back by a reorganisation of L1";
    311 StakeTableLogPosition "stake_table.log_position" "a log lacks its block number or its index";
    312 StakeTableLogRepeated "stake_table.log_repeated" "two logs stand at the same place";
    313 StakeTableLogAddress "stake_table.log_address" "the logs come from several contracts";
    314 StakeTableEventLimit "stake_table.event_limit" "there are more events than any history has";
    315 StakeTableEventKind "stake_table.event_kind" "an event is not of exactly one known kind";
    320 StakeTableExited "stake_table.exited" "an account registers that left before";
    321 StakeTableRegistered "stake_table.registered" "an account registers twice";
    322 StakeTableBlsKeyUsed "stake_table.bls_key_used" "a BLS key was used before";
    323 StakeTableSchnorrKeyUsed "stake_table.schnorr_key_used" "a Schnorr key was used before";
    324 StakeTableX25519KeyUsed "stake_table.x25519_key_used" "an X25519 key was used before";
    325 StakeTableUnknownValidator "stake_table.unknown_validator" "an event is about a validator that is not registered";
    326 StakeTableZeroDelegation "stake_table.zero_delegation" "a delegation is of nothing";
    327 StakeTableStakeOverflow "stake_table.stake_overflow" "stakes add up to more than any token has";
    328 StakeTableInsufficientStake "stake_table.insufficient_stake" "more is taken back than was delegated";
    329 StakeTableUnknownDelegator "stake_table.unknown_delegator" "a delegator takes back who never delegated";
    330 StakeTableKeyUpdateProof "stake_table.key_update_proof" "new keys come without valid proofs of possession";
    331 StakeTableCommission "stake_table.commission" "a commission exceeds the whole";
    332 StakeTableNoActiveValidators "stake_table.nobody_active" "no registered validator may sign";
    340 StakeTableStateForm "stake_table.state_form" "a stored registration state is not in its one form";
    341 StakeTableHash "stake_table.hash" "the registrations do not have the hash that was committed to";
    342 StakeTableHashMissing "stake_table.hash_missing" "an epoch root carries no hash of the next stake table";
    343 StakeTableRoot "stake_table.root" "a header is not at the root of the epoch before";
    344 StakeTableEpoch "stake_table.epoch" "a stake table does not follow the one before";
    345 StakeTableRootProof "stake_table.root_proof" "an epoch root is not proven final inside its own epoch";

    // 350-: light client states, state certificates, transition proofs.
    350 SchnorrForm "schnorr.form" "a Schnorr signature is not canonical, on the curve and in the subgroup";
    351 StateField "state.field" "a commitment in a state is zero or not below the field's modulus";
    352 StateThreshold "state.threshold" "the threshold of a stake table state is zero or exceeds 128 bits";
    353 StateTableKey "state.table_key" "an entry of a stake table has no Schnorr key for states";
    354 StateTableAmount "state.table_amount" "the total stake is zero or too large for a state's table";
    355 StateTableCapacity "state.table_capacity" "a stake table has more entries than its commitment";
    356 StateTableCommitment "state.table_commitment" "a stake table is not the committed one";
    357 StateEpoch "state.epoch" "the epoch of a state certificate is not the expected one";
    358 StateNotRoot "state.not_epoch_root" "the height of a state certificate is not that of its epoch's root";
    359 StateVersion "state.version" "the protocol version has no state certificates of this form";
    360 StateOutdated "state.outdated" "a state does not come after the one that is known";
    361 StateSigner "state.signer" "a signer of a state certificate is not in the stake table";
    362 StateDuplicateSigner "state.duplicate_signer" "a state certificate lists a signer twice";
    363 StateSignature "state.signature" "a signature of a state certificate is not valid";
    364 StateWeight "state.weight" "the signers of a state certificate have too little stake";
    365 StateAuthRoot "state.auth_root" "a state certificate claims an auth root that nobody signed";
    366 StateCertificateSize "state.certificate_size" "a state certificate lists more signers than any table has";
    367 StateAfterRoot "state.after_root" "a state lies between the root of its epoch and the epoch's end, where no table is sure to sign";
    368 StateNotFinal "state.not_final" "the final root of an epoch is not the one that its validators certified";
    370 TransitionForm "transition.form" "a transition record, proof or key is not in its one form";
    371 TransitionKeyHash "transition.key_hash" "the key of transition proofs is not the pinned one";
    372 TransitionKeyInsecure "transition.key_insecure" "the key of transition proofs is for development: anyone can forge with it";
    373 TransitionProof "transition.proof" "a transition proof is not valid";
    374 TransitionEmpty "transition.empty" "there are no transitions";
    375 TransitionLength "transition.length" "there are more transitions than any network has epochs";
    // 400-: namespace tables, payloads and their proofs.
    400 NamespaceTableForm "namespace.table_form" "a namespace table's length and count do not agree";
    401 NamespaceTableOrder "namespace.table_order" "the end offsets of a namespace table do not rise";
    402 NamespaceTableDuplicate "namespace.table_duplicate" "a namespace table lists a namespace twice";
    403 NamespaceTableEnd "namespace.table_end" "a namespace table does not end where the payload ends";
    404 NamespaceNotAbsent "namespace.not_absent" "a namespace is said to be absent but is in the table";
    405 NamespaceAbsent "namespace.absent" "a namespace that is not in the table comes with a proof";
    406 NamespaceIndex "namespace.index" "a namespace proof names another place than the table";
    407 NamespaceLengthMismatch "namespace.length_mismatch" "a namespace payload has another length than its range";
    408 NamespaceVariant "namespace.variant" "a proof or its common data is of another kind than the header's version";
    409 NamespaceUnproven "namespace.unproven" "proofs of this kind prove nothing to this client";
    410 NamespaceAnswer "namespace.answer" "the answer has none of the known forms of a namespace proof";
    411 NamespaceBlockSize "namespace.block_size" "a payload is larger than the chain configuration allows";
    412 NamespaceOverlaps "namespace.overlaps" "the transactions of a namespace overlap so much that they are not read";
    416 VidScheme "vid.scheme" "the scheme of the header's version cannot be recomputed by this client";
    417 VidParameters "vid.parameters" "weights or threshold are not those of the block's epoch";
    418 VidCommitment "vid.commitment" "the recomputed commitment is not the header's payload commitment";
    419 VidCommon "vid.common" "common data contradict the header's table or commitment";
    425 MerkleForm "merkle.form" "a Merkle proof is malformed";
    426 MerkleLevels "merkle.levels" "a Merkle proof has another number of levels than the tree";
    427 MerkleSiblings "merkle.siblings" "a level of a Merkle proof has another number of nodes than the tree's";
    428 MerklePosition "merkle.position" "a Merkle proof is for another position, or for none of the tree";
    429 MerkleElement "merkle.element" "a Merkle proof is for another element";
    430 MerkleRoot "merkle.root" "a Merkle proof leads to another root";
    431 MerkleCommitment "merkle.commitment" "a tree's commitment is of another shape than the version's";
    435 BuilderCommitment "payload.builder_commitment" "the builder commitment is not that of payload and table";
    436 PayloadTable "payload.table" "a payload comes with another namespace table than the header's";
    // 450-: what rollups put into their namespaces.
    450 RollupConfig "rollup.config" "a rollup's configuration is not usable";
    451 RollupFormat "rollup.format" "a transaction is of no format of the rollup";
    452 RollupRlp "rollup.rlp" "a rollup's RLP is not what its place asks for";
    453 RollupSignature "rollup.signature" "a rollup's signature is malformed or fits no key";
    454 RollupAuthority "rollup.authority" "the signer of a rollup's message is no authority at that L1 height";
    455 RollupL1Height "rollup.l1_height" "the header names no finalized L1 block to judge the signer by";
    456 RollupBatch "rollup.batch" "the parts of a batch contradict each other";
    457 RollupPlace "rollup.place" "a transaction is not of the rollup's namespace or of the block";
    470 BundleLegs "bundle.legs" "a bundle has no legs, too many, or one twice";
    471 BundleLeg "bundle.leg" "a leg of a bundle is not in the block";
    472 BundleBlock "bundle.block" "the legs of a bundle are not of one block";
    480 ScanRange "scan.range" "a range of heights is empty or too long";
    481 ScanAnswer "scan.answer" "an answer does not belong to what was asked";
}

impl Rejection {
    /// The fixed number beside the code.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The stable code: at most 31 bytes of lower-case ASCII, digits, `_` and `.`.
    pub fn code(self) -> &'static str {
        self.line_of(CODES)
    }

    /// What the reason means, as half a sentence.
    pub fn summary(self) -> &'static str {
        self.line_of(SUMMARIES)
    }

    fn line_of(self, lines: &'static str) -> &'static str {
        // Every reason has its line.
        let position = Self::ALL.iter().position(|reason| *reason == self);
        position.and_then(|position| lines.split('\n').nth(position)).unwrap_or_default()
    }

    /// The reason with this code, if there is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rejection| rejection.code() == code)
    }

    /// The reason with this number, if there is one.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|rejection| rejection.number() == number)
    }

    /// The error value without operands.
    pub fn bare(self) -> Rejected {
        Rejected::new(self, Operand::None, Operand::None)
    }

    /// The error value with what was found and what should have been.
    pub fn with(self, got: impl Into<Operand>, expected: impl Into<Operand>) -> Rejected {
        Rejected::new(self, got.into(), expected.into())
    }

    /// `Ok` if the two operands are equal, else this reason with both of them.
    pub fn unless_equal<T: PartialEq + Into<Operand>>(self, got: T, expected: T) -> Result<(), Rejected> {
        if got == expected { Ok(()) } else { Err(self.with(got, expected)) }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// One side of a comparison that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operand {
    /// Nothing to show.
    None,
    /// A number of at most 64 bits.
    Number(u64),
    /// A number of at most 256 bits.
    Wide(U256),
    /// A hash or another 32-byte value.
    Hash(Box<[u8; 32]>),
    /// A name or a short piece of text. Text that a server sent is cut to [`Operand::TEXT_LIMIT`].
    Text(Cow<'static, str>),
}

impl Operand {
    /// The most bytes of a server's text that an error repeats.
    pub const TEXT_LIMIT: usize = 96;

    /// Text that came from outside: cut at [`Self::TEXT_LIMIT`], control characters replaced.
    pub fn foreign(text: &str) -> Self {
        let mut kept = String::new();
        for character in text.chars() {
            if kept.len() + character.len_utf8() > Self::TEXT_LIMIT {
                kept.push('…');
                break;
            }
            kept.push(if character.is_control() { '\u{fffd}' } else { character });
        }
        Self::Text(Cow::Owned(kept))
    }
}

impl From<u64> for Operand {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Operand {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<U256> for Operand {
    fn from(number: U256) -> Self {
        Self::Wide(number)
    }
}

impl From<[u8; 32]> for Operand {
    fn from(hash: [u8; 32]) -> Self {
        Self::Hash(Box::new(hash))
    }
}

impl From<&'static str> for Operand {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("-"),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Wide(number) => formatter.write_str(&decimal(*number)),
            Self::Hash(hash) => {
                formatter.write_str("0x")?;
                hash.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
            }
            Self::Text(text) => formatter.write_str(text),
        }
    }
}

/// The error of every verification: a reason and both sides of the comparison that failed.
///
/// One pointer wide, because nearly every function of this crate returns it: the code that hands
/// errors on would otherwise be a seventh of a WebAssembly module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected(Box<RejectedDetails>);

/// What a [`Rejected`] holds, and can be asked for as its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedDetails {
    /// Why.
    pub rejection: Rejection,
    /// What was found.
    pub got: Operand,
    /// What should have been there.
    pub expected: Operand,
}

impl Rejected {
    #[cold]
    #[inline(never)]
    fn new(rejection: Rejection, got: Operand, expected: Operand) -> Self {
        Self(Box::new(RejectedDetails { rejection, got, expected }))
    }

    /// The stable code of the reason.
    pub fn code(&self) -> &'static str {
        self.rejection.code()
    }

    /// The same error, with something else as what was found.
    #[must_use]
    pub fn found(mut self, got: impl Into<Operand>) -> Self {
        self.0.got = got.into();
        self
    }

    /// The same operands, for another reason.
    #[must_use]
    pub fn because(mut self, rejection: Rejection) -> Self {
        self.0.rejection = rejection;
        self
    }
}

impl Deref for Rejected {
    type Target = RejectedDetails;

    fn deref(&self) -> &RejectedDetails {
        &self.0
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.rejection.code(), self.rejection.summary())?;
        if self.got != Operand::None || self.expected != Operand::None {
            write!(formatter, " (got {}, expected {})", self.got, self.expected)?;
        }
        Ok(())
    }
}

impl core::error::Error for Rejected {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_short_unique_and_in_order() {
        for pair in Rejection::ALL.windows(2) {
            assert!(pair[0].number() < pair[1].number(), "{pair:?}");
        }
        for rejection in Rejection::ALL {
            let code = rejection.code();
            assert!(!code.is_empty() && code.len() <= 31, "{code}");
            assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'_'));
            assert!(!rejection.summary().is_empty(), "{code}");
            assert_eq!(Rejection::from_code(code), Some(*rejection));
            assert_eq!(Rejection::from_number(rejection.number()), Some(*rejection));
        }
    }

    #[test]
    fn every_line_is_its_own_reasons() {
        for lines in [CODES, SUMMARIES, TABLE] {
            assert_eq!(lines.lines().count(), Rejection::ALL.len(), "no code or summary holds a line break");
        }
        for (rejection, line) in Rejection::ALL.iter().zip(TABLE.lines()) {
            let expected = alloc::format!("{} {} {}", rejection.number(), rejection.code(), rejection.summary());
            assert_eq!(line, expected);
        }
        assert_eq!(Rejection::JsonSyntax.code(), "json.syntax");
        assert_eq!(Rejection::JsonSyntax.summary(), "the text is not JSON");
        assert_eq!(size_of::<Result<(), Rejected>>(), size_of::<usize>());
    }

    #[test]
    fn foreign_text_is_cut_and_cleaned() {
        let shown = alloc::format!("{}", Operand::foreign(&"a\n".repeat(500)));
        assert!(shown.len() <= Operand::TEXT_LIMIT + '…'.len_utf8());
        assert!(!shown.contains('\n'));
    }
}
