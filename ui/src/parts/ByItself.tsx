import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { journal } from "../api/journal";
import { byItself } from "../lib/journal";
import { Card } from "./Card";
import { Entries } from "./Entries";

const most = 6;
const day = 86_400_000;

/** What adit did in the last 24 hours without being told. */
export function ByItself() {
  const entries = useQuery({
    queryKey: ["by itself"],
    queryFn: ({ signal }) => journal({ since: new Date(Date.now() - day).toISOString(), limit: 200 }, signal),
    refetchInterval: 30_000,
  });
  const own = (entries.data ?? []).filter(byItself);
  if (own.length === 0) return null;
  return (
    <Card
      title="What adit did by itself in 24 hours"
      jumps
      aside={
        <Link
          to="/computer"
          search={{ tab: "timeline" }}
          className="text-[13px] underline decoration-fg-2 underline-offset-4 hover:decoration-lamp"
        >
          {own.length > most ? `All ${own.length} and the rest` : "The whole timeline"}
        </Link>
      }
    >
      <Entries entries={own.slice(0, most)} plain />
    </Card>
  );
}
