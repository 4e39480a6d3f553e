import { emptyPool, type PoolForm, type Tri } from "../../lib/profileform";
import { Button } from "../Button";
import { Field } from "../Field";
import { Check, Select } from "../Form";
import { Forget } from "./KeyField";

interface Props {
  pools: PoolForm[];
  /** By place: pool, password, pools[0].pool … */
  errors: Record<string, string>;
  onChange: (pools: PoolForm[]) => void;
}

/** The pools in their order: the first is used; each further one when those before it fail. */
export function PoolsEditor({ pools, errors, onChange }: Props) {
  const set = (id: number, change: Partial<PoolForm>) =>
    onChange(pools.map((p) => (p.id === id ? { ...p, ...change } : p)));
  const move = (i: number, by: number) => {
    const next = [...pools];
    const [one] = next.splice(i, 1);
    if (one) next.splice(i + by, 0, one);
    onChange(next);
  };
  return (
    <div className="space-y-3">
      <ol className="space-y-3">
        {pools.map((p, i) => (
          <li key={p.id} className="rounded-md border border-bg-2 p-3">
            <OnePool
              pool={p}
              index={i}
              count={pools.length}
              errorOf={(field) => errors[i === 0 ? field : `pools[${i - 1}].${field}`]}
              onChange={(change) => set(p.id, change)}
              onMove={(by) => move(i, by)}
              onRemove={() => onChange(pools.filter((x) => x.id !== p.id))}
            />
          </li>
        ))}
      </ol>
      <Button small onClick={() => onChange([...pools, emptyPool()])}>
        Add a pool for when the others fail
      </Button>
    </div>
  );
}

interface OneProps {
  pool: PoolForm;
  index: number;
  count: number;
  errorOf: (field: string) => string | undefined;
  onChange: (change: Partial<PoolForm>) => void;
  onMove: (by: number) => void;
  onRemove: () => void;
}

function OnePool({ pool: p, index, count, errorOf, onChange, onMove, onRemove }: OneProps) {
  const name = index === 0 ? "Pool" : `Pool ${index + 1}`;
  return (
    <>
      <Field
        label={name}
        value={p.url}
        onChange={(e) => onChange({ url: e.target.value })}
        error={errorOf("pool")}
        placeholder="stratum+ssl://host:port"
      />
      <div className="mt-2 flex flex-wrap items-center gap-2">
        {index > 0 ? (
          <Button small kind="quiet" onClick={() => onMove(-1)} aria-label={`Move up: ${name}`}>
            Move up
          </Button>
        ) : null}
        {index < count - 1 ? (
          <Button small kind="quiet" onClick={() => onMove(1)} aria-label={`Move down: ${name}`}>
            Move down
          </Button>
        ) : null}
        {count > 1 ? (
          <Button small kind="quiet" onClick={onRemove} aria-label={`Remove ${name}`}>
            Remove
          </Button>
        ) : null}
      </div>
      <details className="mt-1" open={p.kept || ["password", "rigId", "tlsFingerprint"].some((f) => errorOf(f))}>
        <summary className="cursor-pointer py-1 text-[13px] text-fg-1">
          Password, name of this computer, TLS{p.kept ? " (a password is kept)" : ""}
        </summary>
        <div className="mt-2 grid gap-4 sm:grid-cols-2">
          <div>
            <Field
              label={`Password at ${name.toLowerCase()}`}
              type="password"
              autoComplete="new-password"
              value={p.password}
              onChange={(e) => onChange({ password: e.target.value })}
              error={errorOf("password")}
              placeholder={p.kept && !p.forget ? "Kept; type to replace it" : undefined}
              help="Most pools need none. It is never shown again."
            />
            {p.kept ? <Forget what="password" forget={p.forget} onForget={(forget) => onChange({ forget })} /> : null}
          </div>
          <Field
            label="Name of this computer there"
            value={p.rigId}
            onChange={(e) => onChange({ rigId: e.target.value })}
            error={errorOf("rigId")}
            help="Shown by the pool beside its numbers."
          />
          <Select<Tri>
            label="Encryption (TLS)"
            value={p.tls}
            options={[
              { value: "", label: "As the address says" },
              { value: "true", label: "Always" },
              { value: "false", label: "Never" },
            ]}
            onChange={(tls) => onChange({ tls })}
          />
          <Field
            label="Fingerprint of its certificate"
            value={p.fingerprint}
            onChange={(e) => onChange({ fingerprint: e.target.value })}
            error={errorOf("tlsFingerprint")}
            help="SHA-256 in hex. With it, only this certificate is trusted."
          />
          {index > 0 ? (
            <Field
              label="Another address to pay to"
              value={p.wallet}
              onChange={(e) => onChange({ wallet: e.target.value })}
              error={errorOf("wallet")}
              help="Empty: the same as above."
            />
          ) : null}
          <Check
            label="NiceHash protocol"
            help="Only for pools that ask for it."
            checked={p.nicehash}
            onChange={(nicehash) => onChange({ nicehash })}
          />
        </div>
      </details>
    </>
  );
}
