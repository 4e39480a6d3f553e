// The fake's profiles, pools, estimates, installations and history: the routes of their three pages.
import { createHash } from "node:crypto";
import { checkOf, coinPools, estimateOf, importOf, somePlans, version, versionsOf } from "./mock-plans.mjs";
import { available, catalogue, chartLine, installedXmrig, someRuns } from "./mock-programs.mjs";

const now = () => new Date().toISOString();
const ago = (s) => new Date(Date.now() - s * 1000).toISOString();
const rig = "r1";
const day = 86_400;

/** What a fresh world holds; a scenario "empty" has nothing yet, "problem" lost a program to an antivirus. */
export class Mining {
  constructor(name) {
    this.name = name;
    this.profiles = name === "empty" ? [] : somePlans();
    this.versions = new Map(this.profiles.map((p) => [p.id, versionsOf(p)]));
    this.last =
      this.profiles.length === 0
        ? []
        : [{ profile: "p1", at: ago(3 * 3600), minerType: "xmrig", secrets: [], config: {} }];
    this.installed = name === "empty" ? [] : [installedXmrig(name === "problem" ? "missing" : "ok")];
    this.job = null;
    this.uploads = new Map();
  }

  /** Keys of the live state. */
  state() {
    if (!this.job) return {};
    const { code, reason, ...job } = this.job;
    return { [`install/${rig}/${job.program}`]: { ...job, rig, words: reason } };
  }

  tick() {
    const job = this.job;
    if (!job || ended(job)) return;
    job.at = now();
    if (job.phase === "waiting")
      Object.assign(job, { phase: "downloading", done: 0, total: 9_437_184, speed: 3_600_000 });
    else if (job.phase === "downloading" && job.done < job.total) job.done = Math.min(job.total, job.done + 3_600_000);
    else if (job.phase === "downloading") Object.assign(job, { phase: "checking", speed: null });
    else if (job.phase === "checking") job.phase = "unpacking";
    else this.finish(job);
  }

  finish(job) {
    if (job.from.includes("truncated"))
      return Object.assign(job, {
        phase: "failed",
        reason: "The archive ends too early: it is not whole. Download it again.",
        code: "invalid",
      });
    job.phase = "done";
    const old = this.installed.filter((i) => i.program === job.program && i.version !== job.version);
    for (const i of old) i.current = false;
    const rest = this.installed.filter((i) => i.program !== job.program || i.version !== job.version);
    this.installed = [
      ...rest,
      { ...installedXmrig("ok"), program: job.program, version: job.version, installedAt: now() },
    ];
  }

  /** Answers a request of these pages: {status, body}; undefined for any other. */
  answer(method, path, query, b) {
    return this.plans(method, path, b) ?? this.programs(method, path, query, b) ?? this.history(method, path, query);
  }

  plans(method, path, b) {
    const key = `${method} ${path}`;
    if (key === "GET /api/v1/mining/profiles") return ok(this.profiles);
    if (key === "POST /api/v1/mining/profiles") return this.save(null, b);
    if (key === "GET /api/v1/profiles/last") return ok(this.last);
    if (key === "POST /api/v1/profiles/check") return ok(checkOf(b));
    if (key === "POST /api/v1/profiles/import") return ok(importOf(b, this));
    if (key === "GET /api/v1/pools") return ok(coinPools);
    if (key === "POST /api/v1/estimate") return ok(this.estimate(b));
    const one = /^\/api\/v1\/mining\/profiles\/([^/]+)(?:\/(\w+))?$/.exec(path);
    if (!one) return undefined;
    const p = this.profiles.find((x) => x.id === one[1]);
    if (!p) return problem(404, "There is no profile of that id.");
    if (method === "GET" && one[2] === "versions") return ok(this.versions.get(p.id));
    if (method === "PUT" && !one[2]) return this.save(p, b);
    if (method === "DELETE") {
      this.profiles = this.profiles.filter((x) => x !== p);
      return ok({ status: "profile deleted" });
    }
    if (one[2] === "revert") return ok(this.revert(p, b.version));
    if (one[2] === "start") {
      if (p.minerType !== "native" && !this.installed.some((i) => i.program === p.minerType && i.state === "ok"))
        return problem(409, `${p.minerType} is not installed. Install it first: adit install ${p.minerType}`);
      p.running = true;
      this.last = [{ profile: p.id, at: now(), minerType: p.minerType, secrets: [], config: {} }, ...this.last];
      return ok({ name: p.instance });
    }
    return undefined;
  }

  /** A program was stopped. */
  stopped(name) {
    for (const p of this.profiles) if (p.instance === name) p.running = false;
  }

  save(p, b) {
    const errors = checkOf(b).errors;
    if (errors.length > 0) return problem(400, errors.map((e) => e.message).join(" "), errors);
    if (this.profiles.some((x) => x !== p && x.name.toLowerCase() === b.name.toLowerCase()))
      return problem(409, "There is a profile of that name already.", [
        { location: "name", message: "There is a profile of that name already." },
      ]);
    if (p && b.version && b.version !== p.version)
      return problem(409, "The profile was changed meanwhile: load it again, then change it.");
    const saved = p ?? {
      id: `p${this.profiles.length + 7}`,
      createdAt: now(),
      running: false,
      secrets: [],
      autostart: false,
      version: 0,
      instance: b.name,
    };
    const { password, ...config } = b.config;
    const changes = Object.keys({ ...saved.config, ...config })
      .filter((k) => JSON.stringify(saved.config?.[k]) !== JSON.stringify(config[k]))
      .map((k) => ({ key: `config.${k}`, old: saved.config?.[k], new: config[k], secret: false }));
    Object.assign(saved, {
      name: b.name,
      description: b.description,
      minerType: b.minerType,
      config,
      updatedAt: now(),
      version: saved.version + 1,
    });
    if (typeof b.autostart === "boolean") saved.autostart = b.autostart;
    if (password) saved.secrets = ["password"];
    if (!p) this.profiles.push(saved);
    const reason = p ? "changed" : "created";
    this.versions.set(saved.id, [version(saved, reason, changes, 0), ...(this.versions.get(saved.id) ?? [])]);
    return ok(saved, p ? 200 : 201);
  }

