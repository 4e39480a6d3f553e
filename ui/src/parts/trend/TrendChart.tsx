import { lazy, Suspense, useMemo, useState } from "react";
import { wordsOf } from "../../api/rest";
import { dash } from "../../lib/format";
import { highest, type Line, mean } from "../../lib/matrix";
import { ErrorBoundary } from "../ErrorBoundary";
import { type Look, lookOf } from "./look";
import { TrendTable } from "./TrendTable";

const TrendPlot = lazy(() => import("./TrendPlot"));

interface Props {
  /** What the lines are, for their table and for readers: "Hashrate". */
  what: string;
  times: number[];
  step: number;
  lines: Line[];
  /** "over the last hour" */
  span: string;
  kind?: "line" | "bars";
  looks?: Look[];
  format: (n: number | null) => string;
  /** Values are counts. */
  whole?: boolean;
  zero?: boolean;
  height?: number;
  state: { pending: boolean; error: unknown };
  /** What stands there when nothing is known. */
  empty: string;
}

/** Several lines over time, with names, words and a table that say the same. */
export function TrendChart({ what, times, step, lines, span, format, state, empty, ...more }: Props) {
  const { kind = "line", looks: own, whole = false, zero = true, height = 220 } = more;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const looks = lines.map((_, i) => own?.[i] ?? lookOf(i));
  const left = useMemo(() => lines.filter((l) => !hidden.has(l.key)), [lines, hidden]);
  const known = lines.some((l) => l.values.some((v) => v !== null));
  const toggle = (key: string) =>
    setHidden((have) => {
      const next = new Set(have);
      if (!next.delete(key)) next.add(key);
      return next;
    });

  if (!known) {
    return (
      <Empty height={Math.min(height, 140)}>
        {state.error ? `It could not be read: ${wordsOf(state.error)}` : state.pending ? "Reading the history" : empty}
      </Empty>
    );
  }
  const words = lines.map((l) => inWords(l, span, format)).join(" ");
  return (
    <figure className="min-w-0">
      {lines.length > 1 ? <Legend lines={lines} looks={looks} hidden={hidden} kind={kind} onToggle={toggle} /> : null}
      <ErrorBoundary fallback={() => <p className="text-fg-1">The chart could not be drawn here. In words: {words}</p>}>
        <Suspense fallback={<div style={{ height }} />}>
          <TrendPlot
            times={times}
            lines={left}
            looks={looks.filter((_, i) => !hidden.has(lines[i]?.key ?? ""))}
            kind={kind}
            format={format}
            whole={whole}
            zero={zero}
            height={height}
            step={step}
          />
        </Suspense>
      </ErrorBoundary>
      <figcaption className="sr-only">{words}</figcaption>
      <TrendTable what={what} times={times} lines={lines} format={format} />
    </figure>
  );
}

function Empty({ height, children }: { height: number; children: React.ReactNode }) {
  return (
    <div
      style={{ minHeight: height }}
      className="grid place-items-center rounded-sm border border-dashed border-fg-2 p-4 text-center text-fg-1"
    >
      <p className="max-w-prose">{children}</p>
    </div>
  );
}

function inWords(line: Line, span: string, format: (n: number | null) => string): string {
  const average = mean(line.values);
  if (average === null) return `${line.label}: nothing is known for ${span}.`;
  const last = line.values.at(-1) ?? null;
  const now = last === null ? "now unknown" : `now ${format(last)}`;
  return `${line.label}: ${now}, mean over ${span} ${format(average)}, highest ${format(highest(line.values)) || dash}.`;
}

interface LegendProps {
  lines: Line[];
  looks: Look[];
  hidden: ReadonlySet<string>;
  kind: "line" | "bars";
  onToggle: (key: string) => void;
}

/** The lines' names beside what they look like; pressing one hides or shows its line. */
function Legend({ lines, looks, hidden, kind, onToggle }: LegendProps) {
  return (
    <fieldset className="mb-2 flex flex-wrap gap-x-1 gap-y-1">
      <legend className="sr-only">Lines that are shown</legend>
      {lines.map((l, i) => (
        <button
          key={l.key}
          type="button"
          aria-pressed={!hidden.has(l.key)}
          onClick={() => onToggle(l.key)}
          className="inline-flex min-h-8 items-center gap-2 rounded-sm px-2 text-[13px] hover:bg-bg-2 aria-[pressed=false]:text-fg-2 aria-[pressed=false]:line-through"
        >
          <Swatch look={looks[i]} kind={kind} />
          {l.label}
        </button>
      ))}
    </fieldset>
  );
}

function Swatch({ look, kind }: { look: Look | undefined; kind: "line" | "bars" }) {
  const stroke = `var(--${look?.colour ?? "lamp"})`;
  return (
    <svg width="26" height="10" viewBox="0 0 26 10" aria-hidden="true" className="shrink-0">
      {kind === "bars" ? (
        <rect x="8" y="0" width="10" height="10" fill={stroke} />
      ) : (
        <path d="M0 5h26" stroke={stroke} strokeWidth="2" strokeDasharray={look?.dash.join(" ") || undefined} />
      )}
    </svg>
  );
}
