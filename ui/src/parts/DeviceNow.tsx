import type { Device } from "../api/types";
import {
  bytes,
  celsius,
  count,
  dash,
  duration,
  hashrate,
  moment,
  percent,
  plain,
  sentence,
  text,
  watts,
} from "../lib/format";
import { freshness } from "../lib/freshness";
import { useNow } from "../lib/now";
import { nameOf } from "../lib/program";
import { Age } from "./Age";
import { BigRate } from "./BigRate";
import { Card } from "./Card";
import { building, Dataset } from "./Dataset";
import { Fact, Facts } from "./Fact";
import { Orders } from "./Orders";
import { ProgramLine } from "./ProgramLine";
import { StateWord } from "./StateMark";

const modes = { light: "light mode", fast: "fast mode", starting: "starting" } as const;

/** A mining program now: how fast, how well, for whom; and the way to stop it. */
export function DeviceNow({ device: d }: { device: Device }) {
  const now = useNow();
  const old = freshness(d, now) !== "fresh";
  return (
    <Card title={nameOf(d)} aside={<Orders device={d} />}>
      <div className="-mt-2 mb-3 empty:hidden">
        <ProgramLine device={d} />
      </div>
      <div className="mb-5 flex flex-wrap items-start justify-between gap-x-10 gap-y-3">
        <div>
          <BigRate device={d} large />
          <p className="mt-1 text-[13px] text-fg-1">{rateWords(d)}</p>
        </div>
        <div className="max-w-prose min-w-0 basis-72 md:text-right">
          <StateWord state={d.headline.state} word={d.headline.word} />
          {d.headline.since ? <span className="text-fg-1"> since {moment(d.headline.since, now)}</span> : null}
          {d.headline.why && !building(d) ? <p className="mt-1 text-fg-1">{sentence(d.headline.why)}</p> : null}
        </div>
      </div>
      <div className="mb-5 empty:hidden">
        <Dataset device={d} />
      </div>
      <Facts>
        <Work device={d} dim={old} />
        <Body device={d} dim={old} />
      </Facts>
      <Limits device={d} />
    </Card>
  );
}

function rateWords(d: Device): string {
  const words: string[] = [];
  if (d.algorithm) words.push(d.algorithm);
  if (d.mode) words.push(modes[d.mode]);
  if (d.baseline !== null && d.baseline > 0 && d.hashrate !== null) {
    words.push(`${percent(d.hashrate / d.baseline)} of the ${text(hashrate(d.baseline))} it does when warm`);
  }
  return words.join(" · ");
}

function Work({ device: d, dim }: { device: Device; dim: boolean }) {
  const silent = "The engine has not reported it.";
  return (
    <>
      <Fact label="Accepted" value={count(d.accepted)} why={silent} dim={dim} />
      <Fact label="Rejected" value={count(d.rejected)} why={silent} dim={dim} />
      <Fact
        label="Stale"
        help="Shares that came after the pool had moved to a new job."
        value={count(d.staleShares)}
        why={silent}
        dim={dim}
      />
      <Fact label="Last share">
        <Age at={d.lastShareAt} why="No share has been accepted yet." />
      </Fact>
      <Fact
        label="Difficulty"
        help="Hashes that a share takes on average."
        value={plain(d.difficulty)}
        why="The pool has given no job yet."
        dim={dim}
      />
      <Pool device={d} />
      <Fact label="1 min mean" value={text(hashrate(d.hashrate60s))} why="It has not run for a minute." dim={dim} />
      <Fact label="15 min mean" value={text(hashrate(d.hashrate15m))} why="It has not run for 15 minutes." dim={dim} />
      <Fact label="Highest" value={text(hashrate(d.hashrateHighest))} why={silent} dim={dim} />
    </>
  );
}

function Pool({ device: d }: { device: Device }) {
  if (d.pool === null) return <Fact label="Pool" why="It is connected to no pool." />;
  const { url, index, count: n, state, uptime, tls, ping, failures } = d.pool;
  const notes: string[] = [state];
  if (n > 1) notes.push(`${index + 1} of ${n}`);
  if (tls) notes.push("TLS");
  if (ping !== null) notes.push(`${Math.round(ping * 1000)} ms`);
  if (uptime !== null) notes.push(`for ${duration(uptime)}`);
  if (failures !== null && failures > 0) notes.push(`${count(failures)} failures`);
  return (
    <div className="col-span-2 min-w-0">
      <dt className="text-[13px] text-fg-1">Pool</dt>
      <dd className="num mt-0.5 break-all">
        {d.practice ? <span className="font-sans">Practice, </span> : null}
        {url}
        <span className="block font-sans text-[13px] text-fg-1">{notes.filter(Boolean).join(" · ")}</span>
      </dd>
    </div>
  );
}

function Body({ device: d, dim }: { device: Device; dim: boolean }) {
  const hp = d.hugePages;
  return (
    <>
      <Fact label="Temperature" value={celsius(d.temperature)} why="No sensor of this device can be read." dim={dim} />
      {d.power === null ? null : <Fact label="Power" value={watts(d.power)} dim={dim} />}
      <Fact
        label="Memory"
        value={bytes(d.memory.rss)}
        why="The engine has not reported it."
        note={d.memory.hugePages === null ? undefined : `and ${bytes(d.memory.hugePages)} in huge pages`}
        dim={dim}
      />
      <Fact
        label="Huge pages"
        help="Got of wanted. With all of them RandomX is faster."
        value={hp === null ? null : `${count(hp.got)} of ${count(hp.wanted)}`}
        why="The engine has not reported it."
        dim={dim}
      />
      <Fact label="Runs for" value={d.uptime === null ? dash : duration(d.uptime)} why="It does not run." dim={dim} />
      <Fact label="Restarts" value={count(d.restarts)} />
      <Fact
        label="Process"
        value={d.pid === null ? null : String(d.pid)}
        why="It does not run."
        note={d.version ?? undefined}
      />
      <Fact
        label="Fee"
        help="Share of the work that goes to the program's author. adit takes none."
        value={d.feePercent === null ? null : `${d.feePercent} %`}
        why="The program does not tell."
      />
    </>
  );
}

/** Limits that adit asked the system for and did not get: said, not hidden. */
function Limits({ device: d }: { device: Device }) {
  if (d.limits.length === 0) return null;
  return (
    <details className="mt-5 text-[13px]">
      <summary className="cursor-pointer text-fg-1">
        Limits: {d.limits.filter((l) => l.holds).length} of {d.limits.length} hold
      </summary>
      <ul className="mt-2 space-y-1">
        {d.limits.map((l) => (
          <li key={l.name} className="flex flex-wrap gap-x-3">
            <StateWord state={l.holds ? "ok" : "warn"} word={`${l.name}: ${l.holds ? "holds" : "does not hold"}`} />
            {l.why ? <span className="text-fg-1">{l.why}</span> : null}
          </li>
        ))}
      </ul>
    </details>
  );
}
