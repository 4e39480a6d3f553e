package view

import "time"

// Payee is where a member is paid to, and from which amount on.
type Payee struct {
	Member    string     `json:"member"`
	Name      string     `json:"name"`
	Address   string     `json:"address" doc:"payout address; empty: none was given"`
	MinPayout *Atomic    `json:"minPayout" doc:"null: the crew's"`
	UpdatedAt *time.Time `json:"updatedAt" doc:"null: never set"`
	By        string     `json:"by" doc:"who set it; empty: nobody"`
}

// PayeeRequest says where a member is paid to. The address is checked.
type PayeeRequest struct {
	Address   string  `json:"address" maxLength:"256" doc:"payout address; empty: none"`
	MinPayout *Atomic `json:"minPayout,omitempty" nullable:"true" doc:"atomic units; absent: the crew's"`
}
