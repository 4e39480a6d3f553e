//go:build randomx && cgo

package randomx

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/adit-mining/adit/internal/shared"
	"github.com/adit-mining/adit/pow/engine"
)

type vector struct {
	ID         string `json:"id"`
	Key        string `json:"key_ascii"`
	Input      string `json:"input_hex"`
	Hash       string `json:"hash"`
	Commitment string `json:"commitment"`
	Origin     string `json:"origin"`
}

type vectorFile struct {
	Vectors     []vector `json:"vectors"`
	Commitments []vector `json:"commitments"`
	Words       []struct {
		Key  string `json:"key_ascii"`
		Item uint64 `json:"item"`
		U64  string `json:"u64"`
	} `json:"dataset_item_word0"`
}

func readVectors(t *testing.T) (f vectorFile) {
	t.Helper()
	if err := json.Unmarshal(shared.Read(t, "vectors/randomx.json"), &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Vectors) == 0 {
		t.Fatal("no vectors")
	}
	return f
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func hashOf(vm engine.VM, in []byte) string {
	var out [32]byte
	vm.First(in)
	vm.Last(&out)
	return hex.EncodeToString(out[:])
}

// TestVectorsLight checks the published hashes with every kind of generated code the machine allows.
func TestVectorsLight(t *testing.T) {
	f := readVectors(t)
	for name, o := range map[string]Options{"jit": {}, "secure": {SecureJIT: true}, "interpreter": {NoJIT: true}, "plain pages": {NoHugePages: true, NoTransparent: true}} {
		t.Run(name, func(t *testing.T) {
			caches := map[string]engine.VM{}
			for _, v := range f.Vectors {
				vm := caches[v.Key]
				if vm == nil {
					vm = lightVM(t, o, []byte(v.Key))
					caches[v.Key] = vm
				}
				if got := hashOf(vm, unhex(t, v.Input)); got != v.Hash {
					t.Errorf("%s: got %s, want %s", v.ID, got, v.Hash)
				}
			}
		})
	}
}

func lightVM(t *testing.T, o Options, key []byte) engine.VM {
	t.Helper()
	lib, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := lib.OpenCache(key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	vm, err := c.VM()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(vm.Close)
	return vm
}

// TestCommitments checks what can be: a commitment is blake2b-256(input||hash), whatever made the hash. The hash of
// the row of RandomX v2 itself is not computed: the system's library has no v2.
func TestCommitments(t *testing.T) {
	for _, v := range readVectors(t).Commitments {
		sum := blake2b.Sum256(append(unhex(t, v.Input), unhex(t, v.Hash)...))
		if got := hex.EncodeToString(sum[:]); got != v.Commitment {
			t.Errorf("%s: got %s, want %s", v.ID, got, v.Commitment)
		}
		if v.Key != "" && v.Origin == "upstream test" {
			t.Logf("%s: hash not computed, RandomX v2 is not in this librandomx", v.ID)
		}
	}
}

// TestPipeline hashes a row of inputs both ways; each result must belong to its own input.
func TestPipeline(t *testing.T) {
	vm := lightVM(t, Options{}, []byte("pipeline"))
	var piped [8]string
	in := make([]byte, 76)
	vm.First(in)
	for i := range piped {
		in[39] = byte(i + 1) // the input may be changed as soon as First or Next has returned
		var out [32]byte
		if i == len(piped)-1 {
			vm.Last(&out)
		} else {
			vm.Next(in, &out)
		}
		piped[i] = hex.EncodeToString(out[:])
	}
	for i := range piped {
		in[39] = byte(i)
		if got := hashOf(vm, in); got != piped[i] {
			t.Errorf("input %d: pipelined %s, alone %s", i, piped[i], got)
		}
	}
}

// Not constants, so that the compiler leaves the division to the FPU.
var two, three, tiny = 2.0, 3.0, 5e-324

// TestRoundingMode makes sure that a hash leaves Go's floating point as it was: librandomx rounds in its own ways and
// flushes tiny numbers to zero.
func TestRoundingMode(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	vm := lightVM(t, Options{}, []byte("rounding"))
	want := two / three
	check := func() {
		t.Helper()
		if two/three != want || tiny*two == 0 {
			t.Fatal("the FPU computes differently after a hash")
		}
	}
	var out [32]byte
	vm.First([]byte("x"))
	for i := range 20 {
		check()
		vm.Next([]byte{byte(i)}, &out)
	}
	check()
	vm.Last(&out)
	check()
}

// TestTransparent: caches are in memory that is advised to be in huge pages, and only then.
func TestTransparent(t *testing.T) {
	for advised, o := range map[bool]Options{true: {NoHugePages: true}, false: {NoHugePages: true, NoTransparent: true}} {
		before := advisedMemory(t)
		lib, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		c, err := lib.OpenCache([]byte("pages"))
		if err != nil {
			t.Fatal(err)
		}
		if grown := advisedMemory(t) - before; (grown >= cacheSize) != advised {
			t.Errorf("%d bytes more are advised for huge pages, wanted: %v", grown, advised)
		}
		c.Close()
	}
}

// advisedMemory sums up the mappings with the flag "hg". Source: proc(5), VmFlags in /proc/pid/smaps.
func advisedMemory(t *testing.T) (sum int) {
	t.Helper()
	b, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	size := 0
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		switch {
		case f[0] == "Size:":
			size, _ = strconv.Atoi(f[1])
		case f[0] == "VmFlags:" && slices.Contains(f, "hg"):
			sum += size << 10
		}
	}
	return sum
}
