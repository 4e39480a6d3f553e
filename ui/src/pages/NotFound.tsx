import { Link } from "@tanstack/react-router";
import { buttonClass } from "../parts/Button";

export function NotFound() {
  return (
    <div className="space-y-4">
      <h1 className="text-[20px] leading-7">There is no page at this address</h1>
      <p className="text-fg-1">The address may be mistyped, or from another version of adit.</p>
      <Link to="/" className={buttonClass("primary")}>
        Go to Overview
      </Link>
    </div>
  );
}
