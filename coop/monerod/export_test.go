package monerod

// Hashing rebuilds what is hashed from a template.
func Hashing(raw []byte, reserveAt int) ([]byte, error) {
	b, err := readBlock(raw, reserveAt)
	if err != nil {
		return nil, err
	}
	return b.plain(), nil
}
