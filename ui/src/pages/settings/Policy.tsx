import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type PolicyChange, type PolicyState, trust } from "../../api/trust";
import { useCall } from "../../lib/call";
import { duration, percent, sentence } from "../../lib/format";
import { useLive } from "../../live/hooks";
import { Age } from "../../parts/Age";
import { Failure } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Command } from "../../parts/Command";
import { Field } from "../../parts/Field";
import { Check, Form, type Option, Radios, SaveBar, useSaved } from "../../parts/Form";
import { Loaded } from "../../parts/Loaded";
import { type Shape, StateWord } from "../../parts/StateMark";

/** When mining may use this computer. */
export function Policy() {
  const policy = useQuery({
    queryKey: ["policy"],
    queryFn: ({ signal }) => trust.policy(signal),
    refetchInterval: 5_000,
  });
  return (
    <Loaded query={policy} what="The policy">
      {(state) => (
        <>
          <p className="max-w-prose">{sentence(state.words)}</p>
          <Failure words={state.damaged ? `The recorded policy cannot be used: ${state.damaged}` : null} />
          <Use state={state} />
          <Idle state={state} />
          <Battery state={state} />
          <Heat state={state} />
          <Processor state={state} />
          <p className="flex flex-wrap items-center gap-3 text-[13px] text-fg-1">
            The same in a terminal: <Command label="The policy in a terminal" line="adit policy" />
          </p>
        </>
      )}
    </Loaded>
  );
}

/** Changes a part of the policy; what holds then is shown at once. */
function usePolicyOrder() {
  const client = useQueryClient();
  return useCall(async (change: PolicyChange) => {
    await client.cancelQueries({ queryKey: ["policy"] });
    client.setQueryData(["policy"], await trust.setPolicy(change));
  });
}

const uses: Option<"idle" | "half" | "all">[] = [
  {
    value: "idle",
    label: "Only while nobody uses it",
    help: "Mining pauses as soon as somebody works at the computer.",
  },
  {
    value: "half",
    label: "At most half of the processor",
    help: "It goes on while you work; half of the threads stay free.",
  },
  { value: "all", label: "Everything", help: "All threads, whoever uses the computer. It may become slow and loud." },
];

function Use({ state }: { state: PolicyState }) {
  const save = usePolicyOrder();
  const saved = useSaved(save);
  return (
    <Card title="How much of this computer">
      <Radios
        legend="Mining may use"
        options={uses}
        value={state.use === "other" ? null : state.use}
        onChange={(use) => save.run({ use })}
      />
      {state.use === "other" ? <p className="mt-3 text-[13px] text-fg-1">Now it is set in detail below.</p> : null}
      <div className="mt-3 space-y-2">
        <Failure words={save.error} />
        <p role="status" className="text-[13px] text-fg-1 empty:hidden">
          {saved ? "Saved" : ""}
        </p>
      </div>
    </Card>
  );
}

const idleMarks: Record<PolicyState["idle"]["state"], [Shape, string]> = {
  off: ["stopped", "Not asked"],
  nobody: ["info", "No user seen"],
  idle: ["ok", "Nobody uses it"],
  active: ["paused", "Somebody uses it"],
  lost: ["blind", "Cannot be told"],
};
const sourceMarks: Record<string, [Shape, string]> = {
  off: ["stopped", "not asked"],
  none: ["stopped", "not there"],
  nobody: ["info", "knows no user"],
  idle: ["ok", "idle"],
  active: ["paused", "active"],
  lost: ["blind", "vanished"],
  unsupported: ["stopped", "not on this system"],
};
const sourceNames: Record<string, string> = {
  logind: "Sessions of the system (logind)",
  x11: "Keyboard and mouse of the desktop (X11)",
  terminals: "Terminals",
};

function Idle({ state }: { state: PolicyState }) {
  const { idle } = state.policy;
  const [typed, setTyped] = useState<string | null>(null);
  const save = usePolicyOrder();
  const [mark, word] = idleMarks[state.idle.state];
  const seconds = Number(typed ?? idle.afterSeconds);
  const toggle = (name: string, on: boolean) =>
    save.run({ idle: { sources: on ? [...idle.sources, name] : idle.sources.filter((s) => s !== name) } });
  return (
    <Card title="While somebody uses the computer" aside={<StateWord state={mark} word={word} />}>
      <Form
        onSubmit={async () => {
          if (await save.run({ idle: { afterSeconds: seconds } })) setTyped(null);
        }}
      >
        <p className="text-fg-1">
          {sentence(state.idle.words)}
          {state.idle.since ? (
            <>
              {" "}
              (<Age at={state.idle.since} why="" />)
            </>
          ) : null}
        </p>
        <Check
          label="Pause while somebody uses it"
          help="Practice does not heed it: you started it to watch it."
          checked={idle.enabled}
          onChange={(enabled) => save.run({ idle: { enabled } })}
        />
        <fieldset className="space-y-2">
          <legend className="mb-1 font-medium">Where adit looks for users</legend>
          {state.idle.sources.map((s) => {
            const [shape, words] = sourceMarks[s.state] ?? ["info", s.state];
            return (
              <div key={s.name} className="flex flex-wrap items-start justify-between gap-x-6 gap-y-1">
                <Check
                  label={sourceNames[s.name] ?? s.name}
                  help={s.words}
                  checked={idle.sources.includes(s.name)}
                  onChange={(on) => toggle(s.name, on)}
                />
                <span className="text-[13px]">
                  <StateWord state={shape} word={words} />
                </span>
              </div>
            );
          })}
        </fieldset>
        <Field
          label="Mine again after so many seconds without use"
          inputMode="numeric"
          value={typed ?? String(idle.afterSeconds)}
          onChange={(e) => setTyped(e.target.value)}
          help={`10 to 86,400. ${Number.isFinite(seconds) && seconds >= 60 ? `That is ${duration(seconds)}.` : ""}`}
          error={save.fields.afterSeconds}
          className="max-w-32"
        />
        <SaveBar
          order={save}
          dirty={typed !== null && typed !== String(idle.afterSeconds)}
          hideError={save.fields.afterSeconds !== undefined}
        />
      </Form>
    </Card>
  );
}

