import { useState } from "react";
import type { Overview as Truth } from "../api/types";
import { nextRange } from "../lib/computerview";
import { cx } from "../lib/cx";
import { count, hashrate, percent } from "../lib/format";
import { useKey } from "../lib/keys";
import { useDevices, useLive } from "../live/hooks";
import { ByItself } from "../parts/ByItself";
import { Card } from "../parts/Card";
import { ConsentCard } from "../parts/ConsentCard";
import { DeviceCard } from "../parts/DeviceCard";
import { EarningsCard } from "../parts/EarningsCard";
import { Fact, Facts } from "../parts/Fact";
import { HashrateChart, RangePicker } from "../parts/HashrateChart";
import { Known } from "../parts/Hint";
import { NeedsYou } from "../parts/NeedsYou";
import { PracticeCard } from "../parts/PracticeCard";
import { StartTiles } from "../parts/StartTiles";
import { StateMark } from "../parts/StateMark";
import { useNeeds } from "../parts/useNeeds";

/** Is it well; if not, what; and what to do. */
export function Overview() {
  const overview = useLive("overview");
  const consent = useLive("consent");
  const practice = useLive("practice");
  const devices = useDevices();
  const needs = useNeeds();
  if (!overview) return null;
  const idle = devices.length === 0;
  const asked = consent?.needed === true && !consent.granted;
  return (
    <>
      <h1 className="flex items-start gap-3 text-[20px] leading-7 font-semibold">
        <span className="mt-1.5">
          <StateMark state={overview.state} size={16} />
        </span>
        {overview.sentence}
      </h1>
      {asked && consent ? (
        <ConsentCard consent={consent} practice={overview.mode === "practice" || practice?.running === true} />
      ) : null}
      <NeedsYou needs={needs} />
      {idle && overview.mode === "empty" ? <StartTiles look /> : null}
      {idle ? null : <Working overview={overview} />}
      {practice?.running ? <PracticeCard practice={practice} /> : null}
      <ByItself />
    </>
  );
}

function Working({ overview }: { overview: Truth }) {
  const [minutes, setMinutes] = useState(15);
  const devices = useDevices();
  useKey("t", () => setMinutes(nextRange(minutes)));
  return (
    <div className="grid grid-cols-1 gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(22rem,1fr)]">
      <div className="min-w-0 space-y-4">
        <Card title="Hashrate" aside={<RangePicker minutes={minutes} onPick={setMinutes} />}>
          <div className="mb-4 flex flex-wrap items-end gap-x-10 gap-y-4">
            {overview.totals.map((t) => (
              <Sum key={t.algorithm} total={t} />
            ))}
            <Shares shares={overview.shares} />
          </div>
          <HashrateChart device={null} minutes={minutes} />
        </Card>
        <EarningsCard devices={devices} />
      </div>
      <section
        aria-label="Devices"
        className={cx(
          "grid min-w-0 grid-cols-1 content-start gap-4",
          devices.length > 1 && "md:grid-cols-2 xl:grid-cols-1",
        )}
      >
        <h2 className="sr-only">Devices</h2>
        {devices.map((d) => (
          <DeviceCard key={d.id} device={d} />
        ))}
      </section>
    </div>
  );
}

function Sum({ total }: { total: Truth["totals"][number] }) {
  const q = hashrate(total.hashrate);
  return (
    <div>
      <p className="text-[13px] text-fg-1">{total.algorithm}</p>
      <p className="num text-[40px] leading-[44px] font-medium">
        <Known value={q.value} why={total.notCountedWhy || "No device has reported yet."} />
        <span className="ml-2 text-[16px] font-normal text-fg-1">{q.unit}</span>
      </p>
      {total.notCounted > 0 ? (
        <p className="text-[13px] text-fg-1">
          {total.notCounted} of {total.counted + total.notCounted} not counted: {total.notCountedWhy}
        </p>
      ) : null}
    </div>
  );
}

/** Accepted, rejected and late shares since the programs started. */
function Shares({ shares }: { shares: Truth["shares"] }) {
  const all = (shares.accepted ?? 0) + (shares.rejected ?? 0) + (shares.stale ?? 0);
  const part = (n: number | null) => (n !== null && n > 0 ? percent(n / all, 2) : undefined);
  return (
    <div className="min-w-64 flex-1">
      <Facts width="narrow">
        <Fact label="Accepted" help="Shares that the pool checked and took." value={count(shares.accepted)} />
        <Fact
          label="Rejected"
          help="Shares that the pool checked and refused."
          value={count(shares.rejected)}
          note={part(shares.rejected)}
        />
        <Fact
          label="Stale"
          help="Shares that came after the pool had moved to a new job."
          value={count(shares.stale)}
          note={part(shares.stale)}
        />
      </Facts>
    </div>
  );
}
