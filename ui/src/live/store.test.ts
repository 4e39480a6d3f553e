import { beforeEach, expect, it } from "vitest";
import type { Device } from "../api/types";
import { backoff } from "./backoff";
import { hiddenGrace, LiveStore, type Socket, silence, type World } from "./store";

/** A world in which time moves only when told. */
class FakeWorld implements World {
  time = 1_000_000;
  sockets: FakeSocket[] = [];
  enter: boolean | Error = true;
  private waits: { at: number; f: () => void }[] = [];

  connect(): Socket {
    const s = new FakeSocket();
    this.sockets.push(s);
    return s;
  }
  async mayEnter() {
    if (this.enter instanceof Error) throw this.enter;
    return this.enter;
  }
  now() {
    return this.time;
  }
  random() {
    return 0.5;
  }
  after(ms: number, f: () => void) {
    const w = { at: this.time + ms, f };
    this.waits.push(w);
    return () => {
      this.waits = this.waits.filter((x) => x !== w);
    };
  }
  async pass(ms: number) {
    const end = this.time + ms;
    for (;;) {
      const due = this.waits.filter((w) => w.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.waits = this.waits.filter((w) => w !== due);
      this.time = Math.max(this.time, due.at);
      due.f();
      await settle();
    }
    this.time = end;
  }
  get last() {
    const s = this.sockets.at(-1);
    if (!s) throw new Error("nothing has connected");
    return s;
  }
  waiting() {
    return this.waits.length;
  }
}

class FakeSocket implements Socket {
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  closed = false;
  close() {
    this.closed = true;
  }
  send(frame: unknown) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) } as MessageEvent);
  }
  fail() {
    this.onclose?.({} as CloseEvent);
  }
}

const settle = async () => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};
const device = (at: string, hashrate: number) => ({ id: "r/x", title: "x", at, hashrate, stale: false }) as Device;

let world: FakeWorld;
let store: LiveStore;
beforeEach(() => {
  world = new FakeWorld();
  store = new LiveStore(world);
  store.start();
});

it("is live after the snapshot and tells only who listens to what changed", () => {
  const heard: string[] = [];
  store.subscribe("host", () => heard.push("host"));
  store.subscribe("pause", () => heard.push("pause"));
  store.subscribe("link", () => heard.push(store.connection().state));
  expect(store.connection().state).toBe("connecting");
  world.last.send({ t: "snapshot", seq: 4, state: { host: { rig: "r" } } });
  world.last.send({ t: "delta", seq: 5, set: { pause: { paused: true } } });
  expect(heard).toEqual(["live", "host", "pause"]);
  expect(store.get("pause")?.paused).toBe(true);
  expect(store.get("host")?.rig).toBe("r");
});

it("connects again after a gap, and keeps the last values meanwhile", async () => {
  world.last.send({ t: "snapshot", seq: 1, state: { pause: { paused: false } } });
  const first = world.last;
  first.send({ t: "delta", seq: 3, set: {} });
  expect(first.closed).toBe(true);
  expect(store.connection()).toEqual({ state: "reconnecting", since: world.time, nextAt: world.time + 500 });
  expect(store.get("pause")?.paused).toBe(false);
  await world.pass(500);
  expect(world.sockets).toHaveLength(2);
  first.send({ t: "snapshot", seq: 9, state: {} }); // a late word of the old stream
  expect(store.get("pause")?.paused).toBe(false);
  world.last.send({ t: "snapshot", seq: 1, state: { pause: { paused: true } } });
  expect(store.connection().state).toBe("live");
  expect(store.get("pause")?.paused).toBe(true);
});

it("treats nonsense and silence as a broken stream", async () => {
  world.last.send({ t: "snapshot", seq: 1, state: {} });
  world.last.send("half a fra");
  expect(store.connection().state).toBe("reconnecting");
  await world.pass(600);
  world.last.send({ t: "snapshot", seq: 1, state: {} });
  await world.pass(silence - 1);
  expect(store.connection().state).toBe("live");
  await world.pass(1);
  expect(store.connection().state).toBe("reconnecting");
});

it("waits longer after each failure and remembers since when", async () => {
  world.last.send({ t: "snapshot", seq: 1, state: {} });
  world.enter = new Error("no answer");
  world.last.fail();
  const since = world.time;
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    const link = store.connection();
    if (link.state !== "reconnecting") throw new Error(link.state);
    expect(link.since).toBe(since);
    waits.push(link.nextAt - world.time);
    await world.pass(link.nextAt - world.time);
  }
  expect(waits).toEqual([500, 1000, 2000, 4000, 7500, 7500]);
});

it("asks for a sign-in when the server does not know this browser any more", async () => {
  world.last.send({ t: "snapshot", seq: 1, state: { host: { rig: "r" } } });
  world.enter = false;
  world.last.fail();
  await world.pass(500);
  expect(store.connection().state).toBe("signedout");
  expect(store.get("host")).toBeUndefined();
  expect(world.waiting()).toBe(0);
  store.start();
  expect(store.connection().state).toBe("connecting");
});

it("stops listening while nobody looks, and goes on at once", async () => {
  world.last.send({ t: "snapshot", seq: 1, state: {} });
  store.setHidden(true);
  await world.pass(hiddenGrace - 1);
  expect(store.connection().state).toBe("live");
  await world.pass(1);
  expect(store.connection().state).toBe("paused");
  expect(world.last.closed).toBe(true);
  expect(world.waiting()).toBe(0);
  store.setHidden(false);
  expect(world.sockets).toHaveLength(2);
  world.last.send({ t: "snapshot", seq: 1, state: {} });
  expect(store.connection().state).toBe("live");
});

it("does not stop for a short look away", async () => {
  world.last.send({ t: "snapshot", seq: 1, state: {} });
  store.setHidden(true);
  await world.pass(hiddenGrace / 2);
  store.setHidden(false);
  await world.pass(hiddenGrace);
  expect(world.sockets).toHaveLength(1);
  expect(store.connection().state).toBe("live");
});

it("measures ages by the server's clock when this one is wrong", () => {
  const at = (skew: number) => new Date(world.time + skew).toISOString();
  world.last.send({ t: "snapshot", seq: 1, state: { overview: { at: at(3_600_000) } } });
  expect(store.serverNow()).toBe(world.time + 3_600_000);
  world.last.send({ t: "delta", seq: 2, set: { overview: { at: at(-800) } } });
  expect(store.serverNow()).toBe(world.time);
});

it("keeps the latest readings of devices that are still there", () => {
  const t = "2026-11-21T12:00:00Z";
  world.last.send({ t: "snapshot", seq: 1, state: { "device/r/x": device(t, 600) } });
  world.last.send({ t: "delta", seq: 2, set: { "device/r/x": device(t, 600) } });
  world.last.send({ t: "delta", seq: 3, set: { "device/r/x": device("2026-11-21T12:00:02Z", 610) } });
  expect(store.tail.of("r/x").map((r) => r.hashrate)).toEqual([600, 610]);
  world.last.send({ t: "delta", seq: 4, del: ["device/r/x"] });
  expect(store.devices()).toEqual([]);
  expect(store.tail.of("r/x")).toEqual([]);
});

it("never waits less than 300 ms nor more than 15 s", () => {
  for (let n = 0; n < 40; n++) {
    expect(backoff(n, () => 0)).toBe(300);
    expect(backoff(n, () => 1)).toBeLessThanOrEqual(15_000);
  }
  expect(backoff(2, () => 1)).toBe(4000);
});
