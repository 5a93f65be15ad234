package lightclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// answerLimit is more than any honest answer has.
const answerLimit = 64 << 20

// stepBudget is some milliseconds of verification, between two looks at the context.
const stepBudget = 16

// defaultRange is how many leaves are asked for at once where a server does not say.
const defaultRange = 100

// Driver follows a chain over HTTP with a Client, from several servers that nobody trusts: one that lies
// or does not answer rests for a while, and the next one is asked.
type Driver struct {
	// Client does the verification.
	Client *Client
	// Providers are base addresses of query services, in order of preference.
	Providers []string
	// HTTP sends the requests. By default one whose answers take at most 20 seconds.
	HTTP *http.Client
	// Poll is the pause after an answer without news. By default one second.
	Poll time.Duration
	// Fault is told what a provider did wrong, if it is set: an *Error for a lie, other errors for poverty.
	Fault func(provider string, err error)

	servers []server
	current int
	idle    int
	// withheld is the height of the last block that is proven and may not be shown.
	withheld uint64
}

type server struct {
	limit  uint64
	faults int
	rests  time.Time
}

// errMissing is the answer of an honest server that does not have what it was asked for.
var errMissing = errors.New("the server does not have it")

// Follow reports final blocks in ascending order without gaps, until the context ends, the receiver
// returns an error, or the chain goes on to a version that is not known here: an error that
// errors.Is(err, UpgradeRequired). Where what trust began with is too old to show anything by, it ends at
// the newest block with errors.Is(err, TrustExpired): see Client.AcceptExpiredAnchor.
func (d *Driver) Follow(ctx context.Context, receive func(provider string, block Block) error) error {
	if len(d.Providers) == 0 {
		return errors.New("there is no provider")
	}
	if d.servers == nil {
		d.servers = make([]server, len(d.Providers))
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		progress, err := d.turn(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			if end := d.ended(err); end != nil {
				return end
			}
			d.fault(err)
			continue
		}
		switch progress.State {
		case Withheld:
			d.withheld = progress.Height
		case Finalized:
			d.withheld = 0
			d.servers[d.current].faults = 0
			d.idle = 0
			for _, block := range progress.Blocks {
				if err := receive(d.Providers[d.current], block); err != nil {
					return err
				}
			}
		case Idle:
			if d.withheld > 0 {
				return &Error{TrustExpired, fmt.Sprintf("%s; blocks up to %d are proven", TrustExpired.Error(), d.withheld)}
			}
			// The first may withhold some: now and then another one is asked.
			if d.idle++; d.idle%3 == 0 {
				d.current = (d.current + 1) % len(d.servers)
			}
			poll := d.Poll
			if poll == 0 {
				poll = time.Second
			}
			if err := sleep(ctx, poll); err != nil {
				return err
			}
		}
	}
}

// turn is one request, or one step of computation.
func (d *Driver) turn(ctx context.Context) (Progress, error) {
	d.Client.SetTime(time.Now())
	path, err := d.Client.Request()
	if err != nil {
		return Progress{}, err
	}
	if path == "" {
		return d.Client.Step(stepBudget)
	}
	if err := d.choose(ctx); err != nil {
		return Progress{}, err
	}
	d.learnLimit(ctx)
	body, err := d.get(ctx, path)
	if errors.Is(err, errMissing) {
		return d.Client.Missing()
	}
	if err != nil {
		return Progress{}, err
	}
	return d.Client.Respond(body)
}

// choose finds a server that does not rest, and waits for one if need be.
func (d *Driver) choose(ctx context.Context) error {
	for {
		now, soonest := time.Now(), time.Minute
		for step := range d.servers {
			index := (d.current + step) % len(d.servers)
			rest := d.servers[index].rests.Sub(now)
			if rest <= 0 {
				d.current = index
				return nil
			}
			if rest < soonest {
				soonest = rest
			}
		}
		if err := sleep(ctx, soonest); err != nil {
			return err
		}
	}
}

// ended is the error that nothing can be done about: the network's own tables are wrong, or the
// validators went on to a version that is not known here.
func (d *Driver) ended(err error) error {
	trusted, failed := d.Client.Trusted()
	if failed != nil {
		return failed
	}
	var refused *Error
	if errors.As(err, &refused) && (trusted.Upgrade != nil || trusted.Halted != nil || !trusted.Admitted) {
		return err
	}
	return nil
}

// fault lets the current server rest, twice as long every time.
func (d *Driver) fault(err error) {
	if d.Fault != nil {
		d.Fault(d.Providers[d.current], err)
	}
	server := &d.servers[d.current]
	pause := 250 * time.Millisecond
	var refused *Error
	if errors.As(err, &refused) {
		pause = time.Second
	}
	for fault := 0; fault < server.faults && pause < time.Minute; fault++ {
		pause *= 2
	}
	server.faults++
	server.rests = time.Now().Add(pause)
	d.current = (d.current + 1) % len(d.servers)
}

// learnLimit asks a server once how many leaves it serves at a time.
func (d *Driver) learnLimit(ctx context.Context) {
	server := &d.servers[d.current]
	if server.limit == 0 {
		server.limit = defaultRange
		var limits struct {
			Small uint64 `json:"small_object_range_limit"`
		}
		body, err := d.get(ctx, "/v1/availability/limits")
		if err == nil && json.Unmarshal(body, &limits) == nil && limits.Small > 0 && limits.Small < defaultRange {
			server.limit = limits.Small
		}
	}
	d.Client.SetRange(server.limit)
}

// get sends one plain GET. Answers that are no answer are errors; so is one that is too long.
func (d *Driver) get(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(d.Providers[d.current], "/")+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	client := d.HTTP
	if client == nil {
		client = &http.Client{Timeout: 20 * time.Second}
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusBadRequest, http.StatusRequestedRangeNotSatisfiable:
		return nil, errMissing
	default:
		return nil, fmt.Errorf("answered %s", response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, answerLimit+1))
	if err == nil && len(body) > answerLimit {
		err = fmt.Errorf("sent more than %d bytes", answerLimit)
	}
	return body, err
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
