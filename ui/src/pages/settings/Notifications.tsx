import { useState } from "react";
import type { Settings, Severity } from "../../api/settings";
import { notify, permission, ring } from "../../lib/tell";
import { Button, Failure } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Check, type Option, Radios } from "../../parts/Form";
import { Loaded } from "../../parts/Loaded";
import { StateWord } from "../../parts/StateMark";
import { useSettings, useSettingsOrder } from "../../parts/useSettings";

type Told = Settings["notifications"];

const least: Option<Severity>[] = [
  {
    value: "crit",
    label: "Critical things",
    help: "A program that failed or was quarantined, a computer that is not heard.",
  },
  { value: "warn", label: "Warnings too", help: "A pool that was left, shares refused, something held by a limit." },
  { value: "info", label: "Notes too", help: "An installation that ended." },
];

/** What is told at once, and how. */
export function Notifications() {
  const settings = useSettings();
  return (
    <>
      <p className="max-w-prose text-fg-1">
        The bell lists warnings, critical things and installations that ended. What is chosen here is told at once as
        well, in a corner of every page.
      </p>
      <Loaded query={settings} what="The settings">
        {(s) => (
          <>
            <AtOnce told={s.notifications} />
            <Browser told={s.notifications} />
          </>
        )}
      </Loaded>
    </>
  );
}

function AtOnce({ told }: { told: Told }) {
  const save = useSettingsOrder();
  return (
    <Card title="Told at once">
      <div className="space-y-4">
        <Radios
          legend="What"
          options={least}
          value={told.severity}
          onChange={(severity) => save.run({ notifications: { severity } })}
        />
        <div className="flex flex-wrap items-start justify-between gap-3">
          <Check
            label="With a sound"
            checked={told.sound}
            onChange={(sound) => save.run({ notifications: { sound } })}
          />
          <Button small onClick={ring}>
            Hear it
          </Button>
        </div>
        <Failure words={save.error} />
      </div>
    </Card>
  );
}

function Browser({ told }: { told: Told }) {
  const save = useSettingsOrder();
  const [state, setState] = useState(permission);
  const ask = async () => {
    const answer = await Notification.requestPermission();
    setState(answer);
    if (answer === "granted") await save.run({ notifications: { browser: true } });
  };
  return (
    <Card title="While you look at something else" aside={<BrowserState state={state} />}>
      <div className="space-y-3">
        <p className="max-w-prose text-fg-1">
          The browser itself can show the same while this page is open in a tab that you do not look at. Nothing is sent
          through anybody&rsquo;s server.
        </p>
        {state === "default" ? <Button onClick={() => void ask()}>Ask the browser for permission</Button> : null}
        {state === "denied" ? (
          <p className="max-w-prose">
            This browser was told not to show any. To change it: the sign left of the address, then Notifications, then
            load this page again.
          </p>
        ) : null}
        {state === "unsupported" ? (
          <p>This browser shows none on this address. It needs TLS, or an address of this computer itself.</p>
        ) : null}
        {state === "granted" ? (
          <div className="flex flex-wrap items-start justify-between gap-3">
            <Check
              label="Show them"
              checked={told.browser}
              onChange={(browser) => save.run({ notifications: { browser } })}
              help="Only what is chosen above, and only while the tab is hidden."
            />
            <Button small onClick={() => notify("adit", "So it looks when something needs you.", "adit-test")}>
              Show one now
            </Button>
          </div>
        ) : null}
        <Failure words={save.error} />
      </div>
    </Card>
  );
}

function BrowserState({ state }: { state: ReturnType<typeof permission> }) {
  switch (state) {
    case "granted":
      return <StateWord state="ok" word="Allowed" />;
    case "denied":
      return <StateWord state="warn" word="Forbidden" />;
    case "default":
      return <StateWord state="stopped" word="Not asked yet" />;
    default:
      return <StateWord state="stopped" word="Not here" />;
  }
}
