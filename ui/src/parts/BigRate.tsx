import type { Device } from "../api/types";
import { cx } from "../lib/cx";
import { ago, dash, hashrate, text } from "../lib/format";
import { freshness } from "../lib/freshness";
import { useNow } from "../lib/now";
import { Hint, Known } from "./Hint";

/** A device's hashrate as the number its card is about. Old values dim and tell their age; very old ones become a dash. */
export function BigRate({ device, large = false }: { device: Device; large?: boolean }) {
  const now = useNow();
  const fresh = freshness(device, now);
  const size = large ? "text-[40px] leading-[44px]" : "text-[32px] leading-9";
  if (device.hashrate === null || fresh === "gone") {
    const last =
      device.hashrate === null ? "" : ` Last known: ${text(hashrate(device.hashrate))}, ${ago(device.at, now)}.`;
    return (
      <p className={cx("num", size, "text-fg-2")}>
        <Known value={dash} why={`${device.headline.why || "No reading has come."}${last}`} />
      </p>
    );
  }
  const q = hashrate(device.hashrate);
  return (
    <p className={cx("num font-medium", size, fresh === "old" && "text-fg-2")}>
      {q.value}
      <span className="ml-2 text-[16px] font-normal text-fg-1">{q.unit}</span>
      {fresh === "old" ? (
        <Hint words="The last reading is older than two intervals." className="ml-3 font-sans text-[13px] font-normal">
          {ago(device.at, now)}
        </Hint>
      ) : null}
    </p>
  );
}
