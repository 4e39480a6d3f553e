import { useRef, useState } from "react";
import { install, type Upload, upload } from "../../api/install";
import { wordsOf } from "../../api/rest";
import { useCall } from "../../lib/call";
import { bytes } from "../../lib/format";
import type { Program } from "../../lib/programs";
import { Button, buttonClass, Failure } from "../Button";
import { Card } from "../Card";
import { Field } from "../Field";
import { StateWord } from "../StateMark";
import { useAvailable } from "../useAvailable";

interface Props {
  programs: Program[];
  onChanged: () => void;
}

/** Installing from an archive that a person has: a file of this browser's computer, or a path on adit's. */
export function ArchiveCard({ programs, onChanged }: Props) {
  const [sent, setSent] = useState<Upload | null>(null);
  const [path, setPath] = useState("");
  const done = () => {
    setSent(null);
    setPath("");
    onChanged();
  };
  return (
    <Card title="From an archive of yours">
      <p className="mb-4 text-fg-1">
        A .tar.gz, .tar.xz or .zip from the program&rsquo;s publisher. An archive that the catalogue does not know needs
        its SHA-256 from you: copy it from the publisher&rsquo;s page, not from the archive itself.
      </p>
      {sent ? (
        <Received upload={sent} programs={programs} onDone={done} onCancel={() => setSent(null)} />
      ) : (
        <>
          <Sender onSent={setSent} />
          <details className="mt-4" open={path !== ""}>
            <summary className="cursor-pointer text-fg-1">It lies on the computer that adit runs on</summary>
            <div className="mt-3 space-y-4">
              <Field
                label="Path of the archive"
                value={path}
                onChange={(e) => setPath(e.target.value)}
                placeholder="/home/…/program.tar.gz"
              />
              <Order archive={path.trim()} known="" sha256="" programs={programs} onDone={done} />
            </div>
          </details>
        </>
      )}
    </Card>
  );
}

/** Chooses a file and sends it. */
function Sender({ onSent }: { onSent: (upload: Upload) => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const stop = useRef<AbortController | null>(null);
  const send = async (chosen: File) => {
    setFile(chosen);
    setSent(0);
    setProblem(null);
    stop.current = new AbortController();
    try {
      onSent(await upload(chosen, setSent, stop.current.signal));
    } catch (err) {
      setProblem(wordsOf(err));
    } finally {
      setFile(null);
    }
  };
  const part = file && file.size > 0 ? Math.round((sent / file.size) * 100) : 0;
  return (
    <div className="space-y-3">
      {file ? (
        <>
          <p>
            Sending {file.name}, <span className="num">{bytes(sent)}</span> of{" "}
            <span className="num">{bytes(file.size)}</span>
          </p>
          <div
            role="progressbar"
            aria-label={`Sending ${file.name}`}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={part}
            className="h-2 overflow-hidden rounded-full bg-bg-2"
          >
            <div className="h-full bg-lamp" style={{ width: `${part}%` }} />
          </div>
          <Button small onClick={() => stop.current?.abort()}>
            Cancel
          </Button>
        </>
      ) : (
        <label
          className={`${buttonClass()} focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-lamp`}
        >
          Choose an archive
          <input
            type="file"
            accept=".gz,.tgz,.xz,.txz,.zip"
            className="sr-only"
            onChange={(e) => {
              const chosen = e.target.files?.[0];
              e.target.value = "";
              if (chosen) void send(chosen);
            }}
          />
        </label>
      )}
      <Failure words={problem} />
    </div>
  );
}

interface ReceivedProps {
  upload: Upload;
  programs: Program[];
  onDone: () => void;
  onCancel: () => void;
}

/** What came, for comparing, and the order to install it. */
function Received({ upload: u, programs, onDone, onCancel }: ReceivedProps) {
  return (
    <div className="space-y-4">
      <div>
        <p>
          {u.name}, <span className="num">{bytes(u.size)}</span>
        </p>
        <p className="mt-1">
          {u.known ? (
            <StateWord state="ok" word={`The catalogue knows it: ${u.known}`} />
          ) : (
            <StateWord state="warn" word="The catalogue does not know it" />
          )}
        </p>
        <p className="mt-2 text-[13px] text-fg-1">SHA-256 as received</p>
        <p className="num break-all text-[13px] select-all">{u.sha256}</p>
      </div>
      <Order archive={u.id} known={u.known} sha256={u.sha256} programs={programs} onDone={onDone} />
      <Button small kind="quiet" onClick={onCancel}>
        Take another archive
      </Button>
    </div>
  );
}

interface OrderProps {
  /** The id of an upload, or a path. */
  archive: string;
  /** "xmrig 6.26.0", or empty. */
  known: string;
  /** As received; empty: not known yet. */
  sha256: string;
  programs: Program[];
  onDone: () => void;
}

/** Which program it is, and who vouches for it. */
function Order({ archive, known, sha256, programs, onDone }: OrderProps) {
  const [knownProgram = "", knownVersion = ""] = known.split(" ");
  const [typed, setTyped] = useState<string | null>(null);
  const available = useAvailable();
  // adit's own engine comes with adit.
  const others = available.filter((a) => a.name !== "native" && !a.aliases?.includes("native"));
  const names = [...new Set([...others.map((a) => a.name), ...programs.map((p) => p.name)])].sort();
  const program = typed ?? (knownProgram || names[0] || "");
  const [version, setVersion] = useState(knownVersion);
  const [digest, setDigest] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const order = useCall(() =>
    install.begin(program, {
      archive,
      ...(version.trim() ? { version: version.trim() } : {}),
      ...(digest.trim() ? { sha256: digest.trim().toLowerCase() } : {}),
    }),
  );
  const submit = async () => {
    if (archive === "") return setWrong("Give the archive's path.");
    const given = digest.trim().toLowerCase();
    if (given !== "" && !/^[0-9a-f]{64}$/.test(given))
      return setWrong("A SHA-256 has 64 characters, 0 to 9 and a to f.");
    if (given !== "" && sha256 !== "" && given !== sha256)
      return setWrong(
        "This is not the SHA-256 of the archive that came: the archive is damaged, or it is another one.",
      );
    setWrong(null);
    if (await order.run()) onDone();
  };
  return (
    <form
      noValidate
      className="space-y-4"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <label className="block font-medium">
          Program
          <select
            value={program}
            onChange={(e) => setTyped(e.target.value)}
            className="mt-1 min-h-10 w-full rounded-md border border-fg-2 bg-bg-0 px-3 font-normal"
          >
            {names.map((n) => (
              <option key={n}>{n}</option>
            ))}
          </select>
        </label>
        <Field
          label="Version"
          value={version}
          onChange={(e) => setVersion(e.target.value)}
          error={order.fields.version}
          help={known ? "As the catalogue says." : "As the publisher calls it."}
        />
      </div>
      {known ? null : (
        <Field
          label="SHA-256 from the publisher"
          value={digest}
          onChange={(e) => setDigest(e.target.value)}
          error={wrong ?? order.fields.sha256}
          help="With it you vouch for the archive. An archive that the catalogue knows needs none."
        />
      )}
      <Failure words={(known ? wrong : null) ?? (order.fields.sha256 || order.fields.version ? null : order.error)} />
      <Button type="submit" kind="primary" busy={order.busy}>
        Install {program}
      </Button>
    </form>
  );
}
