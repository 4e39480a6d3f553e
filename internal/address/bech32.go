package address

import "strings"

// bech32 as BIP173 defines it, with the second constant of BIP350 (bech32m).
const (
	bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	bech32Const   = 1
	bech32mConst  = 0x2bc830a3
	bech32Longest = 90 // characters
	bech32SumSize = 6
)

func polymod(values []byte) uint32 {
	chk := uint32(1)
	for _, v := range values {
		top := chk >> 25
		chk = chk&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				chk ^= g
			}
		}
	}
	return chk
}

func expand(hrp string) []byte {
	out := make([]byte, 0, 2*len(hrp)+1)
	for i := range len(hrp) {
		out = append(out, hrp[i]>>5)
	}
	out = append(out, 0)
	for i := range len(hrp) {
		out = append(out, hrp[i]&31)
	}
	return out
}

// encodeBech32 writes groups of five bits with the checksum of constant c.
func encodeBech32(hrp string, groups []byte, c uint32) string {
	sum := polymod(append(append(expand(hrp), groups...), make([]byte, bech32SumSize)...)) ^ c
	var out strings.Builder
	out.WriteString(hrp + "1")
	for _, g := range groups {
		out.WriteByte(bech32Letters[g])
	}
	for i := range bech32SumSize {
		out.WriteByte(bech32Letters[sum>>(5*(bech32SumSize-1-i))&31])
	}
	return out.String()
}

// decodeBech32 returns the part before the last 1, the groups after it without their checksum, and the constant that the
// checksum fits.
func decodeBech32(s string) (hrp string, groups []byte, c uint32, err error) {
	lower := strings.ToLower(s)
	switch at := strings.LastIndexByte(lower, '1'); {
	case len(s) > bech32Longest:
		return "", nil, 0, bad("it has %d characters, more than any address: something was added", len(s))
	case lower != s && strings.ToUpper(s) != s:
		return "", nil, 0, bad("it mixes capital and small letters, which such an address never does: it was mistyped")
	case at < 1 || len(s)-at-1 < bech32SumSize:
		return "", nil, 0, bad("it is too short: it was cut")
	default:
		hrp = lower[:at]
	}
	for i := range len(hrp) {
		if hrp[i] < 33 || hrp[i] > 126 {
			return "", nil, 0, bad("character %d is none that an address contains: it was mistyped", i+1)
		}
	}
	for i := len(hrp) + 1; i < len(lower); i++ {
		g := strings.IndexByte(bech32Letters, lower[i])
		if g < 0 {
			return "", nil, 0, bad("character %d is %q, which no such address contains (1, b, i and o are left out): it was mistyped", i+1, lower[i])
		}
		groups = append(groups, byte(g))
	}
	c = polymod(append(expand(hrp), groups...))
	if c != bech32Const && c != bech32mConst {
		return "", nil, 0, bad("its checksum does not match: one character was mistyped or cut")
	}
	return hrp, groups[:len(groups)-bech32SumSize], c, nil
}

// regroup turns groups of `from` bits into groups of `to` bits. Padding must be shorter than a group and zero; ok is
// false where it is not. With pad the last group is filled up.
func regroup(in []byte, from, to uint, pad bool) (out []byte, ok bool) {
	var acc, bits uint
	for _, v := range in {
		acc = acc<<from | uint(v)
		for bits += from; bits >= to; {
			bits -= to
			out = append(out, byte(acc>>bits&(1<<to-1)))
		}
		acc &= 1<<bits - 1
	}
	if pad {
		if bits > 0 {
			out = append(out, byte(acc<<(to-bits)&(1<<to-1)))
		}
		return out, true
	}
	return out, bits < from && acc == 0
}

// EncodeSegwit writes a witness program as an address: bech32 for version 0, bech32m for the others.
func EncodeSegwit(hrp string, version byte, program []byte) string {
	groups, _ := regroup(program, 8, 5, true)
	c := uint32(bech32mConst)
	if version == 0 {
		c = bech32Const
	}
	return encodeBech32(hrp, append([]byte{version}, groups...), c)
}

// decodeSegwit checks what BIP141, BIP173 and BIP350 ask of a witness program.
func decodeSegwit(groups []byte, c uint32) (version byte, program []byte, err error) {
	if len(groups) == 0 {
		return 0, nil, bad("it is empty behind its prefix: it was cut")
	}
	version = groups[0]
	program, ok := regroup(groups[1:], 5, 8, false)
	switch {
	case version > 16:
		return 0, nil, bad("its witness version %d does not exist", version)
	case version == 0 && c != bech32Const:
		return 0, nil, bad("its checksum is of the kind of newer addresses (bech32m) where witness version 0 has bech32: it was made wrongly")
	case version != 0 && c != bech32mConst:
		return 0, nil, bad("its checksum is of the older kind (bech32) where witness version %d needs bech32m: take it from a wallet that knows taproot", version)
	case !ok:
		return 0, nil, bad("its last characters hold bits that belong nowhere: it was mistyped or made wrongly")
	case len(program) < 2 || len(program) > 40:
		return 0, nil, bad("it holds %d bytes where 2 to 40 are possible", len(program))
	case version == 0 && len(program) != 20 && len(program) != 32:
		return 0, nil, bad("it holds %d bytes where witness version 0 has 20 or 32", len(program))
	}
	return version, program, nil
}
