// The fake's settings, policy, access, trust, journal and doctor: the routes of the settings and doctor pages.
const now = () => new Date().toISOString();
const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
const rig = "r1";

/** What a fresh house holds; a scenario "empty" has nothing yet. */
export class House {
  constructor(name) {
    this.name = name;
    this.empty = name === "empty";
    this.settings = {
      general: { profile: "home", currency: "EUR", language: "en", units: "metric", timezone: "" },
      power: { pricePerKwh: this.empty ? null : 0.28, watts: null },
      figures: this.empty
        ? {}
        : {
            XMR: {
              price: { value: 151.2, at: ago(9 * 86400), source: "typed" },
              difficulty: { value: 432_000_000_000, at: ago(7200), source: "typed" },
              reward: { value: null },
            },
          },
      feed: { enabled: false, url: "", coin: "XMR", price: "", difficulty: "", reward: "", rewardUnit: 1, status: {} },
      notifications: { browser: false, sound: false, severity: "warn" },
    };
    this.policy = {
      idle: { enabled: false, afterSeconds: 300, sources: ["logind", "x11", "terminals"] },
      battery: { pause: true },
      thermal: { maxCelsius: 90, resumeBelow: null, gpuMaxCelsius: 85, fanStop: true },
      cpu: { maxPercent: null },
      user: "",
    };
    this.tokens = this.empty
      ? []
      : [
          {
            id: "t1",
            name: "Prometheus",
            scopes: ["metrics"],
            createdAt: ago(40 * 86400),
            lastUsedAt: ago(12),
            expiresAt: null,
            expired: false,
          },
          {
            id: "t2",
            name: "home automation",
            scopes: ["control", "read"],
            createdAt: ago(90 * 86400),
            lastUsedAt: null,
            expiresAt: ago(60),
            expired: true,
          },
        ];
    this.logins = [
      {
        id: "l1",
        createdAt: ago(3600),
        expiresAt: ago(-29 * 86400),
        lastSeenAt: ago(4),
        userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
        current: true,
      },
      {
        id: "l2",
        createdAt: ago(5 * 86400),
        expiresAt: ago(-25 * 86400),
        lastSeenAt: ago(86400),
        userAgent: "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
        current: false,
      },
    ];
    this.journal = this.empty ? [] : story(name);
  }

  note(kind, severity, text, subject = `${rig}/practice`, actor = "") {
    const seq = (this.journal[0]?.seq ?? 0) + 1;
    this.journal.unshift({ seq, at: now(), kind, severity, subject, actor, text, hash: "" });
  }

  policyState() {
    const p = this.policy;
    const bound = p.cpu.maxPercent !== null;
    const use = p.idle.enabled
      ? bound
        ? "other"
        : "idle"
      : bound
        ? p.cpu.maxPercent === 50
          ? "half"
          : "other"
        : "all";
    return {
      policy: p,
      use,
      words: `mining may use ${{ idle: "this computer while nobody uses it", half: "half of the processor", all: "everything", other: "what is set in detail" }[use]}; it pauses on battery and stops at ${p.thermal.maxCelsius} °C`,
      idle: {
        state: p.idle.enabled ? "nobody" : "off",
        words: p.idle.enabled
          ? "no user was ever seen on this computer, so mining goes on"
          : "users are not looked for",
        since: null,
        sources: [
          {
            name: "logind",
            state: p.idle.sources.includes("logind") ? "nobody" : "off",
            words: "no session with a seat",
          },
          { name: "x11", state: "none", words: "no display is set" },
          {
            name: "terminals",
            state: p.idle.sources.includes("terminals") ? "idle" : "off",
            words: "1 terminal, last used 42 min ago",
          },
        ],
      },
      runAs: "adit-miner",
    };
  }

  /** The same as the live state tells it. */
  policyView() {
    const s = this.policyState();
    const { idle, battery, thermal, cpu } = s.policy;
    const { enabled, afterSeconds } = idle;
    return {
      use: s.use,
      words: s.words,
      damaged: "",
      runAs: s.runAs,
      idle: { enabled, afterSeconds, ...s.idle },
      battery,
      thermal,
      cpu,
    };
  }

  security() {
    const checks = [
      { name: "listening", state: "ok", text: "adit listens on 127.0.0.1 only", fix: "" },
      { name: "consent", state: "ok", text: "given on a terminal and recorded", fix: "" },
      { name: "token file", state: "ok", text: "only its owner can read it (0600)", fix: "" },
      {
        name: "mining user",
        state: this.name === "problem" ? "warn" : "ok",
        text: "programs run as adit-miner",
        fix: "add a user of their own: adduser --system adit-miner",
      },
      {
        name: "programs",
        state: "info",
        text: "xmrig 6.24.0 is open source; its digest is that of the catalogue",
        fix: "",
      },
    ];
    const warn = checks.filter((c) => c.state === "warn").length;
    return {
      words:
        warn > 0 ? `${warn} of ${checks.length} checks could be better` : `all ${checks.length} checks are in order`,
      ok: checks.length - warn,
      warn,
      crit: 0,
      checks,
    };
  }

