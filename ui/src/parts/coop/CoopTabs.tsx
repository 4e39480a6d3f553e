import { Link } from "@tanstack/react-router";
import { type CoopTab, coopTabs } from "../../lib/coopview";
import { TabBar } from "../TabBar";

/** The parts of the page about the crew; the chosen one stands in the address. */
export function CoopTabs({ current }: { current: CoopTab }) {
  return (
    <TabBar
      tabs={coopTabs}
      current={current}
      link={(t, props) => (
        <Link to="/coop" search={t.id === "members" ? {} : { part: t.id }} resetScroll={false} {...props} />
      )}
    />
  );
}
