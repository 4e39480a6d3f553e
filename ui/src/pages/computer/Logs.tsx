import { getRouteApi } from "@tanstack/react-router";
import { nameAndProgram } from "../../lib/program";
import { Card } from "../../parts/Card";
import { Command } from "../../parts/Command";
import { LogTail } from "../../parts/LogTail";
import { StartTiles } from "../../parts/StartTiles";
import type { PartProps } from "../Computer";

const route = getRouteApi("/computer");

/** What the program wrote. The filter stands in the address. */
export function Logs({ device }: PartProps) {
  const { q = "", level = "info" } = route.useSearch();
  const navigate = route.useNavigate();
  if (!device) return <StartTiles look={false} />;
  return (
    <Card title={`Log of ${nameAndProgram(device)}`}>
      <LogTail
        device={device}
        query={q}
        level={level}
        onQuery={(words) => void navigate({ search: (s) => ({ ...s, q: words || undefined }), replace: true })}
        onLevel={(l) =>
          void navigate({ search: (s) => ({ ...s, level: l === "info" ? undefined : l }), replace: true })
        }
      />
      <p className="mt-3 flex flex-wrap items-center gap-3 text-[13px] text-fg-1">
        The same in a terminal: <Command label="The log in a terminal" line={`adit logs -f ${device.name}`} />
      </p>
    </Card>
  );
}
