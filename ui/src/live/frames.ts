import type { Device, Frame, State } from "../api/types";

/** What is known, and up to which frame. Values are never changed in place: a changed key holds a new object. */
export interface Known {
  seq: number;
  state: State;
}

/** A frame did not follow the one before it: the stream must be opened again. */
export class Gap extends Error {
  constructor(have: number, got: number) {
    super(`frame ${got} came after frame ${have}`);
    this.name = "Gap";
  }
}

/** Reads one message of the stream. Throws when it is not a frame. */
export function parseFrame(text: string): Frame {
  const f: unknown = JSON.parse(text);
  if (typeof f !== "object" || f === null) throw new Error("a live frame is not an object");
  const { t, seq } = f as { t?: unknown; seq?: unknown };
  if (typeof seq !== "number" || !Number.isFinite(seq)) throw new Error("a live frame has no number");
  if (t === "snapshot") {
    const { state } = f as { state?: unknown };
    if (typeof state !== "object" || state === null) throw new Error("a snapshot holds no state");
  } else if (t !== "delta") {
    throw new Error(`a live frame of an unknown kind: ${String(t)}`);
  }
  return f as Frame;
}

/**
 * Applies a frame. Returns the new knowledge and the keys that changed.
 * Throws Gap when a delta does not follow directly; a delta before any snapshot is a gap too.
 */
export function apply(known: Known | null, frame: Frame): { known: Known; changed: Set<string> } {
  if (frame.t === "snapshot") {
    const changed = new Set([...Object.keys(known?.state ?? {}), ...Object.keys(frame.state)]);
    return { known: { seq: frame.seq, state: frame.state }, changed };
  }
  if (known === null || frame.seq !== known.seq + 1) throw new Gap(known?.seq ?? -1, frame.seq);
  const set = frame.set ?? {};
  const del = frame.del ?? [];
  const changed = new Set([...Object.keys(set), ...del]);
  if (changed.size === 0) return { known: { ...known, seq: frame.seq }, changed };
  const state: Record<string, unknown> = { ...known.state, ...set };
  for (const key of del) delete state[key];
  return { known: { seq: frame.seq, state: state as State }, changed };
}

/** All devices, by title and then by identity, so that cards keep their places. */
export function devicesOf(state: State): Device[] {
  const all: Device[] = [];
  for (const [key, value] of Object.entries(state)) {
    if (key.startsWith("device/")) all.push(value as Device);
  }
  return all.sort((a, b) => a.title.localeCompare(b.title, "en") || (a.id < b.id ? -1 : 1));
}
