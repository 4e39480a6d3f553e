// A moving fake of adit's state, for development and for the tests of the web app. It is never part of a build.

export const token = "mock-token";
const now = () => new Date().toISOString();
const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
const rig = "r1";

/** What a world starts as; POST /__mock/scenario {"name"} chooses one. */
export const scenarios = [
  "empty",
  "waiting",
  "practice",
  "starting",
  "problem",
  "profile",
  "coop",
  "coop-pool",
  "coop-lone",
  "coop-big",
];

export class World {
  constructor(name) {
    this.name = name;
    this.ticks = 0;
    this.startedAt = Date.now();
    this.consent = {
      granted: name !== "empty" && name !== "waiting",
      via: "terminal",
      at: ago(7200),
      needed: name === "waiting",
    };
    this.paused = null;
    this.feeRound = name === "profile";
    this.accepted = 0;
    this.rejected = 0;
    this.lastShare = null;
    this.miners = [];
    this.log = [];
    if (name !== "empty") this.practiceOn = true;
    if (name === "practice" || name === "starting" || name === "problem") this.addMiner("practice", true);
    if (name === "practice" || name === "problem") this.age(3000);
    if (name === "problem") this.addMiner("native", false);
    // A program of others, started from a profile: its instance bears the profile's name.
    if (name === "profile") this.addMiner("desk", false, "XMRig");
    if (name === "profile") this.age(3000);
  }

  age(seconds) {
    this.startedAt -= seconds * 1000;
    this.accepted = Math.round(seconds / 5);
    this.rejected = 1;
    this.lastShare = ago(2);
    for (const m of this.miners) m.dataset = null;
  }

  addMiner(name, practice, program = null) {
    this.miners = this.miners.filter((m) => m.name !== name);
    this.miners.push({
      name,
      practice,
      program,
      dataset: 0,
      restarts: 0,
      threads: 2,
      url: practice ? "stratum+tcp://127.0.0.1:41327" : "stratum+ssl://pool.example:443",
    });
    this.write(`${name} started with 2 threads`);
  }

  /** restart, or release from quarantine. */
  again(name, verb) {
    const m = this.miners.find((x) => x.name === name);
    if (verb === "release") this.name = "practice";
    if (m && verb === "restart") Object.assign(m, { dataset: 0, restarts: m.restarts + 1 });
    this.write(`${name}: ${verb}`);
  }

  write(text) {
    this.log.push({ seq: this.log.length + 1, at: now(), text });
  }

  hashrate() {
    if (this.paused || !this.consent.granted) return 0;
    return 612 + 14 * Math.sin(this.ticks / 9) + 5 * Math.sin(this.ticks / 2.3);
  }

  tick() {
    this.ticks++;
    if (this.paused?.until && Date.parse(this.paused.until) < Date.now()) this.paused = null;
    if (this.hashrate() === 0) return;
    for (const m of this.miners) {
      if (m.dataset === null || this.name === "starting") continue;
      m.dataset += 0.25;
      if (m.dataset >= 1) {
        m.dataset = null;
        this.write("\u001b[1;32mdataset ready\u001b[0m in 41.2 s, fast mode");
      }
    }
    if (this.miners.length > 0 && this.ticks % 2 === 0) {
      this.accepted++;
      this.lastShare = now();
      this.write(`\u001b[1;32maccepted\u001b[0m (${this.accepted}/${this.rejected}) diff 3061 (2 ms)`);
    }
    if (this.ticks % 30 === 0) this.write(`speed 10s/60s/15m ${this.hashrate().toFixed(1)} 611.0 609.8 H/s`);
  }

  state() {
    const state = {
      overview: this.overview(),
      consent: this.consentState(),
      pause: this.pauseState(),
      practice: this.practiceState(),
      host: host(this.ticks),
    };
    state[`rig/${rig}`] = { id: rig, hostname: "northgate" };
    for (const d of this.devices()) state[`device/${d.id}`] = d;
    return state;
  }

  consentState() {
    const c = this.consent;
    return {
      granted: c.granted,
      at: c.granted ? c.at : null,
      by: c.granted ? "owner" : "",
      via: c.granted ? c.via : "",
      host: "northgate",
      needed: c.needed,
      words: "",
    };
  }