function Battery({ state }: { state: PolicyState }) {
  const save = usePolicyOrder();
  const battery = useLive("host")?.battery;
  const now = battery?.present
    ? `${battery.onBattery ? "Now on battery" : "Now plugged in"}, ${percent(battery.percent === null ? null : battery.percent / 100)}.`
    : "This computer shows no battery, nor a UPS.";
  return (
    <Card title="Battery">
      <Check
        label="Pause while the computer runs on battery"
        help={`Its own, or that of a UPS that the system knows. ${now}`}
        checked={state.policy.battery.pause}
        onChange={(pause) => save.run({ battery: { pause } })}
      />
      <div className="mt-3 empty:hidden">
        <Failure words={save.error} />
      </div>
    </Card>
  );
}

function Heat({ state }: { state: PolicyState }) {
  const t = state.policy.thermal;
  const kept = {
    max: String(t.maxCelsius),
    resume: t.resumeBelow === null ? "" : String(t.resumeBelow),
    gpu: String(t.gpuMaxCelsius),
  };
  const [draft, setDraft] = useState<typeof kept | null>(null);
  const form = draft ?? kept;
  const save = usePolicyOrder();
  const set = (name: keyof typeof kept) => (e: { target: { value: string } }) =>
    setDraft({ ...form, [name]: e.target.value });
  const submit = async () => {
    const change = {
      maxCelsius: Number(form.max),
      resumeBelow: form.resume.trim() === "" ? 0 : Number(form.resume),
      gpuMaxCelsius: Number(form.gpu),
    };
    if (await save.run({ thermal: change })) setDraft(null);
  };
  const at = save.fields.maxCelsius ?? save.fields.resumeBelow ?? save.fields.gpuMaxCelsius;
  return (
    <Card title="Heat">
      <Form onSubmit={() => void submit()}>
        <p className="text-fg-1">
          Mining stops at these temperatures, whatever a program says. This cannot be switched off; a sensor that
          vanishes stops mining too.
        </p>
        <div className="grid gap-4 sm:grid-cols-3">
          <Field
            label="Processor, °C"
            inputMode="decimal"
            value={form.max}
            onChange={set("max")}
            error={save.fields.maxCelsius}
            help="40 to 105"
          />
          <Field
            label="Go on below, °C"
            inputMode="decimal"
            value={form.resume}
            onChange={set("resume")}
            error={save.fields.resumeBelow}
            help="Empty: 10 under the limit"
          />
          <Field
            label="Graphics card, °C"
            inputMode="decimal"
            value={form.gpu}
            onChange={set("gpu")}
            error={save.fields.gpuMaxCelsius}
            help="40 to 110"
          />
        </div>
        <SaveBar
          order={save}
          dirty={draft !== null && JSON.stringify(draft) !== JSON.stringify(kept)}
          hideError={at !== undefined}
        />
        <Check
          label="Stop when a fan stands still while it is hot"
          checked={t.fanStop}
          onChange={(fanStop) => save.run({ thermal: { fanStop } })}
        />
      </Form>
    </Card>
  );
}

function Processor({ state }: { state: PolicyState }) {
  const kept = {
    most: state.policy.cpu.maxPercent === null ? "" : String(state.policy.cpu.maxPercent),
    user: state.policy.user,
  };
  const [draft, setDraft] = useState<typeof kept | null>(null);
  const form = draft ?? kept;
  const save = usePolicyOrder();
  const submit = async () => {
    const change: PolicyChange = { cpu: { maxPercent: form.most.trim() === "" ? 100 : Number(form.most) } };
    if (form.user !== kept.user) change.user = form.user.trim();
    if (await save.run(change)) setDraft(null);
  };
  return (
    <Card title="Processor and user">
      <Form onSubmit={() => void submit()}>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label="At most this share of the threads, %"
            inputMode="decimal"
            value={form.most}
            onChange={(e) => setDraft({ ...form, most: e.target.value })}
            error={save.fields.maxPercent}
            help="For programs started without a number of threads of their own, from their next start on. Empty: no bound."
          />
          <Field
            label="Programs run as the user"
            value={form.user}
            onChange={(e) => setDraft({ ...form, user: e.target.value })}
            error={save.fields.user}
            help={`Only where adit runs as root. Now: ${state.runAs ? state.runAs : "as adit itself"}. Empty: adit-miner if there is one, else nobody.`}
          />
        </div>
        <SaveBar
          order={save}
          dirty={draft !== null && JSON.stringify(draft) !== JSON.stringify(kept)}
          hideError={save.fields.maxPercent !== undefined || save.fields.user !== undefined}
        />
      </Form>
    </Card>
  );
}
