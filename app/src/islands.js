// Brings the islands of a page to life, each parent before the islands inside it. A page without islands loads nothing.
const islands = document.querySelectorAll("leptos-island");
if (islands.length > 0) {
  const module = await import(`${base}.js`);
  await module.default({ module_or_path: `${base}.wasm` });
  module.hydrate();
  for (const island of islands) {
    // What an island around it provides.
    island.parentElement.closest("leptos-children")?.$$on_hydrate?.();
    module[island.dataset.component](island);
  }
}
document.documentElement.dataset.hydrated = "true";
