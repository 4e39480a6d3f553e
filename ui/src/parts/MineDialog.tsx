import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { estimate } from "../api/profiles";
import { api, wordsOf } from "../api/rest";
import type { MineRequest } from "../api/types";
import { useCall } from "../lib/call";
import { useDebounced } from "../lib/useDebounced";
import { useLive } from "../live/hooks";
import { Button, Failure } from "./Button";
import { ConsentCheck, ConsentWords } from "./ConsentWords";
import { Dialog } from "./Dialog";
import { Field, threadCount } from "./Field";

const EstimateView = lazy(() => import("./profile/EstimateView"));

const known = ["pool", "wallet", "threads"];

/** Mining on the user's own pool with the user's own address. Nothing is filled in beforehand. */
export function MineDialog({ onClose }: { onClose: () => void }) {
  const granted = useLive("consent")?.granted === true;
  const [yes, setYes] = useState(false);
  const [form, setForm] = useState({ pool: "", wallet: "", threads: "" });
  const [bad, setBad] = useState<Record<string, string>>({});
  const start = useCall(async (request: MineRequest) => {
    if (!granted) await api.grantConsent();
    await api.mine(request);
  });
  const expected = useExpected(form.pool, form.threads);
  const loss = expected.data?.loss === true;
  const set = (name: keyof typeof form) => (e: { target: { value: string } }) =>
    setForm((f) => ({ ...f, [name]: e.target.value }));

  const submit = async () => {
    const threads = threadCount(form.threads);
    const wrong: Record<string, string> = {};
    if (form.pool.trim() === "") wrong.pool = "Type the pool's address, for example stratum+tcp://pool.example:3333";
    if (form.wallet.trim() === "") wrong.wallet = "Type the Monero address that the pool shall pay to.";
    if (Number.isNaN(threads)) wrong.threads = "Type a whole number above 0, or leave the field empty.";
    setBad(wrong);
    start.clear();
    if (Object.keys(wrong).length > 0) return;
    const request: MineRequest = { pool: form.pool.trim(), wallet: form.wallet.trim(), coin: "monero" };
    if (threads !== null) request.threads = threads;
    if (await start.run(request)) onClose();
  };

  const errors: Record<string, string | undefined> = { ...start.fields, ...bad };
  errors.wallet ??= errors.address;
  const elsewhere = start.error !== null && !known.some((k) => errors[k]);

  return (
    <Dialog
      title="Mine on your own pool"
      about="Monero (RandomX) on a pool of your choice, paid to your own address."
      onClose={onClose}
    >
      <form
        noValidate
        className="space-y-4"
        onSubmit={(e) => {
          e.preventDefault();
          void submit();
        }}
      >
        <Field
          label="Pool"
          value={form.pool}
          onChange={set("pool")}
          error={errors.pool}
          placeholder="stratum+tcp://host:port"
          help="With TLS: stratum+ssl://host:port"
        />
        <Field
          label="Monero address"
          value={form.wallet}
          onChange={set("wallet")}
          error={errors.wallet}
          help="Its checksum and network are checked before anything starts."
        />
        <Field
          label="Threads"
          inputMode="numeric"
          value={form.threads}
          onChange={set("threads")}
          error={errors.threads}
          help="Empty: adit chooses."
          className="max-w-28"
        />
        <section aria-label="Expected result" className="rounded-md border border-bg-2 p-3">
          <p className="mb-2 font-medium">Expected result</p>
          {expected.data ? (
            <Suspense fallback={null}>
              <EstimateView estimate={expected.data} />
            </Suspense>
          ) : (
            <p className="text-fg-1">{expected.error ? `Unknown: ${wordsOf(expected.error)}` : "Reckoning"}</p>
          )}
        </section>
        <ConsentWords practice={false} />
        {granted ? null : <ConsentCheck checked={yes} onChange={setYes} />}
        <Failure words={elsewhere ? start.error : null} />
        <div className="flex flex-wrap gap-3">
          <Button type="submit" kind={loss ? "danger" : "primary"} busy={start.busy} disabled={!granted && !yes}>
            {loss ? "Start at a loss" : "Start mining"}
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What it would bring and cost, as far as is known; reckoned anew when pool or threads were changed. */
function useExpected(pool: string, threads: string) {
  const count = threadCount(threads);
  const config = {
    coin: "monero",
    ...(pool.trim() ? { pool: pool.trim() } : {}),
    ...(count ? { threads: count } : {}),
  };
  const draft = useDebounced(JSON.stringify(config), 400);
  return useQuery({
    queryKey: ["estimate", "native", draft],
    queryFn: ({ signal }) => estimate({ minerType: "native", config: JSON.parse(draft) }, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });
}
