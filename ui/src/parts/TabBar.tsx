import type { ReactNode } from "react";

const look = {
  activeOptions: { exact: true, includeSearch: true },
  className:
    "-mb-px inline-flex min-h-10 items-center border-b-2 border-transparent px-3 whitespace-nowrap text-fg-1 hover:text-fg-0 aria-[current]:border-lamp aria-[current]:font-semibold aria-[current]:text-fg-0",
};

/** The parts of a page; link makes a tab's Link of where it leads and what all tabs have. */
export function TabBar<T extends { id: string; label: string }>({
  tabs,
  current,
  link,
}: {
  tabs: readonly T[];
  current: T["id"];
  link: (tab: T, props: typeof look & { "aria-current": "page" | undefined; children: string }) => ReactNode;
}) {
  return (
    <nav aria-label="Parts of this page" className="-mx-1 overflow-x-auto border-b border-bg-2">
      <ul className="flex gap-1 px-1">
        {tabs.map((t) => (
          <li key={t.id}>
            {link(t, { ...look, "aria-current": t.id === current ? "page" : undefined, children: t.label })}
          </li>
        ))}
      </ul>
    </nav>
  );
}
