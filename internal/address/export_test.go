package address

// EncodeBech32 writes a witness program with the checksum of choice, right or wrong.
func EncodeBech32(hrp string, version byte, program []byte, m bool) string {
	groups, _ := regroup(program, 8, 5, true)
	c := uint32(bech32Const)
	if m {
		c = bech32mConst
	}
	return encodeBech32(hrp, append([]byte{version}, groups...), c)
}
