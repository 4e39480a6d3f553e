import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { CloseIcon } from "./Icons";

interface Props {
  title: string;
  /** One sentence under the title. */
  about: string;
  onClose: () => void;
  children: ReactNode;
}

/** A window over the page. Esc closes it and the focus goes back to where it was. */
export function Dialog({ title, about, onClose, children }: Props) {
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-bg-0/80" />
        <Radix.Content className="fixed inset-x-0 bottom-0 z-40 max-h-[92dvh] overflow-y-auto rounded-t-md border border-fg-2 bg-bg-1 p-5 sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:w-[34rem] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-md sm:p-6">
          <div className="mb-1 flex items-start justify-between gap-4">
            <Radix.Title className="text-[18px] leading-7 font-semibold">{title}</Radix.Title>
            <Radix.Close aria-label="Close" className="-mt-1 -mr-1 rounded-md p-2 hover:bg-bg-2">
              <CloseIcon />
            </Radix.Close>
          </div>
          <Radix.Description className="mb-4 text-fg-1">{about}</Radix.Description>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
