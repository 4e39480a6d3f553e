import type { Device } from "../api/types";
import { nameOf } from "../lib/program";

/** The dataset is being built, so the bar tells why the rate is low and no other words need to. */
export const building = (d: Device) => d.datasetProgress !== null && d.datasetProgress < 1;

/** The progress of RandomX's dataset while it is being built. */
export function Dataset({ device }: { device: Device }) {
  const p = device.datasetProgress;
  if (p === null || p >= 1) return null;
  const percent = Math.round(Math.min(1, Math.max(0, p)) * 100);
  return (
    <div>
      <p className="mb-1 flex justify-between gap-4 text-[13px] text-fg-1">
        <span>Building the dataset; fast mode follows</span>
        <span className="num">{percent} %</span>
      </p>
      <div
        role="progressbar"
        aria-label={`Dataset of ${nameOf(device)}`}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        className="h-1.5 overflow-hidden rounded-full bg-bg-2"
      >
        <div className="h-full bg-lamp" style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}
