// Serves ui/dist and adit's contract over a moving fake, under the policy that the real server sends.
//   node dev/mock-server.mjs [port]      then open http://127.0.0.1:8099/#token=mock-token
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { Crew } from "./mock-coop.mjs";
import { exported, Mining } from "./mock-mining.mjs";
import { House, settingsRoute } from "./mock-settings.mjs";
import { scenarios, token, World } from "./mock-world.mjs";

const port = Number(process.argv[2] ?? process.env.MOCK_PORT ?? 8099);
const dist = process.env.MOCK_DIST ?? fileURLToPath(new URL("../dist", import.meta.url));
const policy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

let world = new World(process.env.MOCK_SCENARIO ?? "empty");
let house = new House(world.name);
let mining = new Mining(world.name);
let crew = new Crew(world.name);
let session = null;
let seq = 1;
let sent = {};
let mute = false;

const problem = (res, status, title, detail, errors = []) =>
  json(
    res,
    status,
    { title, status, detail, code: title.toLowerCase().replaceAll(" ", "_"), error: detail, errors },
    "application/problem+json",
  );

function json(res, status, body, type = "application/json") {
  res.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" });
  res.end(body === null ? "" : JSON.stringify(body));
}

const signedIn = (req) => session !== null && (req.headers.cookie ?? "").includes(`adit_session=${session}`);

async function body(req) {
  let text = "";
  for await (const chunk of req) text += chunk;
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return {};
  }
}

async function bytes(req) {
  const parts = [];
  for await (const chunk of req) parts.push(chunk);
  return Buffer.concat(parts);
}

// A lone coordinator has no hub: its state is the crew's alone.
const whole = () =>
  crew.lone ? crew.state() : { ...world.state(), ...mining.state(), policy: house.policyView(), ...crew.state() };

function changed() {
  const state = whole();
  const set = {};
  for (const [k, v] of Object.entries(state)) if (JSON.stringify(v) !== JSON.stringify(sent[k])) set[k] = v;
  const del = Object.keys(sent).filter((k) => !(k in state));
  sent = state;
  const frame = JSON.stringify({ t: "delta", seq: ++seq, set, del });
  if (!mute) for (const c of sockets.clients) c.send(frame);
}

function mine(res, b) {
  const errors = [];
  if (!/^stratum\+(tcp|ssl):\/\/[^:/]+:\d+$/.test(b.pool ?? ""))
    errors.push({ location: "body.pool", message: "Not a pool address: write stratum+tcp://HOST:PORT" });
  if (!/^[48][0-9A-Za-z]{94}$/.test(b.wallet ?? ""))
    errors.push({
      location: "body.wallet",
      message: "Not a Monero address: it has 95 characters and begins with 4 or 8.",
    });
  if (errors.length > 0) return problem(res, 400, "Invalid", errors.map((e) => e.message).join(" "), errors);
  world.addMiner("native", false);
  changed();
  json(res, 201, { name: "native" });
}

const routes = {
  "GET /api/v1/state": (res) => json(res, 200, { seq, state: whole() }),
  "DELETE /api/v1/session": (res) => {
    session = null;
    json(res, 204, null);
  },
  "POST /api/v1/consent": (res) => {
    world.consent = { granted: true, via: "browser", at: new Date().toISOString(), needed: false };
    if (world.practiceOn && world.miners.length === 0) world.addMiner("practice", true);
    changed();
    json(res, 200, world.consentState());
  },
  "DELETE /api/v1/consent": (res) => {
    world.consent.granted = false;
    world.consent.needed = world.miners.length > 0;
    changed();
    json(res, 204, null);
  },
  "POST /api/v1/pause": (res, b) => {
    world.paused = {
      since: new Date().toISOString(),
      until: b.forSeconds ? new Date(Date.now() + b.forSeconds * 1000).toISOString() : null,
    };
    changed();
    json(res, 200, world.pauseState());
  },
  "POST /api/v1/resume": (res) => {
    world.paused = null;
    changed();
    json(res, 200, world.pauseState());
  },
  "POST /api/v1/practice": (res, b) => {
    if (!world.consent.granted)
      return problem(res, 409, "Consent needed", "Mining on this computer needs its owner's consent first.");
    if (b.threads > 12)
      return problem(res, 400, "Invalid", "threads: this computer has 12.", [
        { location: "body.threads", message: "This computer has 12 threads." },
      ]);
    world.practiceOn = true;
    world.addMiner("practice", true);
    changed();
    json(res, 200, world.practiceState());
  },
  "DELETE /api/v1/practice": (res) => {
    world.practiceOn = false;
    world.miners = world.miners.filter((m) => !m.practice);
    changed();
    json(res, 204, null);
  },
  "POST /api/v1/mining/miners/native": mine,
};

