# `make help` is the menu.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := fast

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.0.0-dev)
LDFLAGS := -s -w -X github.com/adit-mining/adit.Version=$(VERSION)
LISTEN  ?= 127.0.0.1:8080
THREADS ?=
PREFIX  ?= /usr/local

NPM := npx --yes npm@10
UI_SOURCES := $(shell find ui/src ui/public ui/index.html ui/package.json ui/package-lock.json ui/*.ts ui/*.json api/openapi.json -type f 2>/dev/null)
BIN := $(CURDIR)/bin


.PHONY: help fast build run test check bench ui generate e2e deps deps-test clean install \
        test-go test-ui test-e2e test-platforms fuzz man uninstall

help: ## this menu
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  variables: LISTEN=$(LISTEN) THREADS=n (make run), LONG=1, XMRIG=path and XMRIG_PROXY=path (make bench), FUZZTIME=30s (make fuzz)"

fast: bin/adit-fast ## quick build of adit alone: no Node, no librandomx (the default)

.PHONY: bin/adit-fast
bin/adit-fast:
	CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)' -o bin/adit ./cmd/adit

build: deps ui ## web app and all programs, into bin/
	CGO_ENABLED=0 go build -trimpath -tags ui -ldflags '$(LDFLAGS)' -o bin/adit ./cmd/adit
	CGO_ENABLED=1 go build -trimpath -tags randomx -ldflags '$(LDFLAGS)' -o bin/adit-miner ./cmd/adit-miner

run: build ## build, start adit with practice mining, print its address
	exec bin/adit up --practice --listen $(LISTEN) $(if $(THREADS),--threads $(THREADS))

deps:
	@tools/deps.sh build

deps-test:
	@tools/deps.sh test

ui: ui/dist/index.html ## the web app, into ui/dist

ui/node_modules/.installed: ui/package.json ui/package-lock.json
	cd ui && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

ui/dist/index.html: ui/node_modules/.installed $(UI_SOURCES)
	cd ui && npm run --silent build
	@touch $@

test: ## install what the tests need, run every test; prints the seconds of each stage
	@tools/stages.sh deps-test build test-go test-ui test-e2e test-platforms

test-go:
	PATH="$$(tools/deps.sh postgres-bin):$$(tools/deps.sh prometheus-bin):$$PATH" ADIT_BIN=$(BIN) go run ./tools/withpg -- \
	  go test -race -tags randomx -timeout 40m ./...

test-ui: ui/dist/index.html
	cd ui && npm run --silent test && npm run --silent e2e

test-e2e:
	ADIT_BIN=$(BIN) go test -tags e2e -p 1 -count=1 -timeout 10m -run 'Real|MakeRun' ./test ./test/deploy ./test/e2e/...

test-platforms: ## build adit for the other platforms
	@for p in linux/arm64 windows/amd64 darwin/arm64; do \
	  echo "cmd/adit for $$p"; \
	  CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} go build -o /dev/null ./cmd/adit; \
	done

e2e: build test-e2e ## the whole house in a real browser with the real engine

check: ## format, lint, vet (linters from tools/go.mod)
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt -w on these'; exit 1; }
	go vet ./...
	go tool -modfile=tools/lint/go.mod golangci-lint run ./...
	cd ui && npm run --silent check

bench: build ## the budgets of the design, printed as ratios (LONG=1 for the long rows, XMRIG=path for a peer)
	go run ./tools/bench
	ADIT_KILL_ROUNDS=100 go test ./agent/proc -run Kill -count=1
	go test -run ^$$ -bench . -benchtime 2s ./fleet/telemetry ./store/tsdb ./link/wire

generate: ## OpenAPI document, TypeScript types and gRPC code, then fail when something changed
	tools/proto.sh
	go test ./api -run OpenAPI -update
	cd ui && npm run --silent generate
	git diff --exit-code -- api/openapi.json ui/src/api coop/coopv1

FUZZTIME ?= 30s
fuzz: ## every fuzz target for FUZZTIME
	@tools/fuzz.sh $(FUZZTIME)

# What goes with the programs: manual pages, completions of three shells, the unit of a system service.
EPOCH := $(shell git log -1 --format=%ct 2>/dev/null)
BASH_DIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_DIR := $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISH_DIR := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
MAN_DIR := $(DESTDIR)$(PREFIX)/share/man/man1
DOC_DIR := $(DESTDIR)$(PREFIX)/share/doc/adit
SHARE_DIR := $(DESTDIR)$(PREFIX)/share/adit

man: ## manual pages, into bin/man (needs bin/adit)
	@test -x bin/adit || $(MAKE) --no-print-directory fast
	rm -rf bin/man bin/completions
	SOURCE_DATE_EPOCH=$(EPOCH) bin/adit man bin/man
	@mkdir -p bin/completions
	bin/adit completion bash > bin/completions/adit.bash
	bin/adit completion zsh > bin/completions/adit.zsh
	bin/adit completion fish > bin/completions/adit.fish

install: build man install-files ## put everything under PREFIX (default /usr/local; DESTDIR for packages)

.PHONY: install-files
install-files: # of what is built
	install -D -m 755 bin/adit $(DESTDIR)$(PREFIX)/bin/adit
	install -D -m 755 bin/adit-miner $(DESTDIR)$(PREFIX)/libexec/adit/adit-miner
	install -d $(MAN_DIR)
	install -m 644 bin/man/*.1 $(MAN_DIR)
	install -D -m 644 bin/completions/adit.bash $(BASH_DIR)/adit
	install -D -m 644 bin/completions/adit.zsh $(ZSH_DIR)/_adit
	install -D -m 644 bin/completions/adit.fish $(FISH_DIR)/adit.fish
	install -D -m 644 LICENSE $(DOC_DIR)/copyright
	install -D -m 644 README.md $(DOC_DIR)/README.md
	install -d $(SHARE_DIR)
	bin/adit service install --system --dry-run --exe $(PREFIX)/bin/adit > $(SHARE_DIR)/adit.service 2>/dev/null \
	  || { rm -f $(SHARE_DIR)/adit.service; echo "no unit of a system service: its sandbox would hide $(PREFIX)"; }

uninstall: ## remove what make install put under PREFIX (adit uninstall first: it puts back what adit changed)
	rm -f $(DESTDIR)$(PREFIX)/bin/adit $(DESTDIR)$(PREFIX)/libexec/adit/adit-miner $(BASH_DIR)/adit $(ZSH_DIR)/_adit $(FISH_DIR)/adit.fish
	rm -f $(MAN_DIR)/adit.1 $(MAN_DIR)/adit-*.1
	rm -rf $(DOC_DIR) $(SHARE_DIR)
	@rmdir $(DESTDIR)$(PREFIX)/libexec/adit 2>/dev/null || true

clean: ## remove what was built
	rm -rf bin ui/dist ui/test-results
