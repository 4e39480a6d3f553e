package problem

import (
	"errors"
	"net/http"
	"syscall"

	"github.com/adit-mining/adit"
)

// fullWords tell of the one fault inside that whoever runs adit can mend, so it is not kept to the log.
const fullWords = "the disk is full: free space where the data directory lies; what is there can still be read"

// diskFull reports whether an error means that the disk or a quota is full; a database's error says so by its method.
func diskFull(err error) bool {
	var d interface{ DiskFull() bool }
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.As(err, &d) && d.DiskFull()
}

func noRoom() *Problem {
	const status = http.StatusInsufficientStorage
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: fullWords, Code: string(adit.Internal),
		Legacy: fullWords, Message: fullWords, Suggestion: "free space, then do it again", Retryable: true,
	}
}
