// Package all is the parts list: every driver this build has. Only cmd imports it. Start at Registry.
package all