  connections() {
    const list =
      this.name !== "problem"
        ? []
        : [
            conn(
              48213,
              "xmrig",
              "xmrig",
              "10.0.0.5:51234",
              "203.0.113.9:443",
              "pool",
              "the pool pool.example, given in the profile “Evening”",
            ),
            conn(47110, "adit", "", "127.0.0.1:8080", "192.168.1.20:50222", "local", "a browser in your network"),
            conn(
              48300,
              "helper",
              "",
              "10.0.0.5:40000",
              "198.51.100.7:9999",
              "unknown",
              "adit does not know what it is for: look at it",
            ),
          ];
    return {
      at: now(),
      words:
        list.length === 0
          ? "adit and its programs are connected to nothing outside this computer"
          : "3 connections, 1 of them not known to adit",
      connections: list,
    };
  }

  fees() {
    const programs = this.empty
      ? []
      : [
          {
            device: `${rig}/xmrig`,
            name: "xmrig",
            program: "xmrig",
            declaredPercent: 1,
            source: "observed",
            miningSeconds: 84_211,
            feeSeconds: 845,
            sharePercent: 1.003,
            rounds: 14,
            active: this.name === "problem",
            activeSince: this.name === "problem" ? ago(12) : null,
            lastRound: { start: ago(2400), seconds: 60 },
            starts: 3,
            words: "xmrig worked 14 min 5 s of 23 h 23 min for its author, as it declares",
          },
          {
            device: `${rig}/practice`,
            name: "practice",
            program: "native",
            declaredPercent: 0,
            source: "none",
            miningSeconds: 3000,
            feeSeconds: null,
            sharePercent: null,
            rounds: 0,
            active: false,
            activeSince: null,
            lastRound: null,
            starts: 1,
            words: "adit's own miner takes nothing",
          },
        ];
    return {
      aditPercent: 0,
      words: this.empty
        ? "no mining program has run yet; adit itself takes nothing"
        : "0.97 % of 24 h 13 min went to the authors of mining programs; adit itself took nothing",
      since: this.empty ? null : ago(3 * 86400),
      programs,
    };
  }

  backup() {
    return {
      last: this.empty ? null : { at: ago(45 * 86400), bytes: 18_874_368, history: true, by: "owner" },
      databaseBytes: 2_412_544,
      historyBytes: this.empty ? null : 41_943_040,
      copies: this.empty ? [] : [{ schema: 20261121120300, at: ago(20 * 86400), bytes: 1_900_544 }],
    };
  }

  doctor() {
    const bad = this.name === "problem";
    const f = (group, name, state, text, fix = "", command = "") => ({
      name,
      state,
      text,
      fix,
      group,
      ...(command ? { command } : {}),
    });
    return [
      f("mining", "consent", "ok", "mining was allowed on a terminal"),
      f("programs", "native", "ok", "adit-miner 0.1.0 at /usr/bin/adit-miner"),
      bad
        ? f(
            "programs",
            "xmrig",
            "crit",
            "it was there and is gone: likely removed by an antivirus",
            "read why, then install it anew",
            "adit install xmrig",
          )
        : f("programs", "xmrig", "ok", "6.24.0, its digest fits"),
      f("computer", "CPU", "ok", "AES and AVX2"),
      f("computer", "memory", "ok", "18.9 GiB available"),
      bad
        ? f(
            "computer",
            "huge pages",
            "warn",
            "none reserved: RandomX is about a fifth slower",
            "reserve 1280 of them",
            "sudo sysctl -w vm.nr_hugepages=1280",
          )
        : f("computer", "huge pages", "ok", "1280 reserved"),
      bad
        ? f(
            "computer",
            "MSR",
            "info",
            "the registers cannot be written: some 10 % slower on this CPU",
            "load the msr module as root",
            "sudo modprobe msr",
          )
        : f("computer", "MSR", "ok", "written"),
      f("computer", "temperature", "ok", "58 °C"),
      f("computer", "clock", "ok", "in step with the network"),
      f("adit", "disk", "ok", "41 GiB free"),
      f("adit", "ports", "ok", "127.0.0.1:8080 is adit's"),
      f("adit", "limits", "ok", "niceness and memory limits hold"),
    ];
  }
}

const conn = (pid, process, program, local, remote, purpose, words) => ({
  pid,
  process,
  program,
  proto: "tcp",
  state: "established",
  local,
  remote,
  purpose,
  words,
});

