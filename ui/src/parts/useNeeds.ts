import { useQuery } from "@tanstack/react-query";
import { install } from "../api/install";
import { call } from "../api/rest";
import type { Need } from "../api/types";
import { brokenPrograms, failedInstalls, holds, ranked, type Update, updatesAvailable } from "../lib/needs";
import { useDevices, useLive } from "../live/hooks";

/** All that a person may want to see to, the worst first. */
export function useNeeds(): Need[] {
  const overview = useLive("overview");
  const consent = useLive("consent");
  const devices = useDevices();
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
  const policy = useLive("policy");
  const host = useLive("host");
  // Consent is asked for by its own card, with all it means, and not by one line in the list.
  const asked = consent?.needed === true && !consent.granted;
  const told = (overview?.needsYou ?? []).filter((n) => !(asked && n.id === "consent"));
  // Practice heeds no users, and where nothing mines nothing is held.
  const mining = devices.some((d) => d.desired === "running" && !d.practice);
  return ranked(
    told,
    brokenPrograms(installed.data?.installed ?? []),
    failedInstalls(installed.data?.jobs ?? []),
    mining ? holds(policy, host) : [],
    updatesAvailable(updates.data ?? []),
  );
}
