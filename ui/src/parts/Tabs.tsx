import { Link } from "@tanstack/react-router";
import type { TabId } from "../lib/computerview";
import { tabs } from "../lib/computerview";

/** The parts of the page about this computer; the chosen one stands in the address. */
export function Tabs({ current }: { current: TabId }) {
  return (
    <nav aria-label="Parts of this page" className="-mx-1 overflow-x-auto border-b border-bg-2">
      <ul className="flex gap-1 px-1">
        {tabs.map((t) => (
          <li key={t.id}>
            <Link
              to="/computer"
              search={({ q: _q, level: _l, topic: _t, only: _o, ...rest }) => ({ ...rest, tab: t.id })}
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
