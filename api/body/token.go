package body

import "time"

// Token is a key for a program. Its secret is told once, when it is made.
type Token struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Scopes     []string   `json:"scopes" doc:"metrics, read, control, consent, owner"`
	CreatedAt  time.Time  `json:"createdAt"`
	LastUsedAt *time.Time `json:"lastUsedAt" doc:"to about five minutes; null: never"`
	ExpiresAt  *time.Time `json:"expiresAt" doc:"null: it does not expire"`
	Expired    bool       `json:"expired"`
}

// TokenRequest asks for a new token.
type TokenRequest struct {
	Name      string   `json:"name,omitempty" maxLength:"64" doc:"absent: named after its scopes"`
	Scopes    []string `json:"scopes" minItems:"1" maxItems:"5" enum:"metrics,read,control,consent,owner" doc:"control and consent bring read with them"`
	ExpiresIn *float64 `json:"expiresIn,omitempty" nullable:"true" minimum:"60" maximum:"316224000" doc:"seconds; null: it does not expire"`
}

// NewToken is a token with its secret, which is not kept and not told again.
type NewToken struct {
	Token
	Secret string `json:"secret" doc:"for an Authorization header: Bearer, or the password of Basic"`
}

// Login is a browser that is signed in.
type Login struct {
	ID         string     `json:"id"`
	CreatedAt  time.Time  `json:"createdAt"`
	ExpiresAt  time.Time  `json:"expiresAt"`
	LastSeenAt *time.Time `json:"lastSeenAt" doc:"to about five minutes; null: not since it signed in"`
	UserAgent  string     `json:"userAgent" doc:"what the browser calls itself; empty: not told"`
	Current    bool       `json:"current" doc:"it is the one that asks"`
}
