// Runs before the first paint so that a remembered theme never flashes. A file of its own because the page allows no inline script.
try {
  const kept = localStorage.getItem("adit.theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
} catch {
  // Storage is off: follow the system.
}
