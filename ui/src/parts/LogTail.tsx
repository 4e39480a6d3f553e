import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { api, wordsOf } from "../api/rest";
import type { Device, LogLine } from "../api/types";
import { download } from "../lib/download";
import { clock, plural } from "../lib/format";
import { append, asText, atLeast, filter, type Level, levelOf, withoutTime } from "../lib/log";
import { nameOf } from "../lib/program";
import { Button, Failure } from "./Button";
import { CopyButton } from "./Command";
import { Search } from "./Search";
import { StateMark } from "./StateMark";

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

const levels: { value: Level; label: string }[] = [
  { value: "info", label: "All lines" },
  { value: "warn", label: "Warnings and errors" },
  { value: "crit", label: "Errors only" },
];

interface Props {
  device: Device;
  query: string;
  level: Level;
  onQuery: (words: string) => void;
  onLevel: (level: Level) => void;
}

/** What the mining program wrote: the newest last, with a filter. */
export function LogTail({ device, query, level, onQuery, onLevel }: Props) {
  const [follow, setFollow] = useState(true);
  const { lines, error, asked } = useLog(device.rig, device.name, follow);
  const shown = useMemo(() => atLeast(filter(lines, query), level), [lines, query, level]);
  const box = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are the reason to move
  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [shown, follow]);

  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center gap-3">
        <Search value={query} onChange={onQuery} label="Show only lines with these words" />
        <select
          aria-label="How grave the shown lines are"
          value={level}
          onChange={(e) => onLevel(e.target.value as Level)}
          className="min-h-8 rounded-md border border-fg-2 bg-bg-0 px-2 text-[13px] text-fg-0"
        >
          {levels.map((l) => (
            <option key={l.value} value={l.value}>
              {l.label}
            </option>
          ))}
        </select>
        <Button small aria-pressed={follow} onClick={() => setFollow((f) => !f)}>
          {follow ? "Stop following" : "Follow"}
        </Button>
        <Button
          small
          disabled={shown.length === 0}
          onClick={() => download(`${device.name}.log`, asText(shown), "text/plain")}
        >
          Download
        </Button>
        {shown.length > 0 ? <CopyButton text={asText(shown)} label="The shown lines" /> : null}
        <span className="text-[13px] text-fg-1" aria-live="polite">
          {shown.length < lines.length
            ? `${shown.length} of ${plural(lines.length, "line")}`
            : plural(lines.length, "line")}
        </span>
      </div>
      <Failure words={error === null ? null : `The log could not be read: ${error}`} />
      <div
        ref={box}
        role="log"
        aria-live="off"
        aria-label={`Log of ${nameOf(device)}`}
        tabIndex={0}
        className="num h-[max(18rem,calc(100dvh-26rem))] overflow-auto rounded-md border border-bg-2 bg-bg-0 p-3 text-[12px] leading-[18px]"
      >
        {shown.length === 0 ? (
          <p className="font-sans text-[13px] text-fg-1">{emptyWords(asked, query, lines)}</p>
        ) : null}
        {shown.map((l) => (
          <Line key={l.seq} line={l} />
        ))}
      </div>
    </div>
  );
}

/** The mark stands in a column of its own, so that the words begin below each other. */
function Line({ line: l }: { line: LogLine }) {
  const level = levelOf(l.text);
  const at = new Date(l.at);
  return (
    <div className="flex gap-2">
      <span className="shrink-0 text-fg-2">{Number.isNaN(at.getTime()) ? "" : clock(at, true)}</span>
      <span className="mt-1 w-3 shrink-0">
        {level === "info" ? null : (
          <>
            <StateMark state={level} size={10} />
            <span className="sr-only">{level === "crit" ? "error" : "warning"}</span>
          </>
        )}
      </span>
      <span className="min-w-0 break-words whitespace-pre-wrap">{withoutTime(l.text)}</span>
    </div>
  );
}

function emptyWords(asked: boolean, query: string, lines: LogLine[]): string {
  if (!asked) return "Reading the log";
  if (lines.length === 0) return "The program has written nothing yet.";
  return query ? `No line holds "${query}".` : "No line is so grave.";
}
