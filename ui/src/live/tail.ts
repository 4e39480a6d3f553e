import type { Device } from "../api/types";

/** Readings kept per device: ten minutes at one every two seconds. */
const keep = 300;

export interface Reading {
  /** Seconds since 1970. */
  t: number;
  hashrate: number | null;
}

/** The latest readings that came over the live feed, so that a chart moves between two questions for history. */
export class Tail {
  private readonly rings = new Map<string, Reading[]>();

  take(devices: Device[]): void {
    const present = new Set<string>();
    for (const d of devices) {
      present.add(d.id);
      const t = d.at === null ? Number.NaN : Date.parse(d.at) / 1000;
      if (Number.isNaN(t)) continue;
      const ring = this.rings.get(d.id) ?? [];
      const last = ring.at(-1);
      if (last && t <= last.t) continue;
      ring.push({ t, hashrate: d.stale ? null : d.hashrate });
      if (ring.length > keep) ring.splice(0, ring.length - keep);
      this.rings.set(d.id, ring);
    }
    for (const id of this.rings.keys()) if (!present.has(id)) this.rings.delete(id);
  }

  of(id: string): readonly Reading[] {
    return this.rings.get(id) ?? [];
  }

  clear(): void {
    this.rings.clear();
  }
}
