package policy

// open prepares a source; nil = there is none of that name.
func open(name string, p Places) source {
	if p.Root == "" {
		p.Root = "/"
	}
	switch name {
	case Logind:
		return newLogind(p)
	case X11:
		return newDisplay(p)
	case Terminals:
		return newTerminals(p.Root)
	}
	return nil
}
