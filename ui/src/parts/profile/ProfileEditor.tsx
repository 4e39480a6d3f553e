import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { check as askCheck, estimate as askEstimate, type Profile, profiles } from "../../api/profiles";
import { useCall } from "../../lib/call";
import { byPlace } from "../../lib/checkerrors";
import { configOf, missing, type ProfileForm, requestOf } from "../../lib/profileform";
import { useDebounced } from "../../lib/useDebounced";
import { Button, Failure } from "../Button";
import { Card } from "../Card";
import { Field } from "../Field";
import { Check } from "../Form";
import { AdvancedKeys } from "./AdvancedKeys";
import { PoolsEditor } from "./PoolsEditor";
import { ProgramChoice } from "./ProgramChoice";
import { RecommendedPools } from "./RecommendedPools";
import { ResultPanel } from "./ResultPanel";
import { WalletField } from "./WalletField";

interface Props {
  /** The profile that is changed; null: a new one is made. */
  profile: Profile | null;
  first: ProfileForm;
  onSaved: (saved: Profile, start: boolean) => void;
  onCancel: () => void;
}

/** The form of a profile at the left, and what it comes to at the right. */
export function ProfileEditor({ profile, first, onSaved, onCancel }: Props) {
  const [form, setForm] = useState(first);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const blank = form.pools.every((p) => p.url.trim() === "") && form.wallet.trim() === "";
  const { check, estimate } = useOutcome(form, profile?.id, blank);
  const save = useCall(async (start: boolean) => {
    const request = requestOf(form, profile?.version ?? null);
    const saved = profile ? await profiles.update(profile.id, request) : await profiles.create(request);
    onSaved(saved, start);
  });
  const change = (c: Partial<ProfileForm>) => {
    const next = { ...form, ...c };
    setForm(next);
    // What was wrong is looked at again; what the server refused is asked again.
    if (Object.keys(wrong).length > 0) setWrong(missing(next));
    save.clear();
  };
  const submit = (start: boolean) => {
    const gaps = missing(form);
    setWrong(gaps);
    save.clear();
    if (Object.keys(gaps).length === 0) void save.run(start);
  };
  // What is checked while typing speaks only of fields that hold something.
  const live = onlyTyped(byPlace(check.data?.errors ?? []), form);
  const errors = { ...live, ...wrong, ...save.places };
  const shown = Object.keys(save.places).length > 0;
  return (
    <form
      noValidate
      className="grid grid-cols-1 items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(22rem,2fr)]"
      onSubmit={(e) => {
        e.preventDefault();
        submit(false);
      }}
    >
      <div className="min-w-0 space-y-4">
        <Card title="What and with what">
          <div className="grid gap-4 sm:grid-cols-2">
            <Field
              label="Name"
              value={form.name}
              onChange={(e) => change({ name: e.target.value })}
              error={errors.name}
            />
            <ProgramChoice form={form} error={errors.minerType} onChange={change} />
            <Field
              label="Threads"
              inputMode="numeric"
              value={form.threads}
              onChange={(e) => change({ threads: e.target.value })}
              error={errors.threads}
              help="Empty: the program chooses."
              className="max-w-28"
            />
            <Field
              label="Note"
              value={form.description}
              onChange={(e) => change({ description: e.target.value })}
              error={errors.description}
              help="For yourself."
            />
          </div>
          <div className="mt-4">
            <Check
              label="Start it with adit"
              help="After a restart of the computer too, once mining is allowed on it."
              checked={form.autostart}
              onChange={(autostart) => change({ autostart })}
            />
          </div>
        </Card>
        <Card title="Pool and address">
          <div className="space-y-5">
            <RecommendedPools form={form} onChange={change} />
            <PoolsEditor pools={form.pools} errors={errors} onChange={(pools) => change({ pools })} />
            <WalletField form={form} error={errors.wallet} onChange={change} />
          </div>
        </Card>
        <Card title="Everything else">
          <AdvancedKeys form={form} errors={errors} onChange={change} />
        </Card>
      </div>
      <div className="min-w-0 space-y-4 xl:sticky xl:top-[73px] xl:max-h-[calc(100dvh-73px)] xl:overflow-y-auto">
        <ResultPanel blank={blank} check={check} estimate={estimate}>
          <div className="space-y-3">
            <Failure words={shown ? elsewhere(save.error, save.places) : save.error} />
            {Object.keys(wrong).length > 0 ? <Failure words="Something is missing: see the marked fields." /> : null}
            <div className="flex flex-wrap gap-3">
              <Button type="submit" kind="primary" busy={save.busy}>
                {profile ? "Save" : "Save profile"}
              </Button>
              <Button busy={save.busy} onClick={() => submit(true)}>
                Save and start
              </Button>
              <Button kind="quiet" onClick={onCancel}>
                Cancel
              </Button>
            </div>
          </div>
        </ResultPanel>
      </div>
    </form>
  );
}

/** The error's sentence, where no field of the form shows it. */
function elsewhere(words: string | null, places: Record<string, string>): string | null {
  const inForm = Object.keys(places).some((p) =>
    /^(name|description|minerType|threads|wallet|pool|pools\[|\w+$)/.test(p),
  );
  return inForm ? "It was refused: see the marked fields." : words;
}

/** What the server says of the form as it stands, a moment after the last key. */
function useOutcome(form: ProfileForm, profileId: string | undefined, blank: boolean) {
  const draft = useDebounced(JSON.stringify({ minerType: form.minerType, config: configOf(form) }), 400);
  const check = useQuery({
    queryKey: ["check", profileId, draft],
    queryFn: ({ signal }) => askCheck({ ...JSON.parse(draft), ...(profileId ? { profileId } : {}) }, signal),
    enabled: !blank && form.minerType !== "",
    placeholderData: keepPreviousData,
    retry: false,
  });
  const estimate = useQuery({
    queryKey: ["estimate", draft],
    queryFn: ({ signal }) => askEstimate(JSON.parse(draft), signal),
    enabled: form.minerType !== "",
    placeholderData: keepPreviousData,
    retry: false,
  });
  return { check, estimate };
}

function onlyTyped(errors: Record<string, string>, form: ProfileForm): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [place, words] of Object.entries(errors)) {
    const typed =
      place === "wallet"
        ? form.wallet.trim() !== ""
        : place === "pool"
          ? (form.pools[0]?.url.trim() ?? "") !== ""
          : place !== "name";
    if (typed) out[place] = words;
  }
  return out;
}
