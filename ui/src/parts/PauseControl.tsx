import { DropdownMenu } from "radix-ui";
import { api } from "../api/rest";
import type { Pause } from "../api/types";
import { useCall } from "../lib/call";
import { duration, moment } from "../lib/format";
import { useNow } from "../lib/now";
import { useDevices, useLive } from "../live/hooks";
import { Button, buttonClass, Failure } from "./Button";
import { DownIcon, PauseIcon, PlayIcon } from "./Icons";
import { StateMark } from "./StateMark";

const item =
  "flex min-h-10 w-full items-center rounded-sm px-3 outline-none data-[highlighted]:bg-bg-2 data-[highlighted]:outline-2 data-[highlighted]:outline-lamp";

/** Pauses or resumes all mining on this computer. */
export function PauseControl() {
  const pause = useLive("pause");
  const stop = useCall(api.pause);
  const go = useCall(api.resume);
  const devices = useDevices();
  const practice = useLive("practice");
  const idle = devices.length === 0 && practice?.running !== true;
  if (!pause || (idle && !pause.paused)) return null;
  return (
    <div className="space-y-2">
      {pause.paused ? (
        <Button small busy={go.busy} onClick={() => void go.run()}>
          <PlayIcon /> Resume
        </Button>
      ) : (
        <DropdownMenu.Root modal={false}>
          <DropdownMenu.Trigger className={buttonClass("plain", true)} disabled={stop.busy}>
            <PauseIcon /> Pause <DownIcon />
          </DropdownMenu.Trigger>
          <DropdownMenu.Portal>
            <DropdownMenu.Content
              align="end"
              sideOffset={6}
              collisionPadding={8}
              className="z-50 min-w-48 rounded-md border border-fg-2 bg-bg-0 p-1 text-fg-0"
            >
              <DropdownMenu.Item className={item} onSelect={() => void stop.run(3600)}>
                Pause for 1 hour
              </DropdownMenu.Item>
              <DropdownMenu.Item className={item} onSelect={() => void stop.run(null)}>
                Pause until resumed
              </DropdownMenu.Item>
            </DropdownMenu.Content>
          </DropdownMenu.Portal>
        </DropdownMenu.Root>
      )}
      <Failure words={stop.error ?? go.error} />
    </div>
  );
}

/** The line on all pages while mining is paused. */
export function PauseNote() {
  const pause = useLive("pause");
  if (!pause?.paused) return null;
  return <Paused pause={pause} />;
}

function Paused({ pause }: { pause: Pause }) {
  const now = useNow();
  const go = useCall(api.resume);
  const left = pause.until === null ? null : (Date.parse(pause.until) - now) / 1000;
  return (
    <div role="status" className="card flex flex-wrap items-center gap-x-4 gap-y-2 border-fg-2 px-4 py-3">
      <StateMark state="paused" />
      <p className="min-w-0 flex-1 basis-60">
        <strong className="font-semibold">Mining is paused</strong>
        {pause.since ? ` since ${moment(pause.since, now)}` : ""}
        {pause.by ? ` by ${pause.by}` : ""}
        {left === null ? ", until resumed." : `; it goes on in ${duration(left)}.`}
      </p>
      <Button small busy={go.busy} onClick={() => void go.run()}>
        <PlayIcon /> Resume now
      </Button>
      <Failure words={go.error} />
    </div>
  );
}
