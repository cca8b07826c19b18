"use strict";
// Elements and texts. Every text becomes a text node: nothing here makes markup of a text.
const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of [].concat(children === undefined ? [] : children))
    if (child !== null && child !== undefined && child !== "")
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  return element;
}
const make = (tag, attributes, children) => fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes, children) => fill(document.createElementNS(SVG, tag), attributes, children);

function number(value) {
  if (typeof value !== "number") return value === null || value === undefined ? "–" : String(value);
  if (value !== 0 && Math.abs(value) < 1e-4) return String(value);
  return value.toLocaleString("en-US", { maximumFractionDigits: 6 }).replace("-", "−");
}
const signed = (value) => (typeof value === "number" && value > 0 ? "+" + number(value) : number(value));
const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

function value(cell, column) {
  if (column[1] && typeof cell === "number") return number(cell);
  if (cell === null) return column[2] ? make("span", { class: "muted" }, "null") : "–";
  return cell === "" ? make("span", { class: "muted" }, "(empty)") : String(cell);
}

function cell(content, column) {
  const isLong = [].concat(content).some((one) => typeof one === "string" && one.length > 30);
  const classes = [column[1] ? "number" : "", column[2] && !column[1] ? "data" : "", isLong ? "long" : ""];
  if (!Array.isArray(content)) return make("td", { class: classes.join(" ").trim() || null }, value(content, column));
  return make("td", { class: [...classes, "changed"].join(" ").trim() }, [
    make("del", {}, value(content[0], column)), make("span", { class: "hidden" }, " became "), " ",
    make("ins", {}, value(content[1], column))]);
}

// A table of the report: columns are [title, is a number, is data].
function table(told) {
  const head = told.columns.map((column) => make("th", { scope: "col", class: column[1] ? "number" : null }, column[0] || "–"));
  const rows = told.rows.map((row) => make("tr", {}, row.map((content, place) => cell(content, told.columns[place]))));
  return [
    told.title ? make("h4", {}, told.title) : null,
    make("div", { class: "wide", tabindex: 0, role: "region", "aria-label": told.title || told.label || "table" },
      make("table", {}, [make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows)])),
    told.left_out > 0 ? make("p", { class: "muted" }, `${count(told.left_out, "more row")} not shown.`) : null];
}

const SHAPES = new Set(["svg", "g", "rect", "path", "circle", "text", "title"]);
const PLACES = new Set(["x", "y", "width", "height", "cx", "cy", "r", "d", "transform", "viewBox", "class"]);

function shape([tag, attributes, parts]) {
  if (!SHAPES.has(tag)) return null;
  const kept = Object.fromEntries(Object.entries(attributes).filter(([name]) => PLACES.has(name)));
  return draw(tag, kept, typeof parts === "string" ? parts : parts.map(shape));
}

function chart(told) {
  const svg = shape(told.svg);
  svg.setAttribute("class", "chart");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${told.title}: ${told.series.join(", ")}. The numbers are in a table.`);
  const keys = told.series.map((name, place) => make("span", { class: `key serie-${place}` }, name));
  return make("div", {}, [make("figure", {}, [make("figcaption", {}, [told.title, ...keys]), svg]),
    lazily("Numbers", () => table({ ...told.table, title: "", label: told.title }), { class: "numbers" })]);
}

// Two bars, one above the other, as shares of the greatest.
function pair(base, head, most) {
  const width = (rows) => `${most ? (100 * (rows || 0)) / most : 0}%`;
  return draw("svg", { class: "bar pair", "aria-hidden": "true" }, [
    draw("rect", { class: "base", width: width(base), height: 6 }),
    draw("rect", { class: "head", y: 8, width: width(head), height: 6 })]);
}

function copyable(text, what) {
  const button = make("button", { type: "button", "aria-label": `Copy ${what}` }, "Copy");
  const said = make("span", { class: "hidden", role: "status" });
  button.addEventListener("click", async () => {
    let done = true;
    try { await navigator.clipboard.writeText(text); } catch { done = byHand(text); }
    button.textContent = done ? "Copied" : "Not copied";
    said.textContent = button.textContent;
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
  });
  return make("div", { class: "statement" }, [make("pre", { tabindex: 0 }, make("code", {}, text)), button, said]);
}

function byHand(text) {
  const area = make("textarea", { class: "hidden", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

// A fold that makes its content when it is opened for the first time.
function lazily(summary, content, attributes) {
  const inside = make("div");
  const fold = make("details", attributes, [make("summary", {}, summary), inside]);
  fold.addEventListener("toggle", () => { if (fold.open && !inside.hasChildNodes()) fill(inside, {}, content()); });
  return fold;
}
