package body

import (
	"encoding/json"
	"time"
)

// Profile is a saved way to run a mining program. The first seven keys are the Mining Platform's.
type Profile struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	MinerType   string    `json:"minerType" doc:"the program, by driver name or alias"`
	Config      Config    `json:"config" doc:"without secrets: secrets names those that are kept"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`

	Version   int64    `json:"version" doc:"1, 2, 3 …; each save makes one"`
	Autostart bool     `json:"autostart" doc:"started with adit, once mining is allowed"`
	Instance  string   `json:"instance" doc:"what its program is called while it runs"`
	Running   *bool    `json:"running" doc:"its program is meant to run; null: not known"`
	Secrets   []string `json:"secrets" doc:"keys of the secrets that are kept, such as password and pools[0].password"`
}

// ProfileRequest is what a profile shall be.
type ProfileRequest struct {
	Name        string `json:"name" minLength:"1" maxLength:"256" doc:"unique, at most 64 characters; its program is called like it"`
	Description string `json:"description,omitempty" maxLength:"2000" doc:"at most 500 characters"`
	MinerType   string `json:"minerType" minLength:"1" maxLength:"64" doc:"the program, by driver name or alias"`
	Config      Config `json:"config" doc:"a secret that is left out stays as it was, one that is \"\" is forgotten"`
	Autostart   *bool  `json:"autostart,omitempty" nullable:"true" doc:"absent: as it was; false for a new one"`
	Version     *int64 `json:"version,omitempty" nullable:"true" minimum:"1" doc:"the version that was changed: 409 where there is a newer one; absent: whatever is there"`

	ID        string     `json:"id,omitempty" maxLength:"64" doc:"taken from the path; here only for clients that send back what they read"`
	CreatedAt *time.Time `json:"createdAt,omitempty" nullable:"true" doc:"adit's own; what is sent is not looked at"`
	UpdatedAt *time.Time `json:"updatedAt,omitempty" nullable:"true" doc:"adit's own; what is sent is not looked at"`
	Instance  string     `json:"instance,omitempty" maxLength:"64" doc:"made of the name; what is sent is not looked at"`
	Running   *bool      `json:"running,omitempty" nullable:"true" doc:"what is sent is not looked at"`
	Secrets   []string   `json:"secrets,omitempty" maxItems:"64" doc:"what is sent is not looked at"`
}

