// The graph: boxes stand where Python has put them. It is moved with the mouse, by touch, by its buttons and by keys.
const WIDE = 190, HIGH = 40, ACROSS = 250, DOWN = 56;

function graph(data, open) {
  const { nodes, edges } = data.graph;
  const near = nodes.map(() => ({ above: [], below: [] }));
  edges.forEach(([above, below]) => { near[above].below.push(below); near[below].above.push(above); });
  const at = nodes.map((node) => [node[2] * ACROSS, node[3] * DOWN]);
  const width = Math.max(0, ...at.map((one) => one[0])) + WIDE, height = Math.max(0, ...at.map((one) => one[1])) + HIGH;
  const lines = edges.map(([above, below]) => {
    const [x, y] = [at[above][0] + WIDE, at[above][1] + HIGH / 2], [u, v] = [at[below][0], at[below][1] + HIGH / 2];
    const half = Math.max(30, (u - x) / 2);
    return draw("path", { class: "edge", d: `M${x} ${y}C${x + half} ${y} ${u - half} ${v} ${u} ${v}` });
  });
  const boxes = nodes.map((node, place) => box(node, place, at[place], near[place], data));
  const view = { x: 0, y: 0, scale: 1 };
  const scene = draw("g", {}, [draw("g", {}, lines), draw("g", {}, boxes)]);
  const svg = draw("svg", { role: "group", "aria-label": "Lineage. Arrow keys go from model to model, Enter opens one, plus and minus zoom." }, scene);
  svg.style.height = `min(${Math.max(180, height + 80)}px, 26rem, 65vh)`;
  // The gravest of the models, which are in that order.
  const first = nodes.reduce((best, node, place) => (node[4] >= 0 && (best < 0 || node[4] < nodes[best][4]) ? place : best), -1);
  const show = () => scene.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
  const size = () => [svg.clientWidth || 800, svg.clientHeight || 400];

  function fit() {
    const [w, h] = size();
    view.scale = Math.min(1.2, (w - 40) / width, (h - 40) / height);
    view.x = (w - width * view.scale) / 2; view.y = (h - height * view.scale) / 2;
    show();
  }
  function middle(place) {
    const [w, h] = size();
    view.x = w / 2 - (at[place][0] + WIDE / 2) * view.scale; view.y = h / 2 - (at[place][1] + HIGH / 2) * view.scale;
    show();
  }
  function zoom(by, x, y) {
    const [w, h] = size(), px = x === undefined ? w / 2 : x, py = y === undefined ? h / 2 : y;
    const scale = Math.min(3, Math.max(0.05, view.scale * by));
    view.x = px - ((px - view.x) * scale) / view.scale; view.y = py - ((py - view.y) * scale) / view.scale;
    view.scale = scale;
    show();
  }
  function light(place) {
    const around = new Set([place, ...near[place].above, ...near[place].below]);
    boxes.forEach((one, other) => one.classList.toggle("near", around.has(other)));
    lines.forEach((one, edge) => one.classList.toggle("near", edges[edge].includes(place)));
    boxes.forEach((one, other) => one.setAttribute("tabindex", other === place ? 0 : -1));
  }
  function visible(place) {
    const [w, h] = size(), x = view.x + at[place][0] * view.scale, y = view.y + at[place][1] * view.scale;
    if (x < 0 || y < 0 || x + WIDE * view.scale > w || y + HIGH * view.scale > h) middle(place);
  }
  function go(place) { if (place !== undefined) { light(place); visible(place); boxes[place].focus({ preventScroll: true }); } }
  function beside(place, step) {
    const column = nodes.map((_, other) => other).filter((other) => nodes[other][2] === nodes[place][2]).sort((a, b) => nodes[a][3] - nodes[b][3]);
    return column[column.indexOf(place) + step];
  }
  const choose = (place) => { light(place); if (nodes[place][4] >= 0) open(nodes[place][4]); };
  boxes.forEach((one, place) => {
    one.addEventListener("click", () => choose(place));
    one.addEventListener("focus", () => { light(place); visible(place); });
  });
  svg.addEventListener("keydown", (event) => {
    const place = boxes.indexOf(document.activeElement);
    const keys = { ArrowLeft: () => go(near[place]?.above[0]), ArrowRight: () => go(near[place]?.below[0]),
      ArrowUp: () => go(beside(place, -1)), ArrowDown: () => go(beside(place, 1)), Enter: () => choose(place), " ": () => choose(place),
      "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: fit };
    if (place >= 0 && keys[event.key] && !event.ctrlKey && !event.metaKey) { event.preventDefault(); keys[event.key](); }
  });
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls on
    event.preventDefault();
    const place = svg.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.15 : 0.87, event.clientX - place.left, event.clientY - place.top);
  }, { passive: false });
  const held = new Map();
  svg.addEventListener("pointerdown", (event) => { held.set(event.pointerId, [event.clientX, event.clientY]); });
  svg.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    if (!before) return;
    if (Math.hypot(event.clientX - before[0], event.clientY - before[1]) > 2 && !svg.hasPointerCapture(event.pointerId))
      svg.setPointerCapture(event.pointerId); // what is dragged is no click, and may leave the frame
    const others = [...held].filter(([id]) => id !== event.pointerId).map(([, one]) => one);
    if (others.length) {
      const far = (x, y) => Math.hypot(x - others[0][0], y - others[0][1]) || 1;
      zoom(far(event.clientX, event.clientY) / far(...before));
    } else { view.x += event.clientX - before[0]; view.y += event.clientY - before[1]; show(); }
    held.set(event.pointerId, [event.clientX, event.clientY]);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) svg.addEventListener(end, (event) => held.delete(event.pointerId));
  const button = (label, text, act) => make("button", { type: "button", "aria-label": label, on: { click: act } }, text);
  if (first >= 0) boxes[first].setAttribute("tabindex", 0);
  requestAnimationFrame(() => {
    fit();
    // A graph that could not be read as a whole is shown around its gravest model.
    if (view.scale < 0.45 && first >= 0) { view.scale = 0.7; middle(first); }
  });
  return [
    make("div", { class: "graph" }, [svg, make("div", { class: "buttons" }, [
      button("Zoom in", "+", () => zoom(1.25)), button("Zoom out", "−", () => zoom(0.8)), button("Show all", "Fit", fit)])]),
    make("p", { class: "muted" }, "Thick frames changed themselves, coloured ones are affected, grey ones are their neighbours. Drag to move; Ctrl and wheel, or + and −, to zoom; arrow keys and Enter to walk.")];
}

function box([name, type, , , model], place, [x, y], near, data) {
  const known = model >= 0 ? data.models[model] : null;
  const said = `${name}, ${known ? `${known.kind}, ${known.says}` : type}, reads ${near.above.length}, read by ${near.below.length}`;
  const classes = ["node", ...known ? ["affected", known.grade, known.kind.split(" ")[0]] : []];
  const short = name.length > 23 ? `${name.slice(0, 11)}…${name.slice(-11)}` : name;
  return draw("g", { class: classes.join(" "), transform: `translate(${x} ${y})`, role: known ? "button" : "img", tabindex: -1, "aria-label": said }, [
    draw("title", {}, said), draw("rect", { width: WIDE, height: HIGH, "aria-hidden": "true" }),
    draw("text", { x: 10, y: 17, "aria-hidden": "true" }, short),
    draw("text", { class: "type", x: 10, y: 32, "aria-hidden": "true" }, known ? `${known.icon} ${known.says}` : type)]);
}
