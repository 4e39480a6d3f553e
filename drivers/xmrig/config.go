package xmrig

// config is XMRig's config.json as adit writes it. Every key that matters is written even where it has XMRig's default,
// so that what runs is what the file says. Source: src/config.json and src/core/config/Config.cpp of xmrig 6.26.
type config struct {
	API         apiConfig  `json:"api"`
	HTTP        httpConfig `json:"http"`
	Autosave    bool       `json:"autosave"` // false: XMRig would write the threads it chose into the file
	Background  bool       `json:"background"`
	Colors      bool       `json:"colors"`
	Title       any        `json:"title"` // text or false
	RandomX     rxConfig   `json:"randomx"`
	CPU         cpuConfig  `json:"cpu"`
	OpenCL      oclConfig  `json:"opencl"`
	CUDA        cudaConfig `json:"cuda"`
	LogFile     *string    `json:"log-file"`
	Donate      int        `json:"donate-level"`
	DonateProxy int        `json:"donate-over-proxy"` // 0 = never, 1 = where the proxy offers it
	Pools       []pool     `json:"pools"`
	Retries     int        `json:"retries"`
	RetryPause  int        `json:"retry-pause"` // s
	PrintTime   int        `json:"print-time"`  // s, 0 = never
	HealthTime  int        `json:"health-print-time"`
	DMI         bool       `json:"dmi"`
	Syslog      bool       `json:"syslog"`
	DNS         dnsConfig  `json:"dns"`
	UserAgent   *string    `json:"user-agent"`
	Verbose     int        `json:"verbose"`
	Watch       bool       `json:"watch"` // false: see the package's doc
	OnBattery   bool       `json:"pause-on-battery"`
	OnActive    bool       `json:"pause-on-active"`
}

type apiConfig struct {
	ID       *string `json:"id"`
	WorkerID *string `json:"worker-id"`
}

type httpConfig struct {
	Enabled    bool   `json:"enabled"`
	Host       string `json:"host"`
	Port       int    `json:"port"` // 0 = any
	Token      string `json:"access-token"`
	Restricted bool   `json:"restricted"`
}

type rxConfig struct {
	Init     int    `json:"init"`
	InitAVX2 int    `json:"init-avx2"`
	Mode     string `json:"mode"`
	OneGB    bool   `json:"1gb-pages"`
	Rdmsr    bool   `json:"rdmsr"`
	Wrmsr    any    `json:"wrmsr"` // bool or preset number
	CacheQoS bool   `json:"cache_qos"`
	NUMA     bool   `json:"numa"`
	Prefetch int    `json:"scratchpad_prefetch_mode"`
}

type cpuConfig struct {
	Enabled      bool    `json:"enabled"`
	HugePages    any     `json:"huge-pages"` // bool, or the page size in KiB
	HugePagesJIT bool    `json:"huge-pages-jit"`
	HwAES        *bool   `json:"hw-aes"` // nil = as the CPU can
	Priority     *int    `json:"priority"`
	MemoryPool   any     `json:"memory-pool"` // bool or pages
	Yield        bool    `json:"yield"`
	MaxThreads   int     `json:"max-threads-hint"`
	ASM          any     `json:"asm"` // bool or name
	Argon2       *string `json:"argon2-impl"`
	// All gives every algorithm the same threads, [intensity, CPU] each; nil leaves the choice to XMRig.
	All [][2]int `json:"*,omitempty"`
}

type oclConfig struct {
	Enabled  bool    `json:"enabled"`
	Cache    bool    `json:"cache"`
	Loader   *string `json:"loader"` // always nil: adit loads no library of a name handed in
	Platform any     `json:"platform,omitempty"`
	Devices  *string `json:"devices-hint,omitempty"`
}

type cudaConfig struct {
	Enabled bool    `json:"enabled"`
	Loader  *string `json:"loader"`
	NVML    bool    `json:"nvml"`
	BFactor *int    `json:"bfactor-hint,omitempty"`
	BSleep  *int    `json:"bsleep-hint,omitempty"`
	Devices *string `json:"devices-hint,omitempty"`
}

type dnsConfig struct {
	IPVersion int `json:"ip_version"` // 0 = both, 4, 6
	TTL       int `json:"ttl"`        // s
}

// pool is one element of "pools". Source: src/base/net/stratum/Pool.cpp.
type pool struct {
	Algo        *string `json:"algo"` // nil = the pool says
	Coin        *string `json:"coin"`
	URL         string  `json:"url"`
	User        string  `json:"user"`
	Pass        string  `json:"pass"`
	RigID       *string `json:"rig-id"`
	Nicehash    bool    `json:"nicehash"`
	Keepalive   bool    `json:"keepalive"`
	Enabled     bool    `json:"enabled"`
	TLS         bool    `json:"tls"`
	SNI         bool    `json:"sni"`
	Fingerprint *string `json:"tls-fingerprint"`
	Daemon      bool    `json:"daemon"`
	SOCKS5      *string `json:"socks5"`
	SelfSelect  *string `json:"self-select"`
	SubmitTo    bool    `json:"submit-to-origin"`
}

// defaults is a configuration in which nothing was asked for. Where adit differs from XMRig it is on purpose: registers
// of the CPU are left alone (they would stay changed after a kill), and pauses are the agent's, because XMRig ends a
// pause by itself when its own reason for one goes.
func defaults() config {
	return config{
		HTTP:        httpConfig{Enabled: true, Host: "127.0.0.1"},
		Title:       false,
		RandomX:     rxConfig{Init: -1, InitAVX2: -1, Mode: "auto", Rdmsr: true, Wrmsr: false, NUMA: true, Prefetch: 1},
		CPU:         cpuConfig{Enabled: true, HugePages: true, MemoryPool: false, Yield: true, MaxThreads: 100, ASM: true},
		OpenCL:      oclConfig{Cache: true},
		CUDA:        cudaConfig{NVML: true},
		Donate:      defaultDonate,
		DonateProxy: 1,
		Retries:     5,
		RetryPause:  5,
		PrintTime:   60,
		HealthTime:  60,
		DMI:         true,
		DNS:         dnsConfig{TTL: 30},
	}
}

// XMRig's own fee, in per cent of the mining time. Source: src/donate.h.
const (
	defaultDonate = 1
	minDonate     = 1 // kMinimumDonateLevel of released builds; a lower value is silently ignored by them
	maxDonate     = 99
)
