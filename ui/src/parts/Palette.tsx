import { useQuery } from "@tanstack/react-query";
import { Dialog as Radix } from "radix-ui";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { profiles } from "../api/profiles";
import { type AppAction, actionsFor } from "../lib/actions";
import { useCall } from "../lib/call";
import { cx } from "../lib/cx";
import { find, recent, remember } from "../lib/find";
import { useGo } from "../lib/go";
import { useRemembered } from "../lib/remembered";
import { useDevices, useLive } from "../live/hooks";
import { Failure } from "./Button";

/** Every action, page, program, profile and setting by name: type, arrow, Enter. */
export function Palette({ onClose }: { onClose: () => void }) {
  const saved = useQuery({ queryKey: ["profiles"], queryFn: ({ signal }) => profiles.list(signal), staleTime: 10_000 });
  const all = actionsFor({
    pause: useLive("pause"),
    practice: useLive("practice"),
    consent: useLive("consent"),
    policy: useLive("policy"),
    devices: useDevices(),
    profiles: saved.data ?? [],
  });
  const last = useRemembered(recent);
  const goTo = useGo();
  const id = useId();
  const [query, setQuery] = useState("");
  const [picked, setPicked] = useState(0);
  const [asked, setAsked] = useState<string | null>(null);
  const order = useCall((a: AppAction) => a.order?.() ?? Promise.resolve());
  const found = find(all, query, last);
  const at = Math.min(picked, found.length - 1);
  const question = found.find((a) => a.id === asked)?.sure;
  const list = useRef<HTMLDivElement>(null);
  const pick = (i: number) => {
    setPicked(i);
    setAsked(null);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: another pick is the reason to move
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const run = async (a: AppAction | undefined) => {
    if (!a) return;
    if (a.sure && asked !== a.id) {
      setAsked(a.id);
      return;
    }
    remember(a.id);
    if (a.now) {
      onClose();
      a.now(goTo);
    } else if (await order.run(a)) onClose();
    else setAsked(null);
  };
  const onKey = (e: KeyboardEvent) => {
    if (e.key === "ArrowDown") pick(Math.min(at + 1, found.length - 1));
    else if (e.key === "ArrowUp") pick(Math.max(at - 1, 0));
    else if (e.key === "Home" && e.ctrlKey) pick(0);
    else if (e.key === "End" && e.ctrlKey) pick(found.length - 1);
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
          className="fixed top-[8vh] left-1/2 z-40 w-[min(36rem,calc(100vw-24px))] -translate-x-1/2 rounded-md border border-fg-2 bg-bg-1 p-2"
        >
          <Radix.Title className="sr-only">Actions</Radix.Title>
          <input
            role="combobox"
            aria-label="Find an action"
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-activedescendant={found[at] ? `${id}-${at}` : undefined}
            autoComplete="off"
            placeholder="Find a page, an action, a program, a setting"
            value={query}
            onChange={(e) => {
              setQuery(e.target.value);
              pick(0);
            }}
            onKeyDown={onKey}
            className="min-h-10 w-full rounded-sm border border-fg-2 bg-bg-0 px-3"
          />
          <div
            ref={list}
            id={`${id}-list`}
            role="listbox"
            aria-label="Actions"
            className="mt-2 max-h-[60vh] overflow-y-auto"
          >
            {found.map((a, i) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field above holds the focus and hears the keys
              <div
                key={a.id}
                id={`${id}-${i}`}
                role="option"
                tabIndex={-1}
                aria-selected={i === at}
                onMouseMove={() => i !== at && pick(i)}
                onClick={() => void run(a)}
                className={cx("flex min-h-10 items-center gap-4 rounded-sm px-3", i === at && "bg-bg-2")}
              >
                <span className="min-w-0 flex-1">{a.label}</span>
                <span className="shrink-0 text-[12px] text-fg-1">
                  {query === "" && last.includes(a.id) ? "recent" : a.group}
                </span>
                {a.keys ? (
                  <kbd className="num hidden w-8 shrink-0 text-right text-[12px] text-fg-1 sm:block">{a.keys}</kbd>
                ) : null}
              </div>
            ))}
          </div>
          {found.length === 0 ? <p className="px-3 py-2 text-fg-1">No action is called that.</p> : null}
          <p role="status" className="px-3 py-2 font-medium empty:hidden">
            {question ? `${question} Press Enter again.` : ""}
          </p>
          <Failure words={order.error} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
