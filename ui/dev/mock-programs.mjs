// What the fake knows of programs and of their runs.
import { createHash } from "node:crypto";

const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
const rig = "r1";
const day = 86_400;

const digest = (word) => createHash("sha256").update(word).digest("hex");

function entry(program, title, version, feePercent, source, here = true) {
  return {
    program,
    title,
    version,
    platform: here ? "linux/amd64" : "windows/amd64",
    url: `https://github.example/${program}/${version}/${program}-${version}-linux-static-x64.tar.gz`,
    sha256: digest(program + version),
    digestSource: "https://github.example/SHA256SUMS",
    binary: program,
    licence: source === "open" ? "GPL-3.0" : "proprietary",
    source,
    feePercent,
    size: 9_437_184,
    here,
  };
}

export const catalogue = {
  serial: 12,
  origin: "built in",
  key: "",
  issued: null,
  expires: null,
  platform: "linux/amd64",
  accepts: false,
  words: "This build was made without a release key, so signed catalogues cannot be added.",
  entries: [
    entry("xmrig", "XMRig", "6.26.0", 1, "open"),
    entry("xmrig", "XMRig", "6.24.0", 1, "open"),
    entry("gpuminer", "GPU Miner", "2.10", null, "closed"),
    entry("winminer", "Windows Miner", "1.0", 2, "closed", false),
  ],
  notes: ["example-miner 3.2: its publisher shows no digest, so it is left out."],
};

export function installedXmrig(state) {
  const path = "/home/owner/.local/share/adit/agent/programs/xmrig/6.24.0";
  return {
    program: "xmrig",
    version: "6.24.0",
    current: true,
    pinned: false,
    path,
    binary: `${path}/xmrig`,
    sha256: digest("binary"),
    archiveSha256: digest("xmrig6.24.0"),
    installedAt: ago(9 * day),
    vouched: "catalogue",
    digestSource: "https://github.example/SHA256SUMS",
    url: "",
    licence: "GPL-3.0",
    source: "open",
    feePercent: 1,
    state,
    words: state === "missing" ? "its program file is gone, likely removed by an antivirus" : "",
  };
}

export function available(installed) {
  const has = (name) => installed.find((i) => i.program === name && i.state === "ok");
  const program = (name, description, feePercent) => ({
    name,
    description,
    aliases: [],
    installed: name === "native" || Boolean(has(name)),
    path: has(name)?.binary ?? "",
    version: has(name)?.version ?? "",
    why: has(name) || name === "native" ? "" : `It is not installed: adit install ${name}`,
    feePercent,
  });
  return [
    program("native", "adit's own RandomX miner for the processor", 0),
    program("xmrig", "XMRig, for processors and graphics cards", 1),
    program("gpuminer", "A closed program for graphics cards", null),
  ];
}

export function someRuns() {
  const run = (id, began, ended, accepted, reason, name = "practice") => ({
    id,
    rig,
    device: `${rig}/${name}`,
    minerName: name,
    program: "native",
    algorithm: "rx/0",
    profile: null,
    startedAt: ago(began),
    stoppedAt: ended === null ? null : ago(ended),
    accepted,
    rejected: accepted === null ? null : 3,
    stale: accepted === null ? null : 1,
    averageHashrate: accepted === null ? null : 608.4,
    lastSeenAt: ago(ended ?? 2),
    reason,
  });
  return [
    run("s3", 3000, null, 601, ""),
    run("s2", 2 * day, 1.5 * day, 8612, "stopped by the owner"),
    run("s1", 3 * day, 3 * day - 90, null, "it ended by itself with exit code 1: login refused", "native"),
  ];
}

const shapes = {
  hashrate: (t, big) => (big ? 1200 : 612) + 12 * Math.sin(t / 170) + 6 * Math.sin(t / 31),
  accepted: (t, big, step) => Math.round((step / 5) * (big ? 2 : 1) * (0.8 + 0.2 * Math.sin(t / 90))),
  rejected: (t, _big, step) => ((t / step) % 17 === 0 ? Math.max(1, Math.round(step / 60)) : 0),
  stale: (t, _big, step) => ((t / step) % 29 === 0 ? 1 : 0),
  difficulty: (t) => 3000 + 250 * Math.floor((t / 3600) % 4),
  temperature: (t) => 61 + 3 * Math.sin(t / 900),
};

export function chartLine(metric, device, since, until, step) {
  const points = [];
  for (let t = since; t <= until; t += step) {
    const hole = Math.floor(t / (step * 40)) % 5 === 2;
    points.push({
      t: new Date(t * 1000).toISOString(),
      value: hole ? null : shapes[metric](t, device === "native", step),
    });
  }
  return { metric, unit: "", device: `${rig}/${device}`, points };
}
