package monerod

import (
	"encoding/binary"
	"encoding/hex"
	"testing"
)

// TestTreeHash has rows of monero's own tests/hash/tests-tree.txt: root, then leaves.
func TestTreeHash(t *testing.T) {
	for want, leaves := range map[string]string{
		"676567f8b1b470207c20d8efbaacfa64b2753301b46139562111636f36304bb8": "676567f8b1b470207c20d8efbaacfa64b2753301b46139562111636f36304bb8",
		"5077570fed2363a14fa978218185b914059e23517faf366f08a87cf3c47fd58e": "3124758667bc8e76e25403eee75a1044175d58fcd3b984e0745d0ab18f473984975ce54240407d80eedba2b395bcad5be99b5c920abc2423865e3066edd4847a",
		"f8e26aaa7c36523cea4c5202f2df159c62bf70d10670c96aed516dbfd5cb5227": "decc1e0aa505d7d5fbe8ed823d7f5da55307c4cc7008e306da82dbce492a0576dbcf0c26646d36b36a92408941f5f2539f7715bcb1e2b1309cedb86ae4211554f56f5e6b2fce16536e44c851d473d1f994793873996ba448dd59b3b4b922b183",
		"45f6e06fc0263e667caddd8fba84c9fb723a961a01a5b115f7cab7fe8f2c7e44": "53edbbf98d3fa50a85fd2d46c42502aafad3fea30bc25ba4f16ec8bf4a475c4d87da8ad3e5c90aae0b10a559a77a0985608eaa3cc3dd338239be52572c3bdf4ba403d27466991997b3cf4e8d238d002a1451ccc9c4790269d0f0085d9382d60fef37717f59726e4cc8787d5d2d75238ba9adb9627a8f4aeeec8d80465ed3f5fb",
		"e678fb87749ec082a9f92537716de8e19d8bd5bc4c4d832bd3fcfd42498dac83": "051a082e670c688e6a0fc2c8fd5b66b7a23cd380c7c49bd0cfffb0e80fb8c2334bb717c5e90db0ac353dfc0750c8b43a07edae0be99d6e820acc6da9f113123ae084c38ccdbf9c6730e228b5d98e7beb9843cfb523747cc32f09f2b16def67f76765cee044883827b9af31c179d3135b16c30f04453943d9676a59b907a6439658f6c98159b8fa1b152f1bcf748740754ca31c918501dbd577faf602c641df59",
	} {
		raw, err := hex.DecodeString(leaves)
		if err != nil {
			t.Fatal(err)
		}
		var list [][32]byte
		for ; len(raw) > 0; raw = raw[32:] {
			list = append(list, [32]byte(raw[:32]))
		}
		if got := root(list[0], branch(list)); hex.EncodeToString(got[:]) != want {
			t.Errorf("%d leaves: %x, want %s", len(list), got, want)
		}
		if got := slowTree(list); hex.EncodeToString(got[:]) != want {
			t.Errorf("%d leaves, all joined: %x, want %s", len(list), got, want)
		}
	}
}

// TestBranchOfAnyCount compares the branch with the whole tree.
func TestBranchOfAnyCount(t *testing.T) {
	var list [][32]byte
	for n := range uint32(140) {
		var leaf [4]byte
		binary.LittleEndian.PutUint32(leaf[:], n)
		list = append(list, keccak(leaf[:]))
		others := append([][32]byte{{}}, list[1:]...) // the first leaf is not read
		if got, want := root(list[0], branch(others)), slowTree(list); got != want {
			t.Fatalf("%d leaves: %x, want %x", len(list), got, want)
		}
	}
}

// slowTree is the tree as monero's tree-hash.c describes it, without shortcuts.
func slowTree(l [][32]byte) [32]byte {
	switch len(l) {
	case 1:
		return l[0]
	case 2:
		return keccak(l[0][:], l[1][:])
	}
	power := 1
	for power*2 < len(l) {
		power *= 2
	}
	row := append([][32]byte(nil), l[:2*power-len(l)]...)
	for i := 2*power - len(l); i < len(l); i += 2 {
		row = append(row, keccak(l[i][:], l[i+1][:]))
	}
	for len(row) > 1 {
		var next [][32]byte
		for i := 0; i < len(row); i += 2 {
			next = append(next, keccak(row[i][:], row[i+1][:]))
		}
		row = next
	}
	return row[0]
}
