import { type Program, updateOf } from "../../lib/programs";
import { StateWord } from "../StateMark";

/** Is it installed and sound; if not, what. */
export function ProgramState({ program: p }: { program: Program }) {
  const current = p.installed.find((i) => i.current) ?? p.installed[0];
  if (!current) return <StateWord state="idle" word="Not installed" />;
  if (current.state === "missing") return <StateWord state="crit" word="Removed, likely by an antivirus" />;
  if (current.state !== "ok") return <StateWord state="crit" word="Changed since it was installed" />;
  const update = updateOf(p);
  if (update && !current.pinned) return <StateWord state="info" word={`Update to ${update} available`} />;
  return <StateWord state="ok" word={`Installed ${current.version}`} />;
}
