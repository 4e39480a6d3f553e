import { Link } from "@tanstack/react-router";
import type { TabId } from "../lib/computerview";
import { tabs } from "../lib/computerview";
import { TabBar } from "./TabBar";

/** The parts of the page about this computer; the chosen one stands in the address. */
export function Tabs({ current }: { current: TabId }) {
  return (
    <TabBar
      tabs={tabs}
      current={current}
      link={(t, props) => (
        <Link
          to="/computer"
          search={({ q: _q, level: _l, topic: _t, only: _o, ...rest }) => ({ ...rest, tab: t.id })}
          {...props}
        />
      )}
    />
  );
}
