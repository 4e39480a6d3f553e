import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { check, profiles, type Rendered, type Config as Wish } from "../../api/profiles";
import type { Device } from "../../api/types";
import { cx } from "../../lib/cx";
import { moment } from "../../lib/format";
import { useNow } from "../../lib/now";
import { nameAndProgram } from "../../lib/program";
import { compare, type Pair } from "../../lib/wanted";
import { buttonClass } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { CopyButton } from "../../parts/Command";
import { Known } from "../../parts/Hint";
import { Loaded } from "../../parts/Loaded";
import { Orders } from "../../parts/Orders";
import { StartTiles } from "../../parts/StartTiles";
import { type Shape, StateWord } from "../../parts/StateMark";
import type { PartProps } from "../Computer";

/** What the program runs with, whether it does as it should, and where that is changed. */
export function Config({ device }: PartProps) {
  return device ? <OfDevice device={device} /> : <StartTiles look={false} />;
}

interface Origin {
  config: Wish | null;
  profileId: string | null;
  words: string;
}

/** Where the program's configuration comes from: its profile, or what it was started with last. */
function useOrigin(d: Device) {
  const now = useNow();
  const list = useQuery({
    queryKey: ["profiles"],
    queryFn: ({ signal }) => profiles.list(signal),
    enabled: !d.practice,
  });
  const last = useQuery({
    queryKey: ["profiles-last"],
    queryFn: ({ signal }) => profiles.last(signal),
    enabled: !d.practice,
  });
  const profile = list.data?.find((p) => p.id === d.profile);
  const used = last.data?.find((l) => l.minerType === d.driver);
  let origin: Origin = { config: null, profileId: null, words: "How it was started is not known any more." };
  if (d.practice) {
    origin = { ...origin, words: "Practice: adit gave it the pool on this computer and no wallet." };
  } else if (profile) {
    origin = {
      config: profile.config,
      profileId: profile.id,
      words: `From the profile “${profile.name}”, version ${profile.version}.`,
    };
  } else if (used && (used.profile === d.profile || d.profile === null)) {
    origin = { config: used.config, profileId: null, words: `Without a profile, as given ${moment(used.at, now)}.` };
  }
  return {
    origin,
    pending: !d.practice && (list.isPending || last.isPending),
    error: list.error ?? last.error,
    profile,
  };
}

function OfDevice({ device: d }: { device: Device }) {
  const { origin, pending, error, profile } = useOrigin(d);
  return (
    <>
      <Card title={nameAndProgram(d)} aside={<Orders device={d} />}>
        <p className="mb-4">
          {pending ? "Reading the profiles" : error ? `The profiles could not be read: ${error.message}` : origin.words}
        </p>
        <Pairs pairs={compare(origin.config, d)} />
        <div className="mt-4 flex flex-wrap gap-3">
          {profile ? (
            <>
              <Link to="/profiles" search={{ view: "edit", id: profile.id }} className={buttonClass("plain", true)}>
                Edit the profile
              </Link>
              <Link to="/profiles" search={{ view: "versions", id: profile.id }} className={buttonClass("plain", true)}>
                Its versions
              </Link>
            </>
          ) : d.practice ? null : (
            <Link to="/profiles" search={{ view: "new" }} className={buttonClass("plain", true)}>
              Make a profile of your own
            </Link>
          )}
        </div>
      </Card>
      {origin.config ? <RenderedCard device={d} config={origin.config} profileId={origin.profileId} /> : null}
    </>
  );
}

const marks = (p: Pair): [Shape, string] =>
  p.agrees === null ? ["blind", "not known"] : p.agrees ? ["ok", "as asked"] : ["warn", "differs"];

const columns =
  "grid gap-x-4 gap-y-0.5 grid-cols-[5.5rem_minmax(0,1fr)] sm:grid-cols-[7rem_minmax(0,1fr)_minmax(0,1fr)_7.5rem]";

/** Side by side; on a narrow screen below each other. */
function Pairs({ pairs }: { pairs: Pair[] }) {
  return (
    <div className="text-[13px]">
      <div className={cx(columns, "hidden pb-1.5 text-fg-1 sm:grid")} aria-hidden="true">
        <span />
        <span>Asked for</span>
        <span>Now</span>
      </div>
      <dl className="divide-y divide-bg-2">
        {pairs.map((p) => {
          const [shape, word] = marks(p);
          return (
            <div key={p.label} className={cx(columns, "py-2")}>
              <dt className="row-span-3 font-medium sm:row-span-1">{p.label}</dt>
              <dd className="num min-w-0 wrap-anywhere">
                <span className="mr-2 font-sans text-fg-1 sm:sr-only">asked for</span>
                <Known value={p.wanted} why="Nothing was asked for." />
              </dd>
              <dd className="num min-w-0 wrap-anywhere">
                <span className="mr-2 font-sans text-fg-1 sm:sr-only">now</span>
                <Known value={p.is} why="The program does not say, or does not run." />
              </dd>
              <dd>
                <StateWord state={shape} word={word} />
              </dd>
            </div>
          );
        })}
      </dl>
    </div>
  );
}

function RenderedCard({ device: d, config, profileId }: { device: Device; config: Wish; profileId: string | null }) {
  const answer = useQuery({
    queryKey: ["rendered", d.id, profileId, config],
    queryFn: ({ signal }) => check({ minerType: d.driver, config, ...(profileId ? { profileId } : {}) }, signal),
    staleTime: 60_000,
  });
  return (
    <Card title="What the program is given">
      <Loaded query={answer} what="The rendered configuration">
        {(r) =>
          r.rendered ? (
            <Given rendered={r.rendered} />
          ) : r.ok ? (
            <p className="text-fg-1">{r.why}</p>
          ) : (
            <ul className="list-disc space-y-1 pl-5">
              {r.errors.map((e) => (
                <li key={`${e.location} ${e.message}`}>
                  {e.location}: {e.message}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function Given({ rendered: r }: { rendered: Rendered }) {
  const line = [r.path, ...r.args].map(quoted).join(" ");
  return (
    <div className="space-y-4">
      <p className="text-[13px] text-fg-1">
        Rendered now from the configuration above. Secrets are kept out; ports and tokens are chosen at each start.
      </p>
      <Piece title="Command line" text={line || "not installed"} />
      {Object.entries(r.files).map(([name, text]) => (
        <Piece key={name} title={name} text={text} />
      ))}
    </div>
  );
}

const quoted = (s: string) => (s === "" || /[^\w@%+=:,./-]/.test(s) ? `'${s.replaceAll("'", "'\\''")}'` : s);

function Piece({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <div className="mb-1 flex items-center justify-between gap-3">
        <h3 className="num text-[13px] font-medium">{title}</h3>
        <CopyButton text={text} label={title} />
      </div>
      <pre
        tabIndex={0}
        className="num max-h-96 overflow-auto rounded-md border border-bg-2 bg-bg-0 p-3 text-[12px] leading-[18px]"
      >
        {text}
      </pre>
    </div>
  );
}
