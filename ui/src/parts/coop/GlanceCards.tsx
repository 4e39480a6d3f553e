import type { Glance } from "../../api/coop";
import { shortCoins } from "../../lib/coins";
import { doorAddress, upstreamState } from "../../lib/coopview";
import { count, hashrate, percent, plain, plural, text } from "../../lib/format";
import { Age } from "../Age";
import { Card } from "../Card";
import { CopyButton } from "../Command";
import { Fact, Facts } from "../Fact";
import { Known } from "../Hint";
import { StateWord } from "../StateMark";

/** The crew in three cards: how fast, for whom, on what. */
export function GlanceCards({ glance: g }: { glance: Glance }) {
  return (
    <div className="grid grid-cols-1 items-stretch gap-4 lg:grid-cols-2 2xl:grid-cols-3">
      <Pace glance={g} />
      <Upstreams glance={g} />
      <Now glance={g} />
    </div>
  );
}

const few = "Too few shares have come in this time.";

function Pace({ glance: g }: { glance: Glance }) {
  const now = hashrate(g.hashrate.minute);
  return (
    <Card title="Hashrate" jumps>
      <p className="num mb-4 text-[32px] leading-9 font-medium">
        <Known value={now.value} why={few} />
        <span className="ml-2 text-[16px] font-normal text-fg-1">{now.unit}</span>
      </p>
      <Facts>
        <Fact
          label="Over 1 h"
          help="Estimated from accepted shares."
          value={text(hashrate(g.hashrate.hour))}
          why={few}
        />
        <Fact
          label="Over 24 h"
          help="Estimated from accepted shares."
          value={text(hashrate(g.hashrate.day))}
          why={few}
        />
        <Fact label="Members" value={`${g.members.online} of ${g.members.total}`} note="online" />
        <Fact
          label="Accepted"
          value={count(g.shares.accepted)}
          note={`${count(g.shares.stale)} stale, ${count(g.shares.rejected)} refused`}
        />
        <Fact
          label="Owed"
          help="Credited to members and not yet paid."
          value={shortCoins(g.money.owed, g.coin)}
          note={g.money.immature === "0" ? undefined : `${shortCoins(g.money.immature, g.coin)} maturing`}
        />
        <Fact
          label="Luck"
          help="Blocks found against blocks to be expected from the work: 100 % is as expected, more is luckier."
          value={g.luck.percent === null ? null : percent(g.luck.percent / 100)}
          why="It takes blocks of its own to tell."
          note={g.luck.effort === null ? undefined : `effort now ${percent(g.luck.effort)}`}
        />
      </Facts>
    </Card>
  );
}

function Upstreams({ glance: g }: { glance: Glance }) {
  return (
    <Card title={g.upstreams.length === 1 ? "Upstream" : "Upstreams, in the order of failover"} jumps>
      <ol className="divide-y divide-bg-2">
        {g.upstreams.map((u) => {
          const s = upstreamState(u);
          return (
            <li key={u.index} className="py-2 first:pt-0 last:pb-0">
              <p className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
                <span className="num min-w-0 text-[13px] break-all">{u.url}</span>
                <StateWord state={s.state} word={s.word} />
              </p>
              <p className="text-[13px] text-fg-1">
                {[
                  u.latency === null ? "" : `${Math.max(1, Math.round(u.latency * 1000))} ms`,
                  u.tls || "plain",
                  u.connections > 0 ? plural(u.connections, "connection") : "",
                  `${count(u.accepted)} accepted`,
                  u.rejected > 0 ? `${count(u.rejected)} refused` : "",
                  u.reconnects > 0 ? `${plural(u.reconnects, "reconnection")}` : "",
                ]
                  .filter(Boolean)
                  .join(", ")}
              </p>
              {u.error && u.state !== "connected" ? (
                <p className="text-[13px]">
                  {u.error}
                  {u.errorAt ? (
                    <span className="text-fg-1">
                      , <Age at={u.errorAt} why="" />
                    </span>
                  ) : null}
                </p>
              ) : null}
            </li>
          );
        })}
      </ol>
      {g.upstreams.length === 0 ? <p className="text-fg-1">None is configured.</p> : null}
    </Card>
  );
}

function Now({ glance: g }: { glance: Glance }) {
  const j = g.job;
  const untold = "The upstream does not tell.";
  return (
    <Card title="Work now" jumps className="lg:col-span-2 2xl:col-span-1">
      {j ? (
        <Facts>
          <Fact label="Height" value={j.height === null ? null : count(j.height)} why={untold} />
          <Fact label="Job" value={j.id}>
            {j.id}
            <span className="block font-sans text-[13px] text-fg-1">
              <Age at={j.at} why={untold} />
            </span>
          </Fact>
          <Fact label="Algorithm" value={j.algorithm} />
          <Fact
            label="Block takes"
            help="Hashes that a block takes on average."
            value={plain(j.networkDifficulty)}
            why={untold}
            note={j.networkDifficulty === null ? undefined : "hashes"}
          />
          <Fact label="Block pays" value={shortCoins(j.reward, g.coin)} why={untold} />
          {j.seedHash ? (
            <Fact
              label="Seed"
              value={`${j.seedHash.slice(0, 8)}…`}
              note={j.nextSeedHash ? `next ${j.nextSeedHash.slice(0, 8)}…` : undefined}
            />
          ) : null}
        </Facts>
      ) : (
        <p className="text-fg-1">There is no work now. Members stay connected and wait.</p>
      )}
      <p className="mt-4 text-[13px]">
        <Checked glance={g} />
      </p>
      {g.doors.length > 0 ? (
        <ul className="mt-3 space-y-2 text-[13px]">
          {g.doors.map((d) => (
            <li key={`${d.kind} ${d.address}`} className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="text-fg-1">
                {d.kind === "stratum"
                  ? "Miners connect to"
                  : d.kind === "grpc"
                    ? "Workers connect to"
                    : "Invitations at"}
              </span>
              <span className="num break-all">{doorAddress(d)}</span>
              {d.kind === "stratum" ? <CopyButton text={doorAddress(d)} label="The address for miners" /> : null}
            </li>
          ))}
        </ul>
      ) : null}
    </Card>
  );
}

/** How shares are checked: said on every part of the page, for it is what the figures rest on. */
function Checked({ glance: g }: { glance: Glance }) {
  const v = g.verification;
  const part = v.checked === null ? "" : `, ${percent(v.checked)} of them in the last hour`;
  if (v.mode === "full") return <StateWord state="ok" word="Every share is hashed here" />;
  if (v.mode === "sampled")
    return (
      <>
        <StateWord state="ok" word="A sample of the shares is hashed here" />
        <span className="text-fg-1">
          {part}
          {v.reason ? `: ${v.reason}` : ""}
        </span>
      </>
    );
  return (
    <>
      <StateWord state="warn" word="No share is hashed here" />
      <span className="text-fg-1">{v.reason ? `: ${v.reason}` : ""}</span>
    </>
  );
}
