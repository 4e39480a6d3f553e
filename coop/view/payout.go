package view

import "time"

// Block is a block of the crew.
type Block struct {
	ID            string    `json:"id"`
	At            time.Time `json:"at"`
	Coin          string    `json:"coin" doc:"symbol"`
	Height        uint64    `json:"height"`
	Hash          string    `json:"hash"`
	Member        string    `json:"member" doc:"who found it"`
	Name          string    `json:"name"`
	Share         uint64    `json:"share" doc:"number of the share in the ledger"`
	State         string    `json:"state" enum:"found,mature,orphaned"`
	Confirmations *uint64   `json:"confirmations" doc:"null: the node does not tell now"`
	Needed        uint64    `json:"needed" doc:"confirmations after which it counts"`
	Reward        *Atomic   `json:"reward"`
	Effort        *float64  `json:"effort" doc:"work done for it: 1 = as much as a block takes on average"`
	Round         *string   `json:"round" doc:"id of the round that divided it; null: not yet"`
}

// Round is one division of money: of a block, or of what a pool paid.
type Round struct {
	ID      string     `json:"id"`
	Kind    string     `json:"kind" enum:"block,credit"`
	At      time.Time  `json:"at" doc:"of the block, or the end of the period"`
	State   string     `json:"state" enum:"immature,credited,orphaned"`
	Scheme  string     `json:"scheme" enum:"pplns,prop"`
	Reward  Atomic     `json:"reward"`
	Fee     Atomic     `json:"fee"`
	Divided Atomic     `json:"divided" doc:"reward less fee"`
	Members int        `json:"members"`
	From    uint64     `json:"from" doc:"number of the oldest share that counts"`
	To      uint64     `json:"to" doc:"number of the newest share that counts"`
	Shares  uint64     `json:"shares"`
	Height  *uint64    `json:"height" doc:"null: a credit"`
	Block   *string    `json:"block" doc:"the block's hash; null: a credit"`
	Hash    string     `json:"hash" doc:"SHA-256 over the shares, numbers and amounts of this round; who has the ledger can make it again"`
	Since   *time.Time `json:"since" doc:"credit: begin of the period"`
}

// RoundDetail is a round with its numbers, so that anybody can work it out.
type RoundDetail struct {
	Round
	FeePPM uint64      `json:"feePpm" doc:"fee in millionths"`
	Window *string     `json:"window" doc:"W: the window's size in 2^-64 of a block's work; null: prop"`
	Weight string      `json:"weight" doc:"W': the weight of all shares that count, in the same unit"`
	Parts  []RoundPart `json:"parts"`
	Steps  []string    `json:"steps" doc:"the sum, line by line"` // Tell fills it
}

// RoundPart is what one member got of a round.
type RoundPart struct {
	Member  string  `json:"member"`
	Name    string  `json:"name"`
	Weight  string  `json:"weight" doc:"its part of the whole weight, an integer"`
	Percent float64 `json:"percent"`
	Shares  uint64  `json:"shares"`
	Amount  Atomic  `json:"amount"`
	Extra   bool    `json:"extra" doc:"one atomic unit of it is a remainder of the division"`
}

// Window is the payout window as it is now: what a block found now would pay to whom.
type Window struct {
	At      time.Time    `json:"at"`
	Coin    Coin         `json:"coin"`
	Rule    Rule         `json:"rule"`
	Filled  *float64     `json:"filled" doc:"0 to 1; less than 1: the crew is younger than its window; null: prop"`
	Shares  uint64       `json:"shares"`
	From    *time.Time   `json:"from" doc:"of the oldest share in it"`
	To      *time.Time   `json:"to" doc:"of the newest share in it"`
	FromSeq *uint64      `json:"fromSeq"`
	ToSeq   *uint64      `json:"toSeq"`
	Weight  string       `json:"weight" doc:"of all its shares, an integer"`
	Reward  *Atomic      `json:"reward" doc:"of a block now; null: the upstream does not tell"`
	Parts   []WindowPart `json:"parts" doc:"by weight, the largest first"`
	Example []string     `json:"example" doc:"the rule worked out with these numbers"` // Tell fills it
}

// WindowPart is one member's part of the window.
type WindowPart struct {
	Member  string  `json:"member"`
	Name    string  `json:"name"`
	Weight  string  `json:"weight"`
	Percent float64 `json:"percent"`
	Shares  uint64  `json:"shares"`
	Amount  *Atomic `json:"amount" doc:"if a block were found now; null: the reward is not known"`
}

