//! The list of lies.

macro_rules! lies {
    ($($variant:ident $name:literal $words:literal [$($code:literal),*];)*) => {
        /// One way to lie.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Lie {
            $(#[doc = $words] $variant,)*
        }

        impl Lie {
            /// All lies.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the command line.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What the server does, in plain words.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }

            /// The codes with which clients refuse; none where a lie cannot be told from poverty.
            pub const fn codes(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($code),*],)* }
            }
        }
    };
}

lies! {
    // Answers that are not what was asked for.
    WrongHeight "wrong-height" "Answers with the leaf one above the one that was asked for" ["leaf.range", "header.height"];
    Gap "gap" "Leaves out a leaf in the middle of a range" ["leaf.range", "header.height"];
    Doubled "doubled" "Serves one leaf of a range twice" ["leaf.range"];
    Reversed "reversed" "Serves a range from the top down" ["leaf.range", "header.height"];
    Longer "longer" "Serves more leaves than were asked for" ["leaf.range"];
    Shorter "shorter" "Serves fewer leaves than were asked for" ["leaf.range", "finality.child_missing"];
    UnderstatedHeight "understated-height" "Says that the chain is much shorter than it is" [];
    Withheld "withheld" "Says that leaves do not exist" [];
    // Text that is no proper JSON.
    NotJson "not-json" "Breaks off in the middle of the JSON" ["json.syntax"];
    DeepJson "deep-json" "Nests JSON a thousand levels deep" ["json.depth"];
    HugeInteger "huge-integer" "Writes an integer beyond 64 bits" ["json.integer"];
    FloatInteger "float" "Writes a view number with a decimal point" ["json.integer"];
    DuplicateKey "duplicate-key" "Gives an object the same key twice" ["json.duplicate_key"];
    MissingKey "missing-key" "Leaves out the parent of a leaf" ["json.missing_key"];
    WrongTag "wrong-tag" "Writes a signature under another tag" ["tagged_base64.tag"];
    Checksum "checksum" "Changes one character of a signature, so that its checksum fails" ["tagged_base64.checksum"];
    Padding "padding" "Writes a signature in base64 that is not canonical" ["tagged_base64.form"];
    // Certificates.
    ViewZero "view-zero" "Serves an unsigned certificate of view 0, which nodes themselves believe" ["qc.view_zero", "finality.views"];
    Unsigned "unsigned" "Serves a certificate without a signature" ["qc.unsigned"];
    NoSigners "no-signers" "Serves a certificate that nobody signed" ["qc.signers"];
    BelowThreshold "below-threshold" "Serves a real certificate of too little stake" ["qc.weight"];
    ByCount "by-count" "Serves a certificate of many members with little stake" ["qc.weight"];
    ClaimedSigners "claimed-signers" "Claims that all have signed when a few have" ["qc.signature"];
    Strangers "strangers" "Serves a certificate that is signed by keys outside the stake table" ["qc.signature"];
    OtherMessage "other-message" "Serves a certificate whose signature is of another message" ["qc.signature"];
    BareVote "bare-vote" "Serves a signature of the data without the wrapper of a vote" ["qc.signature"];
    BitsLength "bits-length" "Serves one signer bit too many" ["qc.signers"];
    StrayBits "stray-bits" "Sets signer bits beyond the stake table" ["bitvec.form"];
    BitOrder "bit-order" "Writes signer bits in another order" ["bitvec.form"];
    MissingWord "missing-word" "Leaves out the last word of the signer bits" ["bitvec.form"];
    Coordinate "coordinate" "Serves a signature with a coordinate that is not below the modulus" ["point.field"];
    OffCurve "off-curve" "Serves a signature that is no point of the curve" ["point.curve"];
    Infinity "infinity" "Serves infinity for a signature" ["point.infinity"];
    SignFlag "sign-flag" "Serves a signature whose sign flag is wrong" ["point.flags"];
    VoteCommitment "vote-commitment" "Stores another message in a certificate than was signed" ["qc.vote_commitment"];
    CertificateView "certificate-view" "Serves a certificate of another view than its leaf's" ["finality.views", "qc.view"];
    OtherLeaf "other-leaf" "Serves a certificate on another leaf" ["qc.leaf", "leaf.commitment"];
    WrongEpoch "wrong-epoch" "Serves a certificate that names another epoch than its block is in" ["qc.epoch"];
    NullEpoch "null-epoch" "Serves a certificate without an epoch, to have the old table used" ["qc.epoch", "qc.block_number"];
    WrongBlockNumber "wrong-block-number" "Serves a certificate that names another height" ["qc.block_number"];
    // Leaves that their certificates do not cover.
    AlteredTime "altered-time" "Changes the time in a header" ["leaf.commitment", "leaf.parent", "qc.leaf"];
    AlteredPayload "altered-payload" "Changes the payload commitment in a header" ["leaf.commitment", "leaf.parent", "qc.leaf"];
    AlteredParent "altered-parent" "Changes the parent of a leaf" ["leaf.commitment", "leaf.parent", "qc.leaf"];
    WithoutEpoch "without-epoch" "Dresses a leaf as one from before epochs" ["leaf.with_epoch"];
    UncommittedPart "uncommitted-part" "Adds a part to an old leaf that its hash does not cover" ["leaf.uncommitted"];
    AnotherGenesis "another-genesis" "Serves another genesis" ["network.genesis"];
    // Leaves that a whole quorum signs although they break the rules.
    UnknownVersion "unknown-version" "Goes on with a protocol version that the client does not know" ["upgrade_required"];
    AnotherChain "another-chain" "Goes on with blocks of another chain id" ["network.chain_id"];
    Fork "fork" "Goes on from another parent than the newest final block" ["leaf.parent", "finality.equivocation"];
    StaleView "stale-view" "Certifies a leaf in the view of its parent" ["leaf.view"];
    MissingNextQc "missing-next-qc" "Leaves the epoch without the next epoch's certificate" ["epoch.missing_next_qc"];
    OtherNextQc "other-next-qc" "Leaves the epoch with a next epoch's certificate on other data" ["epoch.next_qc_data"];
    WeakNextQc "weak-next-qc" "Leaves the epoch with too little stake of the next" ["qc.weight"];
    UnexpectedNextQc "unexpected-next-qc" "Adds a next epoch's certificate where none belongs" ["epoch.unexpected_next_qc"];
    // Leaf proofs.
    ProofKind "proof-kind" "Proves a leaf by the rule of another protocol version" ["finality.proof_kind"];
    Assumption "assumption" "Asks the client to assume that a leaf is final" ["finality.assumption"];
    ProofViews "proof-views" "Proves a leaf by certificates of views that do not follow each other" ["finality.views"];
    ProofMissingNextQc "proof-missing-next-qc" "Proves a transition block without the next epoch's certificate" ["epoch.missing_next_qc"];
    ProofEmpty "proof-empty" "Proves nothing at all" ["finality.empty"];
    ProofOther "proof-other" "Proves another leaf than was asked for" ["header.height", "leaf.range"];
    // Events of the stake table contract.
    EventOmitted "event-omitted" "Leaves out an event of the stake table contract" ["stake_table.hash"];
    EventInvented "event-invented" "Invents a delegation" ["stake_table.hash"];
    EventsReversed "events-reversed" "Serves events in another order" ["stake_table.hash", "stake_table.unknown_validator"];
    EventStake "event-stake" "Changes the amount of a delegation" ["stake_table.hash"];
    EventsNone "events-none" "Serves no events, as if the stake table were still the old one" ["stake_table.hash", "stake_table.nobody_active"];
    EventsOfAnother "events-of-another" "Serves the events of the epoch before" ["stake_table.hash", "stake_table.registered", "stake_table.exited", "stake_table.unknown_validator", "stake_table.bls_key_used", "stake_table.x25519_key_used", "stake_table.unknown_delegator", "stake_table.insufficient_stake"];
    EventsProof "events-proof" "Changes a proof that a validator holds its keys" ["stake_table.hash", "stake_table.key_update_proof"];
    EventsHash "events-hash" "Changes the hash of the next stake table in headers" ["leaf.commitment", "leaf.parent", "qc.leaf"];
    EventsRoot "events-root" "Shows the root of an epoch with a child that is not certified" ["qc.leaf", "qc.view", "leaf.commitment", "finality.views", "qc.block_number", "qc.epoch"];
    // What is in blocks: namespaces and their proofs.
    DataZeroStuffing "data-zero-stuffing" "Serves other transactions with the same commitment, under a threshold that it claims" ["namespace.length_mismatch", "vid.parameters"];
    DataBadEncoding "data-bad-encoding" "Proves with three genuine shares, under weights that it claims, that an honest namespace is empty" ["namespace.unproven"];
    DataWeights "data-weights" "Claims another number of shares" ["vid.parameters", "vid.commitment", "vid.common"];
    DataThreshold "data-threshold" "Claims another threshold for recovery" ["vid.parameters"];
    DataHugeWeights "data-huge-weights" "Claims 2^60 shares" ["vid.parameters"];
    DataVariant "data-variant" "Serves a namespace proof of another scheme" ["namespace.variant"];
    DataCommonVariant "data-common-variant" "Serves common data of another scheme" ["namespace.variant"];
    DataIndex "data-index" "Serves a proof that names another place in the table" ["namespace.index"];
    DataOtherNamespace "data-other-namespace" "Serves the neighbouring namespace under the place that was asked for" ["namespace.length_mismatch", "vid.commitment", "vid.common"];
    DataOtherBlock "data-other-block" "Serves the payload of another block" ["namespace.length_mismatch", "vid.commitment", "vid.common"];
    DataLonger "data-longer" "Adds a byte to a namespace" ["namespace.length_mismatch"];
    DataShorter "data-shorter" "Cuts a byte from a namespace" ["namespace.length_mismatch"];
    DataAltered "data-altered" "Changes a byte of a namespace" ["vid.commitment", "vid.common"];
    DataAbsent "data-absent" "Says that a namespace is not in the block, which is" ["namespace.not_absent"];
    DataInvented "data-invented" "Proves a namespace that is not in the block" ["namespace.absent"];
    DataPathLevels "data-path-levels" "Adds a level to a namespace's path" ["merkle.levels"];
    DataPathSiblings "data-path-siblings" "Adds a sibling to a level of a namespace's path" ["merkle.siblings"];
    DataPathTrailing "data-path-trailing" "Writes a byte after a namespace's path" ["merkle.form"];
    DataPathAltered "data-path-altered" "Changes a sibling on a namespace's path" ["vid.commitment"];
    DataPathTag "data-path-tag" "Writes a namespace's path under another tag" ["tagged_base64.tag"];
    DataPathChecksum "data-path-checksum" "Changes a character of a namespace's path, so that its checksum fails" ["tagged_base64.checksum"];
    DataCommonLengths "data-common-lengths" "Claims other lengths of namespaces" ["vid.common"];
    DataCommonCommitments "data-common-commitments" "Claims other commitments of namespaces" ["vid.common"];
    DataBindingLeaf "data-binding-leaf" "Serves a leaf after the last namespace as a namespace" ["namespace.index"];
    DataBase64 "data-base64" "Writes a namespace in base64 that is not canonical" ["base64.form", "namespace.length_mismatch"];
    DataTransactions "data-transactions" "Lists other transactions beside a genuine proof" [];
    DataTable "data-table" "Goes on with a quorum's headers whose namespace table lists a namespace twice" ["namespace.table_duplicate"];
    // Whole payloads.
    DataPayload "data-payload" "Changes a byte of a payload" ["payload.builder_commitment", "vid.commitment"];
    DataPayloadLonger "data-payload-longer" "Adds a byte to a payload" ["namespace.table_end"];
    DataPayloadShorter "data-payload-shorter" "Cuts a byte from a payload" ["namespace.table_end"];
    DataPayloadTable "data-payload-table" "Serves another namespace table beside a genuine payload" ["payload.table"];
    DataPayloadLenient "data-payload-lenient" "Serves no namespace table beside a payload, so that all its bytes would be one range" ["payload.table"];
    DataPayloadWeights "data-payload-weights" "Claims another number of shares beside a genuine payload" ["vid.parameters"];
    DataPayloadCommon "data-payload-common" "Serves common data of another scheme beside a genuine payload" ["namespace.variant"];
    // Older headers.
    DataHeaderOther "data-header-other" "Proves another header than was asked for" ["header.height"];
    DataHeaderAltered "data-header-altered" "Changes the time in a header that it proves" ["merkle.element"];
    DataHeaderElement "data-header-element" "Changes a header and the leaf of its proof with it" ["merkle.element", "merkle.root"];
    DataHeaderPosition "data-header-position" "Proves a header at another position" ["merkle.position"];
    DataHeaderLevels "data-header-levels" "Leaves out a level of a header's path" ["merkle.levels"];
    DataHeaderSiblings "data-header-siblings" "Adds a child to a level of a header's path" ["merkle.siblings"];
    DataHeaderPath "data-header-path" "Changes a sibling on a header's path" ["merkle.root"];
    // Accounts.
    DataAccountAmount "data-account-amount" "Changes the amount of an account" ["merkle.root"];
    DataAccountAbsent "data-account-absent" "Says that an account is not in the tree, which is" ["merkle.root", "merkle.element", "merkle.form"];
    DataAccountOther "data-account-other" "Proves another account than was asked for" ["merkle.element"];
    DataAccountRenamed "data-account-renamed" "Proves another account under the name of the one that was asked for" ["merkle.position"];
    DataAccountLevels "data-account-levels" "Leaves out a level of an account's path" ["merkle.levels"];
    DataAccountBalance "data-account-balance" "Writes another balance beside a genuine proof" [];
    // Certificates of the new protocol.
    Certificate2Height "cert2-height" "Serves a Certificate2 that names another height" ["qc.block_number", "qc.epoch"];
    Certificate2View "cert2-view" "Serves a Certificate2 of another view" ["qc.view"];
    Certificate2Epoch "cert2-epoch" "Serves a Certificate2 that names another epoch" ["qc.epoch"];
    Certificate2Leaf "cert2-leaf" "Serves a Certificate2 on another leaf" ["qc.leaf"];
    Certificate2Weak "cert2-weak" "Serves a Certificate2 of too little stake" ["qc.weight"];
    Certificate2FirstPhase "cert2-first-phase" "Serves first-phase votes as a Certificate2" ["qc.signature"];
}

impl Lie {
    /// The lie of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|lie| lie.name() == name)
    }

    /// Whether the lie is about what is in blocks, and not about their finality.
    pub fn is_about_data(self) -> bool {
        self.name().starts_with("data-")
    }

    /// Whether the lie is about the way to today's stake tables.
    pub fn is_about_tables(self) -> bool {
        self.name().starts_with("event")
    }

    /// Whether another account is served than was asked for.
    pub(crate) const fn is_about_another_account(self) -> bool {
        matches!(self, Self::DataAccountOther | Self::DataAccountRenamed)
    }
}
