import { Remembered } from "./remembered";

/** How this browser tells what happened while nobody looked at the page. */
export interface Telling {
  /** Severities that are shown at once, in a corner of the page. */
  toast: string[];
  /** The same through the browser's own notifications, while the page is not looked at. */
  browser: boolean;
}

export const telling = new Remembered<Telling>("adit.tell", (raw) => {
  const r = raw as Partial<Telling> | null;
  const known = ["crit", "warn"];
  return {
    toast: Array.isArray(r?.toast) ? known.filter((s) => r.toast?.includes(s)) : ["crit"],
    browser: r?.browser === true,
  };
});

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
