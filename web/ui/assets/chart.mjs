// A plot of lines over time, as SVG that is stretched to its place; words stand beside it, as HTML.
import { h } from "./dom.mjs";
import { clock } from "./format.mjs";

const WIDTH = 600;
const HEIGHT = 120;
const DOT = 5;		// wide is a point that has no neighbours

function svg(tag, attributes, ...children) {
	const node = document.createElementNS("http://www.w3.org/2000/svg", tag);

	for (const [name, value] of Object.entries(attributes))
		node.setAttribute(name, value);
	node.append(...children);
	return node;
}

// 1, 2 or 5 times a power of ten, not less than n.
function roof(n) {
	const power = 10 ** Math.floor(Math.log10(Math.max(n, 1)));

	return [1, 2, 5, 10].map(k => k * power).find(k => k >= n);
}

// `lines`: [{ label, kind, values, fill }], oldest first; `times` in ms; missing values are null. `read` writes a value as text. `span` ms are
// shown, up to the last of times; `least` is the least height.
export function chart({ title, lines, times, read, span, least }) {
	const top = roof(Math.max(least, ...lines.flatMap(l => l.values).filter(v => v !== null))), end = times.at(-1) ?? Date.now(), begin = end - span;
	const x = t => ((t - begin) / span * WIDTH).toFixed(1), y = v => (HEIGHT - 2 - v / top * (HEIGHT - 6)).toFixed(1);
	const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });

	for (const part of [0, 0.5, 1])
		drawing.append(svg("line", { class: "grid", x1: 0, x2: WIDTH, y1: y(top * part), y2: y(top * part) }));
	for (const l of lines) {
		const runs = [];
		let run;

		l.values.forEach((v, i) => {
			if (v === null || times[i] < begin) {
				run = undefined;
				return;
			}
			if (!run)
				runs.push(run = []);
			run.push([x(times[i]), y(v)]);
		});
		for (const r of runs) {
			const path = r.map((p, i) => `${i ? "L" : "M"}${p[0]} ${p[1]}`).join("");

			if (l.fill)
				drawing.append(svg("path", { class: `area ${l.kind}`, d: `${path}L${r.at(-1)[0]} ${HEIGHT}L${r[0][0]} ${HEIGHT}Z` }));
			drawing.append(svg("path", { class: `line ${l.kind}`, d: r.length === 1 ? `${path}h-${DOT}` : path }));
		}
	}
	return h("figure", { class: "chart", "aria-label": `${title}: ${lines.map(l => `${l.label} ${l.values.length ? read(l.values.at(-1) ?? 0) : "unknown"}`).join(", ")}` },
		h("figcaption", {}, h("h2", {}, title), h("span", { class: "legend" }, lines.map(l => h("span", { class: `key ${l.kind}` }, l.label, " ",
			h("strong", {}, l.values.length && l.values.at(-1) !== null ? read(l.values.at(-1)) : "–"))))),
		h("div", { class: "plot" }, h("span", { class: "top dim" }, read(top)), drawing),
		h("div", { class: "times dim" }, h("span", {}, clock(new Date(begin)).slice(0, 5)), h("span", {}, clock(new Date((begin + end) / 2)).slice(0, 5)), h("span", {}, clock(new Date(end)).slice(0, 5))));
}
