import { ago, moment } from "../lib/format";
import { useNow } from "../lib/now";
import { Known } from "./Hint";

/** How long ago something was, ticking; the moment itself on hover. */
export function Age({ at, why }: { at: string | null; why: string }) {
  const now = useNow();
  if (at === null) return <Known value={null} why={why} />;
  return (
    <time dateTime={at} title={`${moment(at, now)} (${at})`}>
      {ago(at, now)}
    </time>
  );
}
