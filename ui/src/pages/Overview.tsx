import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useId, useState } from "react";
import type { Device, Overview as Truth } from "../api/types";
import { arrangement, type CardId, ordered, rows } from "../lib/arrange";
import { nextRange } from "../lib/computerview";
import { cx } from "../lib/cx";
import { count, hashrate, percent } from "../lib/format";
import { jump, jumpKeys, jumpTo } from "../lib/jump";
import { useKey } from "../lib/keys";
import { useRemembered } from "../lib/remembered";
import { useDevices, useLive } from "../live/hooks";
import { ArrangeNote, Movable, useArranging } from "../parts/Arrange";
import { Button } from "../parts/Button";
import { ByItself } from "../parts/ByItself";
import { Card } from "../parts/Card";
import { ConsentCard } from "../parts/ConsentCard";
import { DeviceCard } from "../parts/DeviceCard";
import { EarningsCard } from "../parts/EarningsCard";
import { Fact, Facts } from "../parts/Fact";
import { HashrateChart, RangePicker } from "../parts/HashrateChart";
import { Known } from "../parts/Hint";
import { SettingsIcon } from "../parts/Icons";
import { NeedsYou } from "../parts/NeedsYou";
import { PracticeCard } from "../parts/PracticeCard";
import { StartTiles } from "../parts/StartTiles";
import { StateMark } from "../parts/StateMark";
import { useNeeds } from "../parts/useNeeds";

const route = getRouteApi("/");

/** Is it well; if not, what; and what to do. */
export function Overview() {
  const overview = useLive("overview");
  const consent = useLive("consent");
  const practice = useLive("practice");
  const navigate = route.useNavigate();
  const { arrange = false } = route.useSearch();
  useKey(jumpKeys, (key) => jumpTo(Number(key)));
  if (!overview) return null;
  const asked = consent?.needed === true && !consent.granted;
  const turn = () =>
    void navigate({ to: "/", search: arrange ? {} : { arrange: true }, replace: true, resetScroll: false });
  return (
    <>
      <div className="flex items-start justify-between gap-4">
        <h1 className="flex min-w-0 items-start gap-3 text-[20px] leading-7 font-semibold">
          <span className="mt-1.5">
            <StateMark state={overview.state} size={16} />
          </span>
          {overview.sentence}
        </h1>
        <Button small kind={arrange ? "primary" : "quiet"} className="shrink-0" onClick={turn}>
          {arrange ? (
            "Done"
          ) : (
            <>
              <SettingsIcon />
              <span className="sr-only md:not-sr-only">Customise</span>
            </>
          )}
        </Button>
      </div>
      {asked && consent ? (
        <ConsentCard consent={consent} practice={overview.mode === "practice" || practice?.running === true} />
      ) : null}
      {arrange ? <Arranging overview={overview} /> : <Cards overview={overview} />}
    </>
  );
}

/** The cards that make sense now, as this browser wants them. */
function Cards({ overview }: { overview: Truth }) {
  const chosen = useRemembered(arrangement);
  const fits = useFits(overview);
  const shown = ordered(chosen).filter((id) => fits(id) && !chosen.hidden.includes(id));
  return <Rows ids={shown} draw={(id) => <One key={id} id={id} overview={overview} />} />;
}

/** All cards, each with the buttons that move and hide it. */
function Arranging({ overview }: { overview: Truth }) {
  const chosen = useRemembered(arrangement);
  const fits = useFits(overview);
  const { said, reset, bar } = useArranging();
  return (
    <>
      <ArrangeNote said={said} onReset={reset} />
      <Rows
        ids={ordered(chosen)}
        draw={(id) => (
          <Movable key={id} bar={bar(id)}>
            {fits(id) && !chosen.hidden.includes(id) ? <One id={id} overview={overview} /> : null}
          </Movable>
        )}
      />
    </>
  );
}

function Rows({ ids, draw }: { ids: CardId[]; draw: (id: CardId) => ReactNode }) {
  return rows(ids).map((row) => (
    <div
      key={row.key}
      className={cx(
        "grid grid-cols-1 gap-4 [&:not(:has(>:not(:empty)))]:hidden",
        // A card that has nothing to tell leaves its column empty, and the other takes the whole width.
        row.columns.length > 1 &&
          (row.mirrored
            ? "xl:[&:not(:has(>:empty))]:grid-cols-[minmax(22rem,1fr)_minmax(0,2fr)]"
            : "xl:[&:not(:has(>:empty))]:grid-cols-[minmax(0,2fr)_minmax(22rem,1fr)]"),
      )}
    >
      {row.columns.map((column) => (
        <div key={column[0]} className="min-w-0 space-y-4 empty:hidden">
          {column.map(draw)}
        </div>
      ))}
    </div>
  ));
}

/** Whether a card makes sense now. */
function useFits(overview: Truth): (id: CardId) => boolean {
  const practice = useLive("practice");
  const idle = useDevices().length === 0;
  return (id) => {
    if (id === "start") return idle && overview.mode === "empty";
    if (id === "practice") return practice?.running === true;
    return !idle || id === "needs" || id === "itself";
  };
}

function One({ id, overview }: { id: CardId; overview: Truth }) {
  const practice = useLive("practice");
  const devices = useDevices();
  switch (id) {
    case "needs":
      return <Needs />;
    case "start":
      return (
        <section aria-label="Ways to start" {...jump}>
          <StartTiles look />
        </section>
      );
    case "hashrate":
      return <Hashrate overview={overview} />;
    case "earnings":
      return <EarningsCard devices={devices} />;
    case "devices":
      return <Devices devices={devices} />;
    case "practice":
      return practice ? <PracticeCard practice={practice} /> : null;
    case "itself":
      return <ByItself />;
  }
}

const Needs = () => <NeedsYou needs={useNeeds()} />;

function Hashrate({ overview }: { overview: Truth }) {
  const [minutes, setMinutes] = useState(15);
  useKey("t", () => setMinutes(nextRange(minutes)));
  return (
    <Card title="Hashrate" jumps aside={<RangePicker minutes={minutes} onPick={setMinutes} />}>
      <div className="mb-4 flex flex-wrap items-end gap-x-10 gap-y-4">
        {overview.totals.map((t) => (
          <Sum key={t.algorithm} total={t} />
        ))}
        <Shares shares={overview.shares} />
      </div>
      <HashrateChart device={null} minutes={minutes} />
    </Card>
  );
}

function Devices({ devices }: { devices: Device[] }) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      {...jump}
      className="grid min-w-0 grid-cols-[repeat(auto-fit,minmax(min(100%,18rem),1fr))] content-start gap-4"
    >
      <h2 id={id} className="sr-only">
        Devices
      </h2>
      {devices.map((d) => (
        <DeviceCard key={d.id} device={d} />
      ))}
    </section>
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
