import { useNow } from "../lib/now";
import { live } from "../live/browser";
import { useLink } from "../live/hooks";
import { Hint } from "./Hint";
import { StateWord } from "./StateMark";

/** How this browser hears adit. */
export function ConnectionState() {
  const link = useLink();
  switch (link.state) {
    case "live":
      return (
        <Hint words="New values arrive each second." className="no-underline">
          <StateWord state="ok" word="Live" />
        </Hint>
      );
    case "paused":
      return (
        <Hint words="Nobody looked at this tab, so it stopped listening. It goes on when you come back.">
          <StateWord state="paused" word="Paused" />
        </Hint>
      );
    case "reconnecting":
      return <Reconnecting nextAt={link.nextAt} />;
    default:
      return <StateWord state="starting" word="Connecting" />;
  }
}

function Reconnecting({ nextAt }: { nextAt: number }) {
  useNow();
  const left = Math.max(0, Math.ceil((nextAt - Date.now()) / 1000));
  return (
    <button
      type="button"
      onClick={() => live.retryNow()}
      title="adit does not answer this browser. Press to try now."
      className="underline decoration-dotted underline-offset-4"
    >
      <StateWord state="warn" word={`Reconnecting ${left} s`} />
    </button>
  );
}
