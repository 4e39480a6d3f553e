import type { ButtonHTMLAttributes } from "react";
import { cx } from "../lib/cx";

export type ButtonKind = "primary" | "plain" | "quiet" | "danger";

const kinds: Record<ButtonKind, string> = {
  primary: "bg-lamp text-bg-0 border-lamp font-semibold hover:opacity-90",
  plain: "bg-bg-0 text-fg-0 border-fg-2 hover:bg-bg-2",
  quiet: "bg-transparent text-fg-0 border-transparent hover:bg-bg-2",
  danger: "bg-bg-0 text-crit border-crit hover:bg-bg-2",
};

/** The look of a button, for links that are one. */
export function buttonClass(kind: ButtonKind = "plain", small = false): string {
  return cx(
    "inline-flex items-center justify-center gap-2 rounded-md border whitespace-nowrap transition-colors duration-100",
    "disabled:cursor-not-allowed disabled:opacity-60",
    small ? "min-h-8 px-3 text-[13px]" : "min-h-10 px-4",
    kinds[kind],
  );
}

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: ButtonKind;
  small?: boolean;
  /** The order is under way. */
  busy?: boolean;
}

export function Button({ kind = "plain", small = false, busy = false, className, disabled, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(buttonClass(kind, small), className)}
    />
  );
}

/** A failed order's reason, where the order was given. */
export function Failure({ words }: { words: string | null }) {
  if (words === null) return null;
  return (
    <p role="alert" className="rounded-md border border-crit px-3 py-2 text-crit">
      {words}
    </p>
  );
}
