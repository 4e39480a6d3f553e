import { useSyncExternalStore } from "react";
import { live } from "../live/browser";

let second = 0;
let timer: ReturnType<typeof setInterval> | null = null;
const listeners = new Set<() => void>();

function subscribe(f: () => void): () => void {
  listeners.add(f);
  timer ??= setInterval(() => {
    second++;
    for (const g of [...listeners]) g();
  }, 1000);
  return () => {
    listeners.delete(f);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** The server's time in ms; the component draws again each second. One timer serves all of them. */
export function useNow(): number {
  useSyncExternalStore(subscribe, () => second);
  return live.serverNow();
}
