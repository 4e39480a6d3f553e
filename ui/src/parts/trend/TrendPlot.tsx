import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock, shortDay } from "../../lib/format";
import type { Line, Values } from "../../lib/matrix";
import { wallClock } from "../../lib/prefs";
import { token, useTheme } from "../../lib/theme";
import type { Look } from "./look";
import { tip } from "./tip";

export interface PlotProps {
  times: number[];
  lines: Line[];
  looks: Look[];
  /** line: one line each. bars: stacked bars, the first line undermost. */
  kind: "line" | "bars";
  format: (n: number | null) => string;
  /** Values are counts: the axis marks whole numbers only. */
  whole: boolean;
  /** The axis begins at zero; else it hugs the readings. */
  zero: boolean;
  height: number;
  step: number;
}

/** The drawing of several lines; in a chunk of its own. */
export default function TrendPlot(props: PlotProps) {
  const { times, lines, kind, height, step } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const names = lines.map((l) => l.key).join("\n");
  const latest = useRef(props);
  latest.current = props;

  // biome-ignore lint/correctness/useExhaustiveDependencies: other colours, lines or a height need another plot
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    const u = new uPlot(options(el.clientWidth, latest), data(latest.current), el);
    plot.current = u;
    const watch = new ResizeObserver(() => u.setSize({ width: el.clientWidth, height }));
    watch.observe(el);
    return () => {
      watch.disconnect();
      u.destroy();
      plot.current = null;
    };
  }, [theme, height, names, kind, step]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the plot reads what is newest
  useEffect(() => plot.current?.setData(data(latest.current)), [times, lines]);

  return <div ref={box} aria-hidden="true" className="min-w-0" style={{ height }} />;
}

/** Bars are drawn from the highest sum to the lowest line, so that each covers the part that is not its own. */
function data({ times, lines, kind }: PlotProps): uPlot.AlignedData {
  if (kind === "line") return [times, ...lines.map((l) => l.values)];
  return [times, ...lines.map((_, i) => stacked(lines.slice(0, lines.length - i).map((l) => l.values)))];
}

function stacked(values: Values[]): Values {
  const own = values.at(-1) ?? [];
  return own.map((v, i) => (v === null ? null : values.reduce((sum, line) => sum + (line[i] ?? 0), 0)));
}

function options(width: number, latest: { current: PlotProps }): uPlot.Options {
  const { lines, looks, kind, height, step } = latest.current;
  const font = '12px "JetBrains Mono Variable", monospace';
  const axis = { stroke: token("fg-1"), font, ticks: { show: false }, border: { show: false } };
  return {
    width,
    height,
    tzDate: wallClock,
    legend: { show: false },
    padding: [8, 20, 0, 0],
    cursor: { y: false, points: { show: kind === "line", size: 7 }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: (_u, low, high) => (kind === "bars" ? [low - step / 2, high + step / 2] : [low, high]) },
      y: { range: (_u, low, high) => bounds(low, high, latest.current.zero) },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 90,
        values: (_u, splits, _i, _s, apart) => splits.map((v) => mark(v, apart)),
      },
      {
        ...axis,
        grid: { stroke: token("bg-2"), width: 1 },
        size: 78,
        space: 36,
        ...(latest.current.whole ? { incrs: wholeSteps } : {}),
        values: (_u, splits) => splits.map((v) => short(latest.current.format(v))),
      },
    ],
    series: [{}, ...lines.map((_, i) => (kind === "line" ? line(looks[i]) : bar(looks[lines.length - 1 - i])))],
    plugins: [tip(latest)],
  };
}

/** 1, 2, 5, 10, 20 … */
const wholeSteps = Array.from({ length: 16 }, (_, i) => [1, 2, 5].map((n) => n * 10 ** i)).flat();

/** Without the zeros that keep a changing number's width: "2.000 kH/s" is "2 kH/s" on an axis. */
const short = (words: string) => words.replace(/\.0+(?= )|(\.\d*[1-9])0+(?= )/, "$1");

function line(look: Look | undefined): uPlot.Series {
  const stroke = token(look?.colour ?? "lamp");
  return {
    stroke,
    width: 1.75,
    dash: look?.dash ?? [],
    points: { show: lonely, size: 5, fill: stroke },
    spanGaps: false,
  };
}

function bar(look: Look | undefined): uPlot.Series {
  const fill = token(look?.colour ?? "lamp");
  const paths = uPlot.paths.bars?.({ size: [0.8, 24], align: 0 });
  return { stroke: fill, fill, width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
}

/** So few readings that each deserves a dot: one alone would draw no line. */
const lonely = (u: uPlot, i: number) => (u.data[i] ?? []).filter((v) => v !== null && v !== undefined).length < 20;

function bounds(low: number | null, high: number | null, zero: boolean): [number, number] {
  if (low === null || high === null) return [0, 1];
  if (zero) return [0, high > 0 ? high * 1.12 : 1];
  const room = Math.max((high - low) * 0.15, Math.abs(high) * 0.02, 1);
  return [Math.max(0, low - room), high + room];
}

/** A mark of the time axis: the day at midnight and where marks are days apart, else the clock. */
function mark(at: number, apart: number): string {
  const moment = new Date(at * 1000);
  const time = clock(moment);
  return apart >= 86_400 || (time === "00:00" && apart >= 3_600) ? shortDay(moment) : time;
}
