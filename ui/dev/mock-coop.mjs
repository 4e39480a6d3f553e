// A crew that does not exist, for development and for the tests of the web app. It is never part of a build.

const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
const coin = { symbol: "XMR", name: "Monero", decimals: 12 };
const reward = "600000000001";
const outcomes = (accepted, stale, rejected) => ({
  accepted,
  stale,
  rejected,
  outcomes: { accepted, stale, low_difficulty: rejected },
});

/** The scenarios in which a crew is coordinated. */
export const crews = ["coop", "coop-pool", "coop-lone", "coop-big"];

export class Crew {
  constructor(scenario) {
    this.running = crews.includes(scenario);
    this.lone = scenario === "coop-lone";
    this.pool = scenario === "coop-pool";
    this.startedAt = ago(93_600);
    this.members = [];
    const n = scenario === "coop-big" ? 450 : 6;
    for (let i = 0; i < n; i++) this.members.push(this.member(i));
    this.invites = [];
    this.payments = [];
    this.rounds = this.pool ? [] : [this.round("12", "block")];
    this.config = {
      mode: this.running ? "on" : "off",
      running: this.running,
      why: "",
      since: this.running ? this.startedAt : null,
      fixed: "",
      settings: {
        cluster: "Home crew",
        coin: "XMR",
        pools: this.running
          ? [{ address: "stratum+ssl://pool.example:443", wallet: "login", hasPassword: true, fingerprint: "" }]
          : [],
        stratum: { listen: "127.0.0.1:3333" },
        grpc: { listen: "" },
        payout: { scheme: "pplns", window: 2, feePercent: 1, minPayout: null },
      },
    };
  }

  member(i) {
    const names = [
      "rig-7",
      "home/attic",
      "old-laptop",
      "liar",
      "garage.asic",
      "a-name-that-goes-on-and-on-and-on-for-ever",
    ];
    const status = ["mining", "mining", "offline", "suspended", "idle", "mining"][i] ?? "mining";
    const online = status === "mining" || status === "idle";
    const grpc = i === 1;
    const rate = status === "mining" ? 1000 + 137 * (i % 9) : null;
    return {
      id: names[i] ?? `rig-${i}`,
      name: names[i] ?? `rig-${i}`,
      via: grpc ? "grpc" : "stratum",
      status,
      why: status === "suspended" ? "claims hashes it does not make" : "",
      paused: false,
      hashrate: { minute: rate, hour: rate && rate - 4, day: rate && rate - 9 },
      claimed: grpc ? rate + 3 : null,
      shares: outcomes(4000 - i * 7, 3, i % 3),
      sharePercent: status === "suspended" ? null : i === 0 ? 28.57 : 14.29,
      owed: String(2_512_345_678 * (i + 1)),
      immature: "0",
      paid: "0",
      lastShareAt: i === 4 ? null : ago(7 + i),
      lastSeenAt: ago(7),
      connectedAt: online ? ago(7200) : null,
      joinedAt: ago(2_000_000),
      connections: online ? 1 : 0,
      agent: grpc ? "adit 0.1.0" : "XMRig/6.24.0 (Linux x86_64) libuv/1.44.2 gcc/12.2.0",
      threads: grpc ? 8 : null,
      invitedBy: grpc ? "owner" : null,
      difficulty: online ? 20_000 : null,
      fixedDifficulty: null,
      policy: "auto",
      checked: 0.25,
      bannedUntil: null,
      jobId: online ? "k3" : "",
      slot: online ? i + 1 : null,
    };
  }

  round(id, kind) {
    return {
      id,
      kind,
      at: ago(50_000),
      state: "credited",
      scheme: "pplns",
      reward,
      fee: "6000000000",
      divided: "594000000001",
      members: 2,
      from: 100,
      to: 4090,
      shares: 3991,
      height: kind === "block" ? 3_299_290 : null,
      block: kind === "block" ? "b10c".padStart(64, "0") : null,
      hash: "4a54".padStart(64, "0"),
      since: null,
    };
  }

