import type { ReactNode } from "react";
import { cx } from "../lib/cx";
import { Hint, Known } from "./Hint";

interface Props {
  label: string;
  /** What the label means, and where the number comes from. */
  help?: string;
  /** null or a dash: unknown, and why says why. */
  value?: string | null;
  why?: string;
  /** Smaller words under the value. */
  note?: ReactNode;
  dim?: boolean;
  children?: ReactNode;
}

/** One label and its value, inside a Facts list. */
export function Fact({ label, help, value = null, why = "Not reported.", note, dim, children }: Props) {
  return (
    <div className="min-w-0">
      <dt className="text-[13px] text-fg-1">{help ? <Hint words={help}>{label}</Hint> : label}</dt>
      <dd className={cx("num mt-0.5 break-words", dim && "text-fg-2")}>
        {children ?? <Known value={value} why={why} />}
        {note ? <span className="block font-sans text-[13px] text-fg-1">{note}</span> : null}
      </dd>
    </div>
  );
}

const widths = {
  /** Three beside each other on the narrowest screen. */
  narrow: "grid-cols-[repeat(auto-fill,minmax(5.25rem,1fr))] gap-x-4",
  normal: "grid-cols-[repeat(auto-fill,minmax(8rem,1fr))] gap-x-6",
  wide: "grid-cols-[repeat(auto-fill,minmax(8.25rem,1fr))] gap-x-6",
};

export function Facts({ children, width = "normal" }: { children: ReactNode; width?: keyof typeof widths }) {
  return <dl className={cx("grid gap-y-4", widths[width])}>{children}</dl>;
}
