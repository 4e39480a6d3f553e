import { Fragment, useState } from "react";
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
      <code className="num min-w-0 rounded-sm border border-bg-2 bg-bg-0 px-2 py-1 text-[13px] select-all">
        <Words line={line} />
      </code>
      <CopyButton text={line} label={`${label}: ${line}`} />
    </span>
  );
}

/** A line that breaks between its words only, not after a hyphen or slash; a word wider than its box breaks anywhere. */
export function Words({ line }: { line: string }) {
  return line.split(" ").map((word, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: words of one line may be alike, and never move
    <Fragment key={i}>
      {i > 0 ? " " : null}
      <span className="inline-block max-w-full wrap-anywhere">{word}</span>
    </Fragment>
  ));
}
