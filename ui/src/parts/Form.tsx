import { type ReactNode, useEffect, useId, useState } from "react";
import type { Call } from "../lib/call";
import { cx } from "../lib/cx";
import { Button, Failure } from "./Button";

/** What is shown while a choice is on its way: the choice itself, not what was before. */
function useWanted<T>(value: T, onChange: (value: T) => unknown): [T, (value: T) => void] {
  const [wanted, setWanted] = useState<{ value: T } | null>(null);
  const change = (next: T) => {
    const done = onChange(next);
    if (!(done instanceof Promise)) return;
    setWanted({ value: next });
    void done.finally(() => setWanted(null));
  };
  return [wanted ? wanted.value : value, change];
}

/** A yes or no, with what it means. onChange may return a promise: until it is kept, the wish is shown. */
export function Check({
  label,
  help,
  checked,
  onChange,
  disabled,
}: {
  label: string;
  help?: ReactNode;
  checked: boolean;
  onChange: (yes: boolean) => unknown;
  disabled?: boolean;
}) {
  const id = useId();
  const [shown, change] = useWanted(checked, onChange);
  return (
    <div className="flex items-start gap-3">
      <input
        id={id}
        type="checkbox"
        checked={shown}
        disabled={disabled}
        aria-describedby={help ? `${id}-help` : undefined}
        onChange={(e) => change(e.target.checked)}
        className="mt-0.5 size-4 shrink-0 accent-lamp"
      />
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {help ? (
          <div id={`${id}-help`} className="text-[13px] text-fg-1">
            {help}
          </div>
        ) : null}
      </div>
    </div>
  );
}

export interface Option<T extends string> {
  value: T;
  label: string;
  help?: string;
}

/** One of a few. */
export function Radios<T extends string>({
  legend,
  options,
  value,
  onChange,
  disabled,
}: {
  legend: string;
  options: readonly Option<T>[];
  value: T | null;
  onChange: (value: T) => unknown;
  disabled?: boolean;
}) {
  const id = useId();
  const [shown, change] = useWanted<T | null>(value, (v) => v !== null && onChange(v));
  return (
    <fieldset disabled={disabled} className="space-y-3">
      <legend className="mb-2 font-medium">{legend}</legend>
      {options.map((o) => (
        <div key={o.value} className="flex items-start gap-3">
          <input
            id={`${id}-${o.value}`}
            type="radio"
            name={id}
            checked={o.value === shown}
            aria-describedby={o.help ? `${id}-${o.value}-help` : undefined}
            onChange={() => change(o.value)}
            className="mt-0.5 size-4 shrink-0 accent-lamp"
          />
          <div className="min-w-0">
            <label htmlFor={`${id}-${o.value}`}>{o.label}</label>
            {o.help ? (
              <p id={`${id}-${o.value}-help`} className="text-[13px] text-fg-1">
                {o.help}
              </p>
            ) : null}
          </div>
        </div>
      ))}
    </fieldset>
  );
}

/** One of several, in a list that opens. */
export function Select<T extends string>({
  label,
  help,
  options,
  value,
  onChange,
  error,
  className,
}: {
  label: string;
  help?: string;
  options: readonly Option<T>[];
  value: T;
  onChange: (value: T) => void;
  error?: string | undefined;
  className?: string;
}) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <select
        id={id}
        value={value}
        aria-invalid={error ? true : undefined}
        aria-describedby={cx(help && `${id}-help`, error && `${id}-error`) || undefined}
        onChange={(e) => onChange(e.target.value as T)}
        className={cx(
          "min-h-10 w-full max-w-80 rounded-md border bg-bg-0 px-2 text-fg-0",
          error ? "border-crit" : "border-fg-2",
          className,
        )}
      >
        {options.map((o) => (
          <option key={o.value} value={o.value}>
            {o.label}
          </option>
        ))}
      </select>
      {error ? (
        <p id={`${id}-error`} role="alert" className="mt-1 text-[13px] text-crit">
          {error}
        </p>
      ) : null}
      {help ? (
        <p id={`${id}-help`} className="mt-1 text-[13px] text-fg-1">
          {help}
        </p>
      ) : null}
    </div>
  );
}

/** The end of a form: save, and what came of it. */
export function SaveBar<A extends unknown[]>({
  order,
  dirty,
  label = "Save",
  hideError = false,
}: {
  order: Call<A>;
  dirty: boolean;
  label?: string;
  /** The error stands at its field already. */
  hideError?: boolean;
}) {
  const saved = useSaved(order);
  return (
    <div className="space-y-2">
      <Failure words={hideError ? null : order.error} />
      <div className="flex items-center gap-3">
        <Button type="submit" small kind={dirty ? "primary" : "plain"} disabled={!dirty} busy={order.busy}>
          {label}
        </Button>
        <span role="status" className="text-[13px] text-fg-1">
          {saved && !dirty ? "Saved" : ""}
        </span>
      </div>
    </div>
  );
}

/** True for a while after an order has worked. */
export function useSaved<A extends unknown[]>(order: Call<A>): boolean {
  const [was, setWas] = useState(false);
  const [saved, setSaved] = useState(false);
  useEffect(() => {
    if (order.busy) setWas(true);
    else if (was) {
      setWas(false);
      setSaved(order.error === null);
    }
  }, [order.busy, order.error, was]);
  useEffect(() => {
    if (!saved) return;
    const timer = setTimeout(() => setSaved(false), 4_000);
    return () => clearTimeout(timer);
  }, [saved]);
  return saved;
}

/** A form that never leaves the page. */
export function Form({ onSubmit, children }: { onSubmit: () => void; children: ReactNode }) {
  return (
    <form
      noValidate
      className="space-y-4"
      onSubmit={(e) => {
        e.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

/** An order that asks once before it is carried out. */
export function Sure({
  label,
  question,
  yes,
  no = "Keep it",
  order,
}: {
  label: string;
  question: string;
  yes: string;
  no?: string;
  order: Call<[]>;
}) {
  const [asked, setAsked] = useState(false);
  return (
    <div className="space-y-2">
      {asked ? (
        <div className="flex flex-wrap items-center gap-2">
          <span className="text-[13px]">{question}</span>
          <Button
            kind="danger"
            small
            busy={order.busy}
            onClick={() => void order.run().then((ok) => ok && setAsked(false))}
          >
            {yes}
          </Button>
          <Button kind="quiet" small onClick={() => setAsked(false)}>
            {no}
          </Button>
        </div>
      ) : (
        <Button small onClick={() => setAsked(true)}>
          {label}
        </Button>
      )}
      <Failure words={order.error} />
    </div>
  );
}
