import type { Statistics } from "../../api/stats";
import { count, hashrate, percent, text } from "../../lib/format";
import { type Names, rateTotals, rejectRatio, shareTotals, uptime } from "../../lib/statview";
import { Card } from "../Card";
import { Fact, Facts } from "../Fact";

interface Props {
  data: Statistics | undefined;
  names: Names;
  span: string;
  pending: boolean;
}

/** The range in a few numbers. */
export function Totals({ data, names, span, pending }: Props) {
  const why = pending ? "It is being read." : `Nothing of it is known for ${span}.`;
  const shares = data ? shareTotals(data) : { accepted: null, rejected: null, stale: null };
  const rates = data ? rateTotals(data, names) : [];
  const first = rates[0];
  const many = rates.length > 1;
  return (
    <Card title={`Over ${span}`}>
      <Facts>
        {(many ? rates : [first]).map((r) => (
          <Fact
            key={`mean ${r?.label}`}
            label={many ? `Average, ${r?.label}` : "Average"}
            help="Mean of the readings; time without a reading is not counted. Different algorithms are never added."
            value={text(hashrate(r?.mean))}
            why={why}
          />
        ))}
        {(many ? rates : [first]).map((r) => (
          <Fact
            key={`best ${r?.label}`}
            label={many ? `Best, ${r?.label}` : "Best"}
            help="The highest point of the chart below, itself a mean over one step."
            value={text(hashrate(r?.best))}
            why={why}
          />
        ))}
        <Fact
          label="Hashing"
          help="Of the time from the first reading of the range to its end, how much something hashed."
          value={percent(data ? uptime(data) : null, 1)}
          why={why}
        />
        <Fact label="Accepted" help="Shares that the pool checked and took." value={count(shares.accepted)} why={why} />
        <Fact
          label="Rejected"
          help="Shares that the pool checked and refused, and their part of all shares."
          value={count(shares.rejected)}
          why={why}
          note={note(rejectRatio(shares))}
        />
        <Fact
          label="Stale"
          help="Shares that came after the pool had moved to a new job."
          value={count(shares.stale)}
          why={why}
        />
      </Facts>
    </Card>
  );
}

const note = (ratio: number | null) => (ratio === null ? undefined : percent(ratio, 2));
