import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type ImportItem, type ImportResult, importProfiles } from "../../api/profiles";
import { useCall } from "../../lib/call";
import { plural } from "../../lib/format";
import { Button, buttonClass, Failure } from "../Button";
import { Card } from "../Card";
import { Check } from "../Form";
import { type Shape, StateWord } from "../StateMark";

/** Profiles from a file or from pasted text: first what would be made of them, then the order to make it. */
export function ImportPanel({ onImported }: { onImported: () => void }) {
  const [content, setContent] = useState("");
  const [replace, setReplace] = useState(false);
  const [preview, setPreview] = useState<ImportResult | null>(null);
  const [made, setMade] = useState<ImportResult | null>(null);
  const look = useCall(async (text: string, over: boolean) =>
    setPreview(await importProfiles({ content: text, dryRun: true, replace: over })),
  );
  const take = useCall(async () => setMade(await importProfiles({ content, dryRun: false, replace })));
  const read = async (file: File) => {
    const text = await file.text();
    setContent(text);
    setPreview(null);
    await look.run(text, replace);
  };
  if (made) return <Made result={made} />;
  const some = preview?.items.filter((e) => e.outcome === "create" || e.outcome === "update").length ?? 0;
  return (
    <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-2">
      <Card title="From where">
        <div className="space-y-4">
          <p className="text-fg-1">
            Profiles that adit exported, as JSON or YAML, or the Mining Platform&rsquo;s{" "}
            <span className="num">mining_profiles.json</span>, <span className="num">mining_config.json</span> or{" "}
            <span className="num">miners/config.json</span>. Nothing is made before you have seen what would be.
          </p>
          <FileButton onFile={(file) => void read(file)} />
          <label className="block font-medium">
            Or paste its content
            <textarea
              value={content}
              rows={10}
              spellCheck={false}
              onChange={(e) => {
                setContent(e.target.value);
                setPreview(null);
              }}
              className="num mt-1 block w-full rounded-md border border-fg-2 bg-bg-0 p-2 text-[13px] font-normal"
            />
          </label>
          <Check
            label="Replace profiles of the same name"
            help="Each becomes a new version; the old one can be gone back to."
            checked={replace}
            onChange={(over) => {
              setReplace(over);
              if (preview) void look.run(content, over);
            }}
          />
          <Failure words={look.error} />
          <Button busy={look.busy} disabled={content.trim() === ""} onClick={() => void look.run(content, replace)}>
            See what it holds
          </Button>
        </div>
      </Card>
      <Card title="What would be made">
        {preview ? (
          <div className="space-y-4">
            <Items result={preview} done={false} />
            <Failure words={take.error} />
            <Button
              kind="primary"
              busy={take.busy}
              disabled={some === 0}
              onClick={() => void take.run().then((ok) => ok && onImported())}
            >
              Import {plural(some, "profile")}
            </Button>
          </div>
        ) : (
          <p className="text-fg-1">Choose a file or paste its content first.</p>
        )}
      </Card>
    </div>
  );
}

function FileButton({ onFile }: { onFile: (file: File) => void }) {
  return (
    <label
      className={`${buttonClass()} focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-lamp`}
    >
      Choose a file
      <input
        type="file"
        accept=".json,.yaml,.yml"
        className="sr-only"
        onChange={(e) => {
          const file = e.target.files?.[0];
          e.target.value = "";
          if (file) onFile(file);
        }}
      />
    </label>
  );
}

const will: Record<ImportItem["outcome"], [Shape, string, string]> = {
  create: ["ok", "Will be made", "Made"],
  update: ["info", "Will be replaced", "Replaced"],
  same: ["idle", "There already, just so", "There already, just so"],
  refuse: ["warn", "Refused", "Refused"],
};

function Items({ result, done }: { result: ImportResult; done: boolean }) {
  return (
    <>
      {result.items.length === 0 ? <p className="text-fg-1">It holds no profile.</p> : null}
      <ul className="divide-y divide-bg-2">
        {result.items.map((e) => (
          <li key={e.source} className="py-2 first:pt-0">
            <p className="flex flex-wrap justify-between gap-x-4">
              <span className="font-medium break-words">
                {e.name || e.source}
                {e.minerType ? <span className="font-normal text-fg-1">, {e.minerType}</span> : null}
              </span>
              <StateWord state={will[e.outcome][0]} word={will[e.outcome][done ? 2 : 1]} />
            </p>
            {e.why ? (
              <p>
                {e.field ? <span className="num">{e.field}: </span> : null}
                {e.why}
              </p>
            ) : null}
            {e.notes.map((n) => (
              <p key={n} className="text-[13px] text-fg-1">
                {n}
              </p>
            ))}
          </li>
        ))}
      </ul>
      {result.notes.length > 0 ? (
        <div className="text-[13px] text-fg-1">
          <p>Left behind:</p>
          <ul className="list-disc pl-5">
            {result.notes.map((n) => (
              <li key={n}>{n}</li>
            ))}
          </ul>
        </div>
      ) : null}
    </>
  );
}

function Made({ result }: { result: ImportResult }) {
  return (
    <Card title="Imported">
      <div className="space-y-4">
        <Items result={result} done />
        <Link to="/profiles" search={{}} className={buttonClass("primary")}>
          To the profiles
        </Link>
      </div>
    </Card>
  );
}
