import { useState } from "react";
import { api } from "../api/rest";
import { useCall } from "../lib/call";
import { useLive } from "../live/hooks";
import { Button, Failure } from "./Button";
import { ConsentCheck, ConsentWords } from "./ConsentWords";
import { Dialog } from "./Dialog";
import { Field, threadCount } from "./Field";

/** Practice: mining without a wallet. Asks for consent when there is none yet. */
export function PracticeDialog({ onClose }: { onClose: () => void }) {
  const granted = useLive("consent")?.granted === true;
  const most = useLive("host")?.cpu.threads;
  const [yes, setYes] = useState(false);
  const [typed, setTyped] = useState("");
  const [bad, setBad] = useState<string | undefined>(undefined);
  const start = useCall(async (threads: number | null) => {
    if (!granted) await api.grantConsent();
    await api.startPractice(threads);
  });

  const submit = async () => {
    const threads = threadCount(typed);
    if (Number.isNaN(threads)) return setBad("Type a whole number above 0, or leave the field empty.");
    setBad(undefined);
    if (await start.run(threads)) onClose();
  };

  return (
    <Dialog
      title="Practice"
      about="Real RandomX work, really checked, with no wallet and no network."
      onClose={onClose}
    >
      <form
        className="space-y-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit();
        }}
      >
        <ConsentWords practice />
        <Field
          label="Threads"
          inputMode="numeric"
          value={typed}
          onChange={(e) => setTyped(e.target.value)}
          error={bad ?? start.fields.threads}
          help={`Empty: adit chooses.${most ? ` This computer has ${most}.` : ""}`}
          className="max-w-28"
        />
        {granted ? null : <ConsentCheck checked={yes} onChange={setYes} />}
        <Failure words={start.fields.threads ? null : start.error} />
        <div className="flex flex-wrap gap-3">
          <Button type="submit" kind="primary" busy={start.busy} disabled={!granted && !yes}>
            Start practice
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}
