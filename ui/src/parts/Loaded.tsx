import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { wordsOf } from "../api/rest";
import { Button, Failure } from "./Button";

interface Props<T> {
  query: UseQueryResult<T>;
  /** What is asked for, as in "The policy could not be read". */
  what: string;
  children: (data: T) => ReactNode;
}

/** What was asked for; until it has come, and when it does not come, words instead. */
export function Loaded<T>({ query, what, children }: Props<T>) {
  if (query.data !== undefined) {
    return (
      <>
        {query.isError ? <Failure words={`${what} could not be read again: ${wordsOf(query.error)}`} /> : null}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) {
    return (
      <div className="space-y-3">
        <Failure words={`${what} could not be read: ${wordsOf(query.error)}`} />
        <Button small busy={query.isFetching} onClick={() => void query.refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  return <p className="text-fg-1">Reading</p>;
}
