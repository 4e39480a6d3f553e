import type uPlot from "uplot";
import { dayClock } from "../../lib/format";
import type { PlotProps } from "./TrendPlot";

const look =
  "num pointer-events-none absolute top-1 z-10 rounded-sm border border-fg-2 bg-bg-0 px-2 py-1 text-[12px] whitespace-nowrap text-fg-0";

/** The values under the pointer, in words beside it. */
export function tip(latest: { current: PlotProps }): uPlot.Plugin {
  let box: HTMLDivElement;
  return {
    hooks: {
      init: (u) => {
        box = document.createElement("div");
        box.className = look;
        box.hidden = true;
        u.over.appendChild(box);
      },
      setCursor: (u) => {
        const i = u.cursor.idx;
        const left = u.cursor.left ?? -1;
        const at = typeof i === "number" ? latest.current.times[i] : undefined;
        box.hidden = left < 0 || at === undefined;
        if (at === undefined || typeof i !== "number") return;
        box.replaceChildren(...words(latest.current, i, at).map(row));
        const right = left > u.over.clientWidth / 2;
        box.style.left = right ? "" : `${left + 12}px`;
        box.style.right = right ? `${u.over.clientWidth - left + 12}px` : "";
      },
    },
  };
}

function words({ lines, format }: PlotProps, i: number, at: number): string[] {
  const when = dayClock(new Date(at * 1000), true);
  const value = (v: number | null | undefined) => (v === null || v === undefined ? "not known" : format(v));
  const only = lines[0];
  if (lines.length === 1 && only) return [`${when}  ${value(only.values[i])}`];
  return [when, ...lines.map((l) => `${l.label}  ${value(l.values[i])}`)];
}

function row(text: string): HTMLElement {
  const el = document.createElement("div");
  el.textContent = text;
  return el;
}