// Balance is what one member has.
type Balance struct {
	Member   string     `json:"member"`
	Name     string     `json:"name"`
	Owed     Atomic     `json:"owed"`
	Immature Atomic     `json:"immature"`
	Paid     Atomic     `json:"paid"`
	Payable  bool       `json:"payable" doc:"owed reaches the least payout"`
	PaidAt   *time.Time `json:"paidAt" doc:"of the newest payment"`
}

// Statement is a member's account over a time.
type Statement struct {
	Member  string          `json:"member"`
	Name    string          `json:"name"`
	Coin    Coin            `json:"coin"`
	From    *time.Time      `json:"from" doc:"null: from the beginning"`
	To      time.Time       `json:"to"`
	Opening Atomic          `json:"opening"`
	Closing Atomic          `json:"closing"`
	Lines   []StatementLine `json:"lines" doc:"the oldest first"`
}

// StatementLine is one entry of an account. Exactly one of in and out is set.
type StatementLine struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind" enum:"earned,paid,corrected"`
	Text    string    `json:"text"`
	Round   *string   `json:"round"`
	In      *Atomic   `json:"in"`
	Out     *Atomic   `json:"out"`
	Balance Atomic    `json:"balance" doc:"after it"`
}

// Credit is what a pool paid for a period, as it was entered.
type Credit struct {
	ID     string     `json:"id"`
	At     time.Time  `json:"at" doc:"when it was entered"`
	By     string     `json:"by"`
	Since  *time.Time `json:"since" doc:"begin of the period; null: the end of the one before"`
	Until  time.Time  `json:"until"`
	Amount Atomic     `json:"amount"`
	Note   string     `json:"note"`
	Round  *string    `json:"round" doc:"null: not divided yet"`
}

// CreditRequest enters a credit.
type CreditRequest struct {
	Amount Atomic     `json:"amount" doc:"atomic units, as digits"`
	Since  *time.Time `json:"since,omitempty" nullable:"true" doc:"begin of the period; absent: the end of the one before"`
	Until  *time.Time `json:"until,omitempty" nullable:"true" doc:"end of the period; absent: now"`
	Note   string     `json:"note,omitempty" maxLength:"200" doc:"transaction id, or whatever tells where it came from"`
}

// Payment is a list of amounts that are to be paid out. adit computes and exports it, and sends nothing.
type Payment struct {
	ID        string        `json:"id"`
	At        time.Time     `json:"at"`
	By        string        `json:"by"`
	State     string        `json:"state" enum:"open,paid,cancelled" doc:"open: its amounts are set aside until it is marked"`
	Reference string        `json:"reference" doc:"transaction id, once paid"`
	MarkedAt  *time.Time    `json:"markedAt"`
	Total     Atomic        `json:"total"`
	Items     []PaymentItem `json:"items"`
}

// PaymentItem is one member's part of a payment.
type PaymentItem struct {
	Member string `json:"member"`
	Name   string `json:"name"`
	Amount Atomic `json:"amount"`

	Address string `json:"address" doc:"where to; empty: the member gave none"`
}

// Check is the result of reading a whole ledger again.
type Check struct {
	OK       bool      `json:"ok"`
	At       time.Time `json:"at"`
	Took     float64   `json:"took" doc:"seconds"`
	Records  uint64    `json:"records"`
	Segments int       `json:"segments"`
	Rounds   int       `json:"rounds" doc:"that were worked out again"`
	Head     string    `json:"head" doc:"digest of the newest record and all before it"`
	Errors   []string  `json:"errors" doc:"what does not agree; the first hundred"`
}

// Record is one share exactly as the ledger keeps it.
type Record struct {
	Seq        uint64    `json:"seq"`
	At         time.Time `json:"at"`
	Member     string    `json:"member"`
	Work       uint64    `json:"work" doc:"number of its job"`
	Height     *uint64   `json:"height"`
	Difficulty string    `json:"difficulty" doc:"d, an integer"`
	Network    string    `json:"network" doc:"D, an integer"`
	Verified   bool      `json:"verified"`
	Up         bool      `json:"up"`
	Block      bool      `json:"block"`
	Verdict    *string   `json:"verdict" doc:"of the upstream; null: none"`
}
