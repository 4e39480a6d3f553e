package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/upload"
	"github.com/adit-mining/adit/internal/httpx"
	"github.com/adit-mining/adit/internal/problem"
	"github.com/adit-mining/adit/link/wire"
)

func (s *server) installRoutes() {
	install := op("miner-install", http.MethodPost, mining+"/miners/{name}/install", "Install a mining program", tagMining)
	install.Description = "From the catalogue, or from an archive whose digest is in the catalogue or vouched for by the owner. " +
		"wait=false answers 202 at once; the live feed (install/<rig>/<program>) and GET /api/v1/installs tell how far it is."
	register(s, install, adit.ScopeControl, s.install)
	register(s, op("miner-uninstall", http.MethodDelete, mining+"/miners/{name}/uninstall", "Uninstall a mining program; refused while it runs", tagMining),
		adit.ScopeControl, s.uninstall)
	register(s, op("mining-update", http.MethodPost, mining+"/update", "Are there newer versions in the catalogue? Nothing is asked of any server", tagMining),
		adit.ScopeRead, s.updateCheck)

	register(s, op("updates", http.MethodGet, "/api/v1/updates", "Newer versions in the catalogue than those in use", tagOwn), adit.ScopeRead, s.updates)
	register(s, op("installs", http.MethodGet, "/api/v1/installs", "Installed mining programs and installations under way", tagOwn), adit.ScopeRead, s.installs)
	register(s, op("install-job", http.MethodGet, "/api/v1/install-jobs/{id}", "How far an installation is", tagOwn), adit.ScopeRead, s.installJob)
	register(s, op("install-cancel", http.MethodDelete, "/api/v1/install-jobs/{id}", "Cancel an installation; what was downloaded is kept for the next try", tagOwn),
		adit.ScopeControl, s.cancelInstall)
	register(s, op("install-pin", http.MethodPut, "/api/v1/installs/{name}/pin", "Keep a program at a version", tagOwn), adit.ScopeControl, s.pin)
	register(s, op("install-unpin", http.MethodDelete, "/api/v1/installs/{name}/pin", "Let a program follow the catalogue again", tagOwn), adit.ScopeControl, s.unpin)
	register(s, op("install-use", http.MethodPut, "/api/v1/installs/{name}/current", "Start another installed version from now on", tagOwn), adit.ScopeControl, s.useVersion)

	register(s, op("catalogue", http.MethodGet, "/api/v1/catalogue", "The mining programs adit knows where to get", tagOwn), adit.ScopeRead, s.catalogue)
	register(s, op("catalogue-add", http.MethodPost, "/api/v1/catalogue", "Add a signed catalogue", tagOwn), adit.ScopeOwner, s.addCatalogue)
	s.uploadRoute()
}

// installInput is the input of an installation; the body may be left out.
type installInput struct {
	Name string `path:"name" maxLength:"64" doc:"program, or another name of it"`
	Wait string `query:"wait" enum:"true,false" default:"true" doc:"true: answer when it is done"` // huma takes a false bool for none given
	Body *body.InstallRequest
}

// installOutput is 200 when it is done, 202 where it was not waited for.
type installOutput struct {
	Status int
	Body   body.Installation
}

