import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Coin, coop, coopFile, type Glance, type Member } from "../../api/coop";
import { wordsOf } from "../../api/rest";
import { coins, shortCoins } from "../../lib/coins";
import { memberSorts, memberState, memberStatuses } from "../../lib/coopview";
import { count, hashrate, percent, text } from "../../lib/format";
import { useDebounced } from "../../lib/useDebounced";
import { Age } from "../Age";
import { Button, buttonClass, Failure } from "../Button";
import { Card } from "../Card";
import { Field } from "../Field";
import { Select } from "../Form";
import { Known } from "../Hint";
import { StateWord } from "../StateMark";

const route = getRouteApi("/coop");
const step = 100;

/** Everybody who ever joined: searched and sorted by the server, a page at a time. */
export function MembersTable({ glance: g }: { glance: Glance }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(search.q ?? "");
  const [limit, setLimit] = useState(step);
  const q = {
    search: useDebounced(typed.trim(), 250),
    sort: search.sort ?? "-hashrate",
    status: search.status ?? "",
    limit,
  };
  const list = useQuery({
    queryKey: ["coop", "members", q],
    queryFn: ({ signal }) => coop.members(q, signal),
    refetchInterval: 3_000,
    placeholderData: keepPreviousData,
  });
  const set = (change: { sort?: string; status?: string }) =>
    void navigate({ search: (have) => ({ ...have, ...change }), replace: true, resetScroll: false });
  const data = list.data;
  return (
    <Card
      title="Members"
      jumps
      aside={
        <a href={coopFile.members} download className={buttonClass("plain", true)}>
          Download CSV
        </a>
      }
    >
      <div className="mb-4 grid gap-4 sm:grid-cols-3">
        <Field
          label="Find"
          type="search"
          value={typed}
          placeholder="Name or program"
          onChange={(e) => setTyped(e.target.value)}
        />
        <Select
          label="Sorted by"
          options={memberSorts}
          value={q.sort as (typeof memberSorts)[number]["value"]}
          onChange={(sort) => set({ sort })}
          className="max-w-none"
        />
        <Select
          label="Show"
          options={memberStatuses}
          value={q.status as (typeof memberStatuses)[number]["value"]}
          onChange={(status) => set({ status })}
          className="max-w-none"
        />
      </div>
      <Failure words={list.error ? `The members could not be read: ${wordsOf(list.error)}` : null} />
      {data && data.members.length > 0 ? <Rows members={data.members} coin={g.coin} /> : null}
      {data?.total === 0 ? <Nobody glance={g} /> : null}
      {data && data.total > 0 && data.matched === 0 ? <p className="text-fg-1">No member is like that.</p> : null}
      {data && data.members.length < data.matched ? (
        <div className="mt-3 flex flex-wrap items-center gap-3 text-[13px] text-fg-1">
          {count(data.members.length)} of {count(data.matched)}
          <Button small onClick={() => setLimit(limit + step)}>
            Show more
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

function Nobody({ glance: g }: { glance: Glance }) {
  const door = g.doors.find((d) => d.kind === "stratum");
  return (
    <p className="max-w-prose text-fg-1">
      Nobody has joined yet.{" "}
      {door ? `Point any miner at stratum+tcp://${door.address}: the name it logs in with becomes a member. ` : ""}
      Or invite another computer: it gets its certificate and joins with one command.
    </p>
  );
}

const heads = [
  "Member",
  "Status",
  "1 min",
  "1 h",
  "24 h",
  "Accepted",
  "Stale",
  "Refused",
  "Share",
  "Owed",
  "Last share",
  "Program",
  "Invited by",
];

function Rows({ members, coin }: { members: Member[]; coin: Coin }) {
  return (
    <section aria-label="Members, table" tabIndex={0} className="relative overflow-x-auto">
      <table className="w-full min-w-[68rem] border-collapse text-[13px]">
        <thead className="text-left text-fg-1">
          <tr>
            {heads.map((h, i) => (
              <th key={h} scope="col" className={`py-1 pr-4 font-medium ${i > 1 && i < 10 ? "text-right" : ""}`}>
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {members.map((m) => (
            <Row key={m.id} member={m} coin={coin} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

const cell = "num py-2 pr-4 text-right align-top whitespace-nowrap";
const few = "Too few shares have come in this time.";

function Row({ member: m, coin }: { member: Member; coin: Coin }) {
  const s = memberState(m);
  return (
    <tr className="border-t border-bg-2">
      <th scope="row" className="max-w-60 py-2 pr-4 text-left align-top font-medium break-words">
        <Link
          to="/coop"
          search={(have) => ({ ...have, member: m.id })}
          resetScroll={false}
          className="underline underline-offset-4"
        >
          {m.name}
        </Link>
      </th>
      <td className="py-2 pr-4 align-top">
        <StateWord state={s.state} word={s.word} />
        {m.why ? <span className="block max-w-48 text-fg-1">{m.why}</span> : null}
      </td>
      {[m.hashrate.minute, m.hashrate.hour, m.hashrate.day].map((v, i) => (
        <td key={heads[i + 2]} className={cell}>
          <Known value={text(hashrate(v))} why={few} />
        </td>
      ))}
      <td className={cell}>{count(m.shares.accepted)}</td>
      <td className={cell}>{count(m.shares.stale)}</td>
      <td className={cell}>{count(m.shares.rejected)}</td>
      <td className={cell}>
        <Known
          value={m.sharePercent === null ? null : percent(m.sharePercent / 100, 2)}
          why="Nobody has a share in the window."
        />
      </td>
      <td className={cell} title={coins(m.owed, coin) ?? undefined}>
        {shortCoins(m.owed, coin)}
      </td>
      <td className="py-2 pr-4 align-top whitespace-nowrap">
        <Age at={m.lastShareAt} why="None of its shares was accepted yet." />
      </td>
      <td className="max-w-48 py-2 pr-4 align-top break-words">
        <Known value={m.agent || null} why="It does not say." />
      </td>
      <td className="py-2 align-top">
        <Known value={m.invitedBy} why="It came without an invitation." />
      </td>
    </tr>
  );
}
