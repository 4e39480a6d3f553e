import { useId } from "react";

interface Props {
  miner: string | null;
  titles: ReadonlyMap<string, string>;
  /** Identities of devices that have readings in this range. */
  seen: string[];
  onPick: (miner: string | null) => void;
}

/** All programs together, or one of them. */
export function MinerPicker({ miner, titles, seen, onPick }: Props) {
  const id = useId();
  const known = new Set([...titles.keys(), ...seen]);
  if (miner) known.add(miner);
  if (known.size < 2) return null;
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-[13px] text-fg-1">
        Program
      </label>
      <select
        id={id}
        value={miner ?? ""}
        onChange={(e) => onPick(e.target.value || null)}
        className="min-h-9 max-w-60 rounded-md border border-fg-2 bg-bg-0 px-2 text-[13px]"
      >
        <option value="">All</option>
        {[...known].sort().map((device) => (
          <option key={device} value={device}>
            {titles.get(device) ?? device.split("/").pop()}
          </option>
        ))}
      </select>
    </div>
  );
}
