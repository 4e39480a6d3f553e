import type { Window } from "../../api/coop";
import { barParts } from "../../lib/coopview";
import { percent } from "../../lib/format";

/** Shades of one colour: neighbours differ, and none of them means a state. */
const shade = (i: number, rest: boolean) => (rest ? 20 : 92 - (i % 8) * 9);

/** The payout window as a bar, each member as wide as its part; what is not filled is hatched. */
export function WindowBar({ parts, filled }: { parts: Window["parts"]; filled: number | null }) {
  const shown = barParts(parts);
  const full = Math.min(1, filled ?? 1);
  const words = shown.map((p) => `${p.name} ${percent(p.percent / 100, 1)}`).join(", ");
  return (
    <figure>
      <div
        role="img"
        aria-label={`The payout window: ${words}. ${full < 1 ? `${percent(full)} of it is filled.` : "It is full."}`}
        className="flex h-9 w-full overflow-hidden rounded-sm border border-fg-2"
      >
        {shown.map((p, i) => (
          <span
            key={p.name}
            title={`${p.name}: ${percent(p.percent / 100, 2)}`}
            className="block h-full border-r border-bg-1 last:border-r-0"
            style={{
              width: `${p.percent * full}%`,
              background: `color-mix(in srgb, var(--info) ${shade(i, p.rest)}%, var(--bg-1))`,
            }}
          />
        ))}
        {full < 1 ? (
          <span
            className="block h-full flex-1"
            style={{ background: "repeating-linear-gradient(45deg, var(--bg-2) 0 4px, transparent 4px 8px)" }}
          />
        ) : null}
      </div>
      <figcaption className="mt-2">
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-[13px]">
          {shown.map((p, i) => (
            <li key={p.name} className="flex min-w-0 items-center gap-1.5">
              <span
                aria-hidden="true"
                className="size-3 shrink-0 rounded-[2px] border border-fg-2"
                style={{ background: `color-mix(in srgb, var(--info) ${shade(i, p.rest)}%, var(--bg-1))` }}
              />
              <span className="min-w-0 break-words">{p.name}</span>
              <span className="num text-fg-1">{percent(p.percent / 100, 1)}</span>
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}
