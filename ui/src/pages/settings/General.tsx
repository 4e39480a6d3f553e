import { useState } from "react";
import type { Settings } from "../../api/settings";
import { moment } from "../../lib/format";
import { useNow } from "../../lib/now";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "../../lib/theme";
import { Card } from "../../parts/Card";
import { Field } from "../../parts/Field";
import { Form, type Option, Radios, SaveBar, Select } from "../../parts/Form";
import { Loaded } from "../../parts/Loaded";
import { useSettings, useSettingsOrder } from "../../parts/useSettings";

/** How pages look and how values are written. */
export function General() {
  const settings = useSettings();
  return (
    <>
      <ThemeCard />
      <Loaded query={settings} what="The settings">
        {(s) => <Ways settings={s} />}
      </Loaded>
    </>
  );
}

const themes: Option<ThemeChoice>[] = [
  { value: "system", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

function ThemeCard() {
  return (
    <Card title="Theme">
      <Radios legend="In this browser" options={themes} value={useThemeChoice()} onChange={chooseTheme} />
    </Card>
  );
}

const profiles: Option<Settings["general"]["profile"]>[] = [
  { value: "home", label: "Home", help: "A few computers: large cards, words." },
  { value: "site", label: "Site", help: "A building full: rows and exceptions." },
];
const units: Option<Settings["general"]["units"]>[] = [
  { value: "metric", label: "Metric: 61 °C" },
  { value: "imperial", label: "Imperial: 142 °F" },
];

const zones: string[] = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];

function Ways({ settings: s }: { settings: Settings }) {
  const now = useNow();
  const kept = s.general;
  const [draft, setDraft] = useState<typeof kept | null>(null);
  const form = draft ?? kept;
  const save = useSettingsOrder();
  const set = (part: Partial<typeof kept>) => setDraft({ ...form, ...part });
  const errors = save.fields;
  const submit = async () => {
    const general = { ...form, currency: form.currency.trim().toUpperCase(), timezone: form.timezone.trim() };
    if (await save.run({ general })) setDraft(null);
  };
  return (
    <Card title="Figures and times">
      <Form onSubmit={() => void submit()}>
        <div className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
          <Select
            label="Temperatures"
            options={units}
            value={form.units}
            onChange={(v) => set({ units: v })}
            error={errors.units}
          />
          <Field
            label="Currency"
            value={form.currency}
            onChange={(e) => set({ currency: e.target.value })}
            error={errors.currency}
            maxLength={3}
            help="Three letters, such as EUR, CHF or USD. Of every price that you type."
            className="max-w-32 uppercase"
          />
          <div>
            <Field
              label="Time zone"
              list="adit-zones"
              value={form.timezone}
              onChange={(e) => set({ timezone: e.target.value })}
              error={errors.timezone}
              placeholder="The browser’s own"
              help={`Empty: the browser’s own. Now it is ${moment(new Date(now).toISOString(), now)}.`}
            />
            <datalist id="adit-zones">
              {zones.map((z) => (
                <option key={z} value={z} />
              ))}
            </datalist>
          </div>
          <Select
            label="Language"
            options={[
              { value: "en", label: "English" },
              ...(form.language === "en" ? [] : [{ value: form.language, label: form.language }]),
            ]}
            value={form.language}
            onChange={(language) => set({ language })}
            error={errors.language}
            help="These pages speak English only as yet."
          />
        </div>
        <Radios legend="What it is for" options={profiles} value={form.profile} onChange={(v) => set({ profile: v })} />
        <SaveBar
          order={save}
          dirty={draft !== null && JSON.stringify(draft) !== JSON.stringify(kept)}
          hideError={Object.keys(errors).length > 0}
        />
      </Form>
    </Card>
  );
}
