package crew

// keys is a set of 64-bit fingerprints: open addressing with linear probing, eight bytes a place. Zero is kept apart.
type keys struct {
	table []uint64 // a power of two long, nil while empty
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
func (s *keys) has(k uint64) bool {
	if k == 0 {
		return s.zero
	}
	if s.n == 0 {
		return false
	}
	mask := uint64(len(s.table) - 1)
	for i := spread(k) & mask; ; i = (i + 1) & mask {
		switch s.table[i] {
		case k:
			return true
		case 0:
			return false
		}
	}
}

// add puts a key in that is not there.
func (s *keys) add(k uint64) {
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

func (s *keys) insert(k uint64) {
	mask := uint64(len(s.table) - 1)
	i := spread(k) & mask
	for s.table[i] != 0 {
		i = (i + 1) & mask
	}
	s.table[i] = k
}

func (s *keys) grow() {
	old := s.table
	s.table = make([]uint64, max(16, 2*len(old)))
	for _, k := range old {
		if k != 0 {
			s.insert(k)
		}
	}
}

// remove takes a key out: its share could not be counted and may come again. What follows in its run moves up, so that
// no gap hides it.
func (s *keys) remove(k uint64) {
	if k == 0 {
		s.zero = false
		return
	}
	if !s.has(k) {
		return
	}
	mask := uint64(len(s.table) - 1)
	i := spread(k) & mask
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
		if home := spread(v) & mask; (j-home)&mask >= (j-i)&mask {
			s.table[i] = v
			i = j
		}
	}
}
