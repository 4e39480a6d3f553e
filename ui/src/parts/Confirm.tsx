import type { ReactNode } from "react";
import { useCall } from "../lib/call";
import { Button, Failure } from "./Button";
import { Dialog } from "./Dialog";

interface Props {
  title: string;
  /** What will happen, and whether it can be undone. */
  about: string;
  /** The words on the button. */
  yes: string;
  order: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, about, yes, order, onDone, onClose, children }: Props) {
  const call = useCall(order);
  return (
    <Dialog title={title} about={about} onClose={onClose}>
      <div className="space-y-4">
        {children}
        <Failure words={call.error} />
        <div className="flex flex-wrap gap-3">
          <Button kind="danger" busy={call.busy} onClick={() => void call.run().then((ok) => ok && onDone())}>
            {yes}
          </Button>
          <Button onClick={onClose}>Keep it</Button>
        </div>
      </div>
    </Dialog>
  );
}
