package config

import "testing"

// "#xnsub" is cgminer's way to ask for moving extranonces.
func TestXnsub(t *testing.T) {
	for s, want := range map[string]Pool{
		"stratum+tcp://pool.example.com:3333#xnsub":  {Kind: KindPool, URL: "stratum+tcp://pool.example.com:3333", Host: "pool.example.com:3333", Xnsub: true},
		"stratum+ssl://pool.example.com:3333/#xnsub": {Kind: KindPool, URL: "stratum+ssl://pool.example.com:3333", Host: "pool.example.com:3333", TLS: true, Xnsub: true},
		"pool.example.com:3333":                      {Kind: KindPool, URL: "stratum+tcp://pool.example.com:3333", Host: "pool.example.com:3333"},
	} {
		if got, err := ParsePool(s); err != nil || got != want {
			t.Errorf("%s: %+v %v", s, got, err)
		}
	}
	for _, s := range []string{"pool.example.com:3333#xn", "pool.example.com:3333#xnsub#xnsub", "monerod://127.0.0.1:18081#xnsub"} {
		if got, err := ParsePool(s); err == nil {
			t.Errorf("%s is taken: %+v", s, got)
		}
	}
}
