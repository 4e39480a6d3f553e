import { Popover } from "radix-ui";
import { useState } from "react";
import { wordsOf } from "../api/rest";
import { cx } from "../lib/cx";
import { useGo } from "../lib/go";
import { readMark, unread } from "../lib/inbox";
import { type Entry, placeOf, wordsIn } from "../lib/journal";
import { useRemembered } from "../lib/remembered";
import { Age } from "./Age";
import { Button, Failure } from "./Button";
import { BellIcon } from "./Icons";
import { type Shape, StateMark } from "./StateMark";
import { useInbox } from "./useInbox";

const shape = (severity: string): Shape => (severity === "crit" || severity === "warn" ? severity : "info");
const words: Record<string, string> = { crit: "Critical", warn: "Warning", info: "Note" };

/** What happened that a person may want to know, with the number of things unread. */
export function Bell() {
  const inbox = useInbox();
  const mark = useRemembered(readMark);
  const [open, setOpen] = useState(false);
  const entries = inbox.data ?? [];
  const news = unread(entries, mark);
  const crit = news.some((e) => e.severity === "crit");
  const label = news.length === 0 ? "Notifications, none unread" : `Notifications, ${news.length} unread`;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger aria-label={label} title={label} className="relative rounded-md p-2 hover:bg-bg-2">
        <BellIcon />
        {news.length > 0 ? (
          <span
            aria-hidden="true"
            className={cx(
              "num absolute -top-0.5 -right-0.5 min-w-[18px] rounded-full px-1 text-center text-[11px] leading-[18px] font-semibold text-bg-0",
              crit ? "bg-crit" : "bg-warn",
            )}
          >
            {news.length > 9 ? "9+" : news.length}
          </span>
        ) : null}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label="Notifications"
          className="z-50 flex max-h-[min(34rem,80dvh)] w-[min(26rem,calc(100vw-16px))] flex-col rounded-md border border-fg-2 bg-bg-0 text-fg-0"
        >
          <div className="flex items-center justify-between gap-4 border-b border-bg-2 px-4 py-2">
            <h2 className="text-[15px]">Notifications</h2>
            <Button
              small
              kind="quiet"
              disabled={news.length === 0}
              onClick={() => readMark.set({ upTo: entries[0]?.seq ?? -1 })}
            >
              Mark all read
            </Button>
          </div>
          <Failure words={inbox.isError ? `The journal could not be read: ${wordsOf(inbox.error)}` : null} />
          {entries.length === 0 && !inbox.isError ? (
            <p className="px-4 py-6 text-fg-1">{inbox.isPending ? "Reading the journal" : "Nothing to tell."}</p>
          ) : (
            <ul className="divide-y divide-bg-2 overflow-y-auto">
              {entries.map((e) => (
                <Item key={e.seq} entry={e} unread={news.includes(e)} onGo={() => setOpen(false)} />
              ))}
            </ul>
          )}
          <Foot onGo={() => setOpen(false)} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Item({ entry: e, unread: isNew, onGo }: { entry: Entry; unread: boolean; onGo: () => void }) {
  const goTo = useGo();
  const go = () => {
    const mark = readMark.get();
    if (e.seq > mark.upTo) readMark.set({ upTo: e.seq });
    onGo();
    goTo(placeOf(e));
  };
  return (
    <li>
      <button type="button" onClick={go} className="flex w-full items-start gap-3 px-4 py-3 text-left hover:bg-bg-1">
        <span className="mt-1">
          <StateMark state={shape(e.severity)} />
        </span>
        <span className="min-w-0 flex-1">
          <span className={cx("block", isNew && "font-semibold")}>
            <span className="sr-only">
              {words[e.severity] ?? "Note"}
              {isNew ? ", unread" : ""}:{" "}
            </span>
            {wordsIn(e)}
          </span>
          <span className="mt-0.5 block text-[13px] text-fg-1">
            {words[e.severity] ?? "Note"}, <Age at={e.at} why="" />
            {e.subject ? ` · ${e.subject.split("/")[1] ?? "this computer"}` : ""}
          </span>
        </span>
        {isNew ? <span aria-hidden="true" className="mt-1.5 size-2 rounded-full bg-lamp" /> : null}
      </button>
    </li>
  );
}

function Foot({ onGo }: { onGo: () => void }) {
  const goTo = useGo();
  const go = (href: string) => () => {
    onGo();
    goTo(href);
  };
  return (
    <div className="flex flex-wrap justify-between gap-2 border-t border-bg-2 px-2 py-2">
      <Button small kind="quiet" onClick={go("/computer?tab=timeline")}>
        The whole timeline
      </Button>
      <Button small kind="quiet" onClick={go("/settings/notifications")}>
        What is told
      </Button>
    </div>
  );
}
