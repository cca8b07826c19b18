// What there is to say of one model, or of one named check, made when somebody opens it.
function details(model, data) {
  const statements = data.statements.filter((one) => one[0] === model.id);
  const bySubject = data.named.filter((one) => one.models.includes(model.name));
  return [
    make("dl", { class: "lines" }, model.lines.flatMap(([label, text]) => [make("dt", {}, label), make("dd", {}, text)])),
    model.reason ? make("pre", { tabindex: 0 }, model.reason) : null,
    ...columns(model),
    ...code(model),
    ...model.checks.filter((one) => !isQuiet(one)).flatMap(check),
    ...quiet(model.checks.filter(isQuiet)),
    ...bySubject.map((one) => make("p", {}, [`Also read by ${one.finding.check} `, make("b", {}, one.name), `: ${one.says}.`])),
    ...tests(model),
    statements.length ? make("h3", {}, "Statements") : null,
    statements.length ? lazily(`${count(statements.length, "statement")} asked`, () => statements.flatMap(statement), { class: "check" }) : null];
}

function columns(model) {
  if (!model.columns.length) return [];
  const entries = model.columns.map(([name, changed, of, note]) => {
    const known = changed !== null && of > 0;
    const match = known ? (100 * (of - changed)) / of : null;
    // 0% and 100% are said only of nothing and of all.
    const said = !known ? (changed === 0 ? "equal" : "") : changed === 0 ? "100%" : changed === of ? "0%"
      : match > 99.9 ? ">99.9%" : match < 0.1 ? "<0.1%" : `${match.toFixed(1)}%`;
    const bar = known ? draw("svg", { class: "bar", "aria-hidden": "true" }, [
      draw("rect", { class: "back", width: "100%", height: 9 }),
      draw("rect", { class: "match", width: `${match}%`, height: 9 }),
      changed ? draw("rect", { class: "off", x: `${Math.min(match, 98)}%`, width: `${Math.max(100 - match, 2)}%`, height: 9 }) : null]) : make("span");
    const more = [changed ? `${count(changed, "row")} of ${number(of)} differ` : "", note].filter(Boolean).join("; ");
    return make("li", {}, [make("span", { class: "data" }, name), bar,
      make("span", { class: "value" }, [make("span", { class: "hidden" }, known ? "match " : ""), said]), more ? make("small", {}, more) : null]);
  });
  const few = entries.slice(0, 24), rest = entries.slice(24);
  return [make("h3", {}, "Columns"), make("ul", { class: "columns" }, few),
    rest.length ? lazily(`${count(rest.length, "more column")}`, () => make("ul", { class: "columns" }, rest), { class: "check" }) : null];
}

// What passes and has nothing to show but its sentence has one line.
const isQuiet = (one) => one.grade === "pass" && one.outcome !== "changed"
  && ![one.profile, one.charts, one.top, one.tables, one.advice].some((part) => part.length);

function quiet(checks) {
  if (!checks.length) return [];
  return [make("h3", {}, "Checks that pass"), make("dl", { class: "lines" },
    checks.flatMap((one) => [make("dt", { class: "data" }, one.check), make("dd", {}, one.message)]))];
}

function check(told) {
  const content = [
    ...told.profile.length ? [make("div", { class: "panels" }, told.profile.map(profile))] : [],
    ...told.charts.length ? [make("div", { class: "panels" }, told.charts.map(chart))] : [],
    ...told.top.flatMap(frequent),
    ...told.tables.flatMap((one) => table(one)),
    ...told.advice ? [make("h4", {}, "To add to the project"), copyable(told.advice, "the YAML")] : []];
  return [make("h3", {}, [make("span", { class: "data" }, told.check), ": ",
    make("span", { class: told.grade }, told.outcome)]), make("p", {}, told.message), ...content];
}

function profile([column, measures]) {
  const rows = measures.map(([name, base, head, difference, differs]) => make("tr", { class: differs ? "changed" : null }, [
    make("th", { scope: "row" }, name), make("td", { class: "number" }, number(base)), make("td", { class: "number" }, number(head)),
    make("td", { class: "number" }, differs ? signed(difference) : make("span", { class: "muted" }, "equal"))]));
  const head = ["Measure", "Base", "Head", "Difference"].map((title, place) => make("th", { scope: "col", class: place ? "number" : null }, title));
  return make("div", {}, [make("h4", {}, ["Profile of ", make("span", { class: "data" }, column)]),
    make("div", { class: "wide", tabindex: 0, role: "region", "aria-label": `Profile of ${column}` },
      make("table", {}, [make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows)]))]);
}

function frequent([column, values]) {
  const most = Math.max(...values.flatMap((one) => [one[1] || 0, one[2] || 0]));
  const rows = values.map(([text, base, head, step]) => make("tr", {}, [
    cell(text, ["", 0, 1]), make("td", {}, pair(base, head, most)), make("td", { class: "number" }, number(base)),
    make("td", { class: "number" }, number(head)), make("td", { class: "number" }, signed(step))]));
  const titles = [["Value", 0], ["Share", 0], ["Base", 1], ["Head", 1], ["Points", 1]];
  const head = titles.map(([title, right]) => make("th", { scope: "col", class: right ? "number" : null }, title));
  return [make("h4", {}, ["Most frequent values of ", make("span", { class: "data" }, column),
    make("span", { class: "key serie-0" }, "base"), make("span", { class: "key serie-1" }, "head")]),
    make("div", { class: "wide", tabindex: 0, role: "region", "aria-label": `Most frequent values of ${column}` },
      make("table", {}, [make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows)]))];
}

function tests(model) {
  if (!model.tests.length) return [];
  const rows = model.tests.map(([name, base, head, grade, message]) => make("tr", {}, [
    make("td", { class: "data" }, name), make("td", {}, base || "–"), make("td", { class: grade }, head || "–"),
    make("td", { class: "data" }, message)]));
  const head = ["Test", "Base", "Head", "Says"].map((title) => make("th", { scope: "col" }, title));
  return [make("h3", {}, "dbt tests"), make("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "dbt tests" },
    make("table", {}, [make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows)]))];
}

function code(model) {
  if (!model.code.length) return [];
  const kinds = { "-": "minus", "+": "plus", "@": "at" };
  const words = { "-": "removed: ", "+": "added: " };
  const rows = model.code.map(([sign, text]) => make("span", { class: kinds[sign] || null }, [
    words[sign] ? make("span", { class: "hidden" }, words[sign]) : null,
    make("span", { "aria-hidden": "true" }, sign === "@" ? "" : sign + " "), text]));
  return [make("h3", {}, "Code"), make("p", { class: "muted data" }, model.path),
    make("pre", { class: "code", tabindex: 0, role: "region", "aria-label": "What changed in the code" }, rows)];
}

function statement([, purpose, sql, rows, seconds]) {
  return [make("h4", {}, `${purpose} (${count(rows, "row")}, ${number(seconds)} s)`), copyable(sql, `the statement: ${purpose}`)];
}
