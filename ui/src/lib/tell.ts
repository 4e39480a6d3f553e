import type { Severity } from "../api/settings";

const order: Severity[] = ["info", "warn", "crit"];

/** The severities that are told at once where this is the least. */
export const atLeast = (least: Severity) => order.slice(order.indexOf(least));

/** "unsupported" where the browser has none, or forbids them on an address without TLS. */
export function permission(): NotificationPermission | "unsupported" {
  return typeof Notification === "undefined" || !window.isSecureContext ? "unsupported" : Notification.permission;
}

/** Shows one browser notification, if the person allowed them. A click brings the page back. */
export function notify(title: string, body: string, tag: string): void {
  if (permission() !== "granted") return;
  try {
    const n = new Notification(title, { body, tag, icon: "/favicon.svg" });
    n.onclick = () => {
      window.focus();
      n.close();
    };
  } catch {
    // Some telephones allow them from a service worker only: then the list under the bell must do.
  }
}

/** Two short tones. A browser that was not touched yet stays silent. */
export function ring(): void {
  try {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const loud = audio.createGain();
    loud.gain.value = 0.08;
    tone.frequency.setValueAtTime(660, audio.currentTime);
    tone.frequency.setValueAtTime(440, audio.currentTime + 0.15);
    tone.connect(loud).connect(audio.destination);
    tone.onended = () => void audio.close();
    tone.start();
    tone.stop(audio.currentTime + 0.3);
  } catch {
    // No sound here: the words are on the page all the same.
  }
}