  pauseState() {
    const p = this.paused;
    return p
      ? { paused: true, since: p.since, until: p.until, by: "owner", reason: "user" }
      : { paused: false, since: null, until: null, by: "", reason: "" };
  }

  practiceState() {
    const on = this.practiceOn === true;
    const connections = this.miners
      .filter((m) => m.practice && this.hashrate() > 0)
      .map(() => ({
        login: "practice",
        agent: "adit-miner/0.1.0",
        difficulty: 3061,
        hashrate: this.accepted > 3 ? this.hashrate() : null,
        accepted: this.accepted,
        rejected: this.rejected,
        lastShareAt: this.lastShare,
      }));
    return {
      running: on,
      listen: on ? "stratum+tcp://127.0.0.1:41327" : null,
      verifier: "ok",
      verifierWords: "Hashed again by adit-miner verify.",
      connections,
      accepted: this.accepted,
      rejected: this.rejected,
    };
  }

  overview() {
    const h = this.hashrate();
    const running = h > 0 ? this.miners.filter((m) => m.name !== "native") : [];
    const bad = this.name === "problem";
    const needsYou = [];
    if (bad) {
      needsYou.push({
        id: "q",
        severity: "crit",
        text: "native on northgate stopped: it ended 5 times in 10 minutes. The pool refused the login: wrong password.",
        action: { label: "See why", href: "/computer?device=native" },
      });
      needsYou.push({
        id: "hp",
        severity: "warn",
        text: "Huge pages are not reserved: hashing is about a fifth slower.",
        action: { label: "Reserve huge pages", command: "sudo sysctl -w vm.nr_hugepages=1280" },
      });
      needsYou.push({
        id: "r",
        severity: "info",
        text: "The checker restarted once.",
        action: { label: "Check again", post: "/api/v1/resume" },
      });
    }
    return {
      at: now(),
      sentence: this.sentence(running.length, needsYou.length),
      state: bad ? "crit" : running.length > 0 ? "ok" : "idle",
      needsYou,
      totals:
        this.miners.length > 0
          ? [
              {
                algorithm: "rx/0",
                hashrate: running.length > 0 ? h : null,
                counted: running.length,
                notCounted: this.miners.length - running.length,
                notCountedWhy: this.miners.length > running.length ? "no fresh reading" : "",
              },
            ]
          : [],
      devices: {
        ok: running.length,
        warn: 0,
        crit: bad ? 1 : 0,
        blind: 0,
        paused: this.paused ? this.miners.length : 0,
      },
      shares: { accepted: this.accepted, rejected: this.rejected, stale: 0 },
      powerWatts: null,
      mode: this.miners.length > 0 ? "practice" : this.name === "waiting" ? "practice" : "empty",
    };
  }

  sentence(running, needs) {
    if (needs > 0) return `${needs} things need you.`;
    if (this.paused) return "Paused by the owner.";
    if (this.consent.needed && !this.consent.granted) return "Practice waits for your consent.";
    if (running === 0) return "Nothing is mining yet.";
    return `All good: 1 device, ${this.hashrate().toFixed(1)} H/s on practice. Practice earns nothing.`;
  }

  devices() {
    return this.miners.map((m) => device(this, m));
  }

  history(minutes) {
    const step = minutes <= 60 ? 10 : 60;
    const end = Math.floor(Date.now() / 1000 / step) * step;
    const points = [];
    if (this.miners.length === 0) return { step, points };
    for (let t = end - minutes * 60; t <= end; t += step) {
      if (t * 1000 < this.startedAt) continue;
      const hole = t % 1500 < 120;
      points.push({
        t: new Date(t * 1000).toISOString(),
        hashrate: hole ? null : 612 + 12 * Math.sin(t / 170) + 6 * Math.sin(t / 31),
      });
    }
    return { step, points };
  }
}

