// Command follow is a small service: it follows the finality of a HotShot chain and answers GET /head
// with the newest final block, as a bridge or a rollup node would use it.
//
//	follow -network network.json -provider http://127.0.0.1:24000 -listen 127.0.0.1:8080 -checkpoint head
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"

	"hotshot.example/lightclient"
)

func main() {
	networkFile := flag.String("network", "", "network `file`: whom to trust")
	providers := flag.String("provider", "", "base `addresses` of query services, with commas between")
	listen := flag.String("listen", "127.0.0.1:8080", "`address` to answer at")
	checkpointFile := flag.String("checkpoint", "", "`file` to go on from, and to keep the newest checkpoint in")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *networkFile, strings.Split(*providers, ","), *listen, *checkpointFile); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, networkFile string, providers []string, listen, checkpointFile string) error {
	text, err := os.ReadFile(networkFile)
	if err != nil {
		return err
	}
	network, err := lightclient.ParseNetwork(text)
	if err != nil {
		return err
	}
	defer network.Close()
	checkpoint, err := os.ReadFile(checkpointFile)
	if err != nil && checkpointFile != "" && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	client, err := lightclient.NewClient(network, lightclient.Start{Checkpoint: checkpoint, Height: lightclient.AnyHeight})
	if err != nil {
		return err
	}
	defer client.Close()

	var head atomic.Value
	http.HandleFunc("/head", func(response http.ResponseWriter, _ *http.Request) {
		block := head.Load()
		if block == nil {
			http.Error(response, "nothing is final yet", http.StatusServiceUnavailable)
			return
		}
		response.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(response).Encode(block)
	})
	service := &http.Server{Addr: listen}
	go func() {
		if err := service.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			log.Print(err)
		}
	}()
	defer service.Close()

	driver := lightclient.Driver{
		Client:    client,
		Providers: providers,
		Fault:     func(provider string, err error) { log.Printf("%s: %v", provider, err) },
	}
	err = driver.Follow(ctx, func(_ string, block lightclient.Block) error {
		head.Store(block)
		log.Printf("block %d is final: %s", block.Height, block.Hash)
		return keep(client, checkpointFile)
	})
	if errors.Is(err, lightclient.UpgradeRequired) {
		log.Print("the chain goes on with a newer protocol: build this service with a newer light client")
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// keep replaces the checkpoint whole or not at all.
func keep(client *lightclient.Client, path string) error {
	if path == "" {
		return nil
	}
	checkpoint, err := client.Checkpoint()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", checkpoint, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
