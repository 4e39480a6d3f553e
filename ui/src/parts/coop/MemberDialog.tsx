import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type Coin, coop, coopFile, type MemberDetail } from "../../api/coop";
import { coins } from "../../lib/coins";
import { memberState } from "../../lib/coopview";
import { celsius, count, hashrate, moment, percent, plain, plural, text } from "../../lib/format";
import { useNow } from "../../lib/now";
import { Age } from "../Age";
import { buttonClass } from "../Button";
import { Dialog } from "../Dialog";
import { Fact, Facts } from "../Fact";
import { Loaded } from "../Loaded";
import { StateWord } from "../StateMark";
import { MemberOrders } from "./MemberOrders";
import { PayeeForm } from "./PayeeForm";

interface Props {
  id: string;
  coin: Coin;
  onClose: () => void;
}

/** One member: what it does, by which connections, what it is owed, and what may be done to it. */
export function MemberDialog({ id, coin, onClose }: Props) {
  const client = useQueryClient();
  const member = useQuery({
    queryKey: ["coop", "member", id],
    queryFn: ({ signal }) => coop.member(id, signal),
    refetchInterval: 3_000,
  });
  return (
    <Dialog title={member.data?.name ?? id} about={about(member.data)} onClose={onClose}>
      <Loaded query={member} what="The member">
        {(m) => (
          <div className="space-y-5">
            <Summary member={m} />
            <Seats member={m} />
            <Account member={m} coin={coin} />
            <PayeeForm id={m.id} coin={coin} />
            <MemberOrders member={m} onChanged={() => void client.invalidateQueries({ queryKey: ["coop"] })} />
          </div>
        )}
      </Loaded>
    </Dialog>
  );
}

function about(m: MemberDetail | undefined): string {
  if (!m) return "A member of the crew.";
  return m.via === "grpc"
    ? "A worker of adit, with a certificate."
    : "An unmodified miner, known by the name it logs in with.";
}

const few = "Too few shares have come in this time.";

function Summary({ member: m }: { member: MemberDetail }) {
  const s = memberState(m);
  return (
    <div className="space-y-4">
      <p>
        <StateWord state={s.state} word={s.word} />
        {m.why ? <span className="text-fg-1">: {m.why}</span> : null}
      </p>
      <Facts>
        <Fact
          label="Hashrate"
          value={text(hashrate(m.hashrate.minute))}
          why={few}
          note={m.claimed === null ? undefined : `says ${text(hashrate(m.claimed))}`}
        />
        <Fact label="Over 24 h" value={text(hashrate(m.hashrate.day))} why={few} />
        <Fact
          label="Accepted"
          value={count(m.shares.accepted)}
          note={`${count(m.shares.stale)} stale, ${count(m.shares.rejected)} refused`}
        />
        <Fact
          label="Share of the window"
          value={m.sharePercent === null ? null : percent(m.sharePercent / 100, 2)}
          why="Nobody has a share in the window."
        />
        <Fact
          label="Difficulty"
          help="Hashes that one of its shares stands for on average."
          value={m.difficulty === null ? null : plain(m.difficulty)}
          why="It is not connected."
          note={m.fixedDifficulty === null ? "found by itself" : "fixed"}
        />
        <Fact
          label="Hashed here"
          help="How many of its shares adit hashed again instead of believing them. It falls with proven honesty, and one bad share brings it back to all."
          value={m.checked === null ? null : percent(m.checked)}
          why="No share of it was judged yet."
          note={m.policy === "all" ? "all of them, as was set" : undefined}
        />
        {m.health?.temperature ? <Fact label="Temperature" value={celsius(m.health.temperature)} /> : null}
        {m.threads === null ? null : <Fact label="Threads" value={count(m.threads)} />}
      </Facts>
    </div>
  );
}

function Seats({ member: m }: { member: MemberDetail }) {
  return (
    <section aria-label="Connections">
      <h3 className="mb-2 font-medium">
        {m.seats.length === 0 ? "No connection" : plural(m.seats.length, "connection")}
      </h3>
      <ul className="max-h-56 divide-y divide-bg-2 overflow-y-auto text-[13px]">
        {m.seats.map((s) => (
          <li key={`${s.remote} ${s.lane} ${s.slot}`} className="py-2 first:pt-0">
            <p className="flex flex-wrap justify-between gap-x-4">
              <span className="num break-all">{s.remote}</span>
              <span className="text-fg-1">
                {s.tls || "plain"}, <Age at={s.since} why="" />
              </span>
            </p>
            <p className="text-fg-1">
              {s.agent}, {s.slice}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Account({ member: m, coin }: { member: MemberDetail; coin: Coin }) {
  const now = useNow();
  const statement = useQuery({
    queryKey: ["coop", "statement", m.id],
    queryFn: ({ signal }) => coop.statement(m.id, signal),
  });
  return (
    <section aria-label="Statement">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-medium">
          Owed <span className="num">{coins(m.owed, coin)}</span>
        </h3>
        <a href={coopFile.statement(m.id)} download className={buttonClass("plain", true)}>
          Statement as CSV
        </a>
      </div>
      <Loaded query={statement} what="The statement">
        {(st) =>
          st.lines.length === 0 ? (
            <p className="text-[13px] text-fg-1">Nothing was booked yet.</p>
          ) : (
            <ul className="max-h-56 divide-y divide-bg-2 overflow-y-auto text-[13px]">
              {[...st.lines].reverse().map((l) => (
                <li
                  key={`${l.at} ${l.text} ${l.in ?? l.out}`}
                  className="flex flex-wrap justify-between gap-x-4 py-1.5 first:pt-0"
                >
                  <span className="min-w-0">
                    {l.kind}: {l.text} <span className="text-fg-1">{moment(l.at, now)}</span>
                  </span>
                  <span className="num">
                    {l.in === null ? "−" : "+"}
                    {coins(l.in ?? l.out, coin)}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}
