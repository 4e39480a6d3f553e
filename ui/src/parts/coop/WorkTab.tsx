import { useQuery } from "@tanstack/react-query";
import { type Block, type Coin, coop, coopFile, type Glance, type Share } from "../../api/coop";
import { coins } from "../../lib/coins";
import { shareState } from "../../lib/coopview";
import { count, percent, plain } from "../../lib/format";
import { useLive } from "../../live/hooks";
import { Age } from "../Age";
import { buttonClass } from "../Button";
import { Card } from "../Card";
import { Known } from "../Hint";
import { Loaded } from "../Loaded";
import { type Shape, StateWord } from "../StateMark";

/** Shares as they come, and the blocks they made. */
export function WorkTab({ glance: g }: { glance: Glance }) {
  return (
    <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-2">
      <SharesLive />
      <Blocks coin={g.coin} found={g.blocksFound} solo={g.payout.basis === "blocks"} />
    </div>
  );
}

function SharesLive() {
  const shares = useLive("coop/shares") ?? [];
  return (
    <Card title="Shares, as they come" jumps>
      {shares.length === 0 ? <p className="text-fg-1">No share has come yet.</p> : null}
      <ul className="divide-y divide-bg-2 text-[13px]">
        {shares.slice(0, 15).map((s) => (
          <ShareRow key={`${s.at} ${s.member} ${s.seq ?? s.reason}`} share={s} />
        ))}
      </ul>
    </Card>
  );
}

function ShareRow({ share: s }: { share: Share }) {
  const st = shareState(s);
  return (
    <li className="flex flex-wrap items-baseline justify-between gap-x-4 py-1.5 first:pt-0">
      <span className="min-w-0 flex-1 basis-40">
        <span className="font-medium break-words">{s.name}</span>{" "}
        <span className="num text-fg-1">{plain(s.difficulty)}</span>
        {s.reason ? <span className="block text-fg-1">{s.reason}</span> : null}
      </span>
      <span className="flex items-center gap-3">
        {s.upstream ? <span className="text-fg-1">upstream: {s.upstream}</span> : null}
        <StateWord state={st.state} word={st.word} />
        <span className="num w-16 text-right text-fg-1">
          <Age at={s.at} why="" />
        </span>
      </span>
    </li>
  );
}

const states: Record<Block["state"], [Shape, string]> = {
  found: ["info", "maturing"],
  mature: ["ok", "mature"],
  orphaned: ["warn", "orphaned"],
};

function Blocks({ coin, found, solo }: { coin: Coin; found: number; solo: boolean }) {
  const list = useQuery({
    queryKey: ["coop", "blocks", found],
    queryFn: ({ signal }) => coop.blocks(signal),
    refetchInterval: 30_000,
  });
  return (
    <Card
      title="Blocks"
      jumps
      aside={
        <a href={coopFile.blocks} download className={buttonClass("plain", true)}>
          Download CSV
        </a>
      }
    >
      <Loaded query={list} what="The blocks">
        {(blocks) =>
          blocks.length === 0 ? (
            <p className="text-fg-1">
              {solo
                ? "None yet. With the work of the crew one is to be expected when the effort has reached 100 %."
                : "Behind a pool blocks are the pool's: what it pays is entered as a credit."}
            </p>
          ) : (
            <ul className="divide-y divide-bg-2 text-[13px]">
              {blocks.map((b) => (
                <BlockRow key={b.id} block={b} coin={coin} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function BlockRow({ block: b, coin }: { block: Block; coin: Coin }) {
  const [shape, word] = states[b.state];
  return (
    <li className="py-2 first:pt-0">
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="num font-medium">{count(b.height)}</span>
        <StateWord
          state={shape}
          word={b.state === "found" ? `${word}, ${b.confirmations ?? "–"} of ${b.needed}` : word}
        />
      </p>
      <p className="flex flex-wrap justify-between gap-x-4">
        <span className="break-words">
          {b.name}, <Age at={b.at} why="" />
          {b.effort === null ? "" : `, effort ${percent(b.effort)}`}
        </span>
        <span className="num">
          <Known value={coins(b.reward, coin)} why="The node does not tell the reward." />
        </span>
      </p>
      <p className="num text-[12px] break-all text-fg-1">{b.hash}</p>
    </li>
  );
}
