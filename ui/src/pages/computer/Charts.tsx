import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { type DeviceLine, statistics } from "../../api/stats";
import { nextRange, ranges } from "../../lib/computerview";
import { celsius, duration, plain, watts } from "../../lib/format";
import { useKey } from "../../lib/keys";
import { type Names, named, shareBars } from "../../lib/statview";
import { type Range, stepFor } from "../../lib/timerange";
import { Card } from "../../parts/Card";
import { HashrateChart, RangePicker } from "../../parts/HashrateChart";
import { StartTiles } from "../../parts/StartTiles";
import type { Look } from "../../parts/trend/look";
import { TrendChart } from "../../parts/trend/TrendChart";
import type { PartProps } from "../Computer";

const route = getRouteApi("/computer");

/** What the program did over time. The range stands in the address. */
export function Charts({ device }: PartProps) {
  return device ? <Drawn device={device} /> : <StartTiles look={false} />;
}

/** The last minutes, on the grid of the server's answer. */
function lastMinutes(minutes: number, words: string, nowMs: number): Range {
  const step = stepFor(minutes * 60);
  const to = Math.floor(nowMs / 1000 / step) * step;
  return { from: to - minutes * 60, to, step, live: true, words };
}

const shareLooks: Look[] = [
  { colour: "crit", dash: [] },
  { colour: "warn", dash: [] },
  { colour: "ok", dash: [] },
];

function Drawn({ device }: { device: NonNullable<PartProps["device"]> }) {
  const { range = 60 } = route.useSearch();
  const navigate = route.useNavigate();
  const pick = (minutes: number) => void navigate({ search: (s) => ({ ...s, range: minutes }), replace: true });
  useKey("t", () => pick(nextRange(range)));
  const span = (ranges.find((r) => r.minutes === range) ?? ranges[1]).span;
  const numbers = useQuery({
    queryKey: ["computer charts", device.id, range],
    queryFn: ({ signal }) => statistics(device.id, lastMinutes(range, span, Date.now()), signal),
    refetchInterval: range <= 60 ? 10_000 : 60_000,
    placeholderData: keepPreviousData,
  });
  const data = numbers.data;
  const { id, title } = device;
  const lines = useMemo(() => {
    if (!data) return null;
    const own = (all: DeviceLine[]) => all.filter((l) => l.device === id);
    const names: Names = { titles: new Map([[id, title]]), algorithms: new Map() };
    return {
      shares: shareBars(data),
      temperature: named(own(data.lines.temperature), names),
      power: named(own(data.lines.power), names),
    };
  }, [data, id, title]);
  const common = {
    times: data?.times ?? [],
    step: data?.step ?? 60,
    span,
    state: { pending: numbers.isPending, error: numbers.error },
    height: 180,
  };
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <RangePicker minutes={range} onPick={pick} />
        <Link
          to="/statistics"
          search={{ miner: id, span: "7d" }}
          className="underline decoration-fg-2 underline-offset-4 hover:decoration-lamp"
        >
          Further back, and other programs beside it
        </Link>
      </div>
      <Card title="Hashrate">
        <HashrateChart device={id} minutes={range} baseline={device.baseline} />
        {device.baseline === null ? null : (
          <p className="mt-2 text-[13px] text-fg-1">The dashed line is what this computer does when warm.</p>
        )}
      </Card>
      <div className="grid grid-cols-1 gap-4 xl:grid-cols-3">
        <Card title={lines ? `Shares in each ${duration(lines.shares.step)}` : "Shares"}>
          <TrendChart
            {...common}
            times={lines?.shares.times ?? []}
            step={lines?.shares.step ?? common.step}
            what="Shares"
            kind="bars"
            looks={shareLooks}
            lines={lines?.shares.lines ?? []}
            format={(n) => plain(n)}
            empty={`No share was counted in ${span}.`}
          />
        </Card>
        <Card title="Temperature">
          <TrendChart
            {...common}
            what="Temperature"
            lines={lines?.temperature ?? []}
            format={celsius}
            zero={false}
            empty="No temperature was read in this time. Some systems show no sensor to programs."
          />
        </Card>
        <Card title="Power">
          <TrendChart
            {...common}
            what="Power"
            lines={lines?.power ?? []}
            format={watts}
            empty="This program does not report how much power it takes."
          />
        </Card>
      </div>
    </>
  );
}
