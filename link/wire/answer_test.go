package wire_test

import (
	"errors"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// TestAnswersNameTheField: what an agent refuses of a configuration comes back with the key at fault.
func TestAnswersNameTheField(t *testing.T) {
	b, err := wire.Marshal(wire.Unanswered(adit.InvalidField("userPass", "it names another user")))
	if err != nil {
		t.Fatal(err)
	}
	a, err := wire.Unmarshal[wire.Answer](b)
	if err != nil {
		t.Fatal(err)
	}
	e, ok := adit.AsError(a.Err())
	if !ok || e.Code != adit.Invalid || e.Field != "userPass" || e.Msg != "userPass: it names another user" {
		t.Errorf("%+v", a)
	}
	if a := wire.Unanswered(errors.New("broken")); adit.CodeOf(a.Err()) != adit.Internal || a.Field != "" {
		t.Errorf("%+v", a)
	}
	if err := (wire.Answer{}).Err(); err != nil {
		t.Errorf("an answer is an error: %v", err)
	}
}
