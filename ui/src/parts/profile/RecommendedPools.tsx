import { useQuery } from "@tanstack/react-query";
import { pools as askPools, type CoinPools } from "../../api/profiles";
import { wordsOf } from "../../api/rest";
import type { ProfileForm } from "../../lib/profileform";
import { Select } from "../Form";
import { PoolList } from "./PoolList";

interface Props {
  form: ProfileForm;
  onChange: (change: Partial<ProfileForm>) => void;
}

/** The coin, and pools to choose from with what each takes and where that is written; none is chosen beforehand. */
export function RecommendedPools({ form, onChange }: Props) {
  const all = useQuery({ queryKey: ["pools"], queryFn: ({ signal }) => askPools(signal), staleTime: 600_000 });
  const coins = all.data ?? [];
  const chosen = coins.find((c) => isCoin(c, form.coin));
  const shown = chosen ?? (form.coin === "" ? coins[0] : undefined);
  return (
    <div className="space-y-3">
      <Select
        label="Coin"
        value={chosen?.coin ?? form.coin}
        options={[
          { value: "", label: "As the algorithm says" },
          ...(form.coin && !chosen ? [{ value: form.coin, label: form.coin }] : []),
          ...coins.map((c) => ({ value: c.coin, label: `${c.name} (${c.coin})` })),
        ]}
        onChange={(coin) => onChange({ coin })}
      />
      {all.error ? (
        <p className="text-fg-1">The recommended pools could not be read: {wordsOf(all.error)} Type yours below.</p>
      ) : null}
      {shown ? <PoolList of={shown} form={form} onChange={onChange} /> : null}
      {!shown && !all.isPending && !all.error ? (
        <p className="text-fg-1">adit recommends no pool for {form.coin}: type yours below.</p>
      ) : null}
    </div>
  );
}

const isCoin = (c: CoinPools, typed: string) =>
  [c.coin.toLowerCase(), c.name.toLowerCase()].includes(typed.toLowerCase());
