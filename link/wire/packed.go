package wire

import (
	"encoding/binary"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/adit-mining/adit"
)

func (s Schema) encode() ([]byte, error) {
	if len(s.Columns) > MaxColumns {
		return nil, adit.Errorf(adit.Invalid, "wire: %d columns are over the limit of %d", len(s.Columns), MaxColumns)
	}
	b := appendUint(nil, 1, uint64(s.ID))
	var col []byte
	for _, c := range s.Columns {
		col = appendBytes(col[:0], 1, c.Device)
		col = appendBytes(col, 2, c.Metric)
		b = appendBytes(b, 2, col)
	}
	return b, nil
}

func (s *Schema) decode(b []byte) error {
	return fields(b, func(n protowire.Number, v value) error {
		switch n {
		case 1:
			if v.num > math.MaxUint32 {
				return invalid("schema id %d", v.num)
			}
			s.ID = uint32(v.num)
		case 2:
			if len(s.Columns) == MaxColumns {
				return invalid("more than %d columns", MaxColumns)
			}
			var c Column
			if err := c.decode(v.raw); err != nil {
				return err
			}
			s.Columns = append(s.Columns, c)
		}
		return nil
	})
}

func (c *Column) decode(b []byte) error {
	err := fields(b, func(n protowire.Number, v value) error {
		switch n {
		case 1:
			c.Device = adit.DeviceID(v.raw)
		case 2:
			c.Metric = Metric(v.raw)
		}
		return nil
	})
	if err == nil && (c.Device == "" || len(c.Device) > maxDevice || c.Metric == "" || len(c.Metric) > maxMetric) {
		err = invalid("bad column")
	}
	return err
}

func (t Batch) encode() ([]byte, error) {
	if len(t.Values) > MaxColumns {
		return nil, adit.Errorf(adit.Invalid, "wire: %d values are over the limit of %d", len(t.Values), MaxColumns)
	}
	b := make([]byte, 0, 8*len(t.Values)+24)
	b = appendUint(b, 1, uint64(t.Schema))
	b = appendUint(b, 2, protowire.EncodeZigZag(t.At.UnixMilli()))
	b = protowire.AppendTag(b, 3, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(8*len(t.Values)))
	for _, v := range t.Values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b, nil
}

func (t *Batch) decode(b []byte) error {
	return fields(b, func(n protowire.Number, v value) error {
		switch n {
		case 1:
			if v.num > math.MaxUint32 {
				return invalid("schema id %d", v.num)
			}
			t.Schema = uint32(v.num)
		case 2:
			t.At = time.UnixMilli(protowire.DecodeZigZag(v.num)).UTC()
		case 3:
			if len(v.raw)%8 != 0 || len(v.raw)/8 > MaxColumns {
				return invalid("%d bytes of values", len(v.raw))
			}
			t.Values = make([]float64, len(v.raw)/8)
			for i := range t.Values {
				t.Values[i] = math.Float64frombits(binary.LittleEndian.Uint64(v.raw[8*i:]))
			}
		}
		return nil
	})
}

// value is one field: num of a varint, raw of bytes.
type value struct {
	num uint64
	raw []byte
}

// fields walks over a message; fields of wire types this version does not use are skipped.
func fields(b []byte, each func(protowire.Number, value) error) error {
	for len(b) > 0 {
		n, typ, k := protowire.ConsumeTag(b)
		if k < 0 {
			return invalid("%v", protowire.ParseError(k))
		}
		b = b[k:]
		var v value
		switch typ {
		case protowire.VarintType:
			v.num, k = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			v.raw, k = protowire.ConsumeBytes(b)
		default:
			n, k = 0, protowire.ConsumeFieldValue(n, typ, b)
		}
		if k < 0 {
			return invalid("%v", protowire.ParseError(k))
		}
		b = b[k:]
		if n == 0 {
			continue
		}
		if err := each(n, v); err != nil {
			return err
		}
	}
	return nil
}

func appendUint(b []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

func appendBytes[S ~string | ~[]byte](b []byte, n protowire.Number, s S) []byte {
	b = protowire.AppendTag(b, n, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(len(s)))
	return append(b, s...)
}
