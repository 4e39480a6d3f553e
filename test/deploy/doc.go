// Package deploy proves what lies in the folder deploy: Dockerfiles, the compose file and systemd units. Where Debian's
// buildah and mmdebstrap are, the images are really built and run (TestRealImages, in make test-e2e); else they are parsed.
//
// It may import everything. Start reading at deploy_test.go.
package deploy