  /** Keys of the live state. */
  state() {
    return this.running ? { coop: this.glance(), "coop/shares": this.shares() } : {};
  }

  glance() {
    const at = (s) => this.members.filter((m) => m.status === s);
    const mining = at("mining");
    const online = mining.length + at("idle").length;
    const sum = (key) => mining.reduce((n, m) => n + m.hashrate[key], 0);
    const first = this.pool ? "stratum+ssl://pool.example:443" : "monerod://127.0.0.1:18081";
    const alarms = this.pool
      ? [
          {
            id: "ledger",
            severity: "crit",
            text: "The ledger cannot be written: no space left on device. Members go on mining, but no share is acknowledged.",
            fix: "Make room on the disk or mend it; the ledger goes on by itself.",
          },
          {
            id: "verification",
            severity: "warn",
            text: "Shares are taken without hashing them: adit-miner is missing.",
            fix: "Put adit-miner beside adit; until then a member could claim hashes it did not make.",
          },
        ]
      : [];
    return {
      id: "home",
      name: "Home crew",
      startedAt: this.startedAt,
      state: this.pool ? "crit" : "ok",
      sentence: `${mining.length} members mine 3.41 kH/s for ${first} at height 3300000.`,
      alarms,
      hashrate: { minute: sum("minute"), hour: sum("hour"), day: this.pool ? null : sum("day") },
      members: {
        total: this.members.length,
        online,
        mining: mining.length,
        suspended: at("suspended").length,
        connections: online,
      },
      shares: outcomes(41_234, 31, 12),
      upstreams: [
        {
          index: 0,
          url: first,
          kind: this.pool ? "pool" : "node",
          state: this.pool ? "failed" : "connected",
          active: !this.pool,
          solo: !this.pool,
          tls: this.pool ? "TLS 1.3" : "",
          fingerprint: "",
          connections: this.pool ? 0 : 1,
          latency: this.pool ? null : 0.004,
          since: this.pool ? null : this.startedAt,
          error: this.pool ? "connection refused" : "",
          errorAt: this.pool ? ago(95) : null,
          accepted: 812,
          rejected: 4,
          reconnects: 2,
          difficulty: 480e9,
        },
        {
          index: 1,
          url: "stratum+tcp://a-backup-with-a-long-name.pool.example:13333",
          kind: "pool",
          state: this.pool ? "connected" : "waiting",
          active: this.pool,
          solo: false,
          tls: "",
          fingerprint: "",
          connections: this.pool ? 1 : 0,
          latency: this.pool ? 0.038 : null,
          since: null,
          error: "",
          errorAt: null,
          accepted: 0,
          rejected: 0,
          reconnects: 0,
          difficulty: null,
        },
      ],
      job: {
        id: "k3",
        seq: 3,
        lane: 0,
        upstream: first,
        algorithm: "rx/0",
        height: 3_300_000,
        at: ago(42),
        endedAt: null,
        clean: true,
        networkDifficulty: this.pool ? null : 480e9,
        shareDifficulty: 480e9,
        reward: this.pool ? null : reward,
        seedHash: "9e3f01d2".padEnd(64, "0"),
        nextSeedHash: null,
        members: online,
        accepted: 120,
        rejected: 2,
      },
      doors: [
        { kind: "stratum", address: "192.0.2.10:3333", tls: true, dialect: "xmr" },
        { kind: "grpc", address: "192.0.2.10:50051", tls: true, dialect: "" },
      ],
      coin,
      algorithm: "rx/0",
      payout: this.rule(),
      money: {
        owed: "5000000000",
        immature: this.pool ? "0" : reward,
        paid: "3000000000",
        fee: "6000000000",
        members: 2,
      },
      luck: { effort: this.pool ? null : 0.42, percent: this.pool ? null : 108, blocks: this.pool ? 0 : 3 },
      verification: this.pool
        ? { mode: "proxy", reason: "adit-miner is missing", checked: null, rate: null, waiting: 0, mismatch: 0 }
        : {
            mode: "sampled",
            reason: "more shares come than can be hashed",
            checked: 0.31,
            rate: 45,
            waiting: 0,
            mismatch: 0,
          },
      ledger: {
        trouble: this.pool ? "no space left on device" : "",
        since: null,
        records: 41_234,
        bytes: 5_300_000,
        sync: "interval",
        first: ago(2_000_000),
      },
      blocksFound: this.pool ? 0 : 3,
      lastBlockAt: null,
    };
  }

