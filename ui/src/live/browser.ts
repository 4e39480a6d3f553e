import { api, Problem, signedOut } from "../api/rest";
import { LiveStore, type World } from "./store";

const world: World = {
  connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(`${scheme}//${location.host}/api/v1/live`);
  },
  async mayEnter() {
    try {
      await api.state();
      return true;
    } catch (err) {
      if (err instanceof Problem && (err.status === 401 || err.status === 403)) return false;
      throw err;
    }
  },
  now: () => Date.now(),
  random: Math.random,
  after(ms, f) {
    const id = setTimeout(f, ms);
    return () => clearTimeout(id);
  },
};

/** This tab's one store. */
export const live = new LiveStore(world);

document.addEventListener("visibilitychange", () => live.setHidden(document.hidden));
window.addEventListener("online", () => live.retryNow());
signedOut.addEventListener("signedout", () => live.signOut());
