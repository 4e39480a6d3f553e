import { useQuery } from "@tanstack/react-query";
import { journal } from "../api/journal";
import { merge, worthTelling } from "../lib/inbox";
import { useLive } from "../live/hooks";
import { useSettings } from "./useSettings";

const everyMs = 15_000;

/** What the bell lists: asked again every 15 s, and at once when the number of things that need a person changes. */
export function useInbox() {
  const needs = useLive("overview")?.needsYou.length ?? 0;
  const browser = useSettings().data?.notifications.browser === true;
  return useQuery({
    queryKey: ["inbox", needs],
    queryFn: async ({ signal }) => {
      const [loud, installs] = await Promise.all([
        journal({ severity: "warn", limit: 50 }, signal),
        journal({ kind: "program.installed", limit: 20 }, signal),
      ]);
      return merge(loud, installs).filter(worthTelling);
    },
    staleTime: 0,
    placeholderData: (before) => before,
    refetchInterval: everyMs,
    // Without this a hidden page would be the last to know.
    refetchIntervalInBackground: browser,
  });
}
