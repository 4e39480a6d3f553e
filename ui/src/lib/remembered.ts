import { useSyncExternalStore } from "react";

/**
 * A choice that this browser keeps, shared by all parts of the page. What is stored is read with care: another version
 * of adit, or a person, may have written it.
 */
export class Remembered<T> {
  private value: T | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly key: string,
    private readonly read: (stored: unknown) => T,
    private readonly store: () => Storage = () => localStorage,
  ) {}

  get(): T {
    if (this.value === undefined) {
      let stored: unknown = null;
      try {
        stored = JSON.parse(this.store().getItem(this.key) ?? "null");
      } catch {
        // Storage is off or holds nonsense: as if nothing were stored.
      }
      this.value = this.read(stored);
    }
    return this.value;
  }

  set(value: T): void {
    this.value = value;
    try {
      this.store().setItem(this.key, JSON.stringify(value));
    } catch {
      // Storage is off: the choice lasts as long as the page.
    }
    for (const f of [...this.listeners]) f();
  }

  readonly subscribe = (f: () => void) => {
    this.listeners.add(f);
    return () => {
      this.listeners.delete(f);
    };
  };
}

export function useRemembered<T>(r: Remembered<T>): T {
  return useSyncExternalStore(r.subscribe, () => r.get());
}
