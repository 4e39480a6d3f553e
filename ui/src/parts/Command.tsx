import { useState } from "react";
import { Button } from "./Button";

/** Puts text on the clipboard and says so; where the browser forbids it, says how else. */
export function CopyButton({ text, label, what = "Copy" }: { text: string; label: string; what?: string }) {
  const [state, setState] = useState<"" | "copied" | "refused">("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      setState("refused");
    }
  };
  const words = { "": what, copied: "Copied", refused: "Select and copy it" }[state];
  return (
    <Button small onClick={() => void copy()} onBlur={() => setState("")} aria-label={`${label}: ${words}`}>
      {words}
    </Button>
  );
}

/** A line for the terminal, with a button that copies it. */
export function Command({ label, line }: { label: string; line: string }) {
  return (
    <span className="inline-flex min-w-0 flex-wrap items-center gap-2">
      <code className="num rounded-sm border border-bg-2 bg-bg-0 px-2 py-1 text-[13px] break-all select-all">
        {line}
      </code>
      <CopyButton text={line} label={`${label}: ${line}`} />
    </span>
  );
}
