package api

import (
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	coopview "github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/internal/problem"
)

// schemaNames are the names in the document of types that share theirs with another package's: what the live state shows
// of a policy is not what the agent answers.
var schemaNames = map[reflect.Type]string{
	reflect.TypeFor[view.Policy]():        "PolicyView",
	reflect.TypeFor[view.IdleState]():     "IdleStateView",
	reflect.TypeFor[view.IdleSource]():    "IdleSourceView",
	reflect.TypeFor[view.BatteryPolicy](): "BatteryPolicyView",
	reflect.TypeFor[view.ThermalPolicy](): "ThermalPolicyView",
	reflect.TypeFor[view.CPUPolicy]():     "CPUPolicyView",
}

// crewPackage is the package whose types carry its name in the document: Member, Share and Job are words of others too.
var crewPackage = reflect.TypeFor[coopview.Glance]().PkgPath()

// withErrors adds to the operations that are not huma's how they refuse.
func withErrors(doc *huma.OpenAPI) {
	schema := doc.Components.Schemas.Schema(reflect.TypeFor[problem.Problem](), true, "")
	for _, item := range doc.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if o == nil || o.Responses["default"] != nil {
				continue
			}
			content := map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}
			if ok := o.Responses["200"]; ok != nil && slices.Contains(o.Tags, tagProm) {
				content["application/json"] = ok.Content["application/json"] // Prometheus's own envelope
			}
			o.Responses["default"] = &huma.Response{Description: "Error", Content: content}
		}
	}
}

// schemas is huma's registry of schemas with those names.
func schemas() huma.Registry {
	return huma.NewMapRegistry("#/components/schemas/", func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if name, ok := schemaNames[t]; ok {
			return name
		}
		name := huma.DefaultSchemaNamer(t, hint)
		if t.PkgPath() == crewPackage && !strings.HasPrefix(name, "Coop") {
			return "Coop" + name
		}
		return name
	})
}
