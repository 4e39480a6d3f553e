import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { install } from "../api/install";
import { wordsOf } from "../api/rest";
import { programs } from "../lib/programs";
import { useLive } from "../live/hooks";
import { Failure } from "../parts/Button";
import { Antivirus } from "../parts/install/Antivirus";
import { ArchiveCard } from "../parts/install/ArchiveCard";
import { CatalogueCard } from "../parts/install/CatalogueCard";
import { ProgramCard } from "../parts/install/ProgramCard";
import { useJobsEnding } from "../parts/install/useJobsEnding";

/** Mining programs on this computer. */
export function Install() {
  const rig = useLive("host")?.rig ?? "";
  const client = useQueryClient();
  const catalogue = useQuery({ queryKey: ["catalogue"], queryFn: ({ signal }) => install.catalogue(signal) });
  const installs = useQuery({ queryKey: ["installs"], queryFn: ({ signal }) => install.list(signal) });
  const changed = useCallback(() => void client.invalidateQueries({ queryKey: ["installs"] }), [client]);
  const list = programs(catalogue.data?.entries ?? [], installs.data?.installed ?? [], installs.data?.jobs ?? []);
  useJobsEnding(rig, list, changed);
  const failed = catalogue.error ?? installs.error;
  const gone = installs.data?.installed.find((i) => i.state === "missing");
  return (
    <>
      <div>
        <h1 className="text-[20px] leading-7">Install</h1>
        <p className="mt-1 max-w-prose text-fg-1">
          adit brings no mining program along. Each one comes only when you ask for it, is checked against a published
          digest before it is used, and is checked again at each start.
        </p>
      </div>
      <Failure words={failed ? wordsOf(failed) : null} />
      {installs.data?.words ? <Failure words={installs.data.words} /> : null}
      {list.length === 0 && !failed ? (
        <p className="text-fg-1">
          {catalogue.isPending ? "Reading the catalogue" : "The catalogue is empty. Install from an archive of yours."}
        </p>
      ) : null}
      <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(24rem,2fr)]">
        <div className="min-w-0 space-y-4">
          {list.map((p) => (
            <ProgramCard key={p.name} program={p} rig={rig} onChanged={changed} />
          ))}
        </div>
        <div className="min-w-0 space-y-4">
          <ArchiveCard programs={list} onChanged={changed} />
          <Antivirus folder={gone?.path ?? installs.data?.installed[0]?.path ?? null} open={gone !== undefined} />
          {catalogue.data ? (
            <CatalogueCard
              catalogue={catalogue.data}
              onAdded={() => void client.invalidateQueries({ queryKey: ["catalogue"] })}
            />
          ) : null}
        </div>
      </div>
    </>
  );
}
