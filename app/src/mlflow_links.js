// MLflow's clients print links into MLflow's own pages, which name the page behind `#`: /#/experiments/1/runs/ID.
const [, kind, id, run] = location.hash.match(/^#\/(experiments|models)\/([^/?#]+)(?:\/runs\/([^/?#]+))?/) ?? [];
if (kind) {
  const pages = location.pathname === "/es" ? "/es" : "";
  const page = kind === "models" ? "/models" : run ? `/runs/${run}` : `/experiments/${id}`;
  location.replace(pages + page);
}
