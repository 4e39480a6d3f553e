import type { RecommendedPool } from "../../api/profiles";
import { emptyPool, type ProfileForm } from "../../lib/profileform";
import { Button } from "../Button";
import { StateWord } from "../StateMark";

interface Props {
  pools: RecommendedPool[];
  /** The coin's short name. */
  coin: string;
  form: ProfileForm;
  onChange: (change: Partial<ProfileForm>) => void;
}

/** Recommended pools beside each other; on a narrow screen below each other. */
export function PoolList({ pools, coin, form, onChange }: Props) {
  const urls = new Set(form.pools.map((p) => p.url.trim()));
  const use = (url: string) => {
    const empty = form.pools.find((p) => p.url.trim() === "");
    if (!empty) return onChange({ pools: [...form.pools, emptyPool(url)] });
    onChange({ pools: form.pools.map((p) => (p.id === empty.id ? { ...p, url } : p)) });
  };
  return (
    <details open={!form.pools[0]?.url}>
      <summary className="cursor-pointer font-medium">Recommended pools</summary>
      <p className="mt-1 mb-2 text-[13px] text-fg-1">
        None pays adit for standing here. Fees and rules are the pool&rsquo;s own and may have changed since the day
        given.
      </p>
      <ul className="divide-y divide-bg-2 border-y border-bg-2">
        {pools.map((p) => (
          <li key={p.url} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-2">
            <div className="min-w-0 flex-1 basis-56">
              <p className="font-medium">{p.name}</p>
              <p className="num text-[13px] break-all text-fg-1">{p.url}</p>
              <p className="text-[13px]">{facts(p, coin)}</p>
              <p className="text-[13px] text-fg-1">
                Says{" "}
                <a href={p.source} target="_blank" rel="noreferrer" className="break-all underline underline-offset-4">
                  {host(p.source)}
                </a>
                , read {p.checked}
              </p>
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
    </details>
  );
}

function facts(p: RecommendedPool, coin: string): string {
  const fee = p.feePercent === null ? "fee unknown" : `fee ${p.feePercent} %`;
  const least = p.minPayout === null ? "least payout unknown" : `pays out from ${p.minPayout} ${coin}`;
  return [fee, p.scheme || "scheme unknown", least].join(" · ");
}

function host(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
