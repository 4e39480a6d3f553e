import { useQueries } from "@tanstack/react-query";
import { type Estimate, estimate } from "../api/profiles";
import type { Device } from "../api/types";
import { sentence } from "../lib/format";
import { money } from "../lib/money";
import { nameOf } from "../lib/program";
import { Card } from "./Card";
import { Fact, Facts } from "./Fact";

/** What the programs that mine bring and cost, estimated; nothing where no figure is known to estimate from. */
export function EarningsCard({ devices }: { devices: Device[] }) {
  const mining = devices.filter((d) => d.profile !== null && !d.practice && d.desired === "running");
  const answers = useQueries({
    queries: mining.map((d) => ({
      queryKey: ["estimate", d.profile],
      queryFn: ({ signal }: { signal: AbortSignal }) => estimate({ profileId: d.profile ?? "" }, signal),
      refetchInterval: 60_000,
    })),
  });
  const known = mining.flatMap((d, i) => {
    const e = answers[i]?.data;
    return e && (e.revenuePerDay.value !== null || e.costPerDay.value !== null) ? [{ device: d, estimate: e }] : [];
  });
  if (known.length === 0) return null;
  return (
    <Card title="Estimated, each day at this rate" jumps>
      <div className="space-y-4">
        {known.map(({ device: d, estimate: e }) => (
          <Sums key={d.id} title={known.length > 1 ? nameOf(d) : null} estimate={e} />
        ))}
        <p className="text-[13px] text-fg-1">
          An estimate from figures that you typed or a feed told, no promise. What a pool credited or paid is another
          thing.
        </p>
      </div>
    </Card>
  );
}

function Sums({ title, estimate: e }: { title: string | null; estimate: Estimate }) {
  return (
    <div>
      {title ? <h3 className="mb-2 font-medium">{title}</h3> : null}
      <Facts>
        <Fact
          label="Revenue"
          value={e.revenuePerDay.value === null ? null : money(e.revenuePerDay.value, e.currency)}
          why={e.revenuePerDay.why || "Not known."}
        />
        <Fact
          label="Electricity"
          value={e.costPerDay.value === null ? null : money(e.costPerDay.value, e.currency)}
          why={e.costPerDay.why || "Not known."}
        />
        <Fact
          label="Left over"
          help="Revenue less electricity."
          value={e.netPerDay === null ? null : money(e.netPerDay, e.currency, true)}
          why="Revenue or electricity is unknown."
        />
      </Facts>
      <p className="mt-2 text-[13px] text-fg-1">{sentence(e.sentence)}</p>
    </div>
  );
}
