#!/usr/bin/env bash
# Generates the Go code of proto/*.proto into a folder: tools/proto.sh [FOLDER], default coop/coopv1.
# protoc is Debian's protobuf-compiler; the plugins are built from their Go modules, in the versions pinned here and in go.mod.
set -euo pipefail

GRPC_PLUGIN=google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.1

root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/coop/coopv1}

command -v protoc >/dev/null || { echo "tools/proto.sh needs protoc: apt-get install protobuf-compiler" >&2; exit 1; }

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
cd "$root"
go build -o "$bin/protoc-gen-go" google.golang.org/protobuf/cmd/protoc-gen-go
GOBIN=$bin go install "$GRPC_PLUGIN"
protoc --plugin=protoc-gen-go="$bin/protoc-gen-go" --plugin=protoc-gen-go-grpc="$bin/protoc-gen-go-grpc" \
  -I proto --go_out="$out" --go_opt=module=github.com/adit-mining/adit/coop/coopv1 \
  --go-grpc_out="$out" --go-grpc_opt=module=github.com/adit-mining/adit/coop/coopv1 \
  coopmine.proto enrol.proto
# The compiler's version would make the files differ between machines; nothing of the code depends on it.
sed -i 's/^\(\/\/ \(- \)\?\tprotoc \+\|\/\/ - protoc  *\)v.*$/\1(any)/' "$out"/*.pb.go
