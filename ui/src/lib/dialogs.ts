import { useSyncExternalStore } from "react";

/** The windows over a page. At most one is open. */
export type DialogName = "practice" | "mine" | "palette" | "help";

let current: DialogName | null = null;
const listeners = new Set<() => void>();

export function openDialog(name: DialogName | null): void {
  if (name === current) return;
  current = name;
  for (const f of [...listeners]) f();
}

export function useDialog(): DialogName | null {
  return useSyncExternalStore(
    (f) => {
      listeners.add(f);
      return () => listeners.delete(f);
    },
    () => current,
  );
}

export const anyDialog = () => current !== null;
