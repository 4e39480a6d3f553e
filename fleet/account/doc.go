// Package account knows who asks. For now there is one person, the local owner, who proves it by the token file in the
// data directory (the CLI), or by a one-time link that becomes a cookie (browsers, login.go). Programs carry tokens of their
// own with scopes and an end (apitoken.go). What a cookie or token has open hears when it is revoked (watch.go).
//
// Secrets are 32 random bytes in base64url. The owner's token is kept in its file (0600) and nowhere else; of cookies, links
// and tokens only hashes are kept, keyed with the owner's token, so that a new one ends all of them. It may import store and
// the root package. Start reading at service.go.
package account