function story(name) {
  const rows = [
    [90, "order.start", "info", "start practice", "r1/practice", "owner"],
    [88, "miner.started", "info", "practice was started: adit-miner 0.1.0, 2 threads", "r1/practice", ""],
    [600, "miner.restarted", "info", "practice was restarted: it had not answered for 30 s", "r1/practice", ""],
    [3600, "rig.resumed", "info", "mining goes on: nobody uses the computer", "r1", ""],
    [5400, "rig.paused", "info", "paused: somebody uses the computer", "r1", ""],
    [
      9000,
      "pool.switched",
      "warn",
      "practice left a pool that did not answer and came back after 41 s",
      "r1/practice",
      "",
    ],
    [
      40000,
      "program.installed",
      "info",
      "xmrig 6.24.0 was installed; its digest is that of the catalogue",
      "r1/xmrig",
      "owner",
    ],
    [90000, "consent.granted", "info", "the owner allowed mining on northgate", "r1", "owner"],
    [200000, "agent.note", "info", "the agent was started", "r1", ""],
  ];
  if (name === "problem")
    rows.unshift([
      40,
      "miner.quarantined",
      "crit",
      "native ended 5 times in 10 minutes and is not started again by itself",
      "r1/native",
      "",
    ]);
  return rows.map(([s, kind, severity, text, subject, actor], i) => ({
    seq: rows.length - i,
    at: ago(s),
    kind,
    severity,
    subject,
    actor,
    text,
    hash: "",
  }));
}

const merge = (into, part) => {
  for (const [k, v] of Object.entries(part)) {
    if (v !== null && typeof v === "object" && !Array.isArray(v)) {
      into[k] ??= {};
      merge(into[k], v);
    } else into[k] = v;
  }
};

const rank = { info: 0, warn: 1, crit: 2 };

/** Answers a request, or returns false when it is not of these pages. */
export function settingsRoute(house, method, path, query, body, json, problem, res) {
  const invalid = (location, message) => problem(res, 400, "Invalid", message, [{ location, message }]);
  const get = {
    "/api/v1/settings": () => house.settings,
    "/api/v1/policy": () => house.policyState(),
    "/api/v1/tokens": () => house.tokens,
    "/api/v1/sessions": () => house.logins,
    "/api/v1/security": () => house.security(),
    "/api/v1/connections": () => house.connections(),
    "/api/v1/fees": () => house.fees(),
    "/api/v1/backup/status": () => house.backup(),
    "/api/v1/doctor": () => house.doctor(),
    "/api/v1/journal": () => entries(house.journal, query),
  };
  if (method === "GET" && get[path]) {
    json(res, 200, get[path]());
    return true;
  }
  if (method === "PUT" && path === "/api/v1/settings") {
    if (body.general?.currency !== undefined && !/^[A-Z]{3}$/.test(body.general.currency))
      invalid("general.currency", "write the three letters of ISO 4217, such as EUR");
    else if (body.feed?.enabled && !body.feed.url)
      invalid("feed.url", "name the feed's address before it is switched on");
    else {
      for (const f of Object.values(body.figures ?? {}))
        for (const v of Object.values(f)) Object.assign(v, v.value === null ? {} : { at: now(), source: "typed" });
      merge(house.settings, body);
      json(res, 200, house.settings);
    }
    return true;
  }
  if (method === "PUT" && path === "/api/v1/policy") {
    const s = body.idle?.afterSeconds;
    if (s !== undefined && !(s >= 10 && s <= 86400)) {
      invalid("idle.afterSeconds", `${s} is not from 10 to 86400 seconds`);
      return true;
    }
    const use = { idle: [true, null], half: [false, 50], all: [false, null] }[body.use];
    if (use) [house.policy.idle.enabled, house.policy.cpu.maxPercent] = use;
    const { use: _, ...rest } = body;
    merge(house.policy, rest);
    if (house.policy.thermal.resumeBelow === 0) house.policy.thermal.resumeBelow = null;
    if (house.policy.cpu.maxPercent === 100) house.policy.cpu.maxPercent = null;
    json(res, 200, house.policyState());
    return true;
  }
  if (method === "POST" && path === "/api/v1/tokens") {
    const t = {
      id: `t${house.tokens.length + 10}`,
      name: body.name || `${body.scopes.join(", ")} token`,
      scopes: body.scopes,
      createdAt: now(),
      lastUsedAt: null,
      expiresAt: body.expiresIn ? ago(-body.expiresIn) : null,
      expired: false,
    };
    house.tokens.unshift(t);
    json(res, 201, { ...t, secret: "adit_mock-secret-of-a-token" });
    return true;
  }
  if (method === "POST" && path === "/api/v1/links") {
    json(res, 201, { url: "http://127.0.0.1:8080/#token=one-time", expiresAt: ago(-600) });
    return true;
  }
  const gone = /^\/api\/v1\/(tokens|sessions)\/([^/]+)$/.exec(path);
  if (method === "DELETE" && gone) {
    const key = gone[1] === "tokens" ? "tokens" : "logins";
    house[key] = house[key].filter((x) => x.id !== gone[2]);
    json(res, 200, { status: "done" });
    return true;
  }
  return false;
}

function entries(journal, query) {
  const least = rank[query.get("severity") ?? "info"];
  const kind = query.get("kind") ?? "";
  const subject = query.get("subject");
  const since = query.get("since");
  const before = Number(query.get("before") ?? 0);
  return journal
    .filter((e) => rank[e.severity] >= least && e.kind.startsWith(kind))
    .filter((e) => !subject || e.subject === subject || e.subject.startsWith(`${subject}/`))
    .filter((e) => (!since || e.at >= since) && (before === 0 || e.seq < before))
    .slice(0, Number(query.get("limit") ?? 100));
}
