import { useCallback, useState } from "react";
import { Problem, wordsOf } from "../api/rest";

export interface Call<A extends unknown[]> {
  /** Resolves true when it worked; on false the reason is in error and fields. */
  run: (...args: A) => Promise<boolean>;
  busy: boolean;
  error: string | null;
  /** The server's words per form field. */
  fields: Record<string, string>;
  /** The same by their whole place: "pools[0].pool". */
  places: Record<string, string>;
  clear: () => void;
}

const none: Record<string, string> = {};

/** An order to the server whose failure is shown beside the thing that was pressed. */
export function useCall<A extends unknown[]>(order: (...args: A) => Promise<unknown>): Call<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [fields, setFields] = useState(none);
  const [places, setPlaces] = useState(none);
  const run = async (...args: A) => {
    setBusy(true);
    setError(null);
    setFields(none);
    setPlaces(none);
    try {
      await order(...args);
      return true;
    } catch (err) {
      setError(wordsOf(err));
      setFields(err instanceof Problem ? err.fields : none);
      setPlaces(err instanceof Problem ? err.places : none);
      return false;
    } finally {
      setBusy(false);
    }
  };
  const clear = useCallback(() => {
    setError(null);
    setFields(none);
    setPlaces(none);
  }, []);
  return { run, busy, error, fields, places, clear };
}
