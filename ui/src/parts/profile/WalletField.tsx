import { useQuery } from "@tanstack/react-query";
import { type Config, check } from "../../api/profiles";
import { byPlace } from "../../lib/checkerrors";
import type { ProfileForm } from "../../lib/profileform";
import { useDebounced } from "../../lib/useDebounced";
import { Field } from "../Field";
import { StateWord } from "../StateMark";

interface Props {
  form: Pick<ProfileForm, "wallet" | "coin" | "minerType">;
  error: string | undefined;
  onChange: (change: { wallet: string }) => void;
}

/** The address that is paid to; its checksum is checked while it is typed, whatever else is still missing. */
export function WalletField({ form, error, onChange }: Props) {
  const wallet = form.wallet.trim();
  const settled = useDebounced(JSON.stringify([form.minerType, form.coin, wallet]), 300);
  const [minerType, coin, typed] = JSON.parse(settled) as [string, string, string];
  const answer = useQuery({
    queryKey: ["check address", settled],
    queryFn: ({ signal }) => check({ minerType, config: addressOnly(typed, coin) }, signal),
    enabled: typed !== "" && minerType !== "",
    retry: false,
  });
  const about = typed === wallet ? answer.data : undefined;
  const wrong = about ? byPlace(about.errors).wallet : undefined;
  return (
    <div>
      <Field
        label="Address to pay to"
        value={form.wallet}
        onChange={(e) => onChange({ wallet: e.target.value })}
        error={wrong ?? error}
        help="Your own. adit never stores keys, fills in no address and keeps no part of what is paid."
      />
      <p aria-live="polite" className="mt-1 text-[13px]">
        {about?.ok && !error ? <StateWord state="ok" word="Checksum and network are right" /> : null}
      </p>
    </div>
  );
}

/** A configuration in which nothing but the address can be wrong. Nothing is started and no pool is asked. */
function addressOnly(wallet: string, coin: string): Config {
  return { pool: "stratum+tcp://127.0.0.1:1", wallet, ...(coin ? { coin } : {}) } as Config;
}
