import { useQuery } from "@tanstack/react-query";
import { install } from "../api/install";
import { call } from "../api/rest";
import type { Need } from "../api/types";
import { brokenPrograms, failedInstalls, ranked, type Update, updatesAvailable } from "../lib/needs";
import { useLive } from "../live/hooks";

/** All that a person may want to see to, the worst first. */
export function useNeeds(): Need[] {
  const overview = useLive("overview");
  const consent = useLive("consent");
  const installed = useQuery({
    queryKey: ["installs"],
    queryFn: ({ signal }) => install.list(signal),
    refetchInterval: 60_000,
  });
  const updates = useQuery({
    queryKey: ["updates"],
    queryFn: async ({ signal }) => (await call<Update[] | null>("GET", "/api/v1/updates", undefined, signal)) ?? [],
    staleTime: 300_000,
  });
  // Consent is asked for by its own card, with all it means, and not by one line in the list.
  const asked = consent?.needed === true && !consent.granted;
  const told = (overview?.needsYou ?? []).filter((n) => !(asked && n.id === "consent"));
  return ranked(
    told,
    brokenPrograms(installed.data?.installed ?? []),
    failedInstalls(installed.data?.jobs ?? []),
    updatesAvailable(updates.data ?? []),
  );
}
