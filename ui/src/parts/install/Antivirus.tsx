import { Card } from "../Card";

/** What an antivirus says about mining programs, told before it says it. */
export function Antivirus({ folder, open }: { folder: string | null; open: boolean }) {
  return (
    <Card title="What an antivirus will say, and why">
      <details open={open} id="antivirus" className="max-w-prose">
        <summary className="cursor-pointer">
          Most antivirus programs call every mining program a threat and may delete it. adit never hides from them.
        </summary>
        <div className="mt-3 space-y-3 text-fg-1">
          <p>
            The programs listed here are also what thieves of computing time put on other people&rsquo;s machines. A
            scanner cannot know who started a miner, so it warns of all of them, often with names like
            &ldquo;CoinMiner&rdquo;, &ldquo;RiskTool&rdquo; or &ldquo;PUA&rdquo;. adit itself brings none of them along:
            each comes only when you install it here.
          </p>
          <p>
            A warning can also be right. Install only what stands in the catalogue or what you can vouch for, and
            compare the SHA-256 with the one its publisher shows.
          </p>
          <p>
            If you trust the program and want to keep it, add an exclusion for its one folder in your antivirus yourself
            {folder ? ":" : "; its folder stands beside each installed version."}
          </p>
          {folder ? (
            <p className="num rounded-sm border border-bg-2 bg-bg-0 px-2 py-1 text-[13px] break-all text-fg-0 select-all">
              {folder}
            </p>
          ) : null}
          <p>
            Keep the exclusion that narrow. One for a whole disk, a whole user folder or all of adit would also let
            through what is really harmful. adit never adds an exclusion by itself and never tries to get around a
            scanner. When a program vanishes, adit says so here and under Doctor.
          </p>
        </div>
      </details>
    </Card>
  );
}
