// The page: the graph, the table of models with its search and filters, and the checks that have a name.
const AT_ONCE = 200;
const data = JSON.parse(document.getElementById("data").textContent);
const told = document.getElementById("told");

function themes() {
  const button = document.getElementById("theme"), names = ["auto", "light", "dark"];
  let kept = "auto";
  try { kept = localStorage.getItem("proofbot-theme") || "auto"; } catch { /* no storage for files: nothing is kept */ }
  const set = (name) => {
    kept = names.includes(name) ? name : "auto";
    if (kept === "auto") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = kept;
    button.textContent = `Theme: ${kept}`;
  };
  button.addEventListener("click", () => {
    set(names[(names.indexOf(kept) + 1) % names.length]);
    try { localStorage.setItem("proofbot-theme", kept); } catch { /* as above */ }
  });
  set(kept);
  button.hidden = false;
}

function modelTable() {
  const models = data.models, opened = new Map();
  let shown = AT_ONCE, found = models;
  const body = make("tbody"), output = make("output", { for: "search outcome grade layer" });
  const more = make("button", { type: "button", hidden: true, on: { click: () => { shown = Infinity; list(); } } });
  const search = make("input", { id: "search", type: "search", autocomplete: "off", spellcheck: "false", placeholder: "name, path, column" });
  const choices = ["outcome", "grade", "layer"].map((name) => {
    const counts = new Map();
    models.forEach((one) => counts.set(one[name], (counts.get(one[name]) || 0) + 1));
    const options = [...counts].map(([value, number_]) => make("option", { value }, `${value || "(none)"} (${number(number_)})`));
    return make("select", { id: name }, [make("option", { value: "\u0000" }, "all"), ...options]);
  });
  const texts = models.map((one) => [one.name, one.id, one.path, ...one.columns.map((column) => column[0])].join("\n").toLowerCase());

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = models.filter((one, place) => choices.every((choice) => choice.value === "\u0000" || choice.value === one[choice.id])
      && words.every((word) => texts[place].includes(word)));
    shown = AT_ONCE;
    list();
  }
  function list() {
    const rows = found.slice(0, shown).flatMap((one) => { const made = row(one); return opened.has(one) ? [made, opened.get(one)] : [made]; });
    body.replaceChildren(...rows);
    output.textContent = found.length === models.length ? count(models.length, "model") : `${number(found.length)} of ${count(models.length, "model")}`;
    more.hidden = found.length <= shown;
    more.textContent = `Show all ${number(found.length)} models`;
  }
  function row(one) {
    const isOpen = opened.has(one);
    const name = make("button", { type: "button", class: "name", "aria-expanded": String(isOpen), on: { click: () => toggle(one) } }, one.name);
    const cells = [
      make("td", { class: `says ${one.grade}` }, `${one.icon} ${one.says}`),
      make("td", {}, [name, make("small", {}, one.kind)]),
      make("td", { class: "optional" }, one.layer),
      make("td", { class: "number" }, [one.rows[0], one.rows[1] ? make("small", {}, one.rows[1]) : null]),
      ...one.numbers.map((value_) => make("td", { class: "number optional" }, number(value_))),
      make("td", { class: "optional" }, one.changes)];
    const made = make("tr", { class: one.below ? "row below" : "row" }, cells);
    made.model = one;
    return made;
  }
  const rowOf = (one) => [...body.children].find((made) => made.model === one);
  function toggle(one) {
    const made = rowOf(one);
    if (opened.has(one)) { opened.get(one).remove(); opened.delete(one); }
    else {
      const detail = make("tr", { class: "detail" }, make("td", { colspan: 8 }, details(one, data)));
      opened.set(one, detail);
      made.after(detail);
    }
    made.querySelector(".name").setAttribute("aria-expanded", String(opened.has(one)));
  }
  function open(place) {
    const one = models[place];
    if (!found.includes(one)) { search.value = ""; choices.forEach((choice) => { choice.value = "\u0000"; }); filter(); }
    if (found.indexOf(one) >= shown) { shown = Infinity; list(); }
    if (!opened.has(one)) toggle(one);
    rowOf(one).querySelector(".name").focus();
    rowOf(one).scrollIntoView({ block: "start" });
  }
  search.addEventListener("input", filter);
  choices.forEach((choice) => choice.addEventListener("change", filter));
  const titles = [["Outcome"], ["Model"], ["Layer", "optional"], ["Rows", "number"], ["Added", "number optional"],
    ["Removed", "number optional"], ["Changed", "number optional"], ["Columns", "optional"]];
  const labels = ["Outcome", "Grade", "Layer"];
  list();
  const section = make("section", { "aria-labelledby": "models" }, [make("h2", { id: "models" }, "Models"),
    make("div", { class: "tools", role: "search" }, [make("label", {}, ["Search", search]),
      ...choices.map((choice, place) => make("label", {}, [labels[place], choice])), output]),
    make("table", { class: "models", "aria-labelledby": "models" }, [
      make("thead", {}, make("tr", {}, titles.map(([title, kind]) => make("th", { scope: "col", class: kind || null }, title)))), body]), more]);
  output.setAttribute("aria-live", "polite");
  return { section, open };
}

function graphSection(open) {
  const isSmall = data.graph.nodes.length <= 60;
  const affected = data.graph.nodes.filter((node) => node[4] >= 0).length;
  const fold = lazily(`${count(affected, "affected model")} and ${count(data.graph.nodes.length - affected, "neighbour")}`,
    () => graph(data, open), { class: "check", open: isSmall });
  return make("section", { "aria-labelledby": "lineage" }, [make("h2", { id: "lineage" }, "Lineage"), fold]);
}

function namedSection() {
  const folds = data.named.map((one) => lazily(`${one.icon} ${one.name}: ${one.says}`, () => [
    one.why ? make("p", {}, one.why) : null, one.models.length ? make("p", { class: "muted" }, `Reads ${one.models.join(", ")}`) : null,
    ...check(one.finding)], { class: "check" }));
  return make("section", { "aria-labelledby": "named" }, [make("h2", { id: "named" }, "Queries, assertions and metrics"), ...folds]);
}

themes();
document.getElementById("whole").open = false;
if (data.models.length) {
  const models = modelTable();
  told.append(...data.graph ? [graphSection(models.open)] : [], models.section);
}
if (data.named.length) told.append(namedSection());
if (data.statements_left_out)
  told.append(make("p", { class: "muted" }, `${count(data.statements_left_out, "more statement")} in report.json.`));
