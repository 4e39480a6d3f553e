import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { journal } from "../../api/journal";
import { wordsOf } from "../../api/rest";
import { plural } from "../../lib/format";
import { choose, days, type Topic, topics } from "../../lib/journal";
import { useNow } from "../../lib/now";
import { nameOf } from "../../lib/program";
import { Button, Failure } from "../../parts/Button";
import { Entries } from "../../parts/Entries";
import { Search } from "../../parts/Search";
import type { PartProps } from "../Computer";

const route = getRouteApi("/computer");
const page = 100;

/** What happened on this computer, the newest first. */
export function Timeline({ device, rig }: PartProps) {
  const { q = "", topic, only = false } = route.useSearch();
  const navigate = route.useNavigate();
  const now = useNow();
  const subject = only && device ? device.id : rig;
  const set = (part: { q?: string | undefined; topic?: Topic | undefined; only?: boolean | undefined }) =>
    void navigate({ search: (s) => ({ ...s, ...part }), replace: true });
  const entries = useInfiniteQuery({
    queryKey: ["timeline", subject],
    queryFn: ({ pageParam, signal }) =>
      journal({ ...(subject ? { subject } : {}), ...(pageParam ? { before: pageParam } : {}), limit: page }, signal),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.length < page ? undefined : last.at(-1)?.seq),
    refetchInterval: 10_000,
  });
  const all = useMemo(() => entries.data?.pages.flat() ?? [], [entries.data]);
  const shown = useMemo(() => choose(all, q, topic), [all, q, topic]);
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <Search
          value={q}
          onChange={(words) => set({ q: words || undefined })}
          label="Show only entries with these words"
        />
        <select
          aria-label="Show only entries about"
          value={topic ?? ""}
          onChange={(e) => set({ topic: (e.target.value || undefined) as Topic | undefined })}
          className="min-h-8 rounded-md border border-fg-2 bg-bg-0 px-2 text-[13px] text-fg-0"
        >
          <option value="">About everything</option>
          {topics.map((t) => (
            <option key={t.topic} value={t.topic}>
              {t.label}
            </option>
          ))}
        </select>
        {device ? (
          <label className="inline-flex min-h-8 items-center gap-2 text-[13px]">
            <input
              type="checkbox"
              checked={only}
              onChange={(e) => set({ only: e.target.checked || undefined })}
              className="size-4 accent-lamp"
            />
            Only {nameOf(device)}
          </label>
        ) : null}
        <span className="text-[13px] text-fg-1" aria-live="polite">
          {q || topic ? `${shown.length} of ${plural(all.length, "entry").replace("entrys", "entries")}` : null}
        </span>
      </div>
      <Failure words={entries.isError ? `The journal could not be read: ${wordsOf(entries.error)}` : null} />
      {shown.length === 0 && !entries.isError ? (
        <p className="text-fg-1">
          {entries.isPending
            ? "Reading the journal"
            : all.length > 0
              ? "No entry is like that."
              : "Nothing has happened yet."}
        </p>
      ) : null}
      {days(shown, now).map((d) => (
        <section key={d.day} aria-label={d.day}>
          <h2 className="mb-2 text-[15px]">{d.day}</h2>
          <Entries entries={d.entries} />
        </section>
      ))}
      {entries.hasNextPage ? (
        <Button busy={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
          Older entries
        </Button>
      ) : null}
    </>
  );
}
