package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit/fleet/telemetry/view"
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

// schemas is huma's registry of schemas with those names.
func schemas() huma.Registry {
	return huma.NewMapRegistry("#/components/schemas/", func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if name, ok := schemaNames[t]; ok {
			return name
		}
		return huma.DefaultSchemaNamer(t, hint)
	})
}
