package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit/coop/view"
)

// csvKind is the type of a table as text (RFC 4180).
const csvKind = "text/csv; charset=utf-8"

// listing answers with v as JSON, or with its rows as CSV.
func listing[T any](format, name string, v T, head []string, rows func(T) [][]string) (*fileOutput, error) {
	if format != "csv" {
		b, err := json.Marshal(v)
		return &fileOutput{ContentType: "application/json", Body: b}, err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(head) // a buffer takes everything
	for _, row := range rows(v) {
		_ = w.Write(calm(row))
	}
	w.Flush()
	return &fileOutput{ContentType: csvKind, Disposition: `attachment; filename="adit-coop-` + name + `.csv"`, Body: b.Bytes()}, w.Error()
}

// calm takes the sting out of cells that a spreadsheet would take for a formula: names come from whoever logs in.
func calm(row []string) []string {
	for i, cell := range row {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			if _, err := strconv.ParseFloat(cell, 64); err != nil {
				row[i] = "'" + cell
			}
		}
	}
	return row
}

// The cells of a table. What is unknown is empty.
func cellTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func cellNumber(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

func cellCount(n *uint64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatUint(*n, 10)
}

func cellText(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func cellAmount(c view.Coin, a *view.Atomic) string {
	if a == nil {
		return ""
	}
	return c.Text(*a)
}

func whole64(n uint64) string { return strconv.FormatUint(n, 10) }
