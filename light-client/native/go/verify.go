package lightclient

/*
#include "hotshot_light_client.h"
*/
import "C"

import (
	"bytes"
	"encoding/json"
	"runtime"
)

// Quorum is who signed a certificate. Amounts are decimal: they have up to 256 bits.
type Quorum struct {
	View       uint64  `json:"view"`
	Epoch      *uint64 `json:"epoch"`
	Signers    int     `json:"signers"`
	Validators int     `json:"validators"`
	Weight     string  `json:"weight"`
	Threshold  string  `json:"threshold"`
	Total      string  `json:"total"`
}

// Block is a final block. Those that are final as ancestors have no quorum of their own.
type Block struct {
	Height          uint64  `json:"height"`
	View            uint64  `json:"view"`
	Version         string  `json:"version"`
	Epoch           *uint64 `json:"epoch"`
	Hash            string  `json:"hash"`
	Leaf            string  `json:"leaf"`
	TimestampMillis uint64  `json:"timestamp_ms"`
	Quorum          *Quorum `json:"quorum"`
}

// FinalChain is what a leaf proof proves: leaves that follow each other, the last one decided.
type FinalChain struct {
	Leaves []Block `json:"leaves"`
	Quorum *Quorum `json:"quorum"`
}

// CertificateKind is what a certificate is about.
type CertificateKind uint32

// The kinds of certificates.
const (
	QuorumCertificate   CertificateKind = C.HSLC_QUORUM_CERTIFICATE
	Certificate2        CertificateKind = C.HSLC_CERTIFICATE2
	UpgradeCertificate  CertificateKind = C.HSLC_UPGRADE_CERTIFICATE
	TimeoutCertificate  CertificateKind = C.HSLC_TIMEOUT_CERTIFICATE
	ViewSyncCertificate CertificateKind = C.HSLC_VIEW_SYNC_CERTIFICATE
)

// decode reads what the library wrote, unless the call failed.
func decode[T any](out *C.HslcBuffer, status C.HslcStatus, message *C.HslcBuffer) (T, error) {
	var value T
	text := take(out)
	if err := refusal(status, message); err != nil {
		return value, err
	}
	return value, json.Unmarshal(text, &value)
}

// VerifyCertificate verifies signature and weight of a certificate by the table of an epoch. A valid
// certificate alone makes nothing final.
func (t *Tables) VerifyCertificate(epoch uint64, kind CertificateKind, certificate []byte) (Quorum, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_certificate_verify(t.handle, C.uint64_t(epoch), C.uint32_t(kind), lend(certificate), &out, &message)
	runtime.KeepAlive(t)
	return decode[Quorum](out, status, message)
}

// VerifyLeafProof verifies an answer of light-client/leaf/…: that the leaf at a height, or any with
// AnyHeight, is final. Below protocol 0.6 it needs the leaves after the proof's last one: an answer of
// availability/leaf/FROM/UNTIL. The header is that of the first leaf.
func (t *Tables) VerifyLeafProof(network *Network, proof, descendants []byte, height uint64) (FinalChain, *Header, error) {
	entropy := random()
	var handle *C.HslcHeader
	var out, message *C.HslcBuffer
	status := C.hslc_leaf_proof_verify(network.handle, t.handle, lend(proof), lend(descendants), C.uint64_t(height),
		lend(entropy), &handle, &out, &message)
	runtime.KeepAlive(network)
	runtime.KeepAlive(t)
	chain, err := decode[FinalChain](out, status, message)
	if err != nil {
		return FinalChain{}, nil, err
	}
	return chain, newHeader(handle), nil
}

// LineVerdict is the verdict on one recorded block.
type LineVerdict struct {
	Line    int               `json:"line"`
	Height  *uint64           `json:"height"`
	View    *uint64           `json:"view"`
	Version *string           `json:"version"`
	Checks  map[string]string `json:"checks"`
	Final   bool              `json:"final"`
}

// RecordingVerdict is the verdict on recorded blocks.
type RecordingVerdict struct {
	Lines    []LineVerdict `json:"-"`
	Blocks   int           `json:"blocks"`
	Rejected int           `json:"rejected"`
	Final    int           `json:"final"`
}

