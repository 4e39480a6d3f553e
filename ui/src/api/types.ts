import type { components } from "./schema.gen";

/**
 * The state that the server sends, exactly. Rules for every field:
 * null is "unknown", never zero; times are RFC 3339 strings; numbers are in base units
 * (H/s, W, °C, bytes, seconds). The server's structs (fleet/telemetry/view) carry the same names.
 */

/** RFC 3339. */
export type Time = string;

/** Live feed, WebSocket /api/v1/live: one snapshot, then at most one delta a second, seq rising by one.
 * The client treats a gap in seq, or 30 s of silence, as a broken stream and connects again. */
export type Frame =
  | { t: "snapshot"; seq: number; state: State }
  | { t: "delta"; seq: number; set?: Partial<State> | null; del?: string[] | null };

/** The whole state: also the answer of GET /api/v1/state, as {seq, state}. */
export interface State {
  overview?: Overview;
  consent?: Consent;
  pause?: Pause;
  practice?: Practice;
  host?: Host;
  policy?: Policy;
  /** The crew that is coordinated here. */
  coop?: NonNullable<components["schemas"]["CoopGlance"]>;
  /** Its newest shares, the newest first. */
  "coop/shares"?: components["schemas"]["CoopShare"][];
  [rig: `rig/${string}`]: unknown;
  [device: `device/${string}`]: Device;
  [install: `install/${string}`]: Install;
}

/** An installation of a mining program under way or just ended; its key is install/<rig>/<program>. */
export interface Install {
  id: string;
  rig: string;
  program: string;
  /** Empty: not known yet. */
  version: string;
  phase: "waiting" | "downloading" | "checking" | "unpacking" | "done" | "failed" | "cancelled";
  /** Bytes of this phase. */
  done: number;
  total: number | null;
  /** Bytes a second. */
  speed: number | null;
  from: string;
  startedAt: Time;
  at: Time;
  /** Why it failed. */
  words: string;
}

export interface Action {
  label: string;
  /** A page of this app. */
  href?: string;
  /** A line for the terminal, to copy. */
  command?: string;
  /** A path of the API: the button sends POST with an empty object. */
  post?: string;
}

export interface Need {
  id: string;
  severity: "warn" | "crit" | "info";
  text: string;
  action: Action | null;
}

export interface AlgorithmTotal {
  algorithm: string;
  hashrate: number | null;
  counted: number;
  notCounted: number;
  notCountedWhy: string;
}

export interface Overview {
  at: Time;
  sentence: string;
  state: "ok" | "warn" | "crit" | "idle";
  needsYou: Need[];
  /** One row per algorithm: hashrates of different algorithms are never added. */
  totals: AlgorithmTotal[];
  devices: { ok: number; warn: number; crit: number; blind: number; paused: number };
  shares: { accepted: number | null; rejected: number | null; stale: number | null };
  powerWatts: number | null;
  mode: "empty" | "practice" | "mining";
}

export interface Consent {
  granted: boolean;
  at: Time | null;
  by: string;
  /** "terminal", "browser" or "flag". */
  via: string;
  host: string;
  /** Something waits for consent now. */
  needed: boolean;
  /** Why it does not count, or what it allows. */
  words?: string;
}

export interface Pause {
  paused: boolean;
  since: Time | null;
  /** null while paused: until resumed by hand. */
  until: Time | null;
  by: string;
  reason: string;
}

/** When mining may use this computer, and whether it may now. */
export interface Policy {
  use: "idle" | "half" | "all" | "other";
  words: string;
  damaged?: string;
  runAs?: string;
  idle: {
    enabled: boolean;
    afterSeconds: number;
    state: "off" | "nobody" | "idle" | "active" | "lost";
    words: string;
    since: Time | null;
    sources: { name: string; state: string; words: string }[];
  };
  battery: { pause: boolean };
  thermal: { maxCelsius: number; resumeBelow: number | null; gpuMaxCelsius: number; fanStop: boolean };
  cpu: { maxPercent: number | null };
}

export interface PracticeConnection {
  login: string;
  agent: string;
  difficulty: number;
  hashrate: number | null;
  accepted: number;
  rejected: number;
  lastShareAt: Time | null;
}

