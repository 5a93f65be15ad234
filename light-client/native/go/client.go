package lightclient

/*
#include "hotshot_light_client.h"
*/
import "C"

import (
	"crypto/rand"
	"runtime"
	"time"
)

// random is entropy for the weights of batched checks. They bind every member of a batch, so without
// randomness they still hold.
func random() []byte {
	entropy := make([]byte, 32)
	if _, err := rand.Read(entropy); err != nil {
		return nil
	}
	return entropy
}

// Client follows a chain without I/O: fetch what Request names, hand over the body with Respond, call
// Step while there is something to compute. Calls from several goroutines wait for each other.
type Client struct{ handle *C.HslcClient }

// State is what a call on a client led to.
type State string

// The states.
const (
	// Fetch: see Request.
	Fetch State = "fetch"
	// Working: call Step.
	Working State = "working"
	// Idle: the server has nothing new. Wait, or ask another one.
	Idle State = "idle"
	// EpochKnown: the stake table of one more epoch is known.
	EpochKnown State = "epoch"
	// Withheld: blocks are proven, but what trust began with is too old to show them. See SetTime.
	Withheld State = "withheld"
	// Finalized: blocks are final.
	Finalized State = "finalized"
)

// Progress is what a call on a client led to, with the blocks that are final now.
type Progress struct {
	State     State   `json:"state"`
	Remaining uint32  `json:"remaining"`
	Blocks    []Block `json:"blocks"`
	Epoch     *Epoch  `json:"epoch"`
	// Height is that of the last block that is withheld.
	Height uint64 `json:"height"`
}

// Epoch is an epoch whose stake table has been derived from the contract's events.
type Epoch struct {
	Epoch          uint64 `json:"epoch"`
	StakeTableHash string `json:"stake_table_hash"`
	Validators     int    `json:"validators"`
	TotalStake     string `json:"total_stake"`
}

// Checkpoint is a final leaf to go on from.
type Checkpoint struct {
	Height    uint64 `json:"height"`
	View      uint64 `json:"view"`
	Leaf      string `json:"leaf"`
	Timestamp uint64 `json:"timestamp"`
	Text      string `json:"text"`
}

// Trusted is what a client trusts.
type Trusted struct {
	// Admitted is whether the network's stake tables have been checked.
	Admitted bool `json:"admitted"`
	// Checkpoint is the newest final leaf.
	Checkpoint *Checkpoint `json:"checkpoint"`
	// Upgrade is a certified upgrade to a version that this library does not know: the end.
	Upgrade *struct {
		Version             string `json:"version"`
		NewVersionFirstView uint64 `json:"new_version_first_view"`
	} `json:"upgrade"`
	// Halted says why the client has stopped for good: what it trusts contradicts what is proven.
	Halted *string `json:"halted"`
}

// Start is where a client begins.
type Start struct {
	// Checkpoint is a final leaf to go on from, bytes or text; it goes before a height.
	Checkpoint []byte
	// Height is the first height to follow; AnyHeight for the newest blocks.
	Height uint64
	// StoredTables is what StoredTables gave earlier, if anything.
	StoredTables []byte
}

// NewClient makes a client of a network.
func NewClient(network *Network, start Start) (*Client, error) {
	entropy := random()
	var handle *C.HslcClient
	var message *C.HslcBuffer
	status := C.hslc_client_new(network.handle, lend(start.Checkpoint), C.uint64_t(start.Height),
		lend(start.StoredTables), lend(entropy), &handle, &message)
	runtime.KeepAlive(network)
	if err := refusal(status, message); err != nil {
		return nil, err
	}
	client := &Client{handle}
	runtime.SetFinalizer(client, (*Client).Close)
	return client, nil
}

// Close frees the client. No other call on it may be under way or follow.
func (c *Client) Close() {
	runtime.SetFinalizer(c, nil)
	C.hslc_client_free(c.handle)
	c.handle = nil
}

// ReadCheckpoint says what a checkpoint, bytes or text, is. One of another network is refused, unless
// the network is nil.
func ReadCheckpoint(checkpoint []byte, network *Network) (Checkpoint, error) {
	var handle *C.HslcNetwork
	if network != nil {
		handle = network.handle
	}
	var out, message *C.HslcBuffer
	status := C.hslc_checkpoint_read(lend(checkpoint), handle, &out, &message)
	runtime.KeepAlive(network)
	return decode[Checkpoint](out, status, message)
}

// Request is the path to fetch next under the base address of a query service; empty while there is
// something to compute.
func (c *Client) Request() (string, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_client_request(c.handle, &out, &message)
	runtime.KeepAlive(c)
	return string(take(out)), refusal(status, message)
}

// Respond takes the body of a successful answer. An error means that the server lied or is broken: ask
// another one the same.
func (c *Client) Respond(body []byte) (Progress, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_client_respond(c.handle, lend(body), &out, &message)
	runtime.KeepAlive(c)
	return decode[Progress](out, status, message)
}

// Missing says that the server does not have what was asked for: no lie, only poverty.
func (c *Client) Missing() (Progress, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_client_missing(c.handle, &out, &message)
	runtime.KeepAlive(c)
	return decode[Progress](out, status, message)
}

// Step computes for about so many units, one being about half a millisecond.
func (c *Client) Step(budget uint32) (Progress, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_client_step(c.handle, C.uint32_t(budget), &out, &message)
	runtime.KeepAlive(c)
	return decode[Progress](out, status, message)
}

// SetRange asks for at most so many leaves at once from now on.
func (c *Client) SetRange(leaves uint64) {
	C.hslc_client_set_range(c.handle, C.uint64_t(leaves))
	runtime.KeepAlive(c)
}

// SetTime says what time it is: call it now and then, as Driver does. What trust began with may be older
// than the network file allows (weak_subjectivity_seconds); then blocks are withheld.
func (c *Client) SetTime(now time.Time) {
	C.hslc_client_set_time(c.handle, C.uint64_t(now.Unix()))
	runtime.KeepAlive(c)
}

// AcceptExpiredAnchor shows what is proven although what trust began with is too old: the caller takes
// the risk.
func (c *Client) AcceptExpiredAnchor() {
	C.hslc_client_accept_expired_anchor(c.handle)
	runtime.KeepAlive(c)
}

// Checkpoint is the newest final leaf in bytes, to go on from later; nil before the first one.
func (c *Client) Checkpoint() ([]byte, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_client_checkpoint(c.handle, &out, &message)
	runtime.KeepAlive(c)
	return take(out), refusal(status, message)
}

// Trusted is what the client trusts.
func (c *Client) Trusted() (Trusted, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_client_state(c.handle, &out, &message)
	runtime.KeepAlive(c)
	return decode[Trusted](out, status, message)
}

// Tables are the stake tables that the client has admitted so far; nil before the first one.
func (c *Client) Tables() (*Tables, error) {
	var handle *C.HslcTables
	var message *C.HslcBuffer
	status := C.hslc_client_tables(c.handle, &handle, &message)
	runtime.KeepAlive(c)
	if err := refusal(status, message); err != nil || handle == nil {
		return nil, err
	}
	return newTables(handle), nil
}

// StoredTables is what the client knows of stake tables from the contract's events, to begin with later;
// nil before the first such table. It is no trust of its own: it is checked when it is read.
func (c *Client) StoredTables() ([]byte, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_client_stored_tables(c.handle, &out, &message)
	runtime.KeepAlive(c)
	return take(out), refusal(status, message)
}