  rule() {
    return {
      scheme: "pplns",
      basis: this.pool ? "credits" : "blocks",
      window: 2,
      feePercent: 1,
      minPayout: null,
      confirmations: 60,
      words:
        "Each block is divided over the newest shares, by the work each of them proves: as many as together prove the work of 2 blocks. The operator keeps 1 %.",
    };
  }

  shares() {
    const kinds = ["accepted", "accepted", "stale", "accepted", "low_difficulty", "block"];
    const turn = Math.floor(Date.now() / 4000);
    return Array.from({ length: 20 }, (_, i) => {
      const n = turn - i;
      const m = this.members[n % this.members.length];
      const outcome = kinds[n % kinds.length];
      const bad = outcome === "stale" || outcome === "low_difficulty";
      return {
        seq: bad ? null : n,
        at: new Date(n * 4000).toISOString(),
        member: m.id,
        name: m.name,
        jobId: "k3",
        height: 3_300_000,
        difficulty: 20_000,
        outcome,
        reason: bad ? "Its job was replaced" : "",
        verified: i % 4 === 0,
        upstream: outcome === "block" ? "accepted" : null,
        block: outcome === "block",
        took: 0.0004,
      };
    });
  }

  window() {
    const total = this.members.length + 1;
    const parts = this.members.map((m, i) => ({
      member: m.id,
      name: m.name,
      weight: "3025266028088366465",
      percent: (i === 0 ? 200 : 100) / total,
      shares: 1000,
      amount: this.pool ? null : String(Math.round(594e9 / total)),
    }));
    return {
      at: ago(0),
      coin,
      rule: this.rule(),
      filled: 0.82,
      shares: 41_000,
      from: ago(94_000),
      to: ago(2),
      fromSeq: 100,
      toSeq: 5000,
      weight: "30252660280883664650",
      reward: this.pool ? null : reward,
      parts,
      example: this.pool
        ? []
        : [
            "A block found now pays 0.600000000001 XMR.",
            "The operator keeps 1 %, that is 0.006 XMR; 0.594000000001 XMR is divided.",
            "rig-7 did 28.57 % of the work in the window and gets 0.169714285714 XMR.",
          ],
    };
  }

  listed(q) {
    const want = (q.get("search") ?? "").toLowerCase();
    const status = q.get("status") ?? "";
    const fits = (m) =>
      `${m.name} ${m.agent}`.toLowerCase().includes(want) &&
      (status === "" || m.status === status || (status === "online" && ["mining", "idle"].includes(m.status)));
    const matched = this.members.filter(fits);
    const by = {
      "-hashrate": (a, b) => (b.hashrate.minute ?? -1) - (a.hashrate.minute ?? -1),
      name: (a, b) => a.name.localeCompare(b.name),
      "-owed": (a, b) => Number(b.owed) - Number(a.owed),
    }[q.get("sort") ?? "-hashrate"];
    if (by) matched.sort(by);
    const limit = Number(q.get("limit") ?? 200);
    return { total: this.members.length, matched: matched.length, members: matched.slice(0, limit) };
  }

