import { useState } from "react";
import { install } from "../../api/install";
import { useCall } from "../../lib/call";
import { Button, Failure } from "../Button";

/** Adds a newer catalogue from two files: the list, and the signature of adit's release key over it. */
export function AddCatalogue({ onAdded }: { onAdded: () => void }) {
  const [list, setList] = useState<File | null>(null);
  const [signature, setSignature] = useState<File | null>(null);
  const add = useCall(async (a: File, b: File) => install.addCatalogue(await a.text(), await b.text()));
  const submit = async () => {
    if (!list || !signature || !(await add.run(list, signature))) return;
    setList(null);
    setSignature(null);
    onAdded();
  };
  return (
    <details className="mt-3 text-[13px]">
      <summary className="cursor-pointer text-fg-1">Add a newer, signed catalogue</summary>
      <form
        className="mt-3 space-y-3"
        onSubmit={(e) => {
          e.preventDefault();
          void submit();
        }}
      >
        <FileField label="Catalogue" accept=".json" onPick={setList} />
        <FileField label="Its signature" accept=".minisig" onPick={setSignature} />
        <Failure words={add.error} />
        <Button type="submit" small busy={add.busy} disabled={!list || !signature}>
          Check and add
        </Button>
      </form>
    </details>
  );
}

function FileField(p: { label: string; accept: string; onPick: (file: File | null) => void }) {
  return (
    <label className="block font-medium">
      {p.label}
      <input
        type="file"
        accept={p.accept}
        onChange={(e) => p.onPick(e.target.files?.[0] ?? null)}
        className="mt-1 block w-full min-w-0 font-normal file:mr-3 file:min-h-8 file:rounded-md file:border file:border-fg-2 file:bg-bg-0 file:px-3 file:text-fg-0"
      />
    </label>
  );
}
