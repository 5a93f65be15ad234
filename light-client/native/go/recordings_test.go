package lightclient_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"hotshot.example/lightclient"
)

// recorded reads a file of the recorded data, or skips the test.
func recorded(t *testing.T, name string) []byte {
	t.Helper()
	folder := os.Getenv("HOTSHOT_VECTORS")
	if folder == "" {
		folder = "../../../../shared/vectors"
	}
	data, err := os.ReadFile(filepath.Join(folder, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("SKIPPED: %s is missing; set HOTSHOT_VECTORS to the recorded data", name)
	}
	must(t, err)
	return data
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func tables(t *testing.T, name string) (*lightclient.Network, *lightclient.Tables) {
	t.Helper()
	network, err := lightclient.ParseNetwork(recorded(t, name+"/stake_table.json"))
	must(t, err)
	tables, err := network.Admit()
	must(t, err)
	if name == "v4" {
		must(t, tables.Insert(3, recorded(t, "v4/stake_table_epoch3.json")))
	}
	return network, tables
}

func TestRecordings(t *testing.T) {
	for name, final := range map[string]int{"v2-v3": 11, "v3": 7, "v4": 16} {
		_, tables := tables(t, name)
		verdict, err := tables.VerifyRecording(recorded(t, name+"/blocks.jsonl"))
		must(t, err)
		if verdict.Rejected != 0 || verdict.Final != final || verdict.Blocks != len(verdict.Lines) {
			t.Errorf("%s: %d rejected, %d final of %d", name, verdict.Rejected, verdict.Final, verdict.Blocks)
		}
		if verdict.Lines[0].Checks["header"] != "ok" {
			t.Errorf("%s: %v", name, verdict.Lines[0].Checks)
		}
	}
}

func TestTamperedRecordings(t *testing.T) {
	_, tables := tables(t, "v3")
	blocks := recorded(t, "v3/blocks.jsonl")
	rejections := 0
	for round := 0; round < 40; round++ {
		copied := append([]byte(nil), blocks...)
		copied[(round*2654435761)%len(copied)] ^= 1 << (round % 7)
		verdict, err := tables.VerifyRecording(copied)
		var refused *lightclient.Error
		switch {
		case err != nil && !errors.As(err, &refused):
			t.Fatal(err)
		case err != nil || verdict.Rejected > 0:
			rejections++
		}
		if verdict.Final > 7 {
			t.Errorf("round %d: more is final than was", round)
		}
	}
	if rejections < 20 {
		t.Errorf("%d of 40 changes were noticed", rejections)
	}
	// A certificate signed by nobody, named.
	spoilt := bytes.Replace(blocks, []byte(`"hash":"BLOCK~`), []byte(`"hash":"COMMIT~`), 1)
	verdict, err := tables.VerifyRecording(spoilt)
	must(t, err)
	if verdict.Lines[0].Checks["decode"] != lightclient.TaggedBase64Tag.String() {
		t.Errorf("%v", verdict.Lines[0].Checks)
	}
}

func TestErrorsAreCodes(t *testing.T) {
	_, err := lightclient.ParseNetwork([]byte("{"))
	if !errors.Is(err, lightclient.JsonSyntax) || errors.Is(err, lightclient.JsonDepth) {
		t.Errorf("%v", err)
	}
	var refused *lightclient.Error
	if !errors.As(err, &refused) || refused.Code.String() != "json.syntax" {
		t.Errorf("%v", err)
	}
	network, err := lightclient.ParseNetwork([]byte(`{"epoch_height":10,"epoch_start_block":1}`))
	must(t, err)
	if _, err := network.Admit(); !errors.Is(err, lightclient.NetworkMissingPin) {
		t.Errorf("%v", err)
	}
	if _, err := lightclient.NewKey([]byte("no key"), make([]byte, 32), true); !errors.Is(err, lightclient.TransitionKeyHash) {
		t.Errorf("%v", err)
	}
	if lightclient.Code(59999).String() != "code 59999" {
		t.Error("numbers that are no code have no name")
	}
}

func TestStateCertificates(t *testing.T) {
	_, tables := tables(t, "v4")
	var certificates [][2]json.RawMessage
	must(t, json.Unmarshal(recorded(t, "v4/state-certs.json"), &certificates))
	var table struct {
		Capacity int `json:"stake_table_capacity"`
	}
	must(t, json.Unmarshal(recorded(t, "v4/stake_table.json"), &table))
	for _, pair := range certificates {
		var epoch uint64
		must(t, json.Unmarshal(pair[0], &epoch))
		certified, err := tables.VerifyStateCertificate(epoch, 4, table.Capacity, pair[1])
		must(t, err)
		if certified.Height != 10*epoch-5 || certified.NextTable == "" {
			t.Errorf("%+v", certified)
		}
		_, err = tables.VerifyStateCertificate(epoch+1, 4, table.Capacity, pair[1])
		if !errors.Is(err, lightclient.StateEpoch) {
			t.Errorf("%v", err)
		}
	}
}

func TestHandlesAreShared(t *testing.T) {
	network, tables := tables(t, "v3")
	client, err := lightclient.NewClient(network, lightclient.Start{})
	must(t, err)
	blocks := recorded(t, "v3/blocks.jsonl")
	var group sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			verdict, err := tables.VerifyRecording(blocks)
			if err != nil || verdict.Final != 7 {
				t.Errorf("%+v, %v", verdict, err)
			}
			for step := 0; step < 20; step++ {
				if _, err := client.Step(1); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
}

func BenchmarkCall(b *testing.B) {
	network, err := lightclient.ParseNetwork([]byte(`{"epoch_height":10,"epoch_start_block":1}`))
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i < b.N; i++ {
		if _, err := network.Identity(); err != nil {
			b.Fatal(err)
		}
	}
}
