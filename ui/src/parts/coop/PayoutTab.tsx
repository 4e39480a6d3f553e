import { useQuery } from "@tanstack/react-query";
import { coop, type Glance, type Window } from "../../api/coop";
import { coins } from "../../lib/coins";
import { count, percent } from "../../lib/format";
import { Age } from "../Age";
import { Button } from "../Button";
import { Card } from "../Card";
import { Known } from "../Hint";
import { Loaded } from "../Loaded";
import { PaymentsCard } from "./PaymentsCard";
import { RoundsCard } from "./RoundsCard";
import { WindowBar } from "./WindowBar";

/** The rule, the window that it looks at, what was divided and what is owed. */
export function PayoutTab({ glance: g, onCredit }: { glance: Glance; onCredit: () => void }) {
  const now = useQuery({
    queryKey: ["coop", "window"],
    queryFn: ({ signal }) => coop.window(signal),
    refetchInterval: 10_000,
  });
  return (
    <div className="space-y-4">
      <Card
        title="The rule, and the window it looks at"
        jumps
        aside={
          g.payout.basis === "credits" ? (
            <Button small onClick={onCredit}>
              Enter a credit
            </Button>
          ) : undefined
        }
      >
        <p className="max-w-prose">{g.payout.words}</p>
        <Loaded query={now} what="The payout window">
          {(w) => <WindowView window={w} />}
        </Loaded>
      </Card>
      <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-2">
        <RoundsCard coin={g.coin} basis={g.payout.basis} />
        <PaymentsCard coin={g.coin} />
      </div>
    </div>
  );
}

function WindowView({ window: w }: { window: Window }) {
  if (w.parts.length === 0) return <p className="mt-3 text-fg-1">No share lies in the window yet.</p>;
  return (
    <div className="mt-4 space-y-4">
      <WindowBar parts={w.parts} filled={w.filled} />
      <p className="text-[13px] text-fg-1">
        {count(w.shares)} shares, the oldest <Age at={w.from} why="" />
        {w.filled !== null && w.filled < 1
          ? `. The crew is younger than its window, which is ${percent(w.filled)} full: what it has done so far counts as all.`
          : "."}
      </p>
      {w.example.length > 0 ? (
        <div>
          <h3 className="mb-1 font-medium">Worked out with the numbers of now</h3>
          <ol className="list-decimal space-y-1 pl-5">
            {w.example.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ol>
        </div>
      ) : null}
      <details>
        <summary className="cursor-pointer font-medium">Every member in it</summary>
        <section
          aria-label="Members in the window, table"
          tabIndex={0}
          className="relative mt-2 max-h-96 overflow-auto"
        >
          <table className="w-full min-w-[28rem] border-collapse text-[13px]">
            <thead className="text-left text-fg-1">
              <tr>
                <th scope="col" className="py-1 pr-4 font-medium">
                  Member
                </th>
                <th scope="col" className="py-1 pr-4 text-right font-medium">
                  Part
                </th>
                <th scope="col" className="py-1 pr-4 text-right font-medium">
                  Shares
                </th>
                <th scope="col" className="py-1 text-right font-medium">
                  If a block were found now
                </th>
              </tr>
            </thead>
            <tbody>
              {w.parts.map((p) => (
                <tr key={p.member} className="border-t border-bg-2">
                  <th scope="row" className="py-1.5 pr-4 text-left font-medium break-words">
                    {p.name}
                  </th>
                  <td className="num py-1.5 pr-4 text-right">{percent(p.percent / 100, 2)}</td>
                  <td className="num py-1.5 pr-4 text-right">{count(p.shares)}</td>
                  <td className="num py-1.5 text-right">
                    <Known value={coins(p.amount, w.coin)} why="The upstream does not tell what a block pays." />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </div>
  );
}
