import { useState } from "react";
import { type KeyGroup, type KeySpec, keyGroups } from "../../lib/configkeys";
import type { ProfileForm } from "../../lib/profileform";
import { Field } from "../Field";
import { KeyField } from "./KeyField";

const groups = keyGroups();

interface Props {
  form: ProfileForm;
  errors: Record<string, string>;
  onChange: (change: Partial<ProfileForm>) => void;
}

/** Every other key that a program may be given, in groups; a group with a value or an error says so. */
export function AdvancedKeys({ form, errors, onChange }: Props) {
  const [query, setQuery] = useState("");
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = groups
    .map((g) => ({ ...g, keys: g.keys.filter((k) => matches(k, words)) }))
    .filter((g) => g.keys.length > 0);
  return (
    <div className="space-y-3">
      <Field
        label="Find a key"
        type="search"
        value={query}
        onChange={(e) => setQuery(e.target.value)}
        help="Left out, a key is the program's own choice. A key that the program cannot act on is refused by its name."
        className="max-w-80"
      />
      <div className="divide-y divide-bg-2 border-y border-bg-2">
        {found.map((g) => (
          <Group key={g.title} group={g} open={words.length > 0} form={form} errors={errors} onChange={onChange} />
        ))}
      </div>
      {found.length === 0 ? <p className="text-fg-1">No key is called that.</p> : null}
    </div>
  );
}

function matches(k: KeySpec, words: string[]): boolean {
  const text = `${k.key} ${k.help}`.toLowerCase();
  return words.every((w) => text.includes(w));
}

interface GroupProps extends Props {
  group: KeyGroup;
  open: boolean;
}

function Group({ group, open, form, errors, onChange }: GroupProps) {
  const set = group.keys.filter((k) => form.more[k.key] || form.kept.includes(k.key)).length;
  const wrong = group.keys.filter((k) => errors[k.key]).length;
  const setKey = (key: string, value: string) => onChange({ more: { ...form.more, [key]: value } });
  const setForget = (key: string, yes: boolean) =>
    onChange({ forget: yes ? [...form.forget, key] : form.forget.filter((k) => k !== key) });
  return (
    <details key={`${open} ${wrong > 0}`} open={open || wrong > 0} className="py-1">
      <summary className="cursor-pointer py-2">
        <span className="font-medium">{group.title}</span>
        {wrong > 0 ? <span className="ml-3 text-[13px] text-crit">{wrong} refused</span> : null}
        {set > 0 ? <span className="num ml-3 text-[13px] text-fg-1">{set} set</span> : null}
      </summary>
      <p className="mb-3 text-[13px] text-fg-1">{group.about}</p>
      <div className="grid gap-x-6 gap-y-4 pb-4 sm:grid-cols-2">
        {group.keys.map((k) => (
          <KeyField
            key={k.key}
            spec={k}
            value={form.more[k.key] ?? ""}
            error={errors[k.key]}
            kept={form.kept.includes(k.key)}
            forget={form.forget.includes(k.key)}
            onChange={(v) => setKey(k.key, v)}
            onForget={(yes) => setForget(k.key, yes)}
          />
        ))}
      </div>
    </details>
  );
}
