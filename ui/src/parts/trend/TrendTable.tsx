import { useState } from "react";
import { dash, dayClock } from "../../lib/format";
import { type Line, sample } from "../../lib/matrix";

interface Props {
  what: string;
  times: number[];
  lines: Line[];
  format: (n: number | null) => string;
}

const most = 60;

/** The same as the chart, for who cannot see it or wants the numbers. */
export function TrendTable({ what, times, lines, format }: Props) {
  const [open, setOpen] = useState(false);
  const rows = open ? sample(times.length, most).reverse() : [];
  return (
    <details className="mt-2 text-[13px]" onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary className="cursor-pointer py-1 text-fg-1">{what} as a table</summary>
      {open ? (
        <section aria-label={`${what}, table`} tabIndex={0} className="relative mt-2 max-h-80 overflow-auto">
          <table className="w-full border-collapse">
            <thead className="sticky top-0 bg-bg-1 text-left text-fg-1">
              <tr>
                <th scope="col" className="py-1 pr-4 font-medium">
                  Time
                </th>
                {lines.map((l) => (
                  <th key={l.key} scope="col" className="py-1 pr-4 text-right font-medium">
                    {l.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="num">
              {rows.map((i) => (
                <tr key={times[i]} className="border-t border-bg-2">
                  <th scope="row" className="py-1 pr-4 text-left font-normal whitespace-nowrap">
                    {dayClock(new Date((times[i] ?? 0) * 1000))}
                  </th>
                  {lines.map((l) => (
                    <Cell key={l.key} words={format(l.values[i] ?? null)} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {times.length > most ? (
            <p className="py-2 text-fg-1">
              {rows.length} of {times.length} moments, evenly. The CSV file holds all.
            </p>
          ) : null}
        </section>
      ) : null}
    </details>
  );
}

/** A title and no tooltip button: hundreds of buttons would stand between a keyboard and the rest of the page. */
function Cell({ words }: { words: string }) {
  return (
    <td
      title={words === dash ? "Nothing was read at this time." : undefined}
      className="py-1 pr-4 text-right whitespace-nowrap"
    >
      {words}
    </td>
  );
}