// VerifyRecording judges recorded blocks, the text of a blocks.jsonl. Rejected blocks are part of the
// verdict; broken JSON is an error.
func (t *Tables) VerifyRecording(blocks []byte) (RecordingVerdict, error) {
	entropy := random()
	var out, message *C.HslcBuffer
	status := C.hslc_recording_verify(t.handle, lend(blocks), lend(entropy), &out, &message)
	runtime.KeepAlive(t)
	text := take(out)
	if err := refusal(status, message); err != nil {
		return RecordingVerdict{}, err
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	last := len(lines) - 1
	var verdict RecordingVerdict
	if err := json.Unmarshal(lines[last], &verdict); err != nil {
		return RecordingVerdict{}, err
	}
	verdict.Lines = make([]LineVerdict, last)
	for index, line := range lines[:last] {
		if err := json.Unmarshal(line, &verdict.Lines[index]); err != nil {
			return RecordingVerdict{}, err
		}
	}
	return verdict, nil
}

// HeaderFields is what a header says, as far as programs above this one ask for it.
type HeaderFields struct {
	Height            uint64 `json:"height"`
	Version           string `json:"version"`
	Hash              string `json:"hash"`
	TimestampMillis   uint64 `json:"timestamp_ms"`
	L1Head            uint64 `json:"l1_head"`
	PayloadCommitment string `json:"payload_commitment"`
	L1Finalized       *struct {
		Number    uint64 `json:"number"`
		Timestamp string `json:"timestamp"`
		Hash      string `json:"hash"`
	} `json:"l1_finalized"`
}

// TrustedHeader takes a header for final because its hash (BLOCK~…) is known to be: that of a final
// block of this library. A hash that a server names is worth nothing.
func TrustedHeader(header []byte, hash string) (*Header, error) {
	var handle *C.HslcHeader
	var message *C.HslcBuffer
	status := C.hslc_header_trusted(lend(header), lend([]byte(hash)), &handle, &message)
	if err := refusal(status, message); err != nil {
		return nil, err
	}
	return newHeader(handle), nil
}

// Prove verifies an answer of light-client/header/ROOT/HEIGHT: an older header under this one.
func (h *Header) Prove(height uint64, answer []byte) (*Header, error) {
	var handle *C.HslcHeader
	var message *C.HslcBuffer
	status := C.hslc_header_prove(h.handle, C.uint64_t(height), lend(answer), &handle, &message)
	runtime.KeepAlive(h)
	if err := refusal(status, message); err != nil {
		return nil, err
	}
	return newHeader(handle), nil
}

// Fields is what the header says.
func (h *Header) Fields() (HeaderFields, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_header_read(h.handle, &out, &message)
	runtime.KeepAlive(h)
	return decode[HeaderFields](out, status, message)
}

// Transaction is one transaction of a namespace. Height, namespace and position are its identity:
// identical bytes may occur again.
type Transaction struct {
	Position   int    `json:"position"`
	Commitment string `json:"commitment"`
	Payload    []byte `json:"payload"`
	Overlaps   bool   `json:"overlaps"`
}

// Namespace is what a block holds for a namespace: all of it, or nothing where it is not present.
type Namespace struct {
	Height       uint64        `json:"height"`
	Block        string        `json:"block"`
	ID           uint64        `json:"namespace"`
	Present      bool          `json:"present"`
	Parameters   string        `json:"parameters"`
	Transactions []Transaction `json:"transactions"`
	Payload      []byte        `json:"-"`
}

// VerifyNamespace verifies an answer about a namespace of the block. With nil tables the number of
// shares is the server's word, and Parameters says so ("served").
func (h *Header) VerifyNamespace(tables *Tables, namespace uint64, answer []byte) (Namespace, error) {
	var handle *C.HslcTables
	if tables != nil {
		handle = tables.handle
	}
	var payload, out, message *C.HslcBuffer
	status := C.hslc_namespace_verify(h.handle, handle, C.uint64_t(namespace), lend(answer), &payload, &out, &message)
	runtime.KeepAlive(h)
	runtime.KeepAlive(tables)
	bytes := take(payload)
	verified, err := decode[Namespace](out, status, message)
	verified.Payload = bytes
	return verified, err
}

// TransactionCommitment is the commitment of a transaction, TX~…
func TransactionCommitment(namespace uint64, payload []byte) (string, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_transaction_commitment(C.uint64_t(namespace), lend(payload), &out, &message)
	return string(take(out)), refusal(status, message)
}

// HandOver is a state that an epoch's validators signed, and the commitments to the table of the next
// epoch. It is certified, not final.
type HandOver struct {
	Epoch     uint64  `json:"epoch"`
	Height    uint64  `json:"height"`
	View      uint64  `json:"view"`
	State     string  `json:"state"`
	NextTable string  `json:"next_table"`
	AuthRoot  *string `json:"auth_root"`
	Weight    string  `json:"weight"`
	Quorum    string  `json:"quorum"`
}

// VerifyStateCertificate verifies the state certificate of an epoch by its table. The minor version is
// that of the protocol at the epoch's root, the capacity the network's stake_table_capacity.
func (t *Tables) VerifyStateCertificate(epoch uint64, minorVersion uint16, capacity int, certificate []byte) (HandOver, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_state_certificate_verify(t.handle, C.uint64_t(epoch), C.uint16_t(minorVersion), C.size_t(capacity),
		lend(certificate), &out, &message)
	runtime.KeepAlive(t)
	return decode[HandOver](out, status, message)
}

// Transitions are proofs to be verified in a row, and what they start from.
type Transitions struct {
	// Epoch is the one whose table the first record starts with.
	Epoch uint64
	// Table is its commitments (STAKE_TABLE_STATE~…), or empty for the table that is known.
	Table string
	// Capacity is the network's stake_table_capacity.
	Capacity int
	// FirstEpoch is the first epoch whose root is of protocol 0.4 or later.
	FirstEpoch uint64
	// Records are the records, one after the other.
	Records []byte
}

// VerifyTransitions verifies a chain of transition records: what the last one hands over.
func (t *Tables) VerifyTransitions(key *Key, transitions Transitions) (HandOver, error) {
	entropy := random()
	var out, message *C.HslcBuffer
	status := C.hslc_transitions_verify(t.handle, key.handle, C.uint64_t(transitions.Epoch), lend([]byte(transitions.Table)),
		C.size_t(transitions.Capacity), C.uint64_t(transitions.FirstEpoch), lend(transitions.Records), lend(entropy),
		&out, &message)
	runtime.KeepAlive(t)
	runtime.KeepAlive(key)
	return decode[HandOver](out, status, message)
}
