import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { api, wordsOf } from "../api/rest";
import { ranges } from "../lib/computerview";
import { useNow } from "../lib/now";
import { begin, join, summary } from "../lib/series";
import { live } from "../live/browser";
import { useDevices } from "../live/hooks";
import { ErrorBoundary } from "./ErrorBoundary";

const Plot = lazy(() => import("./Plot"));

interface Props {
  /** A device's identity; null: all of them together. */
  device: string | null;
  minutes: number;
  baseline?: number | null;
  height?: number;
}

/** Hashrate over time, with the same in words. */
export function HashrateChart({ device, minutes, baseline = null, height = 220 }: Props) {
  const now = Math.floor(useNow() / 1000);
  const devices = useDevices();
  const history = useQuery({
    queryKey: ["hashrate", device, minutes],
    queryFn: ({ signal }) => api.hashrate(minutes, device, signal),
    refetchInterval: minutes <= 60 ? 10_000 : 60_000,
  });
  // The live tail belongs to one device; for the sum it is used when there is only one to add.
  const only = device ?? (devices.length === 1 ? devices[0]?.id : undefined);
  const newest = only ? live.tail.of(only).at(-1)?.t : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tail is one growing list, its newest reading tells that it grew
  const series = useMemo(() => join(history.data, only ? live.tail.of(only) : []), [history.data, only, newest]);
  const range = ranges.find((r) => r.minutes === minutes) ?? ranges[1];
  const words = summary(series, range.span);
  const empty = !series[1].some((v) => v !== null);

  if (history.isError && empty) {
    return <p className="text-fg-1">The history could not be read: {wordsOf(history.error)}</p>;
  }
  return (
    <figure className="min-w-0">
      {empty ? (
        <div
          style={{ height }}
          className="grid place-items-center rounded-sm border border-dashed border-fg-2 text-fg-1"
        >
          {history.isPending ? "Reading the history" : "Nothing was hashed in this time."}
        </div>
      ) : (
        <ErrorBoundary
          fallback={() => <p className="text-fg-1">The chart could not be drawn here. In words: {words}</p>}
        >
          <Suspense fallback={<div style={{ height }} />}>
            <Plot series={series} from={begin(series, now, minutes)} to={now} baseline={baseline} height={height} />
          </Suspense>
        </ErrorBoundary>
      )}
      <figcaption className="sr-only">{words}</figcaption>
    </figure>
  );
}

/** The choice of time range. */
export function RangePicker({ minutes, onPick }: { minutes: number; onPick: (minutes: number) => void }) {
  return (
    <fieldset className="flex rounded-md border border-bg-2 bg-bg-0 p-0.5">
      <legend className="sr-only">Time range of the chart</legend>
      {ranges.map((r) => (
        <button
          key={r.minutes}
          type="button"
          aria-pressed={r.minutes === minutes}
          onClick={() => onPick(r.minutes)}
          className="min-h-8 rounded-sm px-2.5 text-[13px] whitespace-nowrap text-fg-1 hover:text-fg-0 aria-pressed:bg-bg-2 aria-pressed:font-medium aria-pressed:text-fg-0"
        >
          {r.label}
        </button>
      ))}
    </fieldset>
  );
}
