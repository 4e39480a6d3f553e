import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { wordsOf } from "../api/rest";
import { type Metric, type Statistics as Numbers, statistics } from "../api/stats";
import { download } from "../lib/download";
import { celsius, duration, hashrate, plain, text, watts } from "../lib/format";
import { useKey } from "../lib/keys";
import { csv, type Line } from "../lib/matrix";
import { useNow } from "../lib/now";
import { nameAndProgram, nameOf } from "../lib/program";
import { allLines, hashrateLines, type Names, named, shareBars } from "../lib/statview";
import { type Range, resolve, spans } from "../lib/timerange";
import { useDevices } from "../live/hooks";
import { Button, Failure } from "../parts/Button";
import { Card } from "../parts/Card";
import { Command } from "../parts/Command";
import { MinerPicker } from "../parts/stats/MinerPicker";
import { RangeBar } from "../parts/stats/RangeBar";
import { Sessions } from "../parts/stats/Sessions";
import { Totals } from "../parts/stats/Totals";
import type { Look } from "../parts/trend/look";
import { TrendChart } from "../parts/trend/TrendChart";

const route = getRouteApi("/statistics");

/** Hashrate, shares and what else is measured, over time. The range and the program stand in the address. */
export function Statistics() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const now = useNow();
  const names = useNames();
  const range = resolve(search, now);
  const miner = search.miner ?? null;
  const rangeKey = search.from ? `${search.from} ${search.to}` : (search.span ?? "1h");
  const numbers = useQuery({
    queryKey: ["statistics", miner, rangeKey],
    queryFn: ({ signal }) => statistics(miner, resolve(search, Date.now()), signal),
    refetchInterval: range.live ? Math.max(range.step, 10) * 1000 : false,
    placeholderData: keepPreviousData,
  });
  // As on the page of this computer: t goes to the next range.
  useKey("t", () => {
    const at = spans.findIndex((s) => s.id === (search.span ?? "1h"));
    const next = spans[(at + 1) % spans.length]?.id ?? "1h";
    void navigate({ search: { span: next, ...(miner ? { miner } : {}) }, replace: true });
  });
  const data = numbers.data;
  const state = { pending: numbers.isPending, error: numbers.error };
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-[20px] leading-7">Statistics</h1>
        <Button
          small
          disabled={!data}
          onClick={() => data && download(fileName(range), csv(data.times, allLines(data, names)), "text/csv")}
        >
          Export CSV
        </Button>
      </div>
      <div className="flex flex-wrap items-end justify-between gap-3">
        <RangeBar
          search={search}
          range={range}
          onPick={(picked) => void navigate({ search: { ...picked, ...(miner ? { miner } : {}) }, replace: true })}
        />
        <MinerPicker
          miner={miner}
          titles={names.choices}
          seen={data?.lines.hashrate.map((l) => l.device) ?? []}
          onPick={(picked) =>
            void navigate({ search: ({ miner: _, ...rest }) => (picked ? { ...rest, miner: picked } : rest) })
          }
        />
      </div>
      {numbers.isError && data ? <Failure words={`These numbers are old: ${wordsOf(numbers.error)}`} /> : null}
      <Totals data={data} names={names} span={range.words} pending={state.pending} />
      <Charts data={data} names={names} range={range} state={state} />
      <Sessions miner={miner} range={range} rangeKey={rangeKey} names={names} />
      {range.live ? <Commands miner={miner} span={search.span ?? "1h"} /> : null}
    </>
  );
}

/** The same numbers in a terminal. */
function Commands({ miner, span }: { miner: string | null; span: string }) {
  const name = miner?.split("/").pop();
  const line = name ? `adit history ${name} --since ${span} -o csv` : `adit history --sessions --since ${span}`;
  return (
    <details className="text-[13px]">
      <summary className="cursor-pointer text-fg-1">As a command</summary>
      <div className="mt-2">
        <Command label="The same in a terminal" line={line} />
      </div>
    </details>
  );
}

/** Titles and algorithms of the devices; the same as long as they are the same. */
function useNames(): Names & { choices: ReadonlyMap<string, string> } {
  const devices = useDevices();
  const flat = JSON.stringify(devices.map((d) => [d.id, nameOf(d), d.algorithm, nameAndProgram(d)]));
  return useMemo(() => {
    const all = JSON.parse(flat) as [string, string, string | null, string][];
    return {
      titles: new Map(all.map(([id, title]) => [id, title])),
      choices: new Map(all.map(([id, , , whole]) => [id, whole])),
      algorithms: new Map(all.flatMap(([id, , algorithm]) => (algorithm ? [[id, algorithm]] : []))),
    };
  }, [flat]);
}

const fileName = (range: Range) =>
  `adit-${new Date(range.from * 1000).toISOString().slice(0, 16).replace(":", "")}.csv`;

const rate = (n: number | null) => text(hashrate(n));

/** Colours that mean a state belong to lines that are about that state. */
const shareLooks: Look[] = [
  { colour: "crit", dash: [] },
  { colour: "warn", dash: [] },
  { colour: "ok", dash: [] },
];

interface ChartsProps {
  data: Numbers | undefined;
  names: Names;
  range: Range;
  state: { pending: boolean; error: unknown };
}

function Charts({ data, names, range, state }: ChartsProps) {
  const lines = useMemo(() => {
    if (!data) return null;
    const of = (m: Metric) => named(data.lines[m], names);
    return {
      hashrate: hashrateLines(data, names),
      shares: shareBars(data),
      difficulty: of("difficulty"),
      temperature: of("temperature"),
      power: of("power"),
    };
  }, [data, names]);
  const none: Line[] = [];
  const common = { times: data?.times ?? [], step: data?.step ?? range.step, span: range.words };
  return (
    <>
      <Card title="Hashrate">
        <TrendChart
          {...common}
          what="Hashrate"
          lines={lines?.hashrate ?? none}
          format={rate}
          height={260}
          state={state}
          empty={`Nothing was hashed in ${range.words}.`}
        />
      </Card>
      <div className="grid grid-cols-1 gap-4 xl:grid-cols-2">
        <Card title={lines ? `Shares in each ${duration(lines.shares.step)}` : "Shares"}>
          <TrendChart
            {...common}
            times={lines?.shares.times ?? []}
            step={lines?.shares.step ?? common.step}
            what="Shares"
            kind="bars"
            whole
            looks={shareLooks}
            lines={lines?.shares.lines ?? none}
            format={(n) => plain(n)}
            state={state}
            empty={`No share was counted in ${range.words}.`}
          />
        </Card>
        <Card title="Difficulty">
          <TrendChart
            {...common}
            what="Difficulty"
            whole
            lines={lines?.difficulty ?? none}
            format={(n) => plain(n)}
            state={state}
            empty="No pool gave a difficulty in this time."
          />
        </Card>
        <Card title="Temperature">
          <TrendChart
            {...common}
            what="Temperature"
            lines={lines?.temperature ?? none}
            format={celsius}
            zero={false}
            state={state}
            empty="No temperature was read in this time. Some systems show no sensor to programs."
          />
        </Card>
        <Card title="Power">
          <TrendChart
            {...common}
            what="Power"
            lines={lines?.power ?? none}
            format={watts}
            state={state}
            empty="No device here reports how much power it takes. A figure typed in under Settings is used for estimates only, never drawn as measured."
          />
        </Card>
      </div>
    </>
  );
}
