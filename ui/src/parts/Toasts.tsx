import { useEffect, useRef, useState } from "react";
import { useGo } from "../lib/go";
import { fresh, readMark } from "../lib/inbox";
import { type Entry, placeOf, wordsIn } from "../lib/journal";
import { useRemembered } from "../lib/remembered";
import { atLeast, notify, ring } from "../lib/tell";
import { Button } from "./Button";
import { CloseIcon } from "./Icons";
import { StateMark } from "./StateMark";
import { useInbox } from "./useInbox";
import { useSettings } from "./useSettings";

const most = 3;

/** Tells at once what happened just now and matters: said politely to screen readers, gone when it was read. */
export function Toasts() {
  const inbox = useInbox().data;
  const told = useSettings().data?.notifications;
  const mark = useRemembered(readMark);
  const seen = useRef<number | null>(null);
  const [shown, setShown] = useState<Entry[]>([]);

  useEffect(() => {
    if (!inbox) return;
    const news = fresh(inbox, seen.current, atLeast(told?.severity ?? "warn"));
    seen.current = Math.max(seen.current ?? 0, inbox[0]?.seq ?? 0);
    if (news.length === 0) return;
    setShown((have) => [...news, ...have].slice(0, most));
    if (told?.sound) ring();
    if (told?.browser && document.hidden) {
      for (const e of news.slice(0, most)) notify("adit", e.text, `adit-${e.seq}`);
    }
  }, [inbox, told]);

  const open = shown.filter((e) => e.seq > mark.upTo);
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-2 bottom-20 z-40 flex flex-col items-end gap-2 md:right-4 md:bottom-4 md:left-auto"
    >
      {open.map((e) => (
        <Toast key={e.seq} entry={e} onClose={() => setShown((have) => have.filter((x) => x.seq !== e.seq))} />
      ))}
    </div>
  );
}

function Toast({ entry: e, onClose }: { entry: Entry; onClose: () => void }) {
  const goTo = useGo();
  const crit = e.severity === "crit";
  const shape = crit ? "crit" : e.severity === "warn" ? "warn" : "info";
  const word = { crit: "Critical", warn: "Warning", info: "Note" }[shape];
  const look = () => {
    onClose();
    goTo(placeOf(e));
  };
  return (
    <div
      className={`pointer-events-auto flex w-full max-w-96 items-start gap-3 rounded-md border bg-bg-1 p-3 ${crit ? "border-crit" : "border-fg-2"}`}
    >
      <span className="mt-1">
        <StateMark state={shape} />
      </span>
      <div className="min-w-0 flex-1">
        <p>
          <span className="font-semibold">{word}:</span> {wordsIn(e)}
        </p>
        <div className="mt-2">
          <Button small onClick={look}>
            Look
          </Button>
        </div>
      </div>
      <button type="button" aria-label="Close" onClick={onClose} className="-mt-1 -mr-1 rounded-md p-1.5 hover:bg-bg-2">
        <CloseIcon />
      </button>
    </div>
  );
}
