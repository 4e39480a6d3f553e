import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Glance } from "../api/coop";
import type { AlgorithmTotal, Overview } from "../api/types";
import { shortCoins } from "../lib/coins";
import { count, hashrate, text, watts } from "../lib/format";
import { toggleTheme, useTheme } from "../lib/theme";
import { useLive } from "../live/hooks";
import { Bell } from "./Bell";
import { ConnectionState } from "./ConnectionState";
import { Hint, Known } from "./Hint";
import { Mark, MoonIcon, SunIcon } from "./Icons";
import { PauseControl } from "./PauseControl";
import { type Shape, StateMark } from "./StateMark";

/** The line on all pages: what is being done, by how many, and whether this browser knows. */
export function TruthStrip({ hub }: { hub: boolean | null }) {
  const overview = useLive("overview");
  const crew = useLive("coop");
  return (
    <header className="sticky top-0 z-30 flex flex-wrap items-center gap-x-6 gap-y-1 border-b border-bg-2 bg-bg-0 px-4 py-2">
      <Link to="/" className="flex items-center gap-2 rounded-sm text-[16px] font-semibold lg:w-44">
        <Mark /> adit
      </Link>
      <div className="order-last flex w-full flex-wrap items-center gap-x-6 gap-y-1 text-[13px] md:order-none md:w-auto">
        {overview ? <Truths overview={overview} /> : null}
        {hub === false && crew ? <CrewTruths glance={crew} /> : null}
      </div>
      <div className="ml-auto flex items-center gap-2 text-[13px] sm:gap-3">
        <ConnectionState />
        {hub ? <PauseControl /> : null}
        <span className="-mx-1.5 flex items-center">
          {hub ? <Bell /> : null}
          <ThemeButton />
        </span>
      </div>
    </header>
  );
}

function Truths({ overview }: { overview: Overview }) {
  return (
    <>
      {overview.totals.map((t) => (
        <Total key={t.algorithm} total={t} />
      ))}
      <Devices n={overview.devices} />
      <Truth label="Power">
        <Known value={watts(overview.powerWatts)} why="No device here reports how much power it takes." />
      </Truth>
    </>
  );
}

/** The same of a crew, where there is no hub. */
function CrewTruths({ glance: g }: { glance: Glance }) {
  return (
    <>
      <Truth label={g.algorithm}>
        <Known value={text(hashrate(g.hashrate.minute))} why="Too few shares have come in the last minute." />
      </Truth>
      <Truth label="Members">
        {count(g.members.online)} of {count(g.members.total)}
      </Truth>
      <Truth label="Owed">{shortCoins(g.money.owed, g.coin)}</Truth>
    </>
  );
}

function Truth({ label, children }: { label: string; children: ReactNode }) {
  return (
    <span className="inline-flex items-baseline gap-2 whitespace-nowrap">
      <span className="text-fg-1">{label}</span>
      <span className="num">{children}</span>
    </span>
  );
}

function Total({ total }: { total: AlgorithmTotal }) {
  const q = hashrate(total.hashrate);
  const left = total.notCounted > 0 ? `${total.notCounted} of ${total.counted + total.notCounted} not counted` : "";
  return (
    <Truth label={total.algorithm}>
      {total.hashrate === null ? (
        <Known value={null} why={total.notCountedWhy || "No device has reported yet."} />
      ) : (
        text(q)
      )}
      {left && total.hashrate !== null ? (
        <Hint words={total.notCountedWhy || left} className="ml-2 font-sans text-fg-1">
          {left}
        </Hint>
      ) : null}
    </Truth>
  );
}

const shapes: [keyof Overview["devices"], Shape, string][] = [
  ["ok", "ok", "ok"],
  ["warn", "warn", "warning"],
  ["crit", "crit", "critical"],
  ["blind", "blind", "not seen"],
  ["paused", "paused", "paused"],
];

function Devices({ n }: { n: Overview["devices"] }) {
  const present = shapes.filter(([key]) => n[key] > 0);
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3">
      <span className="text-fg-1">Devices</span>
      {present.length === 0 ? <span className="num">0</span> : null}
      {present.map(([key, shape, word]) => (
        <span key={key} className="inline-flex items-center gap-1.5 whitespace-nowrap">
          <StateMark state={shape} />
          <span className="num">{count(n[key])}</span> {word}
        </span>
      ))}
    </span>
  );
}

function ThemeButton() {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button
      type="button"
      onClick={toggleTheme}
      aria-label={`Use the ${other} theme`}
      title={`Use the ${other} theme (d)`}
      className="rounded-md p-2 hover:bg-bg-2"
    >
      {theme === "dark" ? <SunIcon /> : <MoonIcon />}
    </button>
  );
}
