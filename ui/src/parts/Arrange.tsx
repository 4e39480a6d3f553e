import { type ReactNode, useState } from "react";
import { flushSync } from "react-dom";
import { type Arrangement, arrangement, type CardId, cardOf, defaults, move, ordered, setHidden } from "../lib/arrange";
import { useRemembered } from "../lib/remembered";
import { Button } from "./Button";

/** What stands over a page whose cards are being arranged; bar draws the buttons of one card. */
export function useArranging() {
  const chosen = useRemembered(arrangement);
  const [said, setSaid] = useState("");
  const order = ordered(chosen);
  const change = (next: Arrangement, words: (order: CardId[]) => string) => {
    // At once, so that the buttons of the card already stand in their new place when the focus is put back on one.
    flushSync(() => {
      arrangement.set(next);
      setSaid(words(ordered(next)));
    });
  };
  const shift = (id: CardId, step: -1 | 1) => {
    const { title } = cardOf(id);
    change(move(chosen, id, step), (o) => `${title} is now card ${o.indexOf(id) + 1} of ${o.length}.`);
    const [same, other] = step < 0 ? ["up", "down"] : ["down", "up"];
    const button = enabled(`${id}-${same}`) ?? enabled(`${id}-${other}`);
    button?.focus();
  };
  const hide = (id: CardId, on: boolean) =>
    change(setHidden(chosen, id, on), () => `${cardOf(id).title} is ${on ? "hidden" : "shown"}.`);
  const reset = () => change(defaults, () => "All cards stand where they stood at first, and none is hidden.");
  const bar = (id: CardId) => (
    <Bar
      id={id}
      first={order[0] === id}
      last={order.at(-1) === id}
      hidden={chosen.hidden.includes(id)}
      onMove={(step) => shift(id, step)}
      onHide={(on) => hide(id, on)}
    />
  );
  return { said, reset, bar };
}

const enabled = (name: string) => document.querySelector<HTMLElement>(`[data-move="${name}"]:not(:disabled)`);

/** Says what to do, and offers to undo all of it. */
export function ArrangeNote({ said, onReset }: { said: string; onReset: () => void }) {
  return (
    <div className="card flex flex-wrap items-center gap-x-4 gap-y-2 border-fg-2 px-4 py-3">
      <p className="min-w-0 flex-1 basis-72">
        Put the cards in the order that you want, and hide those that you do not need. This browser keeps it.
      </p>
      <Button small onClick={onReset}>
        Reset to default
      </Button>
      <p role="status" className="sr-only">
        {said}
      </p>
    </div>
  );
}

interface BarProps {
  id: CardId;
  first: boolean;
  last: boolean;
  hidden: boolean;
  onMove: (step: -1 | 1) => void;
  onHide: (hide: boolean) => void;
}

function Bar({ id, first, last, hidden, onMove, onHide }: BarProps) {
  const { title, when, always } = cardOf(id);
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-2">
      <p className="min-w-0 flex-1 basis-48">
        <span className="font-medium">{title}</span>{" "}
        <span className="text-[13px] text-fg-1">{hidden ? "hidden" : `stands here ${when}`}</span>
      </p>
      <span className="flex gap-2">
        <Button
          small
          data-move={`${id}-up`}
          disabled={first}
          aria-label={`Move ${title} up`}
          onClick={() => onMove(-1)}
        >
          Up
        </Button>
        <Button
          small
          data-move={`${id}-down`}
          disabled={last}
          aria-label={`Move ${title} down`}
          onClick={() => onMove(1)}
        >
          Down
        </Button>
        {always ? null : (
          <Button small aria-label={`${hidden ? "Show" : "Hide"} ${title}`} onClick={() => onHide(!hidden)}>
            {hidden ? "Show" : "Hide"}
          </Button>
        )}
      </span>
    </div>
  );
}

/** A card with its buttons, in a frame that shows what moves. */
export function Movable({ bar, children }: { bar: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0 space-y-3 rounded-md border border-dashed border-fg-2 py-2">
      {bar}
      {children}
    </div>
  );
}
