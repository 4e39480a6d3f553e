import { useState } from "react";
import { api } from "../api/rest";
import { tokenFrom } from "../api/session";
import { useCall } from "../lib/call";
import { Button, Failure } from "../parts/Button";
import { Field } from "../parts/Field";
import { Mark } from "../parts/Icons";

/** Shown to a browser that adit does not know. */
export function SignIn({ problem, onEntered }: { problem: string | null; onEntered: () => void }) {
  const [pasted, setPasted] = useState("");
  const [bad, setBad] = useState<string | undefined>(undefined);
  const enter = useCall(api.signIn);
  const submit = async () => {
    const token = tokenFrom(pasted);
    if (token === "") return setBad("This holds no token. Paste the whole link, with everything after the #.");
    setBad(undefined);
    if (await enter.run(token)) onEntered();
  };
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="card w-full max-w-lg p-6">
        <Mark size={36} />
        <h1 className="mt-4 mb-2 text-[22px] leading-7">This browser is not signed in</h1>
        <p className="text-fg-1">
          Open the link that adit printed when it started. It works once; for a new one, run this in a terminal on the
          computer where adit runs:
        </p>
        <p className="my-3">
          <code className="num rounded-sm border border-bg-2 bg-bg-0 px-2 py-1 select-all">adit link</code>
        </p>
        <form
          noValidate
          className="mt-5 space-y-4"
          onSubmit={(e) => {
            e.preventDefault();
            void submit();
          }}
        >
          <Field
            label="Link or token"
            value={pasted}
            onChange={(e) => setPasted(e.target.value)}
            error={bad ?? enter.fields.token}
            help="Or paste it here."
          />
          <Failure words={enter.fields.token ? null : (enter.error ?? problem)} />
          <Button type="submit" kind="primary" busy={enter.busy}>
            Sign in
          </Button>
        </form>
      </div>
    </main>
  );
}