export interface Practice {
  running: boolean;
  /** Where miners connect: stratum+tcp://127.0.0.1:41234 */
  listen: string | null;
  verifier: "ok" | "missing" | "starting" | "failed";
  verifierWords: string;
  connections: PracticeConnection[];
  accepted: number;
  rejected: number;
}

export interface Host {
  rig: string;
  hostname: string;
  os: string;
  kernel: string;
  cpu: {
    model: string;
    cores: number | null;
    threads: number | null;
    temperature: number | null;
    /** Share of all threads in use, 0 to 1. */
    usage: number | null;
    /** Nodes of memory. */
    numaNodes: number | null;
    /** "loaded, writable", "loaded, read only", "loaded", "not loaded". */
    msr: string | null;
    /** How often heat slowed the processor down since it was started; null: it does not count. */
    throttle: { count: number; now: boolean | null } | null;
  };
  memory: { total: number | null; available: number | null };
  hugePages: { total: number; free: number; sizeBytes: number } | null;
  battery: { present: boolean; onBattery: boolean; percent: number | null; ups: boolean } | null;
  /** null: none shows itself. */
  fans: { name: string; rpm: number }[] | null;
  loadAverage: number[] | null;
  uptime: number | null;
  agent: { version: string; connected: boolean; lastSeenAt: Time | null };
}

export type HeadlineState = "ok" | "warn" | "crit" | "blind" | "paused" | "starting" | "stopped";

export interface Headline {
  state: HeadlineState;
  word: string;
  why: string;
  since: Time | null;
}

export interface Device {
  /** "<rig>/<name>". */
  id: string;
  rig: string;
  name: string;
  kind: string;
  driver: string;
  title: string;
  headline: Headline;
  reach: string;
  work: "hashing" | "degraded" | "zero" | "starting" | "paused" | "stopped" | "failed" | "quarantined" | "held";
  desired: "running" | "stopped" | "paused";
  /** Time of the last reading. */
  at: Time | null;
  stale: boolean;
  practice: boolean;
  algorithm: string | null;
  pool: {
    url: string;
    /** Place in the ordered list, from 0. */
    index: number;
    count: number;
    state: string;
    uptime: number | null;
    tls: boolean;
    /** Seconds. */
    ping: number | null;
    failures: number | null;
  } | null;
  hashrate: number | null;
  hashrate60s: number | null;
  hashrate15m: number | null;
  hashrateHighest: number | null;
  /** What this machine does when warm. */
  baseline: number | null;
  accepted: number | null;
  rejected: number | null;
  staleShares: number | null;
  difficulty: number | null;
  lastShareAt: Time | null;
  temperature: number | null;
  power: number | null;
  uptime: number | null;
  startedAt: Time | null;
  pid: number | null;
  restarts: number;
  mode: "light" | "fast" | "starting" | null;
  /** 0 to 1; null when no dataset is being built. */
  datasetProgress: number | null;
  hugePages: { got: number; wanted: number } | null;
  /** Huge pages are not part of rss. */
  memory: { rss: number | null; hugePages: number | null };
  threads: { hashrate: number | null; affinity: number | null }[];
  version: string | null;
  /** What the program's author takes; adit takes none. */
  feePercent: number | null;
  /** As the running program tells it; null: it tells nothing. */
  fee: { percent: number | null; active: boolean | null; since: Time | null } | null;
  /** Identity of the profile it was started from. */
  profile: string | null;
  limits: { name: string; holds: boolean; why: string }[];
}

/** GET /api/v1/history/hashrate?minutes=60&device=<id>; without device: all of them together. */
export interface HashrateHistory {
  /** Seconds between points. */
  step: number;
  points: { t: Time; hashrate: number | null }[];
}

/** GET /api/v1/devices/{rig}/{name}/log?after=SEQ: oldest first; ask again with after = next. */
export interface LogAnswer {
  lines: LogLine[];
  next: number;
}

export interface LogLine {
  seq: number;
  at: Time;
  text: string;
}

/** Body of POST /api/v1/mining/miners/native. */
export interface MineRequest {
  pool: string;
  wallet: string;
  coin: "monero";
  threads?: number;
}

/** RFC 9457, with adit's own keys. */
export interface ProblemBody {
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  error?: string;
  errors?: { location: string; message: string }[];
}
