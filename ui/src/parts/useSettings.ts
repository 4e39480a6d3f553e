import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type SettingsChange, settings } from "../api/settings";
import { useCall } from "../lib/call";

const key = ["settings"];

/** What people set about adit. */
export function useSettings() {
  return useQuery({ queryKey: key, queryFn: ({ signal }) => settings.get(signal), staleTime: 30_000 });
}

/** Changes a part of it; what holds then is shown at once. */
export function useSettingsOrder() {
  const client = useQueryClient();
  return useCall(async (part: SettingsChange) => {
    await client.cancelQueries({ queryKey: key });
    client.setQueryData(key, await settings.change(part));
  });
}