  detail(m) {
    const seat = {
      lane: 0,
      slot: 1,
      slice: "nonces 0x01000000 to 0x01ffffff",
      jobId: "k3",
      difficulty: 20_000,
      hashrate: m.hashrate.minute,
      shares: m.shares,
      remote: "192.0.2.7:50000",
      tls: m.via === "grpc" ? "TLS 1.3" : "",
      agent: m.agent,
      rig: "",
      since: ago(7200),
      lastShareAt: m.lastShareAt,
    };
    const health = {
      at: ago(3),
      cpuPercent: 93,
      memoryPercent: 41,
      temperature: 71.5,
      uptime: 7200,
      hashes: 1,
      os: "linux",
      arch: "amd64",
    };
    return { ...m, seats: m.connections > 0 ? [seat] : [], health: m.via === "grpc" ? health : null, certificate: "" };
  }

  statement(m) {
    const line = (kind, text, sum, round) => ({
      at: ago(60_000),
      kind,
      text,
      round,
      in: kind === "earned" ? sum : null,
      out: kind === "earned" ? null : sum,
      balance: m.owed,
    });
    const lines = [line("earned", "block 3299290", "3000000000", "12"), line("paid", "payment 6", "2000000000", null)];
    return { member: m.id, name: m.name, coin, from: null, to: ago(0), opening: "0", closing: m.owed, lines };
  }

  blocks() {
    if (this.pool) return [];
    return ["found", "mature", "orphaned"].map((state, i) => ({
      id: String(3 - i),
      at: ago(3_000 + i * 70_000),
      coin: "XMR",
      height: 3_299_990 - 700 * i,
      hash: (0xb10c + i).toString(16).padStart(64, "0"),
      member: "rig-7",
      name: "rig-7",
      share: 4990 - i * 900,
      state,
      confirmations: 10 + i * 700,
      needed: 60,
      reward,
      effort: 0.7 + i * 0.4,
      round: i === 1 ? "12" : null,
    }));
  }

  roundDetail(r) {
    const parts = [
      {
        member: "rig-7",
        name: "rig-7",
        weight: "24595658764946068822",
        percent: 66.67,
        shares: 2661,
        amount: "396000000001",
        extra: true,
      },
      {
        member: "home/attic",
        name: "home/attic",
        weight: "12297829382473034410",
        percent: 33.33,
        shares: 1330,
        amount: "198000000000",
        extra: false,
      },
    ];
    const steps = [
      "R = 600000000001, the reward in atomic units of XMR",
      "P = R − F = 594000000001, which is divided",
      "all amounts together = 594000000001 = P",
    ];
    return { ...r, feePpm: 10_000, window: "36893488147419103232", weight: "36893488147419103232", parts, steps };
  }

  configure(b) {
    if (
      b.settings?.pools.some((p) => !/^(stratum\+(tcp|ssl):\/\/|monerod:\/\/|bitcoind:\/\/|practice:)/.test(p.address))
    )
      return bad(
        "settings.pools[0].address",
        "Not an upstream: write stratum+tcp://HOST:PORT, monerod://HOST:PORT or practice:",
      );
    this.config.mode = b.mode;
    this.config.running = this.running = b.mode === "on";
    if (b.settings) {
      const pools = b.settings.pools.map((p) => ({
        address: p.address,
        wallet: p.wallet ?? "",
        hasPassword: Boolean(p.password),
        fingerprint: "",
      }));
      this.config.settings = { ...this.config.settings, ...b.settings, pools };
    }
    return { status: 200, body: this.config };
  }