func (s *server) install(ctx context.Context, actor adit.Actor, in *installInput) (*installOutput, error) {
	r := command.InstallRequest{Program: in.Name}
	if in.Body != nil {
		r.Version, r.Archive, r.SHA256 = in.Body.Version, in.Body.Archive, in.Body.SHA256
	}
	sent := ""
	if upload.IsID(r.Archive) && s.Uploads != nil {
		path, err := s.Uploads.Path(actor, r.Archive)
		if err != nil {
			return nil, err
		}
		sent, r.Archive = r.Archive, path
	}
	j, err := s.Command.Install(ctx, actor, r)
	if err != nil {
		return nil, err
	}
	out := &installOutput{Status: http.StatusAccepted, Body: body.Installation{Status: "installing", Name: j.Program, Version: j.Version, Job: jobOf(j)}}
	if in.Wait == "false" {
		return out, nil
	}
	if j, err = s.Command.AwaitInstall(ctx, actor, j, nil); err != nil {
		return nil, err
	}
	if sent != "" {
		_ = s.Uploads.Remove(actor, sent) // one that stays runs out within a day
	}
	out.Status, out.Body = http.StatusOK, body.Installation{Status: "installed", Name: j.Program, IsInstalled: true, Version: j.Version, Job: jobOf(j)}
	list, err := s.Command.Installs(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, i := range list.Installed {
		if i.Program == j.Program && i.Version == j.Version {
			out.Body.Path, out.Body.MinerBinary = i.Path, i.Binary
		}
	}
	return out, nil
}

// uninstallInput is the input of a removal.
type uninstallInput struct {
	Name    string `path:"name" maxLength:"64" doc:"program"`
	Version string `query:"version" maxLength:"64" doc:"absent: all versions"`
}

func (s *server) uninstall(ctx context.Context, actor adit.Actor, in *uninstallInput) (*answer[body.Done], error) {
	u, err := s.Command.Uninstall(ctx, actor, in.Name, in.Version)
	return give(body.Done{Status: "uninstalled", Name: u.Program}, err)
}

func (s *server) updates(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]body.Update], error) {
	list, err := s.Command.Installs(ctx, actor)
	out := make([]body.Update, 0, len(list.Updates))
	for _, u := range list.Updates {
		out = append(out, body.Update{Program: u.Program, From: u.From, To: u.To, Pinned: u.Pinned})
	}
	return give(out, err)
}

func (s *server) updateCheck(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.UpdateCheck], error) {
	list, err := s.Command.Installs(ctx, actor)
	out := body.UpdateCheck{Status: "All miners are up to date.", Available: map[string]string{}}
	for _, u := range list.Updates {
		if !u.Pinned {
			out.Available[u.Program] = u.To
			out.Status = "Updates available."
		}
	}
	return give(out, err)
}

func (s *server) installs(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.Installs], error) {
	list, err := s.Command.Installs(ctx, actor)
	out := body.Installs{Installed: make([]body.Installed, 0, len(list.Installed)), Jobs: make([]body.InstallJob, 0, len(list.Jobs)), Words: list.Words}
	pinned := map[string]string{}
	for _, p := range list.Pins {
		pinned[p.Program] = p.Version
	}
	for _, i := range list.Installed {
		out.Installed = append(out.Installed, body.Installed{
			Program: i.Program, Version: i.Version, Current: i.Current, Pinned: pinned[i.Program] == i.Version, Path: i.Path, Binary: i.Binary,
			SHA256: i.Digest, ArchiveSHA256: i.ArchiveDigest, InstalledAt: i.InstalledAt, Vouched: i.Vouched, DigestSource: i.DigestSource,
			URL: i.URL, Licence: i.Licence, Source: i.Source, FeePercent: i.FeePercent, State: i.State, Words: i.Words,
		})
	}
	for _, j := range list.Jobs {
		out.Jobs = append(out.Jobs, jobOf(j))
	}
	return give(out, err)
}

// jobInput names a job.
type jobInput struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *server) installJob(ctx context.Context, actor adit.Actor, in *jobInput) (*answer[body.InstallJob], error) {
	j, err := s.Command.Installation(ctx, actor, in.ID)
	return give(jobOf(j), err)
}

func (s *server) cancelInstall(ctx context.Context, actor adit.Actor, in *jobInput) (*answer[body.Done], error) {
	return give(body.Done{Status: "cancelled", Name: in.ID}, s.Command.CancelInstall(ctx, actor, in.ID))
}

// versionInput is the input of operations on one version of a program.
type versionInput struct {
	Name string `path:"name" maxLength:"64" doc:"program"`
	Body body.VersionRequest
}

func (s *server) pin(ctx context.Context, actor adit.Actor, in *versionInput) (*answer[body.Done], error) {
	if in.Body.Version == "" {
		return nil, adit.InvalidField("version", "say which version to keep")
	}
	return give(body.Done{Status: "pinned", Name: in.Name}, s.Command.Pin(ctx, actor, in.Name, in.Body.Version))
}

func (s *server) useVersion(ctx context.Context, actor adit.Actor, in *versionInput) (*answer[body.Done], error) {
	return give(body.Done{Status: "in use", Name: in.Name}, s.Command.Use(ctx, actor, in.Name, in.Body.Version))
}

