import { Link } from "@tanstack/react-router";
import { type CoopTab, coopTabs } from "../../lib/coopview";

/** The parts of the page about the crew; the chosen one stands in the address. */
export function CoopTabs({ current }: { current: CoopTab }) {
  return (
    <nav aria-label="Parts of this page" className="-mx-1 overflow-x-auto border-b border-bg-2">
      <ul className="flex gap-1 px-1">
        {coopTabs.map((t) => (
          <li key={t.id}>
            <Link
              to="/coop"
              search={t.id === "members" ? {} : { part: t.id }}
              resetScroll={false}
              aria-current={t.id === current ? "page" : undefined}
              activeOptions={{ exact: true, includeSearch: true }}
              className="-mb-px inline-flex min-h-10 items-center border-b-2 border-transparent px-3 whitespace-nowrap text-fg-1 hover:text-fg-0 aria-[current]:border-lamp aria-[current]:font-semibold aria-[current]:text-fg-0"
            >
              {t.label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
