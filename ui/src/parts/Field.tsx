import { type InputHTMLAttributes, useId } from "react";
import { cx } from "../lib/cx";

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  help?: string;
  error?: string | undefined;
}

/** A text field with its help and, when the server refuses the value, the server's words. */
export function Field({ label, help, error, className, ...input }: Props) {
  const id = useId();
  const notes = cx(help && `${id}-help`, error && `${id}-error`);
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <input
        {...input}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={notes || undefined}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        className={cx(
          "num min-h-10 w-full rounded-md border bg-bg-0 px-3 text-fg-0",
          error ? "border-crit" : "border-fg-2",
          className,
        )}
      />
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

/** The thread count a person typed: null when left empty, NaN when it is no whole number above 0. */
export function threadCount(typed: string): number | null {
  const text = typed.trim();
  if (text === "") return null;
  return /^\d{1,4}$/.test(text) && Number(text) > 0 ? Number(text) : Number.NaN;
}
