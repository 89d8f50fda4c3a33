import { counters, get } from "./api.mjs";
import { h } from "./dom.mjs";
import { count, duration } from "./format.mjs";

export const BUILTIN = "minilab.builtin";

// [text, class]. `well` is minilab's health.
export function stateOf(runtime, well) {
	if (runtime === BUILTIN)
		return Object.values(well.programs).some(p => p.state === "up") ? ["Active", "good"] : ["Down", "bad"];
	if (well.custom.state === "off")
		return ["Cannot run here", "bad"];
	return well.custom.state === "up" ? ["Active", "good"] : ["Down", "bad"];
}

export const chip = ([text, kind]) => h("span", { class: `chip ${kind}` }, text);

export const figure = (label, value, kind) => h("div", { class: `figure ${kind || ""}` }, h("dt", {}, label), h("dd", {}, value));

// Rows of cells; a cell is [heading, content, class]. Headings stand above the table, or on a phone beside each cell.
export function table(caption, headings, rows, empty) {
	if (rows.length === 0)
		return h("p", { class: "empty" }, empty);
	return h("div", { class: "scroll" }, h("table", {}, h("caption", { class: "unseen" }, caption),
		h("thead", {}, h("tr", {}, headings.map(([text, kind]) => h("th", { scope: "col", class: kind }, text)))),
		h("tbody", {}, rows)));
}

export const cell = (label, kind, ...content) => h("td", { class: kind, "data-label": label }, content);

// What a form asks for.
export const field = (name, label, more) => h("label", {}, h("span", {}, label), h("input", { name, autocomplete: "off", spellcheck: "false", required: true, ...more }));
export const choice = (name, label, values, chosen, onchange) => h("label", {}, h("span", {}, label),
	h("select", { name, onchange }, values.map(v => h("option", { value: v, selected: v === chosen }, v))));

const COLUMNS = [["Function"], ["Runtime"], ["State"], ["Memory", "n"], ["Timeout", "n"], ["Running", "n"], ["Environments", "n"], ["Invocations", "n"],
	["Errors", "n"], ["Cold starts", "n"]];

function environmentsOf(f, data, well) {
	if (f.runtime !== BUILTIN)
		return data.environments.filter(e => e.function === f.name).length;
	return Object.values(well.programs).reduce((n, p) => n + p.idle + p.busy, 0);
}

function row(f, data, well) {
	const c = data.counters[f.name] ?? {};
	const errors = c.errors_total ?? 0;
	const reserved = f.reserved === undefined ? "" : ` of ${f.reserved}`;

	return h("tr", { "data-key": f.name },
		h("th", { scope: "row" }, h("a", { href: `#/functions/${encodeURIComponent(f.name)}` }, f.name)),
		cell("Runtime", "", f.runtime === BUILTIN ? "built in" : f.runtime),
		cell("State", "", chip(stateOf(f.runtime, well))),
		cell("Memory", "n", `${count(f.memory_mb)} MB`),
		cell("Timeout", "n", duration(f.timeout_s * 1000)),
		cell("Running", "n", `${count(c.concurrency ?? 0)}${reserved}`),
		cell("Environments", "n", count(environmentsOf(f, data, well))),
		cell("Invocations", "n", count(c.invocations_total ?? 0)),
		cell("Errors", errors ? "n bad" : "n", count(errors)),
		cell("Cold starts", "n", count(c.cold_starts_total ?? 0)));
}

export function functionsPage() {
	let well;

	const sum = (data, name) => data.functions.reduce((n, f) => n + (data.counters[f.name]?.[name] ?? 0), 0);

	return {
		title: "Functions",
		parts: ["functions", "store", "clock"],
		well: true,
		async load(health) {
			const [data, c] = await Promise.all([get("/_/functions"), counters()]);

			well = health;
			return { ...data, counters: c };
		},
		view(data) {
			const errors = sum(data, "errors_total");

			return [
				h("dl", { class: "figures" },
					figure("Functions", count(data.functions.length)),
					figure("Running now", count(sum(data, "concurrency"))),
					figure("Invocations", count(sum(data, "invocations_total"))),
					figure("Errors", count(errors), errors && "bad"),
					figure("Cold starts", count(sum(data, "cold_starts_total"))),
					figure("Throttles", count(sum(data, "throttles_total")))),
				h("section", { class: "panel flush" }, table("Functions", COLUMNS, data.functions.map(f => row(f, data, well)), "There is no function yet.")),
				h("p", { class: "dim note" }, `Counted since the start of minilab, ${duration(well.uptime_s * 1000)} ago.`),
			];
		},
	};
}
