import { useCallback, useSyncExternalStore } from "react";
import type { Device, State } from "../api/types";
import { live } from "./browser";
import type { Link } from "./store";

/** One key of the state; undefined until the server has sent it. */
export function useLive<K extends keyof State & string>(key: K): State[K] | undefined {
  return useSyncExternalStore(
    useCallback((f: () => void) => live.subscribe(key, f), [key]),
    () => live.get(key),
  );
}

export function useDevices(): Device[] {
  return useSyncExternalStore(subscribeDevices, () => live.devices());
}

export function useLink(): Link {
  return useSyncExternalStore(subscribeLink, () => live.connection());
}

const subscribeDevices = (f: () => void) => live.subscribe("devices", f);
const subscribeLink = (f: () => void) => live.subscribe("link", f);

/** Does this adit have a hub, that is programs and settings of a computer? null: nothing was heard yet. */
export function useHub(): boolean | null {
  return useSyncExternalStore(subscribeHub, hub);
}

const hub = () => (live.ready() ? live.get("overview") !== undefined : null);
const subscribeHub = (f: () => void) => {
  const ends = [live.subscribe("link", f), live.subscribe("overview", f)];
  return () => {
    for (const end of ends) end();
  };
};
