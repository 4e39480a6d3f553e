import type { ReactNode } from "react";
import type { Topic } from "../lib/journal";

const paths: Record<Topic, ReactNode> = {
  program: <path d="M3 3h12v12H3zM6.5 6.5h5v5h-5zM6 1v2M12 1v2M6 15v2M12 15v2M1 6h2M1 12h2M15 6h2M15 12h2" />,
  pool: <path d="M2 6c2-2 4-2 5 0s3 2 5 0 3-2 4 0M2 11c2-2 4-2 5 0s3 2 5 0 3-2 4 0" />,
  pause: <path d="M6 4v10M12 4v10" strokeWidth="2" />,
  order: <path d="M9 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 15.5c.5-3 3-4.5 6-4.5s5.5 1.5 6 4.5" />,
  access: <path d="M4 8h10v7.5H4zM6 8V5.5a3 3 0 0 1 6 0V8" />,
  install: <path d="M9 2.5V11M5.5 7.5 9 11l3.5-3.5M2.5 12v3.5h13V12" />,
  profile: <path d="M4 2.5h10v13H4zM6.5 6h5M6.5 9h5M6.5 12h3" />,
  care: <path d="M9 16A7 7 0 1 0 9 2a7 7 0 0 0 0 14zM9 8v4M9 5.5v.01" />,
};

/** What an entry of the journal is about, as a small drawing beside its words. */
export function TopicIcon({ topic }: { topic: Topic }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 18 18"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className="shrink-0 text-fg-2"
    >
      {paths[topic]}
    </svg>
  );
}
