import { Link } from "@tanstack/react-router";
import { type ReactNode, useId } from "react";
import { openDialog } from "../lib/dialogs";
import { Button, buttonClass } from "./Button";

/** What can be done when nothing mines yet. look: also offer to only look around. */
export function StartTiles({ look }: { look: boolean }) {
  return (
    <div className="grid gap-4 md:grid-cols-[repeat(auto-fit,minmax(16rem,1fr))]">
      <Tile
        title="Practice: mine with no wallet"
        words="See real hashes and really checked shares in a minute. No wallet, no account, no network. It earns nothing."
      >
        <Button kind="primary" onClick={() => openDialog("practice")}>
          Start practice
        </Button>
      </Tile>
      <Tile
        title="Mine on your own pool with your own address"
        words="Monero on any pool that speaks Stratum. What it credits goes to the address that you give; adit takes no part of it."
      >
        <Button onClick={() => openDialog("mine")}>Give pool and address</Button>
      </Tile>
      <Tile
        title="Bring what you have"
        words="Profiles of another adit, or the files of the Mining Platform: mining_profiles.json and its like."
      >
        <Link to="/profiles" search={{ view: "import" }} className={buttonClass()}>
          Import profiles
        </Link>
      </Tile>
      {look ? (
        <Tile
          title="Just look around"
          words="See what adit knows about this computer. Nothing is started and nothing is changed."
        >
          <Link to="/computer" className={buttonClass()}>
            See this computer
          </Link>
        </Tile>
      ) : null}
    </div>
  );
}

function Tile({ title, words, children }: { title: string; words: string; children: ReactNode }) {
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
