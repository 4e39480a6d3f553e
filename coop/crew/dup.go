package crew

// handed is what was handed in for one work. Where nonces alone tell shares apart, four bytes each do.
type handed struct {
	narrow keys[uint32]
	wide   keys[uint64]
}

func (h *handed) has(k uint64) bool {
	if k>>32 == 0 {
		return h.narrow.has(uint32(k))
	}
	return h.wide.has(k)
}

// add puts a key in that is not there.
func (h *handed) add(k uint64) {
	if k>>32 == 0 {
		h.narrow.add(uint32(k))
		return
	}
	h.wide.add(k)
}

func (h *handed) remove(k uint64) {
	if k>>32 == 0 {
		h.narrow.remove(uint32(k))
		return
	}
	h.wide.remove(k)
}

func (h *handed) len() int { return h.narrow.n + h.wide.n }

// keys is a set of fingerprints: open addressing with linear probing. Zero is kept apart.
type keys[K uint32 | uint64] struct {
	table []K // a power of two long, nil while empty
	n     int
	zero  bool
}

// spread mixes a key's bits, so that consecutive nonces do not probe each other's places (the finaliser of splitmix64).
func spread(k uint64) uint64 {
	k ^= k >> 30
	k *= 0xbf58476d1ce4e5b9
	k ^= k >> 27
	k *= 0x94d049bb133111eb
	return k ^ k>>31
}

// has reports whether k is in the set.
func (s *keys[K]) has(k K) bool {
	if k == 0 {
		return s.zero
	}
	if s.n == 0 {
		return false
	}
	mask := uint64(len(s.table) - 1)
	for i := spread(uint64(k)) & mask; ; i = (i + 1) & mask {
		switch s.table[i] {
		case k:
			return true
		case 0:
			return false
		}
	}
}

// add puts a key in that is not there.
func (s *keys[K]) add(k K) {
	if k == 0 {
		s.zero = true
		return
	}
	if 4*(s.n+1) > 3*len(s.table) {
		s.grow()
	}
	s.n++
	s.insert(k)
}

func (s *keys[K]) insert(k K) {
	mask := uint64(len(s.table) - 1)
	i := spread(uint64(k)) & mask
	for s.table[i] != 0 {
		i = (i + 1) & mask
	}
	s.table[i] = k
}

func (s *keys[K]) grow() {
	old := s.table
	s.table = make([]K, max(16, 2*len(old)))
	for _, k := range old {
		if k != 0 {
			s.insert(k)
		}
	}
}

// remove takes a key out: its share could not be counted and may come again. What follows in its run moves up, so that
// no gap hides it.
func (s *keys[K]) remove(k K) {
	if k == 0 {
		s.zero = false
		return
	}
	if !s.has(k) {
		return
	}
	mask := uint64(len(s.table) - 1)
	i := spread(uint64(k)) & mask
	for s.table[i] != k {
		i = (i + 1) & mask
	}
	s.n--
	for j := i; ; {
		j = (j + 1) & mask
		v := s.table[j]
		if v == 0 {
			s.table[i] = 0
			return
		}
		// v may move to i unless its own place lies between i (exclusive) and j.
		if home := spread(uint64(v)) & mask; (j-home)&mask >= (j-i)&mask {
			s.table[i] = v
			i = j
		}
	}
}