  revert(p, to) {
    const old = this.versions.get(p.id).find((v) => v.version === to);
    Object.assign(p, { config: old.config, version: p.version + 1, updatedAt: now() });
    this.versions.set(p.id, [version(p, `reverted to version ${to}`, old.changes, 0), ...this.versions.get(p.id)]);
    return p;
  }

  estimate(b) {
    const p = this.profiles.find((x) => x.id === b.profileId);
    const threads = p?.config.threads ?? b.config?.threads;
    return estimateOf(this.name, p?.minerType ?? b.minerType, threads);
  }

  programs(method, path, query, b) {
    const key = `${method} ${path}`;
    if (key === "GET /api/v1/mining/miners/available") return ok(available(this.installed));
    if (key === "GET /api/v1/catalogue") return ok(catalogue);
    if (key === "GET /api/v1/installs")
      return ok({ installed: this.installed, jobs: this.job ? [this.job] : [], words: "" });
    const install = /^\/api\/v1\/mining\/miners\/([^/]+)\/(install|uninstall)$/.exec(path);
    if (install?.[2] === "install") return this.begin(install[1], b);
    if (install) {
      this.installed = this.installed.filter((i) => i.program !== install[1] || i.version !== query.get("version"));
      return ok({ status: "uninstalled", name: install[1] });
    }
    if (method === "DELETE" && path.startsWith("/api/v1/install-jobs/")) {
      Object.assign(this.job, { phase: "cancelled", at: now() });
      return ok({ status: "cancelled" });
    }
    const pin = /^\/api\/v1\/installs\/([^/]+)\/(pin|current)$/.exec(path);
    if (!pin) return undefined;
    for (const i of this.installed.filter((x) => x.program === pin[1])) {
      if (pin[2] === "pin") i.pinned = method === "PUT" && i.version === b.version;
      else i.current = i.version === b.version;
    }
    return ok({ status: "done" });
  }

  begin(program, b) {
    const sent = this.uploads.get(b.archive);
    if (b.archive && !sent?.known && !b.sha256)
      return problem(400, "The catalogue does not know this archive.", [
        {
          location: "body.sha256",
          message: "The catalogue does not know this archive: give its SHA-256 from the publisher.",
        },
      ]);
    const version = b.version || "6.26.0";
    this.job = {
      id: "j1",
      program,
      version,
      phase: "waiting",
      done: 0,
      total: null,
      speed: null,
      from: sent?.name ?? "github.example",
      startedAt: now(),
      at: now(),
      code: "",
      reason: "",
    };
    return ok({ status: "installing", name: program, version, job: this.job }, 202);
  }

  /** An archive that a browser sent. */
  take(name, bytes) {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const known = name.startsWith("xmrig-6.26.0") ? "xmrig 6.26.0" : "";
    const upload = { id: `up-${sha256.slice(0, 8)}`, name, size: bytes.length, sha256, known, expiresAt: ago(-day) };
    this.uploads.set(upload.id, upload);
    return upload;
  }

  history(method, path, query) {
    if (method !== "GET") return undefined;
    if (path === "/api/v1/history/chart") return ok(this.chart(query));
    if (path === "/api/v1/history/sessions") return ok(this.name === "empty" ? [] : someRuns());
    return undefined;
  }

  chart(query) {
    const step = Number(query.get("step") ?? 60);
    const since = Date.parse(query.get("since")) / 1000;
    const until = Date.parse(query.get("until")) / 1000;
    const devices = lineNames[this.name] ?? ["practice"];
    const one = query.get("device");
    const lines = [];
    for (const metric of query.get("metrics").split(",")) {
      if (metric === "power") continue; // no device here reports it
      for (const d of devices.filter((x) => !one || one === `${rig}/${x}`))
        lines.push(chartLine(metric, d, since, until, step));
    }
    return { since: query.get("since"), until: query.get("until"), step, lines };
  }
}

/** Text of an export, or undefined. */
export function exported(mining, query) {
  const doc = {
    adit: "profiles",
    format: 1,
    exportedAt: now(),
    secrets: false,
    complete: true,
    profiles: mining.profiles.map(({ name, description, minerType, autostart, config }) => ({
      name,
      description,
      minerType,
      autostart,
      config,
    })),
  };
  return query.get("format") === "json"
    ? JSON.stringify(doc, null, 2)
    : `adit: profiles\nprofiles: ${JSON.stringify(doc.profiles)}\n`;
}

const ok = (body, status = 200) => ({ status, body });
const problem = (status, detail, errors = []) => ({
  status,
  body: { title: status === 400 ? "Invalid" : "Conflict", status, detail, code: "invalid", error: detail, errors },
});
const ended = (job) => ["done", "failed", "cancelled"].includes(job.phase);
const lineNames = { empty: [], problem: ["practice", "native"], profile: ["desk"] };
