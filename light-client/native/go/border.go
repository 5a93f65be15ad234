// Package lightclient verifies the finality of HotShot blocks in process, and believes no server.
//
// It is the Rust verifier behind its C interface: the same verdicts as everywhere else, the same codes.
// A [Network] says whom to trust; a [Client] follows a chain without I/O of its own; a [Driver] fetches
// what the client asks for over HTTP. Every refusal is an [*Error] with a [Code]:
//
//	if errors.Is(err, lightclient.QcSignature) { … }
//
// Handles may be used from several goroutines at once. They are freed by Close, or with the last
// reference to them.
package lightclient

/*
#cgo pkg-config: hotshot-light-client
#include "hotshot_light_client.h"
*/
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"
)

// Code is why something was not believed: the number of a rejection of the verifier. It is an error
// itself, for errors.Is.
type Code uint16

// String is the stable name of the code, such as qc.signature.
func (c Code) String() string {
	name := C.hslc_status_code(C.HslcStatus(c))
	if name == nil {
		return fmt.Sprintf("code %d", uint16(c))
	}
	return C.GoString(name)
}

// Error is the stable name of the code with its meaning.
func (c Code) Error() string {
	summary := C.hslc_status_summary(C.HslcStatus(c))
	if summary == nil {
		return c.String()
	}
	return c.String() + ": " + C.GoString(summary)
}

// Error is a refusal, with both sides of the comparison that failed in its message.
type Error struct {
	Code    Code
	Message string
}

func (e *Error) Error() string { return e.Message }

// Is makes errors.Is work with codes.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// Version is the version of the verifier that is linked in.
func Version() string { return C.GoString(C.hslc_version()) }

// AnyHeight stands for no height in particular: any leaf of a proof, the newest blocks of a chain.
const AnyHeight = ^uint64(0)

// lend hands bytes over for the time of a call. They hold no pointers, and C keeps none.
func lend(data []byte) C.HslcSlice {
	if len(data) == 0 {
		return C.HslcSlice{}
	}
	return C.HslcSlice{data: (*C.uint8_t)(unsafe.Pointer(&data[0])), length: C.size_t(len(data))}
}

// take copies a buffer and frees it.
func take(buffer *C.HslcBuffer) []byte {
	if buffer == nil {
		return nil
	}
	defer C.hslc_buffer_free(buffer)
	length := C.hslc_buffer_length(buffer)
	copied := make([]byte, int(length))
	copy(copied, unsafe.Slice((*byte)(unsafe.Pointer(C.hslc_buffer_data(buffer))), int(length)))
	return copied
}

// refusal is the error of a call, if it has one.
func refusal(status C.HslcStatus, message *C.HslcBuffer) error {
	text := take(message)
	if status == C.HSLC_OK {
		return nil
	}
	return &Error{Code: Code(status), Message: string(text)}
}

// Network says whom to trust. It never changes.
type Network struct{ handle *C.HslcNetwork }

// ParseNetwork reads a network file, or the stake_table.json of a recording.
func ParseNetwork(json []byte) (*Network, error) {
	var handle *C.HslcNetwork
	var message *C.HslcBuffer
	status := C.hslc_network_parse(lend(json), &handle, &message)
	if err := refusal(status, message); err != nil {
		return nil, err
	}
	network := &Network{handle}
	runtime.SetFinalizer(network, (*Network).Close)
	return network, nil
}

// Close frees the network. No other call on it may be under way or follow.
func (n *Network) Close() {
	runtime.SetFinalizer(n, nil)
	C.hslc_network_free(n.handle)
	n.handle = nil
}

// Identity tells this network from every other: 32 bytes.
func (n *Network) Identity() ([]byte, error) {
	var out, message *C.HslcBuffer
	status := C.hslc_network_identity(n.handle, &out, &message)
	runtime.KeepAlive(n)
	return take(out), refusal(status, message)
}

// Tables are stake tables whose keys have all been checked, by epoch.
type Tables struct{ handle *C.HslcTables }

func newTables(handle *C.HslcTables) *Tables {
	tables := &Tables{handle}
	runtime.SetFinalizer(tables, (*Tables).Close)
	return tables
}

// Admit checks all keys of the stake tables that the network pins.
func (n *Network) Admit() (*Tables, error) {
	var handle *C.HslcTables
	var message *C.HslcBuffer
	status := C.hslc_tables_admit(n.handle, &handle, &message)
	runtime.KeepAlive(n)
	if err := refusal(status, message); err != nil {
		return nil, err
	}
	return newTables(handle), nil
}

// Insert adds a table that serves from an epoch on, in a JSON form that network files have.
func (t *Tables) Insert(fromEpoch uint64, table []byte) error {
	var out, message *C.HslcBuffer
	status := C.hslc_tables_insert(t.handle, C.uint64_t(fromEpoch), lend(table), &out, &message)
	runtime.KeepAlive(t)
	take(out)
	return refusal(status, message)
}

// Close frees the tables. No other call on them may be under way or follow.
func (t *Tables) Close() {
	runtime.SetFinalizer(t, nil)
	C.hslc_tables_free(t.handle)
	t.handle = nil
}

// Header is the header of a block that is known to be final.
type Header struct{ handle *C.HslcHeader }

func newHeader(handle *C.HslcHeader) *Header {
	header := &Header{handle}
	runtime.SetFinalizer(header, (*Header).Close)
	return header
}

// Close frees the header. No other call on it may be under way or follow.
func (h *Header) Close() {
	runtime.SetFinalizer(h, nil)
	C.hslc_header_free(h.handle)
	h.handle = nil
}

// Key is the verifying key of transition proofs.
type Key struct{ handle *C.HslcKey }

// NewKey takes a key if its Keccak-256 is the pinned one. Keys of a set-up whose secrets are public are
// refused unless allowInsecure: whoever wants can forge proofs for them.
func NewKey(bytes, pinned []byte, allowInsecure bool) (*Key, error) {
	var handle *C.HslcKey
	var message *C.HslcBuffer
	status := C.hslc_key_new(lend(bytes), lend(pinned), C.bool(allowInsecure), &handle, &message)
	if err := refusal(status, message); err != nil {
		return nil, err
	}
	key := &Key{handle}
	runtime.SetFinalizer(key, (*Key).Close)
	return key, nil
}

// Close frees the key. No other call on it may be under way or follow.
func (k *Key) Close() {
	runtime.SetFinalizer(k, nil)
	C.hslc_key_free(k.handle)
	k.handle = nil
}
