package sqldb

import (
	"fmt"
	"time"
)

// Millis is a time as tables keep it: milliseconds since 1970 UTC.
func Millis(t time.Time) int64 { return t.UnixMilli() }

// MillisOrNull is Millis, or NULL for nil (unknown, never).
func MillisOrNull(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMilli()
}

// Time is the UTC time of what Millis wrote.
func Time(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// ScanTime makes Scan write a time column into t; NULL is an error.
func ScanTime(t *time.Time) *TimeScanner { return &TimeScanner{to: t} }

// ScanTimeOrNil makes Scan write a time column into t; NULL becomes nil.
func ScanTimeOrNil(t **time.Time) *TimeScanner { return &TimeScanner{orNil: t} }

// TimeScanner is what ScanTime and ScanTimeOrNil return; it implements sql.Scanner.
type TimeScanner struct {
	to    *time.Time
	orNil **time.Time
}

// Scan implements sql.Scanner.
func (s *TimeScanner) Scan(src any) error {
	switch v := src.(type) {
	case int64:
		t := Time(v)
		if s.orNil != nil {
			*s.orNil = &t
		} else {
			*s.to = t
		}
		return nil
	case nil:
		if s.orNil != nil {
			*s.orNil = nil
			return nil
		}
		return fmt.Errorf("the time is NULL where one must stand")
	}
	return fmt.Errorf("a time column holds %T, not milliseconds", src)
}
