import { useState } from "react";
import type { Settings } from "../../api/settings";
import { asTyped, hostOf, typedNumber } from "../../lib/figures";
import { Age } from "../../parts/Age";
import { Failure } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Field } from "../../parts/Field";
import { Check, Form, SaveBar } from "../../parts/Form";
import { StateWord } from "../../parts/StateMark";
import { useSettingsOrder } from "../../parts/useSettings";

/** An address that tells figures. Off until a person names it and switches it on. */
export function FeedCard({ settings: s }: { settings: Settings }) {
  const { status, ...feed } = s.feed;
  const kept = { ...feed, rewardUnit: asTyped(feed.rewardUnit) };
  const [draft, setDraft] = useState<typeof kept | null>(null);
  const form = draft ?? kept;
  const save = useSettingsOrder();
  const set = (part: Partial<typeof kept>) => setDraft({ ...form, ...part });
  const host = hostOf(form.url) || "the host you name";
  const errors = save.fields;
  const submit = async () => {
    const rewardUnit = typedNumber(form.rewardUnit) ?? 1;
    if (await save.run({ feed: { ...form, rewardUnit: Number.isNaN(rewardUnit) ? 0 : rewardUnit } })) setDraft(null);
  };
  return (
    <Card
      title="Feed"
      aside={
        <StateWord
          state={feed.enabled ? (status.error ? "warn" : "ok") : "stopped"}
          word={feed.enabled ? "On" : "Off"}
        />
      }
    >
      <Form onSubmit={() => void submit()}>
        <div className="max-w-prose space-y-2 text-fg-1">
          <p>
            A feed is an address that answers with these figures as JSON. adit knows none by itself and recommends none.
          </p>
          <p>
            <strong className="font-semibold text-fg-0">What switching it on means:</strong> every ten minutes at most,
            adit connects to {host} and asks for that one address. It sends its name and version, no figure of yours and
            no cookie. Whoever runs {host} sees this computer&rsquo;s internet address and when it asks.
          </p>
        </div>
        <Field
          label="Address"
          value={form.url}
          onChange={(e) => set({ url: e.target.value })}
          error={errors.url}
          placeholder="https://…"
          inputMode="url"
        />
        <div className="grid gap-4 sm:grid-cols-3">
          <Field
            label="Where the price stands"
            value={form.price}
            onChange={(e) => set({ price: e.target.value })}
            error={errors.price}
            placeholder="/monero/eur"
            help="A JSON pointer. Empty: it does not tell it."
          />
          <Field
            label="Where the difficulty stands"
            value={form.difficulty}
            onChange={(e) => set({ difficulty: e.target.value })}
            error={errors.difficulty}
          />
          <Field
            label="Where the reward stands"
            value={form.reward}
            onChange={(e) => set({ reward: e.target.value })}
            error={errors.reward}
          />
        </div>
        <Field
          label="Coins in one unit of that reward"
          inputMode="decimal"
          value={form.rewardUnit}
          onChange={(e) => set({ rewardUnit: e.target.value })}
          error={errors.rewardUnit}
          help="1, or 0.000000000001 where the feed counts piconero."
          className="max-w-56"
        />
        <Check
          label={`Let adit ask ${host}`}
          checked={form.enabled}
          onChange={(enabled) => set({ enabled })}
          help={form.enabled ? "It stands under Privacy each time it connects." : "Off: adit asks nobody."}
        />
        <SaveBar
          order={save}
          dirty={draft !== null && JSON.stringify(draft) !== JSON.stringify(kept)}
          hideError={Object.keys(errors).length > 0 && !errors.feed}
        />
        <Status status={status} enabled={feed.enabled} />
      </Form>
    </Card>
  );
}

function Status({ status: t, enabled }: { status: Settings["feed"]["status"]; enabled: boolean }) {
  if (!t.triedAt) return enabled ? <p className="text-[13px] text-fg-1">It has not been asked yet.</p> : null;
  return (
    <div className="space-y-2 text-[13px] text-fg-1">
      <p>
        Last asked <Age at={t.triedAt} why="" />, last good answer {t.okAt ? <Age at={t.okAt} why="" /> : "never"}.
      </p>
      <Failure words={t.error ? `The last answer could not be used: ${t.error}` : null} />
    </div>
  );
}
