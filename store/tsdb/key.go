package tsdb

import (
	"regexp"
	"sync/atomic"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/adit-mining/adit"
)

// Key names a series. Make it once and keep it beside the device: it remembers where the series lies, which makes
// appending several times cheaper.
type Key struct {
	labels labels.Labels
	place  atomic.Pointer[place]
}

// place is where an open database keeps the series.
type place struct {
	epoch *epoch
	ref   storage.SeriesRef
}

var (
	metricRE = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]{0,99}$`)
	labelRE  = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,99}$`)
)

// maxLabelValue bounds a label's value in bytes.
const maxLabelValue = 512

// NewKey makes a key of a metric and pairs of label name and value. A label with an empty value is the same as none.
func NewKey(metric string, pairs ...string) (*Key, error) {
	if !metricRE.MatchString(metric) {
		return nil, adit.InvalidField("metric", "%q is no metric name: letters, digits, '_' and ':', at most 100, not beginning with a digit", metric)
	}
	if len(pairs)%2 != 0 {
		return nil, adit.InvalidField("labels", "the last label of %q has no value", metric)
	}
	b := labels.NewScratchBuilder(1 + len(pairs)/2)
	b.Add(labels.MetricName, metric)
	for i := 0; i < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		switch {
		case !labelRE.MatchString(name) || name == labels.MetricName:
			return nil, adit.InvalidField("labels", "%q is no label name: letters, digits and '_', at most 100, not beginning with a digit", name)
		case len(value) > maxLabelValue || !utf8.ValidString(value):
			return nil, adit.InvalidField("labels", "the value of label %q must be valid UTF-8 of at most %d bytes", name, maxLabelValue)
		case value != "":
			b.Add(name, value)
		}
	}
	b.Sort()
	ls := b.Labels()
	if name, twice := ls.HasDuplicateLabelNames(); twice {
		return nil, adit.InvalidField("labels", "label %q is given twice", name)
	}
	return &Key{labels: ls}, nil
}

// MustKey is NewKey for names that are constants in the code; it panics where NewKey returns an error.
func MustKey(metric string, pairs ...string) *Key {
	k, err := NewKey(metric, pairs...)
	if err != nil {
		panic(err)
	}
	return k
}

// String is the key in PromQL's notation.
func (k *Key) String() string { return k.labels.String() }
