import type { ProfileForm } from "../../lib/profileform";
import { Field } from "../Field";
import { StateWord } from "../StateMark";

interface Props {
  form: ProfileForm;
  error: string | undefined;
  /** Its checksum was checked and holds. */
  sound: boolean;
  onChange: (change: Partial<ProfileForm>) => void;
}

/** The address that is paid to; checked while it is typed. */
export function WalletField({ form, error, sound, onChange }: Props) {
  return (
    <div>
      <Field
        label="Address to pay to"
        value={form.wallet}
        onChange={(e) => onChange({ wallet: e.target.value })}
        error={error}
        help="Your own. adit never stores keys, fills in no address and keeps no part of what is paid."
      />
      <p aria-live="polite" className="mt-1 text-[13px]">
        {sound && !error ? <StateWord state="ok" word="Checksum and network are right" /> : null}
      </p>
    </div>
  );
}
