import { places } from "../lib/places";
import { Dialog } from "./Dialog";

const keys: [string[], string][] = [
  [["Ctrl", "K"], "Find anything: pages, actions, programs, settings"],
  ...places.map((p): [string[], string] => [p.keys.split(" "), `Go to ${p.label}`]),
  [["/"], "Search or filter on this page"],
  [["1–7"], "Go to a card of the overview"],
  [["t"], "Next time range of the charts"],
  [["d"], "Light or dark theme"],
  [["?"], "This list"],
  [["Esc"], "Close what is open"],
];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" about="No single key starts, stops or changes mining." onClose={onClose}>
      <dl className="divide-y divide-bg-2">
        {keys.map(([combo, what]) => (
          <div key={what} className="flex items-center justify-between gap-4 py-1.5">
            <dt>{what}</dt>
            <dd className="flex shrink-0 gap-1.5">
              {combo.map((k) => (
                <kbd key={k} className="num rounded-sm border border-fg-2 bg-bg-0 px-2 text-[13px]">
                  {k}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