// ProfileVersion is a saved state of a profile.
type ProfileVersion struct {
	Version     int64           `json:"version"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	MinerType   string          `json:"minerType"`
	Config      Config          `json:"config" doc:"without secrets"`
	Secrets     []string        `json:"secrets"`
	Autostart   bool            `json:"autostart"`
	SavedAt     time.Time       `json:"savedAt"`
	SavedBy     string          `json:"savedBy"`
	Reason      string          `json:"reason" doc:"created, changed, imported, reverted to version 3"`
	Changes     []ProfileChange `json:"changes" doc:"what differs from the version before"`
}

// ProfileChange is one key that differs.
type ProfileChange struct {
	Key    string          `json:"key" doc:"name, config.pool, config.pools[0].pool …"`
	Old    json.RawMessage `json:"old,omitempty" doc:"absent: it was not there, or it is a secret"`
	New    json.RawMessage `json:"new,omitempty" doc:"absent: it is not there any more, or it is a secret"`
	Secret bool            `json:"secret" doc:"its values are not told"`
}

// RevertRequest makes an old version the newest.
type RevertRequest struct {
	Version  int64  `json:"version" minimum:"1" doc:"the version to go back to"`
	Expected *int64 `json:"expected,omitempty" nullable:"true" minimum:"1" doc:"the version that is there now: 409 where there is a newer one"`
}

// LastConfig is the configuration a program was started with last.
type LastConfig struct {
	MinerType string    `json:"minerType"`
	Config    Config    `json:"config" doc:"without secrets"`
	Secrets   []string  `json:"secrets"`
	Profile   *string   `json:"profile" doc:"id of the profile; null: started without one, or it is gone"`
	At        time.Time `json:"at"`
}

// CheckRequest asks whether a configuration would do.
type CheckRequest struct {
	MinerType string         `json:"minerType" minLength:"1" maxLength:"64"`
	Config    map[string]any `json:"config" doc:"a Config; here anything goes in, and what is wrong comes back"`
	ProfileID string         `json:"profileId,omitempty" maxLength:"64" doc:"the profile it is a change of: its secrets count where they are left out"`
}

// CheckResult says what is wrong with a configuration, and how the program would be run.
type CheckResult struct {
	OK       bool           `json:"ok"`
	Errors   []ProblemField `json:"errors"`
	Rendered *Rendered      `json:"rendered" doc:"null: not ok, or the agent could not be asked"`
	Why      string         `json:"why" doc:"why rendered is null although all is well"`
}

// Rendered is how a program would be run. Secrets are kept out.
type Rendered struct {
	_     struct{}          `nullable:"true"`
	Path  string            `json:"path" doc:"empty: not installed"`
	Args  []string          `json:"args"`
	Files map[string]string `json:"files" doc:"by name"`
}

// ImportRequest is a file with profiles.
type ImportRequest struct {
	Content string `json:"content" minLength:"1" maxLength:"1048576" doc:"the whole file: adit's export (JSON or YAML), or the Mining Platform's mining_profiles.json, mining_config.json or miners/config.json"`
	Format  string `json:"format,omitempty" enum:"json,yaml" doc:"absent: as it looks"`
	DryRun  bool   `json:"dryRun,omitempty" doc:"say what would be made, write nothing"`
	Replace bool   `json:"replace,omitempty" doc:"a profile of the same name becomes what the file says, as a new version"`
}

// ImportResult is what became of a file.
type ImportResult struct {
	Format string       `json:"format" doc:"what the file was taken for"`
	DryRun bool         `json:"dryRun"`
	Items  []ImportItem `json:"items"`
	Notes  []string     `json:"notes" doc:"what of the file is no profile and was left behind"`
}

// ImportItem is what became of one entry of a file.
type ImportItem struct {
	Source    string   `json:"source" doc:"where in the file: profiles[0]"`
	Name      string   `json:"name"`
	MinerType string   `json:"minerType"`
	Outcome   string   `json:"outcome" enum:"create,update,same,refuse"`
	Field     string   `json:"field" doc:"where it was refused: the key at fault"`
	Why       string   `json:"why" doc:"why it was refused"`
	Notes     []string `json:"notes" doc:"what was left behind on the way"`
	ProfileID *string  `json:"profileId"`
}

// CoinPools are the recommended pools of one coin.
type CoinPools struct {
	Coin         string            `json:"coin" doc:"XMR"`
	Name         string            `json:"name" doc:"Monero"`
	Note         string            `json:"note" doc:"that adit gets nothing from any of them, and the like"`
	Pools        []RecommendedPool `json:"pools"`
	Alternatives []PoolAlternative `json:"alternatives" doc:"ways to mine without a pool of others"`
}

// RecommendedPool is one pool. What no source tells is null or empty.
type RecommendedPool struct {
	Name       string   `json:"name"`
	URL        string   `json:"url" doc:"stratum+ssl:// where the pool offers that"`
	PlainURL   string   `json:"plainUrl" doc:"unencrypted; empty: not known"`
	Website    string   `json:"website"`
	FeePercent *float64 `json:"feePercent"`
	Scheme     string   `json:"scheme" doc:"PPLNS, PPS …"`
	MinPayout  *float64 `json:"minPayout" doc:"coins"`
	Note       string   `json:"note"`
	Source     string   `json:"source" doc:"who says so"`
	Dated      string   `json:"dated" doc:"day of the source's text"`
	Checked    string   `json:"checked" doc:"day on which the source was read"`
	Own        bool     `json:"own" doc:"runs on a computer of one's own, beside a node"`
}

// PoolAlternative is a way to mine without a pool of others.
type PoolAlternative struct {
	Name    string `json:"name"`
	Text    string `json:"text"`
	Website string `json:"website"`
}
