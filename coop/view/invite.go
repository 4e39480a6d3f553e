package view

import "time"

// Invite is an invitation to join with a worker.
type Invite struct {
	ID        string     `json:"id"`
	Name      string     `json:"name" doc:"of the member's certificate; empty: who joins chooses"`
	By        string     `json:"by"`
	CreatedAt time.Time  `json:"createdAt"`
	ExpiresAt time.Time  `json:"expiresAt"`
	State     string     `json:"state" enum:"open,used,expired,revoked"`
	UsedAt    *time.Time `json:"usedAt"`
	UsedBy    string     `json:"usedBy" doc:"address of who used it; empty: nobody has"`
	Uses      int        `json:"uses" doc:"how often it may be used"`
	Used      int        `json:"used" doc:"how often it was"`
}

// NewInvite is an invitation with its code, which is told once.
type NewInvite struct {
	Invite
	Code    string `json:"code"`
	Command string `json:"command" doc:"what to type on the computer that joins"`
}

// InviteRequest asks for an invitation.
type InviteRequest struct {
	Name    string   `json:"name,omitempty" maxLength:"64" doc:"of the member; absent: who joins chooses"`
	Uses    *int     `json:"uses,omitempty" nullable:"true" minimum:"1" maximum:"1000" doc:"how many computers may join by it; absent: one"`
	Seconds *float64 `json:"seconds,omitempty" nullable:"true" minimum:"60" maximum:"2592000" doc:"how long it holds; absent: a day"`
	Host    string   `json:"host,omitempty" maxLength:"253" doc:"name or address under which others reach this computer; absent: its own name"`
}
