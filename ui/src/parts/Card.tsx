import { type ReactNode, useId } from "react";
import { cx } from "../lib/cx";
import { jump } from "../lib/jump";

interface Props {
  title: string;
  /** Stands at the right of the title. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  level?: 2 | 3;
  /** A number key moves the focus to it. */
  jumps?: boolean;
}

/** A named part of a page. */
export function Card({ title, aside, children, className, level = 2, jumps = false }: Props) {
  const id = useId();
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <section aria-labelledby={id} {...(jumps ? jump : {})} className={cx("card min-w-0 p-4", className)}>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <Heading id={id} className="text-[15px]">
          {title}
        </Heading>
        {aside}
      </div>
      {children}
    </section>
  );
}
