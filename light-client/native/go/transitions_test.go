package lightclient_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotshot.example/lightclient"
)

// recordLength is how many bytes a transition record has.
const recordLength = 476

// Proofs of a hundred epochs, under an INSECURE key of a set-up whose secrets are public.
func TestTransitionProofs(t *testing.T) {
	fixture := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("../../../circuits/fixture", name))
		must(t, err)
		return data
	}
	network, err := lightclient.ParseNetwork(fixture("network.json"))
	must(t, err)
	tables, err := network.Admit()
	must(t, err)
	var pins struct {
		Transitions struct {
			Keys       map[string]string `json:"keys"`
			Capacity   int               `json:"capacity"`
			FirstEpoch uint64            `json:"first_epoch"`
		} `json:"transitions"`
	}
	must(t, json.Unmarshal(fixture("network.json"), &pins))
	pinned, err := hex.DecodeString(strings.TrimPrefix(pins.Transitions.Keys["micro"], "0x"))
	must(t, err)

	if _, err := lightclient.NewKey(fixture("verifying-key"), pinned, false); !errors.Is(err, lightclient.TransitionKeyInsecure) {
		t.Errorf("an insecure key is taken: %v", err)
	}
	key, err := lightclient.NewKey(fixture("verifying-key"), pinned, true)
	must(t, err)
	records := fixture("records")
	verify := func(records []byte) (lightclient.HandOver, error) {
		return tables.VerifyTransitions(key, lightclient.Transitions{
			Epoch: 1, Capacity: pins.Transitions.Capacity, FirstEpoch: pins.Transitions.FirstEpoch, Records: records,
		})
	}
	proven, err := verify(records)
	must(t, err)
	epochs := uint64(len(records) / recordLength)
	if epochs < 300 || proven.Epoch != epochs+1 {
		t.Errorf("%d epochs lead to the table of %d", epochs, proven.Epoch)
	}
	changed := append([]byte(nil), records[:3*recordLength]...)
	changed[recordLength+12] ^= 1
	if _, err := verify(changed); !errors.Is(err, lightclient.TransitionProof) {
		t.Errorf("another view is accepted: %v", err)
	}
	if _, err := verify(records[recordLength : 2*recordLength]); !errors.Is(err, lightclient.StateEpoch) {
		t.Errorf("a skipped epoch is accepted: %v", err)
	}
}
