package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/sheet"
)

// configKeys are all keys of a Config, with the Go type of each.
func configKeys(t reflect.Type) map[string]reflect.StructField {
	out := map[string]reflect.StructField{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			for k, v := range configKeys(f.Type) {
				out[k] = v
			}
			continue
		}
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out[key] = f
	}
	return out
}

// TestEveryConfigKeyIsGuarded: through REST each key refuses another type, and each text what a shell would act on; the
// error names the key, nothing of the value comes back, and nothing is written.
func TestEveryConfigKeyIsGuarded(t *testing.T) {
	h := openHub(t)
	wallet := moneroAddress(t)
	keys := configKeys(reflect.TypeFor[body.Config]())
	if len(keys) < 70 {
		t.Fatalf("only %d keys", len(keys))
	}
	// A secret may hold any printable character, and what names the program goes into a header as it is: they never
	// reach a shell or an argument list.
	free := append(slices.Clone(sheet.SecretKeys), "userAgent")
	refuse := func(key, value, what string) {
		t.Helper()
		config := map[string]json.RawMessage{"pool": json.RawMessage(`"stratum+tcp://pool.example:3333"`), "wallet": json.RawMessage(`"` + wallet + `"`)}
		config[key] = json.RawMessage(value)
		raw, err := json.Marshal(config)
		must(t, err)
		status, header, text := h.request("POST", "/api/v1/mining/profiles", `{"name":"x","minerType":"native","config":`+string(raw)+`}`, h.asOwner)
		if status != http.StatusBadRequest {
			t.Errorf("%s: %s: %d %s", key, what, status, text)
			return
		}
		p := h.problem(status, header, text)
		if value == `1e99` && p.Code == "invalid" {
			return // whole, but no integer holds it: that is said of the body, not of the key
		}
		if !strings.Contains(p.Detail, key) && (len(p.Fields) == 0 || !strings.Contains(p.Fields[0].Location, key)) {
			t.Errorf("%s: %s: the key is not named: %s", key, what, text)
		}
		if strings.Contains(text, "zzzEVILzzz") {
			t.Errorf("%s: %s: the value comes back: %s", key, what, text)
		}
	}
	for key, f := range keys {
		typ := f.Type
		for typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		var wrong []string
		switch typ.Kind() {
		case reflect.String:
			wrong = []string{`7`, `true`, `["zzzEVILzzz"]`, `{"zzzEVILzzz":1}`}
		case reflect.Int:
			wrong = []string{`"zzzEVILzzz"`, `1.5`, `true`, `[1]`, `1e99`, `-99999999`, `99999999`}
		case reflect.Bool:
			wrong = []string{`"zzzEVILzzz"`, `1`, `"true"`, `[]`}
		case reflect.Slice:
			wrong = []string{`"zzzEVILzzz"`, `1`, `[1]`, `[{"nosuchkey":1}]`, `[{"pool":7}]`}
		default:
			t.Errorf("%s is a %s", key, typ)
		}
		for _, w := range wrong {
			refuse(key, w, "wrong type "+w)
		}
		if typ.Kind() != reflect.String {
			continue
		}
		attacks := []string{"a\x00zzzEVILzzz", "a\nzzzEVILzzz", strings.Repeat("z", 5000)}
		if !slices.Contains(free, key) {
			for _, c := range ";&|`$<>(){}\\\"'!*?~#" {
				attacks = append(attacks, "a"+string(c)+"zzzEVILzzz")
			}
		}
		for _, a := range attacks {
			b, err := json.Marshal(a)
			must(t, err)
			refuse(key, string(b), fmt.Sprintf("%.12q", a))
		}
	}
	var list []body.Profile
	_, _, text := h.request("GET", "/api/v1/mining/profiles", "", h.asOwner)
	must(t, json.Unmarshal([]byte(text), &list))
	if len(list) != 0 {
		t.Errorf("%d profiles were written", len(list))
	}
}

// TestSecretKeys: what a Config marks writeOnly is what profiles keep and never show.
func TestSecretKeys(t *testing.T) {
	var want []string
	for key, f := range configKeys(reflect.TypeFor[body.Config]()) {
		if f.Tag.Get("writeOnly") == "true" {
			want = append(want, key)
		}
	}
	got := slices.Clone(sheet.SecretKeys)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("profiles hide %v, a Config marks %v", got, want)
	}
	for key, f := range configKeys(reflect.TypeFor[body.PoolConfig]()) {
		if secret := f.Tag.Get("writeOnly") == "true"; secret != (key == "password") {
			t.Errorf("%s of a pool: secret %v", key, secret)
		}
	}
}