func (s *server) unpin(ctx context.Context, actor adit.Actor, in *Named) (*answer[body.Done], error) {
	return give(body.Done{Status: "unpinned", Name: in.Name}, s.Command.Pin(ctx, actor, in.Name, ""))
}

func (s *server) catalogue(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.Catalogue], error) {
	c, err := s.Command.Catalogue(ctx, actor)
	return give(catalogueOf(c), err)
}

func (s *server) addCatalogue(ctx context.Context, actor adit.Actor, in *struct{ Body body.SignedCatalogue }) (*answer[body.Catalogue], error) {
	c, err := s.Command.AddCatalogue(ctx, actor, []byte(in.Body.Catalogue), []byte(in.Body.Signature))
	return give(catalogueOf(c), err)
}

func catalogueOf(c wire.Catalogue) body.Catalogue {
	out := body.Catalogue{Serial: c.Serial, Origin: c.Origin, Key: c.Key, Issued: c.Issued, Expires: c.Expires, Platform: c.Platform,
		Accepts: c.Accepts, Words: c.Words, Notes: c.Notes, Entries: make([]body.CatalogueEntry, 0, len(c.Entries))}
	if out.Notes == nil {
		out.Notes = []string{}
	}
	for _, e := range c.Entries {
		out.Entries = append(out.Entries, body.CatalogueEntry(e))
	}
	return out
}

func jobOf(j wire.Job) body.InstallJob {
	return body.InstallJob{ID: j.ID, Program: j.Program, Version: j.Version, Phase: j.Phase, Done: j.Done, Total: j.Total, Speed: j.Speed,
		From: j.From, StartedAt: j.Started, At: j.At, Code: string(j.Code), Reason: j.Reason}
}

// uploadRoute takes an archive as the request's body. It is no huma operation, for that would hold it in memory; the
// document has it all the same.
func (s *server) uploadRoute() {
	o := op("archive-upload", http.MethodPost, "/api/v1/archives", "Send an archive to install from", tagOwn)
	o.Description = "The body is the archive as it is, at most 1 GiB; its id goes into archive of an installation. It is kept for a day."
	o.Parameters = []*huma.Param{{Name: "name", In: "query", Description: "the file's name", Schema: &huma.Schema{Type: "string"}}}
	o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}
	schema := s.api.OpenAPI().Components.Schemas.Schema(typeOf[body.Upload](), true, "")
	o.Responses = map[string]*huma.Response{"201": {Description: "taken in", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}}
	httpx.Describe(&o, adit.ScopeControl)
	s.api.OpenAPI().AddOperation(&o)
	s.mux.HandleFunc("POST /api/v1/archives", s.upload)
}

func (s *server) upload(w http.ResponseWriter, r *http.Request) {
	actor := adit.ActorFrom(r.Context())
	if err := actor.May(adit.ScopeControl); err != nil { // before anything is read
		problem.Of(err).Write(w)
		return
	}
	if s.Uploads == nil {
		problem.Of(adit.Errorf(adit.Unsupported, "this adit's agent is on another computer: copy the archive there and name its path")).Write(w)
		return
	}
	if r.ContentLength > upload.MaxSize {
		problem.New(http.StatusRequestEntityTooLarge, "the archive is too big: at most 1 GiB").Write(w)
		return
	}
	from := patient{r: r.Body, c: http.NewResponseController(w)}
	u, err := s.Uploads.Put(r.Context(), actor, r.URL.Query().Get("name"), from)
	from.done()
	if err != nil {
		if adit.CodeOf(err) == adit.Internal {
			s.Log.ErrorContext(r.Context(), "an upload failed", "err", err)
		}
		problem.Of(err).Write(w)
		return
	}
	out := body.Upload{ID: u.ID, Name: u.Name, Size: u.Size, SHA256: u.SHA256, ExpiresAt: u.Expires.UTC()}
	if c, err := s.Command.Catalogue(r.Context(), actor); err == nil {
		for _, e := range c.Entries {
			if e.SHA256 == u.SHA256 {
				out.Known = e.Program + " " + e.Version
			}
		}
	}
	writeJSON(w, http.StatusCreated, out)
}
