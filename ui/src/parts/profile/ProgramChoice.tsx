import { Link } from "@tanstack/react-router";
import type { ProfileForm } from "../../lib/profileform";
import { feeWords } from "../../lib/programs";
import { Select } from "../Form";
import { useAvailable } from "../useAvailable";

interface Props {
  form: ProfileForm;
  error: string | undefined;
  onChange: (change: Partial<ProfileForm>) => void;
}

/** Which mining program, with its fee beside its name. */
export function ProgramChoice({ form, error, onChange }: Props) {
  const available = useAvailable();
  const chosen = available.find((a) => a.name === form.minerType || a.aliases?.includes(form.minerType));
  const options = available.map((a) => ({
    value: a.name,
    label: `${a.name} · ${feeWords(a.feePercent)}${a.installed ? "" : " · not installed"}`,
  }));
  if (!chosen && form.minerType) options.unshift({ value: form.minerType, label: form.minerType });
  return (
    <div>
      <Select
        label="Program"
        value={chosen?.name ?? form.minerType}
        options={options}
        onChange={(minerType) => onChange({ minerType })}
        error={error}
        {...(chosen?.description ? { help: chosen.description } : {})}
      />
      {chosen && !chosen.installed ? (
        <p className="mt-1 text-[13px]">
          {chosen.why || "It is not installed."}{" "}
          <Link to="/install" className="underline underline-offset-4">
            To Install
          </Link>
        </p>
      ) : null}
    </div>
  );
}
