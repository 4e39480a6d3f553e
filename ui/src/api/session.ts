import { api, Problem } from "./rest";

/**
 * The token in what a person pasted: the whole one-time link, its fragment, or the token alone.
 * Empty when there is none.
 */
export function tokenFrom(pasted: string): string {
  const text = pasted.trim();
  const mark = /[#?&]token=([^&\s]+)/.exec(text) ?? /^token=([^&\s]+)$/.exec(text);
  if (mark?.[1]) return safeDecode(mark[1]);
  return /[\s/#?=&]/.test(text) ? "" : text;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Takes the token of a one-time link out of the address bar (at once, so that it is neither
 * bookmarked nor kept in the history) and trades it for a session cookie.
 * Returns false when the address held no token; throws Problem when the server refuses it.
 */
export async function enterByLink(): Promise<boolean> {
  if (!location.hash.includes("token=")) return false;
  const token = tokenFrom(location.hash);
  history.replaceState(history.state, "", location.pathname + location.search);
  if (token === "") throw new Problem(400, "The link holds an empty token. Open the link that adit printed, whole.");
  await api.signIn(token);
  return true;
}
