import { useState } from "react";
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
                    {when(times[i] ?? 0)}
                  </th>
                  {lines.map((l) => (
                    <td key={l.key} className="py-1 pr-4 text-right whitespace-nowrap">
                      {format(l.values[i] ?? null)}
                    </td>
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

const when = (at: number) =>
  new Date(at * 1000).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
