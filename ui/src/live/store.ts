import type { Device, State } from "../api/types";
import { backoff } from "./backoff";
import { apply, devicesOf, type Known, parseFrame } from "./frames";
import { Tail } from "./tail";

/** How this browser hears adit. */
export type Link =
  | { state: "connecting" }
  | { state: "live" }
  | { state: "paused" }
  | { state: "reconnecting"; since: number; nextAt: number }
  | { state: "signedout" };

/** The part of WebSocket that the store uses. */
export interface Socket {
  onmessage: ((e: MessageEvent) => void) | null;
  onclose: ((e: CloseEvent) => void) | null;
  close(): void;
}

/** What the store needs from the world; tests hand in their own. */
export interface World {
  connect(): Socket;
  /** Resolves false when the server says that this browser is not signed in. */
  mayEnter(): Promise<boolean>;
  now(): number;
  random(): number;
  after(ms: number, f: () => void): () => void;
}

/** A stream that says nothing for this long is taken for dead. */
export const silence = 30_000;
/** A tab that is hidden for this long stops listening. */
export const hiddenGrace = 10_000;
/** A clock difference below this is delivery, not a wrong clock. */
const skewFloor = 5_000;

/**
 * The state of adit, outside React. It owns the connection: opens it, notices gaps and silence,
 * waits and tries again, and stops listening while nobody looks.
 */
export class LiveStore {
  private known: Known | null = null;
  private link: Link = { state: "connecting" };
  private socket: Socket | null = null;
  private failures = 0;
  private hidden = false;
  private stopped = true;
  private skew = 0;
  private deviceList: Device[] = [];
  private cancelRetry: (() => void) | null = null;
  private cancelSilence: (() => void) | null = null;
  private cancelHide: (() => void) | null = null;
  private readonly listeners = new Map<string, Set<() => void>>();
  readonly tail = new Tail();

  constructor(private readonly world: World) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.open();
  }

  stop(): void {
    this.stopped = true;
    this.drop();
    this.cancelRetry?.();
    this.cancelHide?.();
    this.cancelRetry = this.cancelHide = null;
  }

  /** Call when the tab is hidden or shown. */
  setHidden(hidden: boolean): void {
    if (hidden === this.hidden) return;
    this.hidden = hidden;
    this.cancelHide?.();
    this.cancelHide = null;
    if (this.stopped || this.link.state === "signedout") return;
    if (hidden) this.cancelHide = this.world.after(hiddenGrace, () => this.rest());
    else if (this.link.state !== "live") this.open();
  }

  /** Forgets everything and says that this browser is not signed in. */
  signOut(): void {
    this.stop();
    this.known = null;
    this.deviceList = [];
    this.tail.clear();
    this.setLink({ state: "signedout" });
    for (const key of [...this.listeners.keys()]) this.tell(key);
  }

  /** Tries now instead of at the end of the wait. */
  retryNow(): void {
    if (!this.stopped && this.link.state === "reconnecting") this.open();
  }

  get<K extends keyof State & string>(key: K): State[K] | undefined {
    return this.known?.state[key];
  }

  /** True when a snapshot has come. */
  ready(): boolean {
    return this.known !== null;
  }

  devices(): Device[] {
    return this.deviceList;
  }

  connection(): Link {
    return this.link;
  }

  /** The server's time now, in ms: ages are measured by one clock. */
  serverNow(): number {
    return this.world.now() + this.skew;
  }

  /** key: a key of the state, "devices" or "link". */
  subscribe(key: string, f: () => void): () => void {
    let set = this.listeners.get(key);
    if (!set) {
      set = new Set();
      this.listeners.set(key, set);
    }
    set.add(f);
    return () => {
      set.delete(f);
      if (set.size === 0 && this.listeners.get(key) === set) this.listeners.delete(key);
    };
  }

  private open(): void {
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.drop();
    if (this.known === null) this.setLink({ state: "connecting" });
    const socket = this.world.connect();
    this.socket = socket;
    this.watchSilence();
    socket.onmessage = (e) => {
      if (socket === this.socket) this.hear(String(e.data));
    };
    socket.onclose = () => {
      if (socket === this.socket) this.lost();
    };
  }

  private hear(text: string): void {
    let changed: Set<string>;
    try {
      const next = apply(this.known, parseFrame(text));
      this.known = next.known;
      changed = next.changed;
    } catch {
      // A gap or nonsense: what we hold may be wrong, so ask for the whole again.
      this.lost();
      return;
    }
    this.failures = 0;
    this.watchSilence();
    this.learnSkew();
    this.setLink({ state: "live" });
    if ([...changed].some((k) => k.startsWith("device/"))) {
      this.deviceList = devicesOf(this.known.state);
      this.tail.take(this.deviceList);
      this.tell("devices");
    }
    for (const key of changed) this.tell(key);
  }

  private learnSkew(): void {
    const at = Date.parse(this.known?.state.overview?.at ?? "");
    if (Number.isNaN(at)) return;
    const skew = at - this.world.now();
    this.skew = Math.abs(skew) < skewFloor ? 0 : skew;
  }

  private lost(): void {
    this.drop();
    if (this.stopped) return;
    const wait = backoff(this.failures++, this.world.random);
    const now = this.world.now();
    const since = this.link.state === "reconnecting" ? this.link.since : now;
    this.setLink({ state: "reconnecting", since, nextAt: now + wait });
    this.cancelRetry = this.world.after(wait, () => void this.retry());
  }

  private async retry(): Promise<void> {
    this.cancelRetry = null;
    let enter = true;
    try {
      enter = await this.world.mayEnter();
    } catch {
      if (!this.stopped && !this.socket) this.lost(); // no answer at all: wait longer
      return;
    }
    if (this.stopped || this.socket) return;
    if (enter) this.open();
    else this.signOut();
  }

  private rest(): void {
    this.cancelHide = null;
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.drop();
    this.setLink({ state: "paused" });
  }

  private watchSilence(): void {
    this.cancelSilence?.();
    this.cancelSilence = this.world.after(silence, () => this.lost());
  }

  private drop(): void {
    this.cancelSilence?.();
    this.cancelSilence = null;
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private setLink(link: Link): void {
    if (link.state === this.link.state && link.state !== "reconnecting") return;
    this.link = link;
    this.tell("link");
  }

  private tell(key: string): void {
    for (const f of [...(this.listeners.get(key) ?? [])]) f();
  }
}
