import { useQuery } from "@tanstack/react-query";
import { wordsOf } from "../../api/rest";
import { type Session, sessions } from "../../api/stats";
import { count, duration, hashrate, moment, sentence, text } from "../../lib/format";
import { useNow } from "../../lib/now";
import type { Names } from "../../lib/statview";
import type { Range } from "../../lib/timerange";
import { Failure } from "../Button";
import { Card } from "../Card";
import { Known } from "../Hint";
import { StateWord } from "../StateMark";

interface Props {
  miner: string | null;
  range: Range;
  /** Names the range in the address. */
  rangeKey: string;
  names: Names;
}

/** The runs of mining programs within the range. */
export function Sessions({ miner, range, rangeKey, names }: Props) {
  const list = useQuery({
    queryKey: ["sessions", miner, rangeKey],
    queryFn: ({ signal }) => sessions(miner, range, signal),
    refetchInterval: range.live ? 30_000 : false,
  });
  return (
    <Card title="Runs">
      <Failure words={list.error && !list.data ? wordsOf(list.error) : null} />
      {list.data && list.data.length > 0 ? (
        <RunTable runs={list.data} names={names} />
      ) : list.error ? null : (
        <p className="text-fg-1">{list.isPending ? "Reading the runs" : `No program ran in ${range.words}.`}</p>
      )}
    </Card>
  );
}

function RunTable({ runs, names }: { runs: Session[]; names: Names }) {
  return (
    <section aria-label="Runs, table" tabIndex={0} className="relative overflow-x-auto">
      <table className="w-full min-w-[44rem] border-collapse text-[13px]">
        <thead className="text-left text-fg-1">
          <tr>
            {["Program", "Began", "Ran for", "Average", "Accepted", "Rejected", "Stale", "How it ended"].map((h, i) => (
              <th key={h} scope="col" className={`py-1 pr-4 font-medium ${i > 2 && i < 7 ? "text-right" : ""}`}>
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((r) => (
            <Run key={r.id} run={r} title={names.titles.get(r.device) ?? r.minerName} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

const cell = "num py-2 pr-4 text-right align-top whitespace-nowrap";

function Run({ run: r, title }: { run: Session; title: string }) {
  const now = useNow();
  const end = r.stoppedAt ? Date.parse(r.stoppedAt) : now;
  const silent = "The program reported none.";
  return (
    <tr className="border-t border-bg-2">
      <th scope="row" className="py-2 pr-4 text-left align-top font-medium">
        {title}
        <span className="block font-normal text-fg-1">{[r.program, r.algorithm].filter(Boolean).join(" · ")}</span>
      </th>
      <td className="py-2 pr-4 align-top whitespace-nowrap" title={r.startedAt}>
        {moment(r.startedAt, now)}
      </td>
      <td className="num py-2 pr-4 align-top whitespace-nowrap">{duration((end - Date.parse(r.startedAt)) / 1000)}</td>
      <td className={cell}>
        <Known value={text(hashrate(r.averageHashrate))} why={silent} />
      </td>
      <td className={cell}>
        <Known value={count(r.accepted)} why={silent} />
      </td>
      <td className={cell}>
        <Known value={count(r.rejected)} why={silent} />
      </td>
      <td className={cell}>
        <Known value={count(r.stale)} why={silent} />
      </td>
      <td className="py-2 align-top">
        {r.stoppedAt === null ? (
          <StateWord state="ok" word="Runs" />
        ) : (
          <span>{sentence(r.reason) || "It is not known how."}</span>
        )}
      </td>
    </tr>
  );
}