function host(ticks) {
  return {
    rig,
    hostname: "northgate",
    os: "Debian GNU/Linux 12",
    kernel: "6.1.0-28-amd64",
    cpu: {
      model: "AMD Ryzen 5 3600 6-Core Processor",
      cores: 6,
      threads: 12,
      temperature: 58 + 2 * Math.sin(ticks / 7),
      usage: 0.19,
      numaNodes: 1,
      msr: "loaded, writable",
      throttle: { count: 12, now: false },
    },
    memory: { total: 25275473920, available: 20325473920 },
    hugePages: { total: 0, free: 0, sizeBytes: 2097152 },
    battery: null,
    fans: [
      { name: "nct6798/CPU Fan", rpm: 1200 },
      { name: "nct6798/fan2", rpm: 800 },
      { name: "nct6798/fan3", rpm: 0 },
    ],
    loadAverage: [2.04, 1.91, 1.4],
    uptime: 84211 + ticks,
    agent: { version: "0.1.0", connected: true, lastSeenAt: now() },
  };
}

function device(w, m) {
  const id = `${rig}/${m.name}`;
  const broken = w.name === "problem" && m.name === "native";
  const h = broken ? null : w.hashrate();
  const building = m.dataset !== null;
  const rate = h === null ? null : building ? h / 6 : h;
  const held = !w.consent.granted;
  return {
    id,
    rig,
    name: m.name,
    kind: "cpu",
    driver: m.program ? "xmrig" : "native",
    title: m.program ?? (m.practice ? "Practice miner" : "Native miner"),
    headline: headline(w, broken, building, held),
    reach: broken ? "unreachable" : "live",
    work: broken ? "quarantined" : held ? "held" : w.paused ? "paused" : building ? "starting" : "hashing",
    desired: w.paused ? "paused" : "running",
    at: broken ? ago(640) : now(),
    stale: broken,
    practice: m.practice,
    algorithm: "rx/0",
    pool: broken
      ? null
      : {
          url: m.url,
          index: 0,
          count: 1,
          state: "connected",
          uptime: 180 + w.ticks,
          tls: !m.practice,
          ping: 0.002,
          failures: 0,
        },
    hashrate: rate,
    hashrate60s: broken ? null : 611.04,
    hashrate15m: w.ticks > 900 ? 609.8 : null,
    hashrateHighest: broken ? null : 633.2,
    baseline: broken ? null : 615,
    accepted: broken ? null : w.accepted,
    rejected: broken ? null : w.rejected,
    staleShares: broken ? null : 0,
    difficulty: broken ? null : 3061,
    lastShareAt: broken ? null : w.lastShare,
    temperature: broken ? null : 58,
    power: null,
    uptime: broken ? null : Math.round((Date.now() - w.startedAt) / 1000),
    startedAt: broken ? null : new Date(w.startedAt).toISOString(),
    pid: broken ? null : 48213,
    restarts: broken ? 5 : m.restarts,
    mode: broken ? null : building ? "light" : "fast",
    datasetProgress: building && !broken ? m.dataset : null,
    hugePages: broken ? null : { got: 0, wanted: 1168 },
    memory: { rss: broken ? null : 2512474112, hugePages: broken ? null : 0 },
    threads: broken ? [] : [0, 1].map((i) => ({ hashrate: rate / 2 + (i ? 1.7 : -1.7), affinity: i })),
    version: m.program ? "6.26.0" : "adit-miner 0.1.0",
    feePercent: m.program ? 1 : 0,
    fee: m.program ? { percent: 1, active: w.feeRound, since: w.feeRound ? ago(12) : null } : null,
    profile: m.program ? "p1" : null,
    limits: [
      { name: "niceness 19", holds: true, why: "" },
      { name: "memory 4 GiB", holds: false, why: "This user may not make control groups." },
    ],
  };
}

function headline(w, broken, building, held) {
  if (broken)
    return {
      state: "crit",
      word: "Quarantined",
      why: "It ended 5 times in 10 minutes. Last words: login refused. adit does not start it again by itself.",
      since: ago(640),
    };
  if (held) return { state: "paused", word: "Held", why: "It waits for the owner's consent.", since: null };
  if (w.paused) return { state: "paused", word: "Paused", why: "By the owner.", since: w.paused.since };
  if (building)
    return {
      state: "starting",
      word: "Starting",
      why: "Hashing in light mode while the dataset is built.",
      since: new Date(w.startedAt).toISOString(),
    };
  return { state: "ok", word: "Hashing", why: "", since: new Date(w.startedAt).toISOString() };
}
