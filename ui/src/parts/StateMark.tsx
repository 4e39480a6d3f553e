import { useId } from "react";
import type { HeadlineState } from "../api/types";
import { cx } from "../lib/cx";
import { sentence } from "../lib/format";

/** A state as a shape; it always stands beside its word, so it is hidden from screen readers. */
export type Shape = HeadlineState | "info" | "idle";

const colours: Record<Shape, string> = {
  ok: "text-ok",
  warn: "text-warn",
  crit: "text-crit",
  blind: "text-blind",
  paused: "text-fg-2",
  starting: "text-lamp",
  stopped: "text-fg-2",
  idle: "text-fg-2",
  info: "text-info",
};

export function StateMark({ state, size = 12 }: { state: Shape; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" className={cx("shrink-0", colours[state])}>
      <Body state={state} />
    </svg>
  );
}

function Body({ state }: { state: Shape }) {
  const hatch = useId();
  switch (state) {
    case "ok":
      return <circle cx="6" cy="6" r="5" fill="currentColor" />;
    case "warn":
      return <path d="M6 .8 11.6 11H.4z" fill="currentColor" />;
    case "crit":
      return <rect x="1" y="1" width="10" height="10" fill="currentColor" />;
    case "info":
      return <path d="M6 .4 11.6 6 6 11.6.4 6z" fill="currentColor" />;
    case "paused":
      return <path d="M2.5 1.5h2.5v9H2.5zM7 1.5h2.5v9H7z" fill="currentColor" />;
    case "starting":
      return (
        <g fill="none" stroke="currentColor" strokeWidth="1.5">
          <circle cx="6" cy="6" r="4.75" strokeDasharray="2.5 2.48" />
        </g>
      );
    case "blind":
      return (
        <>
          <pattern id={hatch} width="3" height="3" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <path d="M0 0v3" stroke="currentColor" strokeWidth="2.2" />
          </pattern>
          <circle cx="6" cy="6" r="5" fill={`url(#${hatch})`} stroke="currentColor" />
        </>
      );
    default:
      return <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.5" />;
  }
}

/** The shape and its word. */
export function StateWord({ state, word }: { state: Shape; word: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 font-medium whitespace-nowrap">
      <StateMark state={state} />
      {sentence(word)}
    </span>
  );
}
