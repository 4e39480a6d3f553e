import type { CoinPools, RecommendedPool } from "../../api/profiles";
import { emptyPool, type ProfileForm } from "../../lib/profileform";
import { Button } from "../Button";
import { StateWord } from "../StateMark";

interface Props {
  of: CoinPools;
  form: ProfileForm;
  onChange: (change: Partial<ProfileForm>) => void;
}

/** Recommended pools beside each other; on a narrow screen below each other. */
export function PoolList({ of, form, onChange }: Props) {
  const urls = new Set(form.pools.map((p) => p.url.trim()));
  const use = (url: string) => {
    const empty = form.pools.find((p) => p.url.trim() === "");
    if (!empty) return onChange({ pools: [...form.pools, emptyPool(url)] });
    onChange({ pools: form.pools.map((p) => (p.id === empty.id ? { ...p, url } : p)) });
  };
  return (
    <details open={!form.pools[0]?.url}>
      <summary className="cursor-pointer font-medium">Recommended pools</summary>
      <p className="mt-1 mb-2 text-[13px] text-fg-1">{of.note}</p>
      <ul className="divide-y divide-bg-2 border-y border-bg-2">
        {of.pools.map((p) => (
          <li key={p.url} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2">
            <div className="min-w-0 flex-1 basis-56">
              <p className="font-medium">
                {p.website ? (
                  <a href={p.website} target="_blank" rel="noreferrer" className="underline underline-offset-4">
                    {p.name}
                  </a>
                ) : (
                  p.name
                )}
              </p>
              <p className="num text-[13px] break-all text-fg-1">{p.url}</p>
              <p className="text-[13px]">{facts(p, of.coin)}</p>
              {p.note ? <p className="text-[13px]">{p.note}</p> : null}
              <p className="text-[13px] text-fg-1">{says(p)}</p>
            </div>
            {urls.has(p.url) ? (
              <StateWord state="ok" word="Chosen" />
            ) : (
              <Button small onClick={() => use(p.url)} aria-label={`Use ${p.name}`}>
                Use
              </Button>
            )}
          </li>
        ))}
      </ul>
      {of.alternatives.map((a) => (
        <p key={a.name} className="mt-2 text-[13px]">
          <a href={a.website} target="_blank" rel="noreferrer" className="underline underline-offset-4">
            {a.name}
          </a>
          : <span className="text-fg-1">{a.text}</span>
        </p>
      ))}
    </details>
  );
}

function facts(p: RecommendedPool, coin: string): string {
  const fee = p.feePercent === null ? "fee unknown" : `fee ${p.feePercent} %`;
  const least = p.minPayout === null ? "least payout unknown" : `pays out from ${p.minPayout} ${coin}`;
  return [fee, p.scheme || "scheme unknown", least].join(" · ");
}

/** Who says so, of when, and when it was read. */
function says(p: RecommendedPool): string {
  const dated = p.dated ? ` of ${p.dated}` : "";
  return `Source: ${p.source || "none"}${dated}${p.checked ? `, read ${p.checked}` : ""}`;
}
