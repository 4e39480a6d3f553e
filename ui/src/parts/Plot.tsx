import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock, hashrate, text } from "../lib/format";
import { wallClock } from "../lib/prefs";
import type { Series } from "../lib/series";
import { token, useTheme } from "../lib/theme";

interface Props {
  series: Series;
  /** First and last second of the time axis. */
  from: number;
  to: number;
  baseline: number | null;
  height: number;
}

/** The drawing itself; in a chunk of its own, loaded when a chart is first shown. */
export default function Plot({ series, from, to, baseline, height }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const span = useRef({ from, to });
  span.current = { from, to };

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new theme needs new colours, so the plot is built again
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    const u = new uPlot(options(el.clientWidth, height, span), [[], [], []], el);
    plot.current = u;
    const watch = new ResizeObserver(() => u.setSize({ width: el.clientWidth, height }));
    watch.observe(el);
    return () => {
      watch.disconnect();
      u.destroy();
      plot.current = null;
    };
  }, [theme, height]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: after a new theme the new plot needs the data too
  useEffect(() => {
    const [t, y] = series;
    const line = baseline === null ? t.map(() => null) : t.map(() => baseline);
    plot.current?.setData([t, y, line]);
  }, [series, baseline, from, to, theme, height]);

  return <div ref={box} aria-hidden="true" className="min-w-0" style={{ height }} />;
}

function options(width: number, height: number, span: { current: { from: number; to: number } }): uPlot.Options {
  const font = '12px "JetBrains Mono Variable", monospace';
  const axis = { stroke: token("fg-1"), font, ticks: { show: false }, border: { show: false } };
  const grid = { stroke: token("bg-2"), width: 1 };
  return {
    width,
    height,
    tzDate: wallClock,
    legend: { show: false },
    padding: [8, 28, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: () => [span.current.from, span.current.to] },
      y: { range: (_u, _low, high) => [0, high > 0 ? high * 1.15 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 80,
        values: (_u, splits, _i, _s, step) => splits.map((v) => clock(new Date(v * 1000), step < 60)),
      },
      {
        ...axis,
        grid,
        size: 74,
        space: 40,
        values: (_u, splits) => splits.map((v) => text(hashrate(v)).replace(/\.0+ /, " ")),
      },
    ],
    series: [
      {},
      { stroke: token("lamp"), width: 1.75, points: { show: few, size: 5, fill: token("lamp") }, spanGaps: false },
      { stroke: token("fg-2"), width: 1, dash: [4, 4], points: { show: false } },
    ],
    plugins: [readout()],
  };
}

/** So few readings that each deserves a dot: one alone would draw no line. */
const few = (u: uPlot) => (u.data[1] ?? []).filter((v) => v !== null).length < 20;

/** The value under the pointer, in words beside it. */
function readout(): uPlot.Plugin {
  let tip: HTMLDivElement;
  return {
    hooks: {
      init: (u) => {
        tip = document.createElement("div");
        tip.className =
          "num pointer-events-none absolute top-1 rounded-sm border border-fg-2 bg-bg-0 px-2 py-0.5 text-[12px] whitespace-nowrap text-fg-0";
        tip.hidden = true;
        u.over.appendChild(tip);
      },
      setCursor: (u) => {
        const i = u.cursor.idx;
        const left = u.cursor.left ?? -1;
        const at = i === null || i === undefined ? undefined : u.data[0][i];
        tip.hidden = left < 0 || at === undefined;
        if (tip.hidden || i === null || i === undefined || at === undefined) return;
        const value = u.data[1]?.[i];
        tip.textContent = `${clock(new Date(at * 1000), true)}  ${value === null || value === undefined ? "not known" : text(hashrate(value))}`;
        const right = left > u.over.clientWidth / 2;
        tip.style.left = right ? "" : `${left + 12}px`;
        tip.style.right = right ? `${u.over.clientWidth - left + 12}px` : "";
      },
    },
  };
}
