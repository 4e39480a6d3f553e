// Package api is the counter: REST, the live feed, sign-in and the web app, over net/http and huma.
//
// A request passes host and origin checks, authentication, then the operation's scope (all in security.go and
// internal/httpx); its handler decodes, calls one service method and encodes. Every operation names its scope in the
// OpenAPI document (openapi.json, made from these files; `make generate` renews it). Bodies are in api/body.
//
// What is no huma operation writes itself into the document: the feeds (live.go, stream.go, events*.go), Prometheus's text
// and questions (metrics.go, prom.go). contract_test.go walks the document against a living house.
//
// It may import coop, fleet, link, the root package and internal/. Start reading at api.go, then routes_*.go.
package api
