import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { api, wordsOf } from "../api/rest";
import type { Device, LogLine } from "../api/types";
import { plural } from "../lib/format";
import { append, clean, filter } from "../lib/log";
import { Button, Failure } from "./Button";

const everyMs = 1_500;

/** Asks for new lines while following and while the tab is seen. */
function useLog(rig: string, name: string, follow: boolean) {
  const [lines, setLines] = useState<LogLine[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const next = useRef(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another device is another log
  useEffect(() => {
    next.current = 0;
    setLines([]);
    setAsked(false);
  }, [rig, name]);

  useEffect(() => {
    if (!follow) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      if (!document.hidden) {
        try {
          const answer = await api.log(rig, name, next.current, abort.signal);
          if (answer.next < next.current) setLines([]); // the program's log began anew
          next.current = answer.next;
          setLines((have) => append(have, answer.lines ?? []));
          setError(null);
        } catch (err) {
          if (abort.signal.aborted) return;
          setError(wordsOf(err));
        }
        setAsked(true);
      }
      if (!abort.signal.aborted) timer = setTimeout(() => void ask(), everyMs);
    };
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [rig, name, follow]);

  return { lines, error, asked };
}

const clock = (at: string) => {
  const d = new Date(at);
  return Number.isNaN(d.getTime()) ? "" : d.toLocaleTimeString("en-GB");
};

/** What the mining program wrote: the newest last, with a filter. */
export function LogTail({ device }: { device: Device }) {
  const [follow, setFollow] = useState(true);
  const [query, setQuery] = useState("");
  const { lines, error, asked } = useLog(device.rig, device.name, follow);
  const shown = useMemo(() => filter(lines, query), [lines, query]);
  const box = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are the reason to move
  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [shown, follow]);

  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center gap-3">
        <input
          type="search"
          aria-label="Show only lines with these words"
          placeholder="Filter"
          value={query}
          onChange={(e) => setQuery(e.target.value)}
          className="min-h-8 w-full max-w-64 min-w-0 rounded-md border border-fg-2 bg-bg-0 px-3 text-[13px] sm:w-64"
        />
        <Button small aria-pressed={follow} onClick={() => setFollow((f) => !f)}>
          {follow ? "Stop following" : "Follow"}
        </Button>
        <span className="text-[13px] text-fg-1" aria-live="polite">
          {query ? `${shown.length} of ${plural(lines.length, "line")}` : plural(lines.length, "line")}
        </span>
      </div>
      <Failure words={error === null ? null : `The log could not be read: ${error}`} />
      <div
        ref={box}
        role="log"
        aria-live="off"
        aria-label={`Log of ${device.title}`}
        tabIndex={0}
        className="num h-72 overflow-auto rounded-md border border-bg-2 bg-bg-0 p-3 text-[12px] leading-[18px]"
      >
        {shown.length === 0 ? (
          <p className="font-sans text-[13px] text-fg-1">{emptyWords(asked, query, lines)}</p>
        ) : null}
        {shown.map((l) => (
          <div key={l.seq} className="flex gap-3">
            <span className="shrink-0 text-fg-2">{clock(l.at)}</span>
            <span className="min-w-0 break-words whitespace-pre-wrap">{clean(l.text)}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

function emptyWords(asked: boolean, query: string, lines: LogLine[]): string {
  if (!asked) return "Reading the log";
  return query && lines.length > 0 ? `No line holds "${query}".` : "The program has written nothing yet.";
}
