import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Coin, coop, type Round } from "../../api/coop";
import { coins } from "../../lib/coins";
import { count, percent, plural } from "../../lib/format";
import { Age } from "../Age";
import { Button } from "../Button";
import { Card } from "../Card";
import { Dialog } from "../Dialog";
import { Loaded } from "../Loaded";
import { type Shape, StateWord } from "../StateMark";

const states: Record<Round["state"], [Shape, string]> = {
  immature: ["info", "maturing"],
  credited: ["ok", "credited"],
  orphaned: ["warn", "orphaned"],
};

/** What was divided: each round can be worked out again. */
export function RoundsCard({ coin, basis }: { coin: Coin; basis: "blocks" | "credits" }) {
  const [open, setOpen] = useState<string | null>(null);
  const list = useQuery({
    queryKey: ["coop", "rounds"],
    queryFn: ({ signal }) => coop.rounds(signal),
    refetchInterval: 30_000,
  });
  return (
    <Card title="Rounds" jumps>
      <Loaded query={list} what="The rounds">
        {(rounds) =>
          rounds.length === 0 ? (
            <p className="text-fg-1">
              {basis === "blocks"
                ? "Nothing was divided yet: the first block makes the first round."
                : "Nothing was divided yet: the first credit makes the first round."}
            </p>
          ) : (
            <ul className="divide-y divide-bg-2 text-[13px]">
              {rounds.map((r) => (
                <li key={r.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2 first:pt-0">
                  <span className="min-w-0">
                    <span className="block font-medium">
                      {r.kind === "block" ? `Block ${count(r.height)}` : "Credit"}, <Age at={r.at} why="" />
                    </span>
                    <span className="text-fg-1">
                      <span className="num">{coins(r.divided, coin)}</span> to {plural(r.members, "member")}
                    </span>
                  </span>
                  <span className="flex items-center gap-3">
                    <StateWord state={states[r.state][0]} word={states[r.state][1]} />
                    <Button small onClick={() => setOpen(r.id)}>
                      Work it out
                    </Button>
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {open ? <RoundDialog id={open} coin={coin} onClose={() => setOpen(null)} /> : null}
    </Card>
  );
}

function RoundDialog({ id, coin, onClose }: { id: string; coin: Coin; onClose: () => void }) {
  const round = useQuery({ queryKey: ["coop", "round", id], queryFn: ({ signal }) => coop.round(id, signal) });
  return (
    <Dialog
      title="One round, worked out"
      about="In whole numbers, so that anybody who has the ledger comes to the same."
      onClose={onClose}
    >
      <Loaded query={round} what="The round">
        {(r) => (
          <div className="space-y-4">
            <ol className="num list-decimal space-y-1 pl-6 text-[13px]">
              {r.steps.map((s) => (
                <li key={s} className="break-words">
                  {s}
                </li>
              ))}
            </ol>
            <ul className="max-h-64 divide-y divide-bg-2 overflow-y-auto text-[13px]">
              {r.parts.map((p) => (
                <li key={p.member} className="flex flex-wrap justify-between gap-x-4 py-1.5">
                  <span className="min-w-0 break-words">
                    {p.name} <span className="num text-fg-1">{percent(p.percent / 100, 2)}</span>
                  </span>
                  <span className="num">{coins(p.amount, coin)}</span>
                </li>
              ))}
            </ul>
            <p className="text-[13px]">
              Digest of this round <span className="num block break-all text-fg-1">{r.hash}</span>
            </p>
          </div>
        )}
      </Loaded>
    </Dialog>
  );
}
