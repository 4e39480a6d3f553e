import { type FormEvent, useState } from "react";
import { fromLocal, type Range, type RangeSearch, spans, toLocal } from "../../lib/timerange";
import { Button } from "../Button";

interface Props {
  search: RangeSearch;
  range: Range;
  onPick: (search: RangeSearch) => void;
}

/** The choice of time: a span that ends now, or an own range. */
export function RangeBar({ search, range, onPick }: Props) {
  const own = search.from !== undefined;
  const [open, setOpen] = useState(own);
  const chosen = own ? null : (search.span ?? "1h");
  return (
    <div className="flex flex-wrap items-end gap-3">
      <fieldset className="flex rounded-md border border-bg-2 bg-bg-1 p-0.5">
        <legend className="sr-only">Time range</legend>
        {spans.map((s) => (
          <Choice
            key={s.id}
            label={s.label}
            pressed={s.id === chosen}
            onPress={() => {
              setOpen(false);
              onPick({ span: s.id });
            }}
          />
        ))}
        <Choice label="Custom" pressed={own} expanded={open} onPress={() => setOpen(!open)} />
      </fieldset>
      {open ? <Own key={`${search.from} ${search.to}`} search={search} range={range} onPick={onPick} /> : null}
    </div>
  );
}

function Choice(p: { label: string; pressed: boolean; expanded?: boolean; onPress: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={p.pressed}
      aria-expanded={p.expanded}
      onClick={p.onPress}
      className="min-h-8 rounded-sm px-2 text-[13px] whitespace-nowrap text-fg-1 hover:text-fg-0 aria-pressed:bg-bg-2 aria-pressed:font-medium aria-pressed:text-fg-0 sm:px-3"
    >
      {p.label}
    </button>
  );
}

const field = "num block min-h-9 rounded-md border border-fg-2 bg-bg-0 px-2 text-[13px] text-fg-0";

function Own({ search, range, onPick }: Props) {
  const [from, setFrom] = useState(toLocal(search.from ?? range.from * 1000));
  const [to, setTo] = useState(toLocal(search.to ?? range.to * 1000));
  const [wrong, setWrong] = useState<string | null>(null);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const a = fromLocal(from);
    const b = fromLocal(to);
    if (!a || !b) return setWrong("Give both times.");
    if (a >= b) return setWrong("The beginning must come before the end.");
    setWrong(null);
    onPick({ from: a, to: b });
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-2" noValidate>
      <label className="text-[13px] text-fg-1">
        From
        <input
          type="datetime-local"
          value={from}
          aria-invalid={wrong !== null}
          onChange={(e) => setFrom(e.target.value)}
          className={field}
        />
      </label>
      <label className="text-[13px] text-fg-1">
        To
        <input
          type="datetime-local"
          value={to}
          aria-invalid={wrong !== null}
          onChange={(e) => setTo(e.target.value)}
          className={field}
        />
      </label>
      <Button type="submit" small className="min-h-9">
        Show
      </Button>
      {wrong ? (
        <p role="alert" className="w-full text-[13px] text-crit">
          {wrong}
        </p>
      ) : null}
    </form>
  );
}