async function controls(req, res, path) {
  const b = await body(req);
  if (path === "/__mock/scenario" && scenarios.includes(b.name)) {
    world = new World(b.name);
    house = new House(b.name);
    mining = new Mining(b.name);
    crew = new Crew(b.name);
    session = b.signedIn === false ? null : session;
    mute = false;
    for (const c of sockets.clients) c.close();
    sent = {};
  } else if (path === "/__mock/note") {
    house.note(b.kind, b.severity, b.text, b.subject);
  } else if (path === "/__mock/fee") {
    world.feeRound = b.active === true;
  } else if (path === "/__mock/gap") {
    seq += 5; // the next frame does not follow
  } else if (path === "/__mock/mute") {
    mute = b.on === true;
  } else if (path === "/__mock/drop") {
    for (const c of sockets.clients) c.terminate();
  } else return problem(res, 404, "Not found", path);
  json(res, 200, { ok: true });
}

async function answer(req, res) {
  const url = new URL(req.url, "http://mock");
  const path = url.pathname;
  if (path.startsWith("/__mock/")) return controls(req, res, path);
  if (!path.startsWith("/api/")) return file(res, path);
  if (req.method === "POST" && path === "/api/v1/session") {
    if ((await body(req)).token !== token)
      return problem(
        res,
        401,
        "Unauthorized",
        "This link was used already or is not from this adit. For a new one: adit link",
      );
    session ??= Math.random().toString(36).slice(2);
    res.setHeader("Set-Cookie", `adit_session=${session}; HttpOnly; SameSite=Strict; Path=/`);
    return json(res, 200, {});
  }
  if (!signedIn(req)) return problem(res, 401, "Unauthorized", "Sign in first: open the link that adit printed.");
  if (crew.lone && !/^\/api\/v1\/(coop|state)/.test(path))
    return problem(res, 404, "Not found", "this adit has no hub");
  if (
    /^\/api\/v1\/(settings|policy|tokens|sessions|links|security|connections|fees|backup|doctor|journal)/.test(path)
  ) {
    const sent = await body(req);
    if (settingsRoute(house, req.method, path, url.searchParams, sent, json, problem, res)) return;
  }
  if (req.method === "POST" && path === "/api/v1/archives")
    return json(res, 201, mining.take(url.searchParams.get("name"), await bytes(req)));
  if (path === "/api/v1/profiles/export") {
    res.writeHead(200, { "Content-Type": "text/plain" });
    return res.end(exported(mining, url.searchParams));
  }
  const route = routes[`${req.method} ${path}`];
  const asked = await body(req);
  if (route) return route(res, asked);
  const found =
    crew.answer(req.method, path, url.searchParams, asked) ?? mining.answer(req.method, path, url.searchParams, asked);
  if (found) {
    const type = found.status < 400 ? "application/json" : "application/problem+json";
    json(res, found.status, found.body, type);
    return changed();
  }
  if (req.method === "GET" && path === "/api/v1/history/hashrate")
    return json(res, 200, world.history(Number(url.searchParams.get("minutes") ?? 60)));
  if (req.method === "DELETE" && path.startsWith("/api/v1/mining/miners/")) {
    const name = decodeURIComponent(path.split("/").pop());
    world.miners = world.miners.filter((m) => m.name !== name);
    mining.stopped(name);
    changed();
    return json(res, 204, null);
  }
  const order = /^\/api\/v1\/devices\/[^/]+\/([^/]+)\/(restart|release|start)$/.exec(path);
  if (req.method === "POST" && order) {
    world.again(order[1], order[2]);
    changed();
    return json(res, 200, { status: "done" });
  }
  if (req.method === "GET" && /^\/api\/v1\/devices\/[^/]+\/[^/]+\/log$/.test(path)) {
    const after = Number(url.searchParams.get("after") ?? 0);
    const lines = world.log.filter((l) => l.seq > after);
    return json(res, 200, { lines, next: lines.at(-1)?.seq ?? after });
  }
  return problem(res, 404, "Not found", `There is no ${req.method} ${path}.`);
}

function file(res, path) {
  const clean = normalize(decodeURIComponent(path)).replace(/^(\.\.[/\\])+/, "");
  let at = join(dist, clean);
  if (clean === "/" || !extname(clean)) at = join(dist, "index.html");
  if (!at.startsWith(dist) || !existsSync(at)) {
    res.writeHead(404, { "Content-Type": "text/plain" });
    return res.end(existsSync(join(dist, "index.html")) ? "not found" : "ui/dist is missing: run npm run build");
  }
  res.writeHead(200, {
    "Content-Type": types[extname(at)] ?? "application/octet-stream",
    "Content-Security-Policy": policy,
  });
  createReadStream(at).pipe(res);
}

const server = createServer((req, res) => {
  answer(req, res).catch((err) => problem(res, 500, "Internal", String(err)));
});
const sockets = new WebSocketServer({ noServer: true });
server.on("upgrade", (req, socket, head) => {
  if (req.url !== "/api/v1/live" || !signedIn(req)) return socket.destroy();
  sockets.handleUpgrade(req, socket, head, (ws) => {
    sent = whole();
    ws.send(JSON.stringify({ t: "snapshot", seq, state: sent }));
  });
});
setInterval(() => {
  world.tick();
  mining.tick();
  changed();
}, 1000);
server.listen(port, "127.0.0.1", () => console.log(`mock adit: http://127.0.0.1:${port}/#token=${token}`));
