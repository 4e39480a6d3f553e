// Package upload keeps archives that a browser sends until an installation takes them: for a day, in one folder, each
// checked for its size and hashed as it comes in. Only a hub on the same computer as its agent can use them.
//
// It may import the root package and internal/. Start at upload.go.
package upload
