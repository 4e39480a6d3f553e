import type { Device } from "../api/types";
import { hashrate, text } from "../lib/format";
import { Card } from "./Card";
import { Known } from "./Hint";

/** What each thread does: one that lags shows at once. */
export function ThreadsCard({ device }: { device: Device }) {
  const most = device.threads.reduce((m, t) => Math.max(m, t.hashrate ?? 0), 0);
  return (
    <Card title={`Threads (${device.threads.length})`}>
      {device.threads.length === 0 ? (
        <p className="text-fg-1">The engine has not reported its threads.</p>
      ) : (
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(15rem,1fr))] gap-x-6 gap-y-2 text-[13px]">
          {device.threads.map((t, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a thread's number is its identity
            <li key={i} className="grid grid-cols-[4.5rem_1fr_5.5rem] items-center gap-2">
              <span
                className="whitespace-nowrap text-fg-1"
                title={t.affinity === null ? "on any core" : `bound to core ${t.affinity}`}
              >
                {i + 1}
                {t.affinity === null ? "" : ` · core ${t.affinity}`}
              </span>
              <span aria-hidden="true" className="h-1.5 overflow-hidden rounded-full bg-bg-2">
                <span
                  className="block h-full bg-fg-2"
                  style={{ width: `${most > 0 ? (100 * (t.hashrate ?? 0)) / most : 0}%` }}
                />
              </span>
              <span className="num text-right whitespace-nowrap">
                <Known value={text(hashrate(t.hashrate))} why="This thread has not reported yet." />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
