import { useQuery } from "@tanstack/react-query";
import { trust } from "../../api/trust";
import { stateOf } from "../../lib/findings";
import { sentence } from "../../lib/format";
import { Age } from "../../parts/Age";
import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { FindingRow } from "../../parts/FindingRow";
import { Loaded } from "../../parts/Loaded";
import { StateMark } from "../../parts/StateMark";

const rank = { crit: 0, warn: 1, info: 2, ok: 3 };

/** What could be misused on this computer, each with its fix. */
export function Security() {
  const check = useQuery({
    queryKey: ["security"],
    queryFn: ({ signal }) => trust.security(signal),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
  return (
    <Loaded query={check} what="The security check">
      {(s) => (
        <>
          <div className="flex flex-wrap items-center justify-between gap-4">
            <p role="status" className="flex items-center gap-3 text-[16px]">
              <StateMark state={s.crit > 0 ? "crit" : s.warn > 0 ? "warn" : "ok"} />
              <span>
                <strong className="font-semibold">{sentence(s.words)}</strong>, last run{" "}
                <Age at={new Date(check.dataUpdatedAt).toISOString()} why="" />
              </span>
            </p>
            <Button small busy={check.isFetching} onClick={() => void check.refetch()}>
              {check.isFetching ? "Looking" : "Look again"}
            </Button>
          </div>
          <Card title={`${s.ok} of ${s.checks.length} in order`}>
            <ul className="divide-y divide-bg-2">
              {[...s.checks]
                .sort((a, b) => rank[stateOf(a)] - rank[stateOf(b)])
                .map((f) => (
                  <FindingRow key={`${f.name} ${f.text}`} finding={f} />
                ))}
            </ul>
          </Card>
        </>
      )}
    </Loaded>
  );
}
