// What the fake knows of profiles, pools and estimates.
const now = () => new Date().toISOString();
const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
const day = 86_400;

const tlsPool = "stratum+ssl://pool.example:443";

export function somePlans() {
  const base = { description: "", createdAt: ago(20 * day), updatedAt: ago(2 * day), secrets: [], running: false };
  const wallet = `4${"A".repeat(94)}`;
  return [
    {
      ...base,
      id: "p1",
      name: "Desk, when nobody sits at it",
      description: "Half of the processor.",
      minerType: "xmrig",
      version: 3,
      autostart: true,
      instance: "desk-when-nobody-sits-at-it",
      secrets: ["password"],
      config: {
        pool: tlsPool,
        wallet,
        coin: "XMR",
        threads: 4,
        cpuPriority: 1,
        pools: [{ pool: "stratum+tcp://backup.example:3333" }],
      },
    },
    {
      ...base,
      id: "p2",
      name: "Quiet night",
      minerType: "native",
      version: 1,
      autostart: false,
      instance: "quiet-night",
      config: { pool: "stratum+tcp://pool.example:3333", wallet },
    },
    {
      ...base,
      id: "p3",
      name: "Graphics card",
      minerType: "gpuminer",
      version: 2,
      autostart: false,
      instance: "graphics-card",
      running: null,
      config: { pool: tlsPool, wallet, gpuEnabled: true },
    },
  ];
}

export function version(p, reason, changes, age) {
  return {
    version: p.version,
    name: p.name,
    minerType: p.minerType,
    config: p.config,
    secrets: p.secrets,
    autostart: p.autostart,
    savedAt: ago(age),
    savedBy: "owner",
    reason,
    changes,
  };
}

export function versionsOf(p) {
  const older = { ...p, config: { ...p.config, threads: 8 } };
  return [
    version(
      p,
      "changed",
      [
        { key: "config.threads", old: 8, new: 4, secret: false },
        { key: "config.password", secret: true },
        { key: "config.pools[0].pool", new: "stratum+tcp://backup.example:3333", secret: false },
      ],
      2 * day,
    ),
    version({ ...older, version: Math.max(1, p.version - 1) }, "created", [], 20 * day),
  ].slice(0, p.version);
}

export function checkOf(b) {
  const c = b.config ?? {};
  const errors = [];
  const bad = (location, message) => errors.push({ location: `config.${location}`, message });
  if (!/^stratum\+(tcp|ssl):\/\/[^:/]+:\d+$/.test(c.pool ?? ""))
    bad("pool", "write stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT");
  if (!/^[48][0-9A-Za-z]{94}$/.test(c.wallet ?? ""))
    bad("wallet", "it is no Monero address: it has 95 characters and begins with 4 or 8");
  (c.pools ?? []).forEach((p, i) => {
    if (!/^stratum\+(tcp|ssl):\/\/[^:/]+:\d+$/.test(p.pool))
      bad(`pools[${i}].pool`, "write stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT");
  });
  if (c.cpuPriority !== undefined && !(c.cpuPriority >= 0 && c.cpuPriority <= 5))
    bad("cpuPriority", "it must be from 0 to 5");
  if (c.background) bad("background", "adit never hides a program: leave it out");
  if (errors.length > 0) return { ok: false, errors, rendered: null, why: "" };
  const { wallet, password, ...shown } = c;
  return {
    ok: true,
    errors,
    why: "",
    rendered: {
      path: b.minerType === "native" ? "/usr/libexec/adit/adit-miner" : "",
      args: ["--config", "config.json", "--no-color"],
      files: { "config.json": `${JSON.stringify({ ...shown, user: wallet, pass: "(kept out)" }, null, 2)}\n` },
    },
  };
}

