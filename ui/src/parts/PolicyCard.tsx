import { Link } from "@tanstack/react-router";
import type { Host, Policy } from "../api/types";
import { celsius, duration, percent, sentence } from "../lib/format";
import { buttonClass } from "./Button";
import { Card } from "./Card";
import { type Shape, StateWord } from "./StateMark";

const idleMarks: Record<Policy["idle"]["state"], [Shape, string]> = {
  off: ["stopped", "not asked"],
  nobody: ["info", "no user seen"],
  idle: ["ok", "nobody uses it"],
  active: ["paused", "somebody uses it"],
  lost: ["blind", "cannot be told"],
};

/** What may hold mining back on this computer, and whether it does. */
export function PolicyCard({ policy, host }: { policy: Policy; host: Host | undefined }) {
  const [mark, word] = idleMarks[policy.idle.state];
  const heat = host?.cpu.temperature ?? null;
  const hot = heat !== null && heat >= policy.thermal.maxCelsius;
  return (
    <Card
      title="What holds mining back"
      aside={
        <Link to="/settings/$section" params={{ section: "policy" }} className={buttonClass("plain", true)}>
          Change
        </Link>
      }
    >
      <p className="mb-3">{sentence(policy.words)}</p>
      {policy.damaged ? (
        <p role="alert" className="mb-3 text-crit">
          The recorded policy cannot be used: {policy.damaged}
        </p>
      ) : null}
      <ul className="divide-y divide-bg-2">
        <Row name="Users" mark={mark} word={word} words={policy.idle.enabled ? policy.idle.words : idleOff(policy)} />
        <BatteryRow policy={policy} host={host} />
        <Row
          name="Heat"
          mark={heat === null ? "blind" : hot ? "crit" : "ok"}
          word={heat === null ? "no sensor" : celsius(heat)}
          words={`${heat === null ? "This system shows no processor sensor; what a program measures counts. " : ""}Mining stops at ${celsius(policy.thermal.maxCelsius)}.`}
        />
        <Row
          name="Processor"
          mark="info"
          word={policy.cpu.maxPercent === null ? "all of it" : percent(policy.cpu.maxPercent / 100)}
          words="Of the threads, for programs that were started without a number of their own."
        />
        {policy.runAs ? (
          <Row name="User" mark="ok" word={policy.runAs} words="Mining programs run as this user, not as root." />
        ) : null}
      </ul>
    </Card>
  );
}

const idleOff = (p: Policy) =>
  `Mining goes on whoever uses the computer. Where it is switched on, it waits ${duration(p.idle.afterSeconds)} without use.`;

function BatteryRow({ policy, host }: { policy: Policy; host: Host | undefined }) {
  const b = host?.battery;
  if (!b?.present) {
    return <Row name="Battery" mark="ok" word="none" words="This computer shows no battery, nor a UPS." />;
  }
  const holds = b.onBattery && policy.battery.pause;
  return (
    <Row
      name="Battery"
      mark={holds ? "paused" : b.onBattery ? "warn" : "ok"}
      word={`${b.onBattery ? "on battery" : "plugged in"}${b.percent === null ? "" : `, ${percent(b.percent / 100)}`}`}
      words={policy.battery.pause ? "Mining pauses while it runs on battery." : "Mining goes on, even on battery."}
    />
  );
}

function Row({ name, mark, word, words }: { name: string; mark: Shape; word: string; words: string }) {
  return (
    <li className="grid gap-x-4 gap-y-0.5 py-2 first:pt-0 last:pb-0 sm:grid-cols-[6rem_10rem_minmax(0,1fr)]">
      <span className="text-fg-1">{name}</span>
      <StateWord state={mark} word={word} />
      <span className="text-[13px] text-fg-1">{sentence(words)}</span>
    </li>
  );
}
