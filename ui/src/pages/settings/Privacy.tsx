import { useQuery } from "@tanstack/react-query";
import { type Connections, trust } from "../../api/trust";
import { sentence } from "../../lib/format";
import { Age } from "../../parts/Age";
import { Card } from "../../parts/Card";
import { Loaded } from "../../parts/Loaded";
import { type Shape, StateWord } from "../../parts/StateMark";

const purposes: Record<string, [Shape, string]> = {
  pool: ["ok", "Pool"],
  download: ["info", "Download"],
  feed: ["info", "Feed"],
  local: ["ok", "Local"],
  unknown: ["warn", "Unknown"],
};

/** What leaves this computer, as the system shows it. */
export function Privacy() {
  const seen = useQuery({
    queryKey: ["connections"],
    queryFn: ({ signal }) => trust.connections(signal),
    refetchInterval: 3_000,
  });
  return (
    <>
      <p className="max-w-prose text-fg-1">
        adit sends nothing to its makers: no statistics, no crash reports, no update check by itself. It connects to the
        pools you gave, to a download you asked for, and to a feed you switched on. This list comes from the system, not
        from adit&rsquo;s word.
      </p>
      <Card
        title="Connections out of this computer"
        aside={
          seen.data ? (
            <span className="text-[13px] text-fg-1">
              looked <Age at={seen.data.at} why="" />
            </span>
          ) : null
        }
      >
        <Loaded query={seen} what="The connections">
          {(c) => <List seen={c} />}
        </Loaded>
      </Card>
    </>
  );
}

function List({ seen }: { seen: Connections }) {
  if (seen.connections.length === 0) {
    return (
      <p>
        <StateWord state="ok" word="None" />
        <span className="text-fg-1">: {seen.words || "adit and its programs are connected to nothing outside."}</span>
      </p>
    );
  }
  return (
    <>
      <p className="mb-3">{sentence(seen.words)}</p>
      <ul className="divide-y divide-bg-2">
        {seen.connections.map((c) => {
          const [shape, word] = purposes[c.purpose] ?? (["warn", c.purpose] as const);
          return (
            <li
              key={`${c.pid} ${c.proto} ${c.local} ${c.remote}`}
              className="grid gap-x-4 gap-y-0.5 py-2.5 first:pt-0 last:pb-0 sm:grid-cols-[7rem_minmax(0,1fr)]"
            >
              <StateWord state={shape} word={word} />
              <div className="min-w-0">
                <p className="num break-all">{c.remote}</p>
                <p className="text-[13px] text-fg-1">
                  {sentence(c.words)}
                  {c.words ? " · " : ""}
                  {c.program || c.process} (process {c.pid}), {c.proto}
                  {c.state ? `, ${c.state}` : ""}
                </p>
              </div>
            </li>
          );
        })}
      </ul>
    </>
  );
}
