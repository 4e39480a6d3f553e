import { useRouter } from "@tanstack/react-router";
import { useCallback } from "react";

/** Goes to an address of this app, written whole: "/computer?device=xmrig&tab=logs#top". */
export function useGo(): (href: string) => void {
  const router = useRouter();
  return useCallback((href) => router.history.push(href), [router]);
}
