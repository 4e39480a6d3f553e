import { useState } from "react";
import type { Figure, Figures, Settings } from "../../api/settings";
import { asTyped, oldDays, typedNumber } from "../../lib/figures";
import { ageSeconds } from "../../lib/format";
import { useNow } from "../../lib/now";
import { Age } from "../../parts/Age";
import { Card } from "../../parts/Card";
import { Field } from "../../parts/Field";
import { Form, SaveBar } from "../../parts/Form";
import { Loaded } from "../../parts/Loaded";
import { StateWord } from "../../parts/StateMark";
import { useSettings, useSettingsOrder } from "../../parts/useSettings";
import { FeedCard } from "./FeedCard";

/** What electricity costs, and the figures that an estimate is made of. */
export function Power() {
  const settings = useSettings();
  return (
    <>
      <p className="max-w-prose text-fg-1">
        adit estimates what mining brings and costs only from what stands here. What you leave empty is unknown, and is
        said to be unknown; nothing is guessed and nothing is looked up unless you switch the feed on.
      </p>
      <Loaded query={settings} what="The settings">
        {(s) => (
          <>
            <Electricity settings={s} />
            <Coin settings={s} coin="XMR" name="Monero" />
            <FeedCard settings={s} />
          </>
        )}
      </Loaded>
    </>
  );
}

const notNumber = "Type a number, or leave it empty for not known.";

function Electricity({ settings: s }: { settings: Settings }) {
  const kept = { price: asTyped(s.power.pricePerKwh), watts: asTyped(s.power.watts) };
  const [draft, setDraft] = useState<typeof kept | null>(null);
  const [bad, setBad] = useState<Record<string, string>>({});
  const form = draft ?? kept;
  const save = useSettingsOrder();
  const submit = async () => {
    const pricePerKwh = typedNumber(form.price);
    const watts = typedNumber(form.watts);
    const wrong: Record<string, string> = {};
    if (Number.isNaN(pricePerKwh)) wrong.price = notNumber;
    if (Number.isNaN(watts)) wrong.watts = notNumber;
    setBad(wrong);
    if (Object.keys(wrong).length === 0 && (await save.run({ power: { pricePerKwh, watts } }))) setDraft(null);
  };
  const errors = { price: bad.price ?? save.fields.pricePerKwh, watts: bad.watts ?? save.fields.watts };
  return (
    <Card title="Electricity">
      <Form onSubmit={() => void submit()}>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label={`Price of a kWh, ${s.general.currency}`}
            inputMode="decimal"
            value={form.price}
            onChange={(e) => setDraft({ ...form, price: e.target.value })}
            error={errors.price}
            help="From your bill, all in. With it the cost per day is known."
            className="max-w-48"
          />
          <Field
            label="Power that mining takes, W"
            inputMode="decimal"
            value={form.watts}
            onChange={(e) => setDraft({ ...form, watts: e.target.value })}
            error={errors.watts}
            help="Measured at the plug: mining, less at rest. Used where the computer cannot tell itself."
            className="max-w-48"
          />
        </div>
        <SaveBar
          order={save}
          dirty={draft !== null && JSON.stringify(draft) !== JSON.stringify(kept)}
          hideError={Boolean(errors.price ?? errors.watts)}
        />
      </Form>
    </Card>
  );
}

const parts = ["price", "difficulty", "reward"] as const;
type Part = (typeof parts)[number];
const none: Figures = { price: { value: null }, difficulty: { value: null }, reward: { value: null } };

function Coin({ settings: s, coin, name }: { settings: Settings; coin: string; name: string }) {
  const figures = s.figures[coin] ?? none;
  const kept: Record<Part, string> = {
    price: asTyped(figures.price.value),
    difficulty: asTyped(figures.difficulty.value),
    reward: asTyped(figures.reward.value),
  };
  const [draft, setDraft] = useState<Partial<Record<Part, string>>>({});
  const [bad, setBad] = useState<Partial<Record<Part, string>>>({});
  const save = useSettingsOrder();
  const changed = parts.filter((p) => draft[p] !== undefined && draft[p] !== kept[p]);
  const submit = async () => {
    const change: Partial<Record<Part, { value: number | null }>> = {};
    const wrong: Partial<Record<Part, string>> = {};
    for (const p of changed) {
      const value = typedNumber(draft[p] ?? "");
      if (Number.isNaN(value)) wrong[p] = notNumber;
      else change[p] = { value };
    }
    setBad(wrong);
    if (Object.keys(wrong).length === 0 && (await save.run({ figures: { [coin]: change } }))) setDraft({});
  };
  const labels: Record<Part, [string, string]> = {
    price: [`Price of one ${coin}, ${s.general.currency}`, "What one coin sells for."],
    difficulty: [
      "Difficulty of the network",
      "Hashes for one block on average. A block explorer or your pool shows it.",
    ],
    reward: [`Reward of a block, ${coin}`, "Coins for one block."],
  };
  return (
    <Card title={`${name} (${coin})`}>
      <Form onSubmit={() => void submit()}>
        <div className="grid gap-4 sm:grid-cols-3">
          {parts.map((p) => (
            <div key={p}>
              <Field
                label={labels[p][0]}
                inputMode="decimal"
                value={draft[p] ?? kept[p]}
                onChange={(e) => setDraft({ ...draft, [p]: e.target.value })}
                error={bad[p] ?? save.fields[p]}
                help={labels[p][1]}
              />
              <Origin figure={figures[p]} />
            </div>
          ))}
        </div>
        <SaveBar order={save} dirty={changed.length > 0} hideError={parts.some((p) => bad[p] ?? save.fields[p])} />
      </Form>
    </Card>
  );
}

/** How old a figure is, and who said it. */
function Origin({ figure: f }: { figure: Figure }) {
  const now = useNow();
  if (f.value === null) return <p className="mt-1 text-[13px] text-fg-1">Not known.</p>;
  const old = (ageSeconds(f.at, now) ?? 0) > oldDays * 86_400;
  return (
    <p className="mt-1 text-[13px] text-fg-1">
      {f.source === "feed" ? "From the feed, " : "Typed "}
      <Age at={f.at ?? null} why="It is not known when." />
      {old ? (
        <span className="ml-2">
          <StateWord state="warn" word="old" />
        </span>
      ) : null}
    </p>
  );
}
