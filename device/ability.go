package device

import "context"

// Pauser stops and resumes hashing without ending the program or losing its state.
type Pauser interface {
	Pause(ctx context.Context) error
	Resume(ctx context.Context) error
}

// PoolSetter replaces the pools of a running device without a restart.
type PoolSetter interface {
	SetPools(ctx context.Context, pools []Pool) error
}

// Capable is implemented by devices whose abilities are known only after probing; it may hide an ability.
type Capable interface {
	// Has reports whether the ability asked for (a nil pointer to the interface) is really there.
	Has(ability any) bool
}

// As finds an ability of d: a type assertion, unless d is Capable and says no.
func As[T any](d Device) (T, bool) {
	t, ok := d.(T)
	if c, probing := d.(Capable); ok && probing {
		ok = c.Has((*T)(nil))
	}
	return t, ok
}
