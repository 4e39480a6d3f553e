import type { Catalogue } from "../../api/install";
import { sentence } from "../../lib/format";
import { Card } from "../Card";
import { Fact, Facts } from "../Fact";
import { AddCatalogue } from "./AddCatalogue";

/** Where the list of programs comes from. */
export function CatalogueCard({ catalogue: c, onAdded }: { catalogue: Catalogue; onAdded: () => void }) {
  return (
    <Card title="Catalogue">
      <Facts width="wide">
        <Fact
          label="Origin"
          help="Built in: part of this version of adit, and trusted as adit is. Signed: added later, and accepted only with the signature of adit's release key."
        >
          <span className="font-sans">{c.origin === "signed" ? "Signed" : "Built in"}</span>
        </Fact>
        <Fact label="Number" help="A newer catalogue has a higher one." value={String(c.serial)} />
        <Fact label="Issued" value={c.issued ? day(c.issued) : null} why="It is as old as this version of adit." />
        <Fact label="This computer" value={c.platform} />
      </Facts>
      {c.words ? <p className="mt-3 text-fg-1">{sentence(c.words)}</p> : null}
      {c.accepts ? <AddCatalogue onAdded={onAdded} /> : null}
      {c.notes.length > 0 ? (
        <details className="mt-3 text-[13px]">
          <summary className="cursor-pointer text-fg-1">What was left out, and why</summary>
          <ul className="mt-2 list-disc space-y-1 pl-5 text-fg-1">
            {c.notes.map((n) => (
              <li key={n}>{n}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </Card>
  );
}

const day = (at: string) =>
  new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
