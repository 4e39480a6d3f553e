import { useId } from "react";
import type { KeySpec } from "../../lib/configkeys";
import { cx } from "../../lib/cx";

interface Props {
  spec: KeySpec;
  value: string;
  error: string | undefined;
  /** A secret is kept; forget: it goes at the next save. */
  kept: boolean;
  forget: boolean;
  onChange: (value: string) => void;
  onForget: (forget: boolean) => void;
}

const look = "num min-h-9 w-full rounded-md border bg-bg-0 px-2 text-[13px] text-fg-0";

/** One key of the configuration: its name as the program knows it, what it does, and its value. */
export function KeyField({ spec, value, error, kept, forget, onChange, onForget }: Props) {
  const id = useId();
  const common = {
    id,
    value,
    "aria-invalid": error ? true : undefined,
    "aria-describedby": cx(`${id}-help`, error && `${id}-error`),
    className: cx(look, error ? "border-crit" : "border-fg-2"),
  };
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="num mb-1 block text-[13px] break-all">
        {spec.key}
      </label>
      {spec.kind === "boolean" || spec.kind === "choice" ? (
        <select {...common} onChange={(e) => onChange(e.target.value)}>
          <option value="">Not given</option>
          {(spec.kind === "boolean" ? ["true", "false"] : (spec.choices ?? [])).map((c) => (
            <option key={c} value={c}>
              {c === "true" ? "Yes" : c === "false" ? "No" : c}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type={spec.secret ? "password" : "text"}
          inputMode={spec.kind === "number" ? "numeric" : undefined}
          autoComplete={spec.secret ? "new-password" : "off"}
          autoCapitalize="off"
          spellCheck={false}
          placeholder={kept && !forget ? "Kept; type to replace it" : undefined}
          onChange={(e) => onChange(e.target.value)}
        />
      )}
      {error ? (
        <p id={`${id}-error`} role="alert" className="mt-1 text-[13px] text-crit">
          {error}
        </p>
      ) : null}
      <p id={`${id}-help`} className="mt-1 text-[13px] text-fg-1">
        {spec.help}
      </p>
      {kept ? <Forget what={spec.key} forget={forget} onForget={onForget} /> : null}
    </div>
  );
}

/** A kept secret is never shown: it can be replaced or forgotten. */
export function Forget(p: { what: string; forget: boolean; onForget: (forget: boolean) => void }) {
  return (
    <label className="mt-1 flex items-center gap-2 text-[13px]">
      <input
        type="checkbox"
        checked={p.forget}
        onChange={(e) => p.onForget(e.target.checked)}
        className="size-4 accent-lamp"
      />
      Forget the kept {p.what} when this is saved
    </label>
  );
}
