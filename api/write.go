package api

import (
	"encoding/json"
	"net/http"
	"reflect"
)

// typeOf names a type for a schema.
func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// writeJSON answers an operation that is none of huma's.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}
