import { Link } from "@tanstack/react-router";
import type { DayAmount, Estimate, EstimateInput } from "../../api/profiles";
import { openDialog } from "../../lib/dialogs";
import { ago, hashrate, plain, plural, sentence, text } from "../../lib/format";
import { money } from "../../lib/money";
import { useNow } from "../../lib/now";
import { Fact, Facts } from "../Fact";
import { StateWord } from "../StateMark";

/** What would come of it per day, from what is known; what is not is said to be unknown, with the way to mend it. */
export default function EstimateView({ estimate: e }: { estimate: Estimate }) {
  const now = useNow();
  const { hashrate: rate } = e;
  return (
    <div className="space-y-4">
      <Verdict estimate={e} />
      <Facts width="wide">
        <Fact
          label="Expected hashrate"
          value={text(hashrate(rate.value))}
          why={rate.why || "It was never measured."}
          note={rateNote(e, now)}
        />
        <Money label="Revenue a day" amount={e.revenuePerDay} currency={e.currency} />
        <Money label="Electricity a day" amount={e.costPerDay} currency={e.currency} />
        <Fact
          label="Left over a day"
          help="Revenue less electricity."
          value={e.netPerDay === null ? null : money(e.netPerDay, e.currency, true)}
          why="Revenue or electricity is unknown."
        />
        <Fact
          label="Program's fee"
          help="What the program's author takes of the work. adit takes nothing."
          value={e.feePercent === null ? null : `${e.feePercent} %`}
          why="The program does not tell."
        />
        <Fact
          label="Pool's fee"
          value={e.poolFeePercent === null ? null : `${e.poolFeePercent} %`}
          why="It is known for the recommended pools only: see the pool's page."
        />
      </Facts>
      <Missing estimate={e} />
      <Inputs estimate={e} now={now} />
      <p className="text-[13px] text-fg-1">An estimate from the figures above, no promise.</p>
    </div>
  );
}

/** Loss, gain or unknown: a colour, a shape and a word. */
function Verdict({ estimate: e }: { estimate: Estimate }) {
  const [state, word] =
    e.loss === true
      ? (["crit", "Loss"] as const)
      : e.loss === false
        ? (["ok", "No loss"] as const)
        : (["idle", "Result unknown"] as const);
  return (
    <div className={e.loss === true ? "rounded-md border border-crit p-3" : ""}>
      <p className={e.loss === true ? "text-[16px] text-crit" : "text-[16px]"}>
        <StateWord state={state} word={word} />
        {e.netPerDay === null ? null : <span className="num ml-2">{money(e.netPerDay, e.currency, true)} a day</span>}
      </p>
      {e.loss === null ? null : <p className="mt-1">{sentence(e.sentence)}</p>}
    </div>
  );
}

function rateNote(e: Estimate, now: number): string | undefined {
  const { source, at, threads } = e.hashrate;
  const words = [source, threads === null ? "" : plural(threads, "thread"), at ? ago(at, now) : ""].filter(Boolean);
  return words.length > 0 ? words.join(", ") : undefined;
}

function Money({ label, amount, currency }: { label: string; amount: DayAmount; currency: string }) {
  return (
    <Fact
      label={label}
      value={amount.value === null ? null : money(amount.value, currency)}
      why={amount.why || "Not known."}
      note={amount.value === null ? "unknown" : undefined}
    />
  );
}

/** What to type in where, so that unknown becomes known. */
function Missing({ estimate: e }: { estimate: Estimate }) {
  const reasons = [e.hashrate, e.revenuePerDay, e.costPerDay]
    .filter((x) => x.value === null && x.why)
    .map((x) => x.why);
  if (reasons.length === 0) return null;
  return (
    <div className="text-[13px]">
      <p className="font-medium">To know more</p>
      <ul className="mt-1 list-disc space-y-1 pl-5 text-fg-1">
        {[...new Set(reasons)].map((r) => (
          <li key={r}>{sentence(r)}</li>
        ))}
      </ul>
      <Link
        to="/settings/$section"
        params={{ section: "power" }}
        onClick={() => openDialog(null)}
        className="mt-2 inline-block underline underline-offset-4"
      >
        Type in power price and figures
      </Link>
    </div>
  );
}

function Inputs({ estimate: e, now }: { estimate: Estimate; now: number }) {
  const all = [...e.revenuePerDay.inputs, ...e.costPerDay.inputs];
  const seen = all.filter((x, i) => all.findIndex((y) => y.name === x.name) === i && x.value !== null);
  if (seen.length === 0) return null;
  return (
    <details className="text-[13px]">
      <summary className="cursor-pointer text-fg-1">What it is made of</summary>
      <ul className="mt-2 space-y-1">
        {seen.map((x) => (
          <li key={x.name} className="flex flex-wrap justify-between gap-x-4">
            <span>{words[x.name] ?? x.name}</span>
            <span className="num">{inputWords(x, now)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

const words: Record<string, string> = {
  hashrate: "Hashrate",
  price: "Price of the coin",
  difficulty: "Difficulty of the network",
  reward: "Reward of a block",
  power: "Power",
  pricePerKwh: "Price of electricity",
};

function inputWords(x: EstimateInput, now: number): string {
  const value =
    x.value === null ? "–" : x.name === "hashrate" ? text(hashrate(x.value)) : `${plain2(x.value)} ${x.unit}`;
  return [value.trim(), x.source, x.at ? ago(x.at, now) : ""].filter(Boolean).join(", ");
}

/** Small numbers keep their decimals. */
const plain2 = (n: number) => (Math.abs(n) < 1000 ? String(Number(n.toPrecision(6))) : plain(n));
