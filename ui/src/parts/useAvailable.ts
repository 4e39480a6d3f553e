import { useQuery } from "@tanstack/react-query";
import { type Available, available } from "../api/profiles";

const none: Available[] = [];

/** The mining programs that adit knows how to run, installed or not; empty until they are known. */
export function useAvailable(): Available[] {
  return (
    useQuery({ queryKey: ["available"], queryFn: ({ signal }) => available(signal), staleTime: 30_000 }).data ?? none
  );
}
