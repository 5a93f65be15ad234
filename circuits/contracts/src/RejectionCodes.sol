// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from light-client/src/rejection.rs by circuits/tests/rejection_codes.rs; not to be edited.
pragma solidity 0.8.37;

/// The stable codes of all rejections, in the order of their numbers.
library RejectionCodes {
    /// 1: the text is not JSON.
    bytes32 internal constant JSON_SYNTAX = "json.syntax";
    /// 2: the JSON is nested too deeply.
    bytes32 internal constant JSON_DEPTH = "json.depth";
    /// 3: an object has the same key twice.
    bytes32 internal constant JSON_DUPLICATE_KEY = "json.duplicate_key";
    /// 4: an object lacks a required key.
    bytes32 internal constant JSON_MISSING_KEY = "json.missing_key";
    /// 5: a JSON value is of another type than its place asks for.
    bytes32 internal constant JSON_TYPE = "json.type";
    /// 6: a number is not an exact integer of the range its place asks for.
    bytes32 internal constant JSON_INTEGER = "json.integer";
    /// 7: the JSON is larger than its place allows.
    bytes32 internal constant JSON_SIZE = "json.size";
    /// 20: a tagged string is not TAG~base64url in canonical form.
    bytes32 internal constant TAGGED_BASE64_FORM = "tagged_base64.form";
    /// 21: a tagged string carries another tag than its place asks for.
    bytes32 internal constant TAGGED_BASE64_TAG = "tagged_base64.tag";
    /// 22: the checksum of a tagged string does not match.
    bytes32 internal constant TAGGED_BASE64_CHECKSUM = "tagged_base64.checksum";
    /// 23: a tagged string holds another number of bytes than its tag asks for.
    bytes32 internal constant TAGGED_BASE64_LENGTH = "tagged_base64.length";
    /// 24: a string is not padded base64 in canonical form.
    bytes32 internal constant BASE64_FORM = "base64.form";
    /// 25: a string is not 0x-prefixed hexadecimal of the length its place asks for.
    bytes32 internal constant HEX_FORM = "hex.form";
    /// 26: a list of bytes has another length than its place asks for.
    bytes32 internal constant BYTES_LENGTH = "bytes.length";
    /// 27: a bit vector is not in the one accepted form.
    bytes32 internal constant BITVEC_FORM = "bitvec.form";
    /// 28: a string is not an unsigned integer of at most 256 bits.
    bytes32 internal constant INTEGER_FORM = "integer.form";
    /// 100: a point has another number of bytes than its group asks for.
    bytes32 internal constant POINT_LENGTH = "point.length";
    /// 101: a point is infinity where that is no key and no signature.
    bytes32 internal constant POINT_INFINITY = "point.infinity";
    /// 102: a coordinate of a point is not below the modulus.
    bytes32 internal constant POINT_FIELD = "point.field";
    /// 103: the sign flag of a point does not agree with its y.
    bytes32 internal constant POINT_FLAGS = "point.flags";
    /// 104: a point is not on its curve.
    bytes32 internal constant POINT_CURVE = "point.curve";
    /// 105: a point is not in the subgroup of prime order.
    bytes32 internal constant POINT_SUBGROUP = "point.subgroup";
    /// 110: a sum of keys is empty or cancels out.
    bytes32 internal constant KEY_AGGREGATE_INFINITY = "key.aggregate_infinity";
    /// 120: a signature is not valid for its message and key.
    bytes32 internal constant SIGNATURE_INVALID = "signature.invalid";
    /// 150: a certified header is of a protocol version that this client does not know.
    bytes32 internal constant UPGRADE_REQUIRED = "upgrade_required";
    /// 151: a header names a version that no header can have.
    bytes32 internal constant HEADER_VERSION = "header.version";
    /// 152: the header's commitment is not the block hash that was given or asked for.
    bytes32 internal constant HEADER_HASH = "header.hash";
    /// 153: a chain configuration is not the one the header commits to.
    bytes32 internal constant HEADER_CHAIN_CONFIG = "header.chain_config";
    /// 154: a header is of another height than its place asks for.
    bytes32 internal constant HEADER_HEIGHT = "header.height";
    /// 155: a leaf says of itself other than its header's version whether it has an epoch.
    bytes32 internal constant LEAF_WITH_EPOCH = "leaf.with_epoch";
    /// 156: a leaf carries a part that its version does not commit to.
    bytes32 internal constant LEAF_UNCOMMITTED = "leaf.uncommitted";
    /// 157: the leaf's commitment is not the one that was certified or asked for.
    bytes32 internal constant LEAF_COMMITMENT = "leaf.commitment";
    /// 158: a leaf's parent is not the leaf before it.
    bytes32 internal constant LEAF_PARENT = "leaf.parent";
    /// 159: a leaf's view does not come after its parent's.
    bytes32 internal constant LEAF_VIEW = "leaf.view";
    /// 160: a leaf is not justified by a certificate on its parent.
    bytes32 internal constant LEAF_JUSTIFY = "leaf.justify";
    /// 161: a list of leaves is not the one that was asked for.
    bytes32 internal constant LEAF_RANGE = "leaf.range";
    /// 200: the signature of a certificate is not valid.
    bytes32 internal constant QC_SIGNATURE = "qc.signature";
    /// 201: the signers of a certificate have too little stake.
    bytes32 internal constant QC_WEIGHT = "qc.weight";
    /// 202: the signers of a certificate do not fit the stake table.
    bytes32 internal constant QC_SIGNERS = "qc.signers";
    /// 203: the stored vote commitment is not the one that the data give.
    bytes32 internal constant QC_VOTE_COMMITMENT = "qc.vote_commitment";
    /// 204: a certificate of view 0 proves nothing.
    bytes32 internal constant QC_VIEW_ZERO = "qc.view_zero";
    /// 205: a certificate has no signature.
    bytes32 internal constant QC_UNSIGNED = "qc.unsigned";
    /// 206: a certificate is of another view than the leaf it is on.
    bytes32 internal constant QC_VIEW = "qc.view";
    /// 207: a certificate is on another leaf.
    bytes32 internal constant QC_LEAF = "qc.leaf";
    /// 208: a certificate names another epoch than its block is in.
    bytes32 internal constant QC_EPOCH = "qc.epoch";
    /// 209: a certificate names another block number than its leaf's height.
    bytes32 internal constant QC_BLOCK_NUMBER = "qc.block_number";
    /// 220: a transition block lacks the next epoch's certificate.
    bytes32 internal constant EPOCH_MISSING_NEXT_QC = "epoch.missing_next_qc";
    /// 221: a next epoch's certificate stands where none belongs.
    bytes32 internal constant EPOCH_UNEXPECTED_NEXT_QC = "epoch.unexpected_next_qc";
    /// 222: the next epoch's certificate is about something else than the epoch's own.
    bytes32 internal constant EPOCH_NEXT_QC_DATA = "epoch.next_qc_data";
    /// 223: the network has no epochs, but the leaf's version needs them.
    bytes32 internal constant EPOCH_HEIGHT = "epoch.height";
    /// 224: the stake table of an epoch is not known.
    bytes32 internal constant EPOCH_TABLE_UNKNOWN = "epoch.table_unknown";
    /// 230: an upgrade does not lead to a newer version.
    bytes32 internal constant UPGRADE_VERSIONS = "upgrade.versions";
    /// 231: the views of an upgrade are out of order.
    bytes32 internal constant UPGRADE_VIEWS = "upgrade.views";
    /// 240: the proof is not of the kind that the leaf's version needs.
    bytes32 internal constant FINALITY_PROOF_KIND = "finality.proof_kind";
    /// 241: the certified descendants of the leaf are not there.
    bytes32 internal constant FINALITY_CHILD_MISSING = "finality.child_missing";
    /// 242: the certificates are not of consecutive views.
    bytes32 internal constant FINALITY_VIEWS = "finality.views";
    /// 243: a proof by assumption needs a leaf already known to be final above it.
    bytes32 internal constant FINALITY_ASSUMPTION = "finality.assumption";
    /// 244: the proof holds no leaf.
    bytes32 internal constant FINALITY_EMPTY = "finality.empty";
    /// 245: the proof holds more leaves than a proof may.
    bytes32 internal constant FINALITY_TOO_LONG = "finality.too_long";
    /// 246: two finality proofs contradict each other.
    bytes32 internal constant FINALITY_CONFLICT = "finality.conflict";
    /// 247: validators signed two things of which they may sign one.
    bytes32 internal constant FINALITY_EQUIVOCATION = "finality.equivocation";
    /// 248: the evidence is of another form or network.
    bytes32 internal constant EQUIVOCATION_FORM = "equivocation.form";
    /// 249: the evidence shows two things that may stand side by side.
    bytes32 internal constant EQUIVOCATION_NONE = "equivocation.none";
    /// 250: a network file contradicts itself or exceeds its bounds.
    bytes32 internal constant NETWORK_FORM = "network.form";
    /// 251: the network file lacks something that trust has to start from.
    bytes32 internal constant NETWORK_MISSING_PIN = "network.missing_pin";
    /// 252: a header is of another chain.
    bytes32 internal constant NETWORK_CHAIN_ID = "network.chain_id";
    /// 253: the genesis leaf is not the pinned one.
    bytes32 internal constant NETWORK_GENESIS = "network.genesis";
    /// 260: bytes are no checkpoint of a known format.
    bytes32 internal constant CHECKPOINT_FORM = "checkpoint.form";
    /// 261: the checksum of a checkpoint does not match.
    bytes32 internal constant CHECKPOINT_CHECKSUM = "checkpoint.checksum";
    /// 262: a checkpoint is of another network.
    bytes32 internal constant CHECKPOINT_NETWORK = "checkpoint.network";
    /// 263: the stake table of a checkpoint is not the one that the chain has.
    bytes32 internal constant CHECKPOINT_STAKE_TABLE = "checkpoint.stake_table";
    /// 265: stored bytes are not in their one form.
    bytes32 internal constant STORE_FORM = "store.form";
    /// 266: the checksum of stored bytes does not match.
    bytes32 internal constant STORE_CHECKSUM = "store.checksum";
    /// 270: what trust rests on is older than the network allows.
    bytes32 internal constant TRUST_EXPIRED = "trust.expired";
    /// 271: somebody who is trusted vouches for another chain.
    bytes32 internal constant TRUST_CONFLICT = "trust.conflict";
    /// 272: a confirmation is too old, or about a block of long ago.
    bytes32 internal constant TRUST_CONFIRMATION = "trust.confirmation";
    /// 280: an L1 node's answer is not of the form that its question asks for.
    bytes32 internal constant L1_ANSWER = "l1.answer";
    /// 281: the L1 node is on another chain.
    bytes32 internal constant L1_CHAIN = "l1.chain";
    /// 282: the light client contract has no voting table from the stake table contract.
    bytes32 internal constant L1_CONTRACT = "l1.contract";
    /// 283: the stake table contract's history never led to the table that L1 commits to.
    bytes32 internal constant L1_TABLE = "l1.table";
    /// 300: a stake table has no entries.
    bytes32 internal constant STAKE_TABLE_EMPTY = "stake_table.empty";
    /// 301: a stake table has more entries than any network.
    bytes32 internal constant STAKE_TABLE_SIZE = "stake_table.size";
    /// 302: the total stake is zero or exceeds 256 bits.
    bytes32 internal constant STAKE_TABLE_TOTAL = "stake_table.total";
    /// 303: two entries of a stake table have the same BLS key.
    bytes32 internal constant STAKE_TABLE_DUPLICATE_KEY = "stake_table.duplicate_key";
    /// 310: a log was taken back by a reorganisation of L1.
    bytes32 internal constant STAKE_TABLE_LOG_REMOVED = "stake_table.log_removed";
    /// 311: a log lacks its block number or its index.
    bytes32 internal constant STAKE_TABLE_LOG_POSITION = "stake_table.log_position";
    /// 312: two logs stand at the same place.
    bytes32 internal constant STAKE_TABLE_LOG_REPEATED = "stake_table.log_repeated";
    /// 313: the logs come from several contracts.
    bytes32 internal constant STAKE_TABLE_LOG_ADDRESS = "stake_table.log_address";
    /// 314: there are more events than any history has.
    bytes32 internal constant STAKE_TABLE_EVENT_LIMIT = "stake_table.event_limit";
    /// 315: an event is not of exactly one known kind.
    bytes32 internal constant STAKE_TABLE_EVENT_KIND = "stake_table.event_kind";
    /// 320: an account registers that left before.
    bytes32 internal constant STAKE_TABLE_EXITED = "stake_table.exited";
    /// 321: an account registers twice.
    bytes32 internal constant STAKE_TABLE_REGISTERED = "stake_table.registered";
    /// 322: a BLS key was used before.
    bytes32 internal constant STAKE_TABLE_BLS_KEY_USED = "stake_table.bls_key_used";
    /// 323: a Schnorr key was used before.
    bytes32 internal constant STAKE_TABLE_SCHNORR_KEY_USED = "stake_table.schnorr_key_used";
    /// 324: an X25519 key was used before.
    bytes32 internal constant STAKE_TABLE_X25519_KEY_USED = "stake_table.x25519_key_used";
    /// 325: an event is about a validator that is not registered.
    bytes32 internal constant STAKE_TABLE_UNKNOWN_VALIDATOR = "stake_table.unknown_validator";
    /// 326: a delegation is of nothing.
    bytes32 internal constant STAKE_TABLE_ZERO_DELEGATION = "stake_table.zero_delegation";
    /// 327: stakes add up to more than any token has.
    bytes32 internal constant STAKE_TABLE_STAKE_OVERFLOW = "stake_table.stake_overflow";
    /// 328: more is taken back than was delegated.
    bytes32 internal constant STAKE_TABLE_INSUFFICIENT_STAKE = "stake_table.insufficient_stake";
    /// 329: a delegator takes back who never delegated.
    bytes32 internal constant STAKE_TABLE_UNKNOWN_DELEGATOR = "stake_table.unknown_delegator";
    /// 330: new keys come without valid proofs of possession.
    bytes32 internal constant STAKE_TABLE_KEY_UPDATE_PROOF = "stake_table.key_update_proof";
    /// 331: a commission exceeds the whole.
    bytes32 internal constant STAKE_TABLE_COMMISSION = "stake_table.commission";
    /// 332: no registered validator may sign.
    bytes32 internal constant STAKE_TABLE_NOBODY_ACTIVE = "stake_table.nobody_active";
    /// 340: a stored registration state is not in its one form.
    bytes32 internal constant STAKE_TABLE_STATE_FORM = "stake_table.state_form";
    /// 341: the registrations do not have the hash that was committed to.
    bytes32 internal constant STAKE_TABLE_HASH = "stake_table.hash";
    /// 342: an epoch root carries no hash of the next stake table.
    bytes32 internal constant STAKE_TABLE_HASH_MISSING = "stake_table.hash_missing";
    /// 343: a header is not at the root of the epoch before.
    bytes32 internal constant STAKE_TABLE_ROOT = "stake_table.root";
    /// 344: a stake table does not follow the one before.
    bytes32 internal constant STAKE_TABLE_EPOCH = "stake_table.epoch";
    /// 345: an epoch root is not proven final inside its own epoch.
    bytes32 internal constant STAKE_TABLE_ROOT_PROOF = "stake_table.root_proof";
    /// 350: a Schnorr signature is not canonical, on the curve and in the subgroup.
    bytes32 internal constant SCHNORR_FORM = "schnorr.form";
    /// 351: a commitment in a state is zero or not below the field's modulus.
    bytes32 internal constant STATE_FIELD = "state.field";
    /// 352: the threshold of a stake table state is zero or exceeds 128 bits.
    bytes32 internal constant STATE_THRESHOLD = "state.threshold";
    /// 353: an entry of a stake table has no Schnorr key for states.
    bytes32 internal constant STATE_TABLE_KEY = "state.table_key";
    /// 354: the total stake is zero or too large for a state's table.
    bytes32 internal constant STATE_TABLE_AMOUNT = "state.table_amount";
    /// 355: a stake table has more entries than its commitment.
    bytes32 internal constant STATE_TABLE_CAPACITY = "state.table_capacity";
    /// 356: a stake table is not the committed one.
    bytes32 internal constant STATE_TABLE_COMMITMENT = "state.table_commitment";
    /// 357: the epoch of a state certificate is not the expected one.
    bytes32 internal constant STATE_EPOCH = "state.epoch";
    /// 358: the height of a state certificate is not that of its epoch's root.
    bytes32 internal constant STATE_NOT_EPOCH_ROOT = "state.not_epoch_root";
    /// 359: the protocol version has no state certificates of this form.
    bytes32 internal constant STATE_VERSION = "state.version";
    /// 360: a state does not come after the one that is known.
    bytes32 internal constant STATE_OUTDATED = "state.outdated";
    /// 361: a signer of a state certificate is not in the stake table.
    bytes32 internal constant STATE_SIGNER = "state.signer";
    /// 362: a state certificate lists a signer twice.
    bytes32 internal constant STATE_DUPLICATE_SIGNER = "state.duplicate_signer";
    /// 363: a signature of a state certificate is not valid.
    bytes32 internal constant STATE_SIGNATURE = "state.signature";
    /// 364: the signers of a state certificate have too little stake.
    bytes32 internal constant STATE_WEIGHT = "state.weight";
    /// 365: a state certificate claims an auth root that nobody signed.
    bytes32 internal constant STATE_AUTH_ROOT = "state.auth_root";
    /// 366: a state certificate lists more signers than any table has.
    bytes32 internal constant STATE_CERTIFICATE_SIZE = "state.certificate_size";
    /// 367: a state lies between the root of its epoch and the epoch's end, where no table is sure to sign.
    bytes32 internal constant STATE_AFTER_ROOT = "state.after_root";
    /// 368: the final root of an epoch is not the one that its validators certified.
    bytes32 internal constant STATE_NOT_FINAL = "state.not_final";
    /// 370: a transition record, proof or key is not in its one form.
    bytes32 internal constant TRANSITION_FORM = "transition.form";
    /// 371: the key of transition proofs is not the pinned one.
    bytes32 internal constant TRANSITION_KEY_HASH = "transition.key_hash";
    /// 372: the key of transition proofs is for development: anyone can forge with it.
    bytes32 internal constant TRANSITION_KEY_INSECURE = "transition.key_insecure";
    /// 373: a transition proof is not valid.
    bytes32 internal constant TRANSITION_PROOF = "transition.proof";
    /// 374: there are no transitions.
    bytes32 internal constant TRANSITION_EMPTY = "transition.empty";
    /// 375: there are more transitions than any network has epochs.
    bytes32 internal constant TRANSITION_LENGTH = "transition.length";
    /// 400: a namespace table's length and count do not agree.
    bytes32 internal constant NAMESPACE_TABLE_FORM = "namespace.table_form";
    /// 401: the end offsets of a namespace table do not rise.
    bytes32 internal constant NAMESPACE_TABLE_ORDER = "namespace.table_order";
    /// 402: a namespace table lists a namespace twice.
    bytes32 internal constant NAMESPACE_TABLE_DUPLICATE = "namespace.table_duplicate";
    /// 403: a namespace table does not end where the payload ends.
    bytes32 internal constant NAMESPACE_TABLE_END = "namespace.table_end";
    /// 404: a namespace is said to be absent but is in the table.
    bytes32 internal constant NAMESPACE_NOT_ABSENT = "namespace.not_absent";
    /// 405: a namespace that is not in the table comes with a proof.
    bytes32 internal constant NAMESPACE_ABSENT = "namespace.absent";
    /// 406: a namespace proof names another place than the table.
    bytes32 internal constant NAMESPACE_INDEX = "namespace.index";
    /// 407: a namespace payload has another length than its range.
    bytes32 internal constant NAMESPACE_LENGTH_MISMATCH = "namespace.length_mismatch";
    /// 408: a proof or its common data is of another kind than the header's version.
    bytes32 internal constant NAMESPACE_VARIANT = "namespace.variant";
    /// 409: proofs of this kind prove nothing to this client.
    bytes32 internal constant NAMESPACE_UNPROVEN = "namespace.unproven";
    /// 410: the answer has none of the known forms of a namespace proof.
    bytes32 internal constant NAMESPACE_ANSWER = "namespace.answer";
    /// 411: a payload is larger than the chain configuration allows.
    bytes32 internal constant NAMESPACE_BLOCK_SIZE = "namespace.block_size";
    /// 412: the transactions of a namespace overlap so much that they are not read.
    bytes32 internal constant NAMESPACE_OVERLAPS = "namespace.overlaps";
    /// 416: the scheme of the header's version cannot be recomputed by this client.
    bytes32 internal constant VID_SCHEME = "vid.scheme";
    /// 417: weights or threshold are not those of the block's epoch.
    bytes32 internal constant VID_PARAMETERS = "vid.parameters";
    /// 418: the recomputed commitment is not the header's payload commitment.
    bytes32 internal constant VID_COMMITMENT = "vid.commitment";
    /// 419: common data contradict the header's table or commitment.
    bytes32 internal constant VID_COMMON = "vid.common";
    /// 425: a Merkle proof is malformed.
    bytes32 internal constant MERKLE_FORM = "merkle.form";
    /// 426: a Merkle proof has another number of levels than the tree.
    bytes32 internal constant MERKLE_LEVELS = "merkle.levels";
    /// 427: a level of a Merkle proof has another number of nodes than the tree's.
    bytes32 internal constant MERKLE_SIBLINGS = "merkle.siblings";
    /// 428: a Merkle proof is for another position, or for none of the tree.
    bytes32 internal constant MERKLE_POSITION = "merkle.position";
    /// 429: a Merkle proof is for another element.
    bytes32 internal constant MERKLE_ELEMENT = "merkle.element";
    /// 430: a Merkle proof leads to another root.
    bytes32 internal constant MERKLE_ROOT = "merkle.root";
    /// 431: a tree's commitment is of another shape than the version's.
    bytes32 internal constant MERKLE_COMMITMENT = "merkle.commitment";
    /// 435: the builder commitment is not that of payload and table.
    bytes32 internal constant PAYLOAD_BUILDER_COMMITMENT = "payload.builder_commitment";
    /// 436: a payload comes with another namespace table than the header's.
    bytes32 internal constant PAYLOAD_TABLE = "payload.table";
    /// 450: a rollup's configuration is not usable.
    bytes32 internal constant ROLLUP_CONFIG = "rollup.config";
    /// 451: a transaction is of no format of the rollup.
    bytes32 internal constant ROLLUP_FORMAT = "rollup.format";
    /// 452: a rollup's RLP is not what its place asks for.
    bytes32 internal constant ROLLUP_RLP = "rollup.rlp";
    /// 453: a rollup's signature is malformed or fits no key.
    bytes32 internal constant ROLLUP_SIGNATURE = "rollup.signature";
    /// 454: the signer of a rollup's message is no authority at that L1 height.
    bytes32 internal constant ROLLUP_AUTHORITY = "rollup.authority";
    /// 455: the header names no finalized L1 block to judge the signer by.
    bytes32 internal constant ROLLUP_L1_HEIGHT = "rollup.l1_height";
    /// 456: the parts of a batch contradict each other.
    bytes32 internal constant ROLLUP_BATCH = "rollup.batch";
    /// 457: a transaction is not of the rollup's namespace or of the block.
    bytes32 internal constant ROLLUP_PLACE = "rollup.place";
    /// 470: a bundle has no legs, too many, or one twice.
    bytes32 internal constant BUNDLE_LEGS = "bundle.legs";
    /// 471: a leg of a bundle is not in the block.
    bytes32 internal constant BUNDLE_LEG = "bundle.leg";
    /// 472: the legs of a bundle are not of one block.
    bytes32 internal constant BUNDLE_BLOCK = "bundle.block";
    /// 480: a range of heights is empty or too long.
    bytes32 internal constant SCAN_RANGE = "scan.range";
    /// 481: an answer does not belong to what was asked.
    bytes32 internal constant SCAN_ANSWER = "scan.answer";
}
