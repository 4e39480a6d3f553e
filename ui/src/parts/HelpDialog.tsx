import { Dialog } from "./Dialog";

const keys: [string[], string][] = [
  [["g", "o"], "Go to Overview"],
  [["g", "c"], "Go to This computer"],
  [["Ctrl", "K"], "Find an action"],
  [["d"], "Light or dark theme"],
  [["?"], "This list"],
  [["Esc"], "Close what is open"],
];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" about="No single key starts, stops or changes mining." onClose={onClose}>
      <dl className="divide-y divide-bg-2">
        {keys.map(([combo, what]) => (
          <div key={what} className="flex items-center justify-between gap-4 py-2">
            <dt>{what}</dt>
            <dd className="flex gap-1.5">
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
