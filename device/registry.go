package device

import (
	"fmt"
	"slices"

	"github.com/adit-mining/adit"
)

// Registry is an explicit parts list of drivers. The zero value is empty and ready.
type Registry struct{ drivers []Driver }

// Add puts drivers in; a name or alias taken twice is a programming error and panics.
func (r *Registry) Add(ds ...Driver) {
	for _, d := range ds {
		for _, n := range append([]string{d.Name}, d.Aliases...) {
			if _, err := r.Driver(n); err == nil {
				panic(fmt.Sprintf("device: driver name %q is taken twice", n))
			}
		}
		r.drivers = append(r.drivers, d)
	}
}

// Driver finds a driver by name or alias; NotFound names those there are.
func (r *Registry) Driver(name string) (Driver, error) {
	for _, d := range r.drivers {
		if d.Name == name || slices.Contains(d.Aliases, name) {
			return d, nil
		}
	}
	var names []string
	for _, d := range r.drivers {
		names = append(names, d.Name)
	}
	return Driver{}, adit.Errorf(adit.NotFound, "no driver named %q; there are %q", name, names)
}

// Kind returns the drivers of one kind in the order they were added.
func (r *Registry) Kind(k Kind) []Driver {
	var out []Driver
	for _, d := range r.drivers {
		if d.Kind == k {
			out = append(out, d)
		}
	}
	return out
}
