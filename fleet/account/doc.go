// Package account knows who asks. For now there is one person, the local owner, who proves it by the token file in the
// data directory (CLI and programs), or by a one-time link that becomes a cookie (browsers).
//
// Secrets are 32 random bytes in base64url. The token is kept in its file (0600) and nowhere else; of cookies and links
// only hashes are kept, keyed with the token, so that a new token ends all sessions. It may import store and the root
// package. Start reading at service.go.
package account