export function estimateOf(scenario, minerType, threads) {
  const unknown = scenario === "empty";
  const rate = minerType === "gpuminer" ? null : threads ? threads * 305 : 612;
  const input = (name, value, unit, age, source) => ({ name, value, unit, at: age === null ? null : ago(age), source });
  const revenue = unknown || rate === null ? null : 0.31;
  const cost = unknown ? null : 0.94;
  const lost = revenue === null || cost === null ? null : revenue < cost;
  return {
    at: now(),
    minerType,
    coin: "XMR",
    algorithm: "rx/0",
    currency: "EUR",
    hashrate:
      rate === null
        ? {
            value: null,
            source: null,
            at: null,
            threads: null,
            why: "this program was never measured here: let it run for a minute",
          }
        : { value: rate, source: "measured on this computer", at: ago(3 * 3600), threads: threads ?? 2, why: "" },
    coinsPerDay: revenue === null ? null : 0.00205,
    revenuePerDay: {
      value: revenue,
      why:
        revenue === null
          ? "price, difficulty and reward are not known: type them in under Settings, Power and figures"
          : "",
      inputs:
        revenue === null
          ? []
          : [
              input("hashrate", rate, "H/s", 3 * 3600, "measured on this computer"),
              input("price", 151.2, "EUR", 9 * day, "typed"),
              input("difficulty", 432_000_000_000, "", 7200, "typed"),
              input("reward", 0.6, "XMR", 7200, "typed"),
            ],
    },
    costPerDay: {
      value: cost,
      why: cost === null ? "the power price is not known: type it in under Settings, Power and figures" : "",
      inputs:
        cost === null
          ? []
          : [input("power", 140, "W", null, "typed"), input("pricePerKwh", 0.28, "EUR/kWh", null, "typed")],
    },
    feePercent: minerType === "native" ? 0 : minerType === "xmrig" ? 1 : null,
    poolFeePercent: 0.6,
    netPerDay: lost === null ? null : revenue - cost,
    loss: lost,
    sentence:
      lost === null
        ? "What it brings is unknown: figures are missing."
        : "It would bring 0.31 EUR a day and cost 0.94 EUR of electricity: a loss of 0.63 EUR a day.",
  };
}

export const coinPools = [
  {
    coin: "XMR",
    name: "Monero",
    note: "adit gets nothing from any pool, and no pool can pay to stand here. Any other pool can be used as well.",
    alternatives: [
      {
        name: "Your own node",
        text: "Alone, a home computer finds a block rarely, if ever.",
        website: "https://node.example",
      },
    ],
    pools: [
      ["P2Pool mini", "stratum+tcp://127.0.0.1:3333", 0, "PPLNS", 0.00027],
      ["Alpha", tlsPool, 0.6, "PPLNS", 0.1],
      ["Beta", "stratum+ssl://beta.example:443", 1, "PPLNS", 0.003],
      ["Gamma", "stratum+ssl://gamma.example:3334", 0.9, "PPS", null],
      ["Delta", "stratum+tcp://delta.example:5555", null, "", 0.01],
    ].map(([name, url, feePercent, scheme, minPayout]) => ({
      name,
      url,
      website: "https://pool.example",
      feePercent,
      scheme,
      minPayout,
      note: name === "Gamma" ? "Pays each share at once." : "",
      source: name === "Delta" ? "" : "README of the pool's own tool",
      dated: "2026-08-13",
      own: feePercent === 0,
      checked: "2026-11-20",
    })),
  },
];

export function importOf(b, mining) {
  if (!/profiles|minerType/.test(b.content))
    return { format: "unknown", dryRun: b.dryRun, items: [], notes: ["logLevel is no profile"] };
  const entries = [
    {
      source: "profiles[0]",
      name: "Imported rig",
      minerType: "xmrig",
      outcome: "create",
      field: "",
      why: "",
      notes: ["donateLevel was left as it is"],
      profile: "",
    },
    {
      source: "profiles[1]",
      name: "Quiet night",
      minerType: "native",
      outcome: b.replace ? "update" : "refuse",
      field: "name",
      why: b.replace ? "" : "there is a profile of that name",
      notes: [],
      profile: "",
    },
  ];
  if (!b.dryRun)
    mining.save(null, {
      name: "Imported rig",
      minerType: "xmrig",
      config: { pool: tlsPool, wallet: `4${"A".repeat(94)}` },
    });
  return { format: "adit's export", dryRun: b.dryRun, items: entries, notes: ["window.width"] };
}
