// The pipeline: what waits, what runs, how fast and how well, over an hour or two days; rules; what dead letters died of.
import { get } from "./api.mjs";
import { chart } from "./chart.mjs";
import { h } from "./dom.mjs";
import { count, duration } from "./format.mjs";
import { cell, figure, table } from "./functions.mjs";
import { bucketPage } from "./place.mjs";

const HOUR_MS = 3600000;
const perMinute = n => `${count(Math.round(n * 10) / 10)}/min`;

function ruleRows(buckets) {
	return buckets.flatMap(b => b.rules.map(r => h("tr", { "data-key": `${b.name}/${r.id}` },
		h("th", { scope: "row" }, h("a", { href: bucketPage(b.name) }, b.name)),
		cell("When", "", r.events.replaceAll("s3:", "")),
		cell("Keys", "", r.prefix || r.suffix ? h("code", {}, `${r.prefix}…${r.suffix}`) : h("span", { class: "dim" }, "all")),
		cell("Function", "", r.function ? h("a", { href: `#/functions/${encodeURIComponent(r.function)}` }, r.function) : h("span", { class: "bad" }, "deleted")),
		cell("Rule", "", h("span", { class: "dim" }, r.id)))));
}

function reasons(data) {
	const most = Math.max(1, ...data.reasons.map(r => r.count));

	if (data.reasons.length === 0)
		return h("p", { class: "empty" }, "Nothing failed for good.");
	return h("ul", { class: "reasons" }, data.reasons.map(r => h("li", { "data-key": r.code },
		h("a", { href: `#/dead-letters?reason=${encodeURIComponent(r.code)}` }, h("code", {}, r.code)), h("meter", { min: "0", max: String(most), value: String(r.count), "aria-hidden": "true" }),
		h("span", { class: "n" }, count(r.count)))));
}

export function pipelinePage({ redraw }) {
	let long = false;

	function plots(data) {
		const points = long ? data.long : data.short, step = (long ? data.fold_s : data.step_s) / 60;
		const at = name => data.columns.indexOf(name), values = name => points.map(p => p[at(name)]), times = values("at_ms");
		const rate = name => values(name).map(n => n / step), seen = name => values(name).map(n => n || null);
		const span = Math.min(long ? 48 * HOUR_MS : HOUR_MS, Math.max(points.length * step * 60000, long ? 4 * HOUR_MS : HOUR_MS / 6));

		return h("div", { class: "charts" },
			chart({ title: "Photos", times, span, least: 10, read: perMinute, lines: [{ label: "ready", kind: "good", values: rate("ready"), fill: true }, { label: "failed", kind: "bad", values: rate("failed") },
				{ label: "tried again", kind: "warn", values: rate("retried") }] }),
			chart({ title: "Upload to ready", times, span, least: 1000, read: duration, lines: [{ label: "95 of 100 within", kind: "dim", values: seen("p95_ms") },
				{ label: "half within", kind: "accent", values: seen("p50_ms"), fill: true }] }),
			chart({ title: "Queue", times, span, least: 10, read: count, lines: [{ label: "waiting", kind: "accent", values: values("waiting"), fill: true }, { label: "running", kind: "good", values: values("running") }] }),
			chart({ title: "Age of the oldest", times, span, least: 1000, read: duration, lines: [{ label: "waits for", kind: "warn", values: values("oldest_ms"), fill: true }] }));
	}

	function choose(yes) {
		long = yes;
		redraw();
	}

	return {
		title: "Pipeline",
		parts: ["queue", "clock"],
		async load() {
			const [series, buckets] = await Promise.all([get("/_/series"), get("/_/buckets")]);

			return { ...series, buckets: buckets.buckets };
		},
		view(data) {
			const now = data.now;

			return [
				h("dl", { class: "figures" },
					figure("Waiting", count(now.waiting)), figure("Running", count(now.running)),
					figure("Oldest waits", now.oldest_ms ? duration(now.oldest_ms) : "–"),
					figure("Done since start", count(now.done)), figure("One photo takes", now.run_us ? duration(now.run_us / 1000) : "–"),
					figure("Dead letters", count(now.dead), now.dead && "bad")),
				h("section", { class: "panel" }, h("div", { class: "switch", role: "group", "aria-label": "Time" },
					h("button", { class: "small", "aria-pressed": String(!long), onclick: () => choose(false) }, "Last hour"),
					h("button", { class: "small", "aria-pressed": String(long), onclick: () => choose(true) }, "Two days"),
					(long ? data.long : data.short).length === 0 && h("span", { class: "dim" }, `The first point comes ${long ? "5 minutes" : "10 seconds"} after the start.`)),
				plots(data)),
				h("div", { class: "columns" },
					h("section", { class: "panel flush" }, h("h2", {}, "Rules"), table("Rules", [["Bucket"], ["When"], ["Keys"], ["Function"], ["Rule"]], ruleRows(data.buckets),
						"No bucket tells a function of its uploads.")),
					h("section", { class: "panel flush" }, h("h2", {}, "Dead letters by reason"), reasons(data))),
			];
		},
	};
}
