import { useEffect, useRef } from "react";
import { type Program, underWay } from "../../lib/programs";
import { live } from "../../live/browser";

/** Calls back when an installation that was under way has ended, so that the list of what is installed is read again. */
export function useJobsEnding(rig: string, programs: Program[], ended: () => void): void {
  const keys = programs.map((p) => `install/${rig}/${p.name}` as const).join("\n");
  const busy = useRef(new Set<string>());
  useEffect(() => {
    const watch = (key: `install/${string}`) => () => {
      const job = live.get(key);
      if (job && underWay(job)) busy.current.add(key);
      else if (busy.current.delete(key)) ended();
    };
    const stops = keys
      .split("\n")
      .filter(Boolean)
      .map((key) => {
        const look = watch(key as `install/${string}`);
        look();
        return live.subscribe(key, look);
      });
    return () => {
      for (const stop of stops) stop();
    };
  }, [keys, ended]);
}
