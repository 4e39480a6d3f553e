import { Tooltip } from "radix-ui";
import { type ReactNode, useState } from "react";
import { cx } from "../lib/cx";

/** Words behind a value: on hover, on focus, and on tap. */
export function Hint({ children, words, className }: { children: ReactNode; words: string; className?: string }) {
  const [open, setOpen] = useState(false);
  return (
    <Tooltip.Root open={open} onOpenChange={setOpen} delayDuration={200}>
      <Tooltip.Trigger asChild>
        <button
          type="button"
          onClick={(e) => {
            e.preventDefault();
            setOpen(true);
          }}
          className={cx(
            "cursor-help text-left underline decoration-dotted decoration-fg-2 underline-offset-4",
            className,
          )}
        >
          {children}
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 rounded-md border border-fg-2 bg-bg-0 px-3 py-2 text-[13px] text-fg-0"
        >
          {words}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

export const HintProvider = Tooltip.Provider;

/** A value, or a dash that tells why the value is unknown. */
export function Known({ value, why }: { value: string | null; why: string }) {
  if (value !== null && value !== "–") return <>{value}</>;
  return (
    <Hint words={why}>
      <span aria-hidden="true">–</span>
      <span className="sr-only">unknown</span>
    </Hint>
  );
}
