import { cx } from "../lib/cx";
import { clock } from "../lib/format";
import { type Entry, topicOf, topics, wordsIn } from "../lib/journal";
import { StateMark } from "./StateMark";
import { TopicIcon } from "./TopicIcon";

const labels = Object.fromEntries(topics.map((t) => [t.topic, t.label]));
const words: Record<string, string> = { crit: "Critical", warn: "Warning" };

/** Entries of the journal: when, about what, and the words. plain: inside a card of another. */
export function Entries({ entries, plain = false }: { entries: Entry[]; plain?: boolean }) {
  return (
    <ol className={cx("divide-y divide-bg-2", !plain && "card px-4")}>
      {entries.map((e) => {
        const topic = topicOf(e.kind);
        const grave = e.severity === "warn" || e.severity === "crit";
        return (
          <li key={e.seq} className="grid grid-cols-[auto_auto_minmax(0,1fr)] items-start gap-x-3 py-2.5">
            <time dateTime={e.at} title={e.at} className="num text-[13px] leading-5 text-fg-1">
              {clock(new Date(e.at), true)}
            </time>
            <span className="mt-0.5" title={labels[topic]}>
              <TopicIcon topic={topic} />
            </span>
            <div className="min-w-0">
              <p className={e.severity === "crit" ? "font-medium" : undefined}>
                {grave ? (
                  <span className="mr-2 inline-flex items-center gap-1.5 font-medium">
                    <StateMark state={e.severity === "crit" ? "crit" : "warn"} />
                    {words[e.severity]}:
                  </span>
                ) : null}
                {wordsIn(e)}
              </p>
              <p className="text-[13px] text-fg-1">
                {[labels[topic], e.subject.split("/")[1], e.actor ? `by ${e.actor}` : ""].filter(Boolean).join(" · ")}
              </p>
            </div>
          </li>
        );
      })}
    </ol>
  );
}
