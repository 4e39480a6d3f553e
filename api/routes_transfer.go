package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/sheet"
)

func (s *server) transferRoutes() {
	export := op("profiles-export", http.MethodGet, "/api/v1/profiles/export", "The profiles as a file", tagOwn)
	export.Description = "Without secrets, unless the owner asks for them."
	export.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}, "application/yaml": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	register(s, export, adit.ScopeRead, s.exportProfiles)
	imp := op("profiles-import", http.MethodPost, "/api/v1/profiles/import", "Take profiles from a file", tagOwn)
	imp.Description = "An entry that a start would refuse is refused by name, and the others are made; a file that cannot be read whole is refused whole."
	imp.MaxBodyBytes = 4 << 20 // a text of 1 MiB may be longer as JSON
	register(s, imp, adit.ScopeControl, s.importProfiles)
	register(s, op("profiles-check", http.MethodPost, "/api/v1/profiles/check", "Say what is wrong with a configuration, and how the program would be run", tagOwn),
		adit.ScopeRead, s.checkConfig)
	register(s, op("pools", http.MethodGet, "/api/v1/pools", "Recommended pools, with the source of what is said of them", tagOwn), adit.ScopeRead, s.recommended)
}

// exportInput is the input of an export.
type exportInput struct {
	Format  string   `query:"format" enum:"json,yaml" doc:"absent: json"`
	Secrets bool     `query:"secrets" doc:"with passwords; for the owner only"`
	ID      []string `query:"id,explode" maxItems:"200" doc:"only these profiles"`
}

// fileOutput is a file to be kept.
type fileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *server) exportProfiles(ctx context.Context, actor adit.Actor, in *exportInput) (*fileOutput, error) {
	d, err := s.Sheet.Export(ctx, actor, in.Secrets, in.ID...)
	if err != nil {
		return nil, err
	}
	if in.Format == "yaml" {
		b, err := d.YAML()
		return &fileOutput{ContentType: "application/yaml", Disposition: `attachment; filename="adit-profiles.yaml"`, Body: b}, err
	}
	b, err := json.MarshalIndent(d, "", "  ")
	return &fileOutput{ContentType: "application/json", Disposition: `attachment; filename="adit-profiles.json"`, Body: append(b, '\n')}, err
}

// importInput is the input of an import.
type importInput struct {
	DryRun  bool `query:"dryRun" doc:"as in the body"`
	Replace bool `query:"replace" doc:"as in the body"`
	Body    body.ImportRequest
}

func (s *server) importProfiles(ctx context.Context, actor adit.Actor, in *importInput) (*answer[body.ImportResult], error) {
	im, err := s.Sheet.Import(ctx, actor, []byte(in.Body.Content), sheet.ImportOptions{
		DryRun: in.DryRun || in.Body.DryRun, Replace: in.Replace || in.Body.Replace, YAML: in.Body.Format == "yaml",
	})
	out := body.ImportResult{Format: im.Kind, DryRun: im.DryRun, Items: []body.ImportItem{}, Notes: im.Notes}
	for _, e := range im.Entries {
		out.Items = append(out.Items, body.ImportItem{Source: e.Source, Name: e.Name, MinerType: e.MinerType, Outcome: e.Action,
			Field: e.Field, Why: e.Reason, Notes: e.Notes, ProfileID: textOrNil(e.Profile)})
	}
	return give(out, err)
}

// checkInput is the input of a check.
type checkInput struct{ Body body.CheckRequest }

func (s *server) checkConfig(ctx context.Context, actor adit.Actor, in *checkInput) (*answer[body.CheckResult], error) {
	raw, err := json.Marshal(in.Body.Config)
	if err != nil {
		return nil, adit.InvalidField("config", "it is not the JSON object that is expected here")
	}
	c, err := s.Sheet.Check(ctx, actor, in.Body.MinerType, raw, in.Body.ProfileID)
	if err != nil {
		return nil, err
	}
	out := body.CheckResult{OK: c.Err == nil, Errors: []body.ProblemField{}, Why: c.Why}
	if e, ok := adit.AsError(c.Err); ok {
		out.Errors = append(out.Errors, body.ProblemField{Location: e.Field, Message: e.Msg})
	}
	if r := c.Rendered; r != nil {
		out.Rendered = &body.Rendered{Path: r.Path, Args: r.Args, Files: r.Files}
		if r.Args == nil {
			out.Rendered.Args = []string{}
		}
		if r.Files == nil {
			out.Rendered.Files = map[string]string{}
		}
	}
	return give(out, nil)
}

// coinInput is the input of the list of pools.
type coinInput struct {
	Coin string `query:"coin" maxLength:"32" doc:"symbol or name, such as XMR; absent: all"`
}

func (s *server) recommended(_ context.Context, actor adit.Actor, in *coinInput) (*answer[[]body.CoinPools], error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	list, err := sheet.Pools(in.Coin)
	if err != nil {
		return nil, err
	}
	out := []body.CoinPools{}
	for _, c := range adit.MinedCoins() {
		of := body.CoinPools{Coin: c.Symbol, Name: c.Name, Note: sheet.PoolsNote, Pools: []body.RecommendedPool{}, Alternatives: []body.PoolAlternative{}}
		for _, p := range list {
			if p.Coin == c.Symbol {
				of.Pools = append(of.Pools, body.RecommendedPool{Name: p.Name, URL: p.URL, PlainURL: p.PlainURL, Website: p.Website, FeePercent: p.Fee,
					Scheme: p.Scheme, MinPayout: p.MinPayout, Note: p.Note, Source: p.Source, Dated: p.Dated, Checked: p.Checked, Own: p.Own})
			}
		}
		for _, a := range sheet.Alternatives(c.Symbol) {
			of.Alternatives = append(of.Alternatives, body.PoolAlternative(a))
		}
		if len(of.Pools) > 0 {
			out = append(out, of)
		}
	}
	return give(out, nil)
}
