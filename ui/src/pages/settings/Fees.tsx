import { useQuery } from "@tanstack/react-query";
import { type FeeProgram, trust } from "../../api/trust";
import { count, duration, moment, percent, sentence } from "../../lib/format";
import { useNow } from "../../lib/now";
import { Card } from "../../parts/Card";
import { Fact, Facts } from "../../parts/Fact";
import { Loaded } from "../../parts/Loaded";
import { StateWord } from "../../parts/StateMark";

/** What of the mining time went to the authors of the programs. */
export function Fees() {
  const now = useNow();
  const fees = useQuery({ queryKey: ["fees"], queryFn: ({ signal }) => trust.fees(signal), refetchInterval: 10_000 });
  return (
    <Loaded query={fees} what="The fee ledger">
      {(ledger) => (
        <>
          <p className="max-w-prose">{sentence(ledger.words)}</p>
          <Card
            title="adit itself"
            aside={<StateWord state={ledger.aditPercent === 0 ? "ok" : "warn"} word={`${ledger.aditPercent} %`} />}
          >
            <p className="text-fg-1">
              adit takes no fee and mines for nobody but you. What stands below goes to the authors of other programs.
            </p>
          </Card>
          {ledger.programs.length === 0 ? (
            <p className="text-fg-1">No mining program has run yet.</p>
          ) : (
            ledger.programs.map((p) => <Program key={p.device} program={p} />)
          )}
          {ledger.since ? <p className="text-[13px] text-fg-1">Counted since {moment(ledger.since, now)}.</p> : null}
        </>
      )}
    </Loaded>
  );
}

function Program({ program: p }: { program: FeeProgram }) {
  const now = useNow();
  return (
    <Card
      title={`${p.name} (${p.program})`}
      aside={p.active ? <StateWord state="info" word="Works for its author now" /> : null}
    >
      <p className="mb-4 text-fg-1">{sentence(p.words)}</p>
      <Facts>
        <Fact
          label="Declared"
          help="What its author says it takes."
          value={p.declaredPercent === null ? null : `${p.declaredPercent} %`}
          why="Its author does not say."
        />
        <Fact
          label="Measured"
          help="Time in which adit saw it work for its author, of the time it hashed."
          value={p.sharePercent === null ? null : percent(p.sharePercent / 100, 2)}
          why={
            p.source === "none"
              ? "It takes nothing."
              : p.source === "observed"
                ? "It has hashed for less than an hour."
                : "The program does not show it."
          }
        />
        <Fact
          label="Fee time"
          value={p.feeSeconds === null ? null : duration(p.feeSeconds)}
          why="The program does not show when it works for its author."
          note={`of ${duration(p.miningSeconds)} of mining`}
        />
        <Fact
          label="Rounds"
          value={p.source === "observed" ? count(p.rounds) : null}
          why={p.source === "none" ? "It takes nothing." : "The program does not show them."}
          note={p.lastRound ? `last ${moment(p.lastRound.start, now)}, ${duration(p.lastRound.seconds)}` : undefined}
        />
        <Fact
          label="Starts"
          help="A program that takes its fee early in a run takes more the oftener it starts."
          value={count(p.starts)}
        />
      </Facts>
    </Card>
  );
}
