import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { openDialog } from "../../lib/dialogs";
import { Button, buttonClass } from "../Button";

/** Three ways on when there is no profile yet. */
export function EmptyProfiles() {
  return (
    <div className="grid gap-4 md:grid-cols-3">
      <Way
        title="Make one now"
        words="Choose a program and a pool, type your own address, see what it would bring, and save it."
      >
        <Link to="/profiles" search={{ view: "new" }} className={buttonClass("primary")}>
          New profile
        </Link>
      </Way>
      <Way
        title="Try it without a wallet"
        words="Practice mines for real on this computer with no wallet, no account and no network. It earns nothing."
      >
        <Button onClick={() => openDialog("practice")}>Start practice</Button>
      </Way>
      <Way
        title="Bring what you have"
        words="Import profiles of the Mining Platform or of another adit. You see what will be made before anything is."
      >
        <Link to="/profiles" search={{ view: "import" }} className={buttonClass()}>
          Import
        </Link>
      </Way>
    </div>
  );
}

function Way({ title, words, children }: { title: string; words: string; children: React.ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="card flex flex-col gap-3 p-5">
      <h2 id={id} className="text-[16px] leading-6">
        {title}
      </h2>
      <p className="flex-1 text-fg-1">{words}</p>
      <div>{children}</div>
    </section>
  );
}
