package lightclient_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotshot.example/lightclient"
)

// devnet starts a devnet, whose keys are INSECURE, and returns its address and its network file. Two of
// them with the same arguments have the same blocks.
func devnet(t *testing.T, arguments ...string) (string, []byte) {
	t.Helper()
	program := os.Getenv("HOTSHOT_DEVNET")
	if program == "" {
		t.Skip("SKIPPED: HOTSHOT_DEVNET does not name the devnet's program")
	}
	file := filepath.Join(t.TempDir(), "network.json")
	arguments = append([]string{
		"--port", "0", "--validators", "5", "--epoch-height", "10", "--failed-views", "7", "--network-file", file,
		"--genesis-time", "1767225600",
	}, arguments...)
	command := exec.Command(program, arguments...)
	output, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	line, err := bufio.NewReader(output).ReadBytes('\n')
	must(t, err)
	var ready struct {
		Address string `json:"address"`
	}
	must(t, json.Unmarshal(line, &ready))
	network, err := os.ReadFile(file)
	must(t, err)
	return ready.Address, network
}

func fetch(t *testing.T, address, path string) []byte {
	t.Helper()
	response, err := http.Get(address + path)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, response.Status)
	}
	return body
}

var errEnough = errors.New("enough")

// follow collects blocks up to a height.
func follow(t *testing.T, driver *lightclient.Driver, until uint64) []lightclient.Block {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var blocks []lightclient.Block
	err := driver.Follow(ctx, func(_ string, block lightclient.Block) error {
		if len(blocks) > 0 && block.Height != blocks[len(blocks)-1].Height+1 {
			t.Errorf("after %d comes %d", blocks[len(blocks)-1].Height, block.Height)
		}
		blocks = append(blocks, block)
		if block.Height >= until {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	return blocks
}

func newClient(t *testing.T, network []byte, checkpoint []byte, start uint64) (*lightclient.Network, *lightclient.Client) {
	t.Helper()
	parsed, err := lightclient.ParseNetwork(network)
	must(t, err)
	client, err := lightclient.NewClient(parsed, lightclient.Start{Checkpoint: checkpoint, Height: start})
	must(t, err)
	return parsed, client
}

func TestFollowALiveDevnet(t *testing.T) {
	address, network := devnet(t, "--history", "5", "--block-time", "30ms", "--upgrades", "0.4,0.6")
	parsed, client := newClient(t, network, nil, 0)
	driver := lightclient.Driver{Client: client, Providers: []string{address}, Poll: 20 * time.Millisecond}
	driver.Fault = func(provider string, err error) { t.Errorf("%s: %v", provider, err) }
	blocks := follow(t, &driver, 32)
	if blocks[0].Height != 0 || blocks[32].Version != "0.6" || *blocks[32].Epoch != 4 {
		t.Errorf("%+v", blocks[32])
	}
	checkpoint, err := client.Checkpoint()
	must(t, err)
	read, err := lightclient.ReadCheckpoint(checkpoint, parsed)
	must(t, err)
	_, again := newClient(t, network, []byte(read.Text), 0)
	driver = lightclient.Driver{Client: again, Providers: []string{address}, Poll: 20 * time.Millisecond}
	if next := follow(t, &driver, read.Height+5); next[0].Height != read.Height+1 {
		t.Errorf("%d after the checkpoint at %d", next[0].Height, read.Height)
	}
}

func TestALiarIsLeft(t *testing.T) {
	common := []string{"--history", "30", "--stop-at", "30"}
	honest, network := devnet(t, common...)
	for lie, code := range map[string]lightclient.Code{
		"not-json":       lightclient.JsonSyntax,
		"gap":            lightclient.LeafRange,
		"altered-parent": lightclient.LeafParent,
		"another-chain":  lightclient.NetworkChainId,
	} {
		liar, _ := devnet(t, append(common, "--lie", lie, "--lie-from", "9")...)
		_, client := newClient(t, network, nil, 8)
		var refused []error
		driver := lightclient.Driver{Client: client, Providers: []string{liar, honest}, Poll: 20 * time.Millisecond}
		driver.Fault = func(provider string, err error) {
			if provider == liar {
				refused = append(refused, err)
			}
		}
		for _, block := range follow(t, &driver, 25) {
			var leaf struct {
				Qc struct {
					Data struct {
						LeafCommit string `json:"leaf_commit"`
					} `json:"data"`
				} `json:"qc"`
			}
			must(t, json.Unmarshal(fetch(t, honest, fmt.Sprintf("/v1/availability/leaf/%d", block.Height)), &leaf))
			if leaf.Qc.Data.LeafCommit != block.Leaf {
				t.Errorf("%s: block %d is not the chain's", lie, block.Height)
			}
		}
		if len(refused) == 0 || !errors.Is(refused[0], code) {
			t.Errorf("%s: %v in place of %v", lie, refused, code)
		}
	}
}

func TestDeadServersAndContexts(t *testing.T) {
	address, network := devnet(t, "--history", "20", "--stop-at", "20")
	_, client := newClient(t, network, nil, 3)
	driver := lightclient.Driver{Client: client, Providers: []string{"http://127.0.0.1:1", address}, Poll: 20 * time.Millisecond}
	follow(t, &driver, 15)
	// Nothing new will come: the context ends it.
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	err := driver.Follow(ctx, func(string, lightclient.Block) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if (&lightclient.Driver{Client: client}).Follow(ctx, nil) == nil {
		t.Error("without providers nothing can be followed")
	}
}

func TestACertifiedUpgradeEndsIt(t *testing.T) {
	address, network := devnet(t, "--history", "30", "--stop-at", "30", "--upgrades", "0.6,0.7")
	_, client := newClient(t, network, nil, 0)
	driver := lightclient.Driver{Client: client, Providers: []string{address}, Poll: 20 * time.Millisecond}
	last := uint64(0)
	err := driver.Follow(context.Background(), func(_ string, block lightclient.Block) error {
		last = block.Height
		return nil
	})
	if !errors.Is(err, lightclient.UpgradeRequired) || last != 13 {
		t.Errorf("%v after block %d", err, last)
	}
}

func TestProofsOfADevnet(t *testing.T) {
	address, network := devnet(t, "--history", "30", "--stop-at", "30", "--traffic", "8")
	parsed, err := lightclient.ParseNetwork(network)
	must(t, err)
	tables, err := parsed.Admit()
	must(t, err)
	proof, next := fetch(t, address, "/v1/light-client/leaf/24"), fetch(t, address, "/v1/availability/leaf/25/28")
	chain, header, err := tables.VerifyLeafProof(parsed, proof, next, 24)
	if err != nil {
		// A failed view after the leaf makes the proof longer.
		var leaves struct {
			Leaves []json.RawMessage `json:"leaves"`
		}
		must(t, json.Unmarshal(proof, &leaves))
		first := 24 + len(leaves.Leaves)
		next = fetch(t, address, fmt.Sprintf("/v1/availability/leaf/%d/%d", first, first+2))
		chain, header, err = tables.VerifyLeafProof(parsed, proof, next, 24)
	}
	must(t, err)
	if chain.Leaves[0].Height != 24 || chain.Quorum.Validators != 5 {
		t.Errorf("%+v", chain)
	}
	if _, _, err := tables.VerifyLeafProof(parsed, proof, next, 23); !errors.Is(err, lightclient.HeaderHeight) {
		t.Errorf("%v", err)
	}

	// Older headers under the proven one, and what is in them.
	served := 0
	for height := uint64(1); height < 24; height++ {
		answer := fetch(t, address, fmt.Sprintf("/v1/light-client/header/24/%d", height))
		older, err := header.Prove(height, answer)
		must(t, err)
		if _, err := header.Prove(height+1, answer); err == nil {
			t.Error("a header of another height")
		}
		fields, err := older.Fields()
		must(t, err)
		block := fetch(t, address, fmt.Sprintf("/v1/availability/header/%d", height))
		trusted, err := lightclient.TrustedHeader(block, fields.Hash)
		must(t, err)
		trusted.Close()
		served += namespaces(t, address, tables, older, height)
	}
	if served == 0 {
		t.Error("no block has transactions")
	}
}

// namespaces verifies every namespace of a block; how many transactions they have.
func namespaces(t *testing.T, address string, tables *lightclient.Tables, header *lightclient.Header, height uint64) int {
	t.Helper()
	var block struct {
		Fields struct {
			Table struct {
				Bytes []byte `json:"bytes"`
			} `json:"ns_table"`
		} `json:"fields"`
	}
	must(t, json.Unmarshal(fetch(t, address, fmt.Sprintf("/v1/availability/header/%d", height)), &block))
	table, count := block.Fields.Table.Bytes, 0
	for at := 4; at+8 <= len(table); at += 8 {
		id := uint64(table[at]) | uint64(table[at+1])<<8 | uint64(table[at+2])<<16 | uint64(table[at+3])<<24
		answer := fetch(t, address, fmt.Sprintf("/v1/availability/block/%d/namespace/%d", height, id))
		verified, err := header.VerifyNamespace(tables, id, answer)
		must(t, err)
		if !verified.Present || verified.Parameters != "stake_table" {
			t.Errorf("%+v", verified)
		}
		for _, transaction := range verified.Transactions {
			commitment, err := lightclient.TransactionCommitment(id, transaction.Payload)
			must(t, err)
			if commitment != transaction.Commitment {
				t.Errorf("%s is not %s", commitment, transaction.Commitment)
			}
			count++
		}
		// One changed byte of the payload, and the whole is refused.
		if len(verified.Payload) > 0 {
			spoilt := append([]byte(nil), verified.Payload...)
			spoilt[len(spoilt)-1] ^= 1
			changed := strings.Replace(string(answer), base64.StdEncoding.EncodeToString(verified.Payload),
				base64.StdEncoding.EncodeToString(spoilt), 1)
			if _, err := header.VerifyNamespace(tables, id, []byte(changed)); !errors.Is(err, lightclient.VidCommitment) {
				t.Errorf("%v", err)
			}
		}
	}
	absent, err := header.VerifyNamespace(nil, 424242, []byte(`{"proof":null,"transactions":[]}`))
	must(t, err)
	if absent.Present {
		t.Error("a namespace that is not there")
	}
	return count
}
