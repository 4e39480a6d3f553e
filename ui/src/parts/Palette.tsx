import { useNavigate } from "@tanstack/react-router";
import { Dialog as Radix } from "radix-ui";
import { type KeyboardEvent, useId, useState } from "react";
import { type AppAction, actionsFor } from "../lib/actions";
import { useCall } from "../lib/call";
import { cx } from "../lib/cx";
import { useLive } from "../live/hooks";
import { Failure } from "./Button";

/** Every action by name: type, arrow, Enter. */
export function Palette({ onClose }: { onClose: () => void }) {
  const all = actionsFor({ pause: useLive("pause"), practice: useLive("practice"), consent: useLive("consent") });
  const navigate = useNavigate();
  const id = useId();
  const [query, setQuery] = useState("");
  const [picked, setPicked] = useState(0);
  const order = useCall((a: AppAction) => a.order?.() ?? Promise.resolve());
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter((a) => words.every((w) => a.label.toLowerCase().includes(w)));
  const at = Math.min(picked, found.length - 1);

  const run = async (a: AppAction | undefined) => {
    if (!a) return;
    if (a.now) {
      onClose();
      a.now((path) => {
        const [to = "/", hash] = path.split("#");
        void navigate({ to, ...(hash ? { hash } : {}) });
      });
    } else if (await order.run(a)) onClose();
  };
  const onKey = (e: KeyboardEvent) => {
    if (e.key === "ArrowDown") setPicked(Math.min(at + 1, found.length - 1));
    else if (e.key === "ArrowUp") setPicked(Math.max(at - 1, 0));
    else if (e.key === "Enter") void run(found[at]);
    else return;
    e.preventDefault();
  };

  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-bg-0/80" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[8vh] left-1/2 z-40 w-[min(34rem,calc(100vw-24px))] -translate-x-1/2 rounded-md border border-fg-2 bg-bg-1 p-2"
        >
          <Radix.Title className="sr-only">Actions</Radix.Title>
          <input
            role="combobox"
            aria-label="Find an action"
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-activedescendant={found[at] ? `${id}-${found[at].id}` : undefined}
            autoComplete="off"
            placeholder="Find an action"
            value={query}
            onChange={(e) => {
              setQuery(e.target.value);
              setPicked(0);
            }}
            onKeyDown={onKey}
            className="min-h-10 w-full rounded-sm border border-fg-2 bg-bg-0 px-3"
          />
          <div id={`${id}-list`} role="listbox" aria-label="Actions" className="mt-2 max-h-[60vh] overflow-y-auto">
            {found.map((a, i) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field above holds the focus and hears the keys
              <div
                key={a.id}
                id={`${id}-${a.id}`}
                role="option"
                tabIndex={-1}
                aria-selected={i === at}
                onMouseMove={() => setPicked(i)}
                onClick={() => void run(a)}
                className={cx(
                  "flex min-h-10 items-center justify-between gap-4 rounded-sm px-3",
                  i === at && "bg-bg-2",
                )}
              >
                <span>{a.label}</span>
                {a.keys ? <kbd className="num text-[12px] text-fg-1">{a.keys}</kbd> : null}
              </div>
            ))}
          </div>
          {found.length === 0 ? <p className="px-3 py-2 text-fg-1">No action is called that.</p> : null}
          <Failure words={order.error} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