  /** Answers what is about the crew; null: it is about something else. */
  answer(method, path, query, b) {
    if (!path.startsWith("/api/v1/coop")) return null;
    const at = path.slice("/api/v1/coop".length);
    const key = `${method} ${at}`;
    if (at === "/config" && this.lone)
      return { status: 501, body: { status: 501, title: "Not Implemented", detail: "this adit cannot be switched" } };
    if (key === "GET /config") return { status: 200, body: this.config };
    if (key === "PUT /config") return this.configure(b);
    if (!this.running)
      return { status: 409, body: { status: 409, title: "Conflict", detail: "this adit coordinates no crew" } };
    const plain = {
      "GET /members": () => this.listed(query),
      "GET /blocks": () => this.blocks(),
      "GET /window": () => this.window(),
      "GET /rounds": () => this.rounds,
      "GET /payments": () => this.payments,
      "GET /invites": () => this.invites,
      "POST /ledger/verify": () => ({
        ok: true,
        at: ago(0),
        took: 0.8,
        records: 41_234,
        segments: 2,
        rounds: 1,
        head: "4ead".padStart(64, "0"),
        errors: [],
      }),
      "POST /payments": () => this.pay(),
      "POST /invites": () => this.invite(b),
      "POST /credits": () => this.credit(b),
    }[key];
    if (plain) return { status: 200, body: plain() };
    return (
      this.one(method, at.split("/").slice(1).map(decodeURIComponent), b) ?? {
        status: 404,
        body: { status: 404, title: "Not Found", detail: `There is no ${key}.` },
      }
    );
  }

  one(method, [list, id, what], b) {
    const ok = (body) => ({ status: 200, body });
    if (list === "rounds") return ok(this.roundDetail(this.rounds.find((r) => r.id === id)));
    if (list === "payments") {
      const p = this.payments.find((x) => x.id === id);
      Object.assign(p, { state: b.state, reference: b.reference ?? "", markedAt: ago(0) });
      return ok(p);
    }
    if (list === "invites") {
      this.invites = this.invites.filter((i) => i.id !== id);
      return ok({ status: "revoked" });
    }
    const m = list === "members" ? this.members.find((x) => x.id === id) : undefined;
    if (!m) return null;
    const none = { member: m.id, name: m.name, address: "", minPayout: null, updatedAt: null, by: "" };
    if (method === "GET" && what === "payee") return ok(m.payee ?? none);
    if (what === "payee" && b.address === "nonsense") return bad("address", "It is no payout address of Monero.");
    if (what === "payee") m.payee = { ...none, ...b, updatedAt: ago(0), by: "owner" };
    if (method === "GET") return ok(what === "statement" ? this.statement(m) : this.detail(m));
    if (what === "suspension")
      Object.assign(m, method === "PUT" ? { status: "suspended", why: b.reason } : { status: "offline", why: "" });
    if (what === "difficulty") m.fixedDifficulty = b.difficulty;
    if (what === "policy") m.policy = b.policy;
    if (what === "pause" || what === "resume") m.paused = what === "pause";
    return ok({ status: "done" });
  }

  pay() {
    const items = this.members.slice(0, 2).map((m) => ({ member: m.id, name: m.name, amount: m.owed }));
    const p = {
      id: String(this.payments.length + 7),
      at: ago(0),
      by: "owner",
      state: "open",
      reference: "",
      markedAt: null,
      total: "7537037034",
      items,
    };
    this.payments.unshift(p);
    return p;
  }

  invite(b) {
    const i = {
      id: String(this.invites.length + 1),
      name: b.name,
      by: "owner",
      createdAt: ago(0),
      expiresAt: ago(-b.seconds),
      state: "open",
      usedAt: null,
      usedBy: "",
    };
    this.invites.push(i);
    const code = "ADIT1-7F3KQ9TD-EXAMPLE-CODE-THAT-IS-AS-LONG-AS-A-REAL-ONE-WITH-HOST-PORT-AND-FINGERPRINT";
    return { ...i, code, command: `adit coop join ${code}` };
  }

  credit(b) {
    this.rounds.unshift({ ...this.round("13", "credit"), reward: b.amount, divided: b.amount });
    return {
      id: "1",
      at: ago(0),
      by: "owner",
      since: null,
      until: ago(0),
      amount: b.amount,
      note: b.note,
      round: "13",
    };
  }
}

const bad = (location, message) => ({
  status: 400,
  body: {
    status: 400,
    title: "Invalid",
    detail: message,
    code: "invalid",
    errors: [{ location: `body.${location}`, message }],
  },
});
