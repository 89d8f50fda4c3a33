// How minilab is set, and where that is said. Changes are made there: by flag, environment or file.
import { get } from "./api.mjs";
import { h } from "./dom.mjs";
import { cell, chip, table } from "./functions.mjs";

const text = v => v === "" ? h("span", { class: "dim" }, "empty") : h("code", {}, typeof v === "boolean" ? v ? "on" : "off" : String(v));

function row(s) {
	const other = s.value !== s.default;

	return h("tr", { "data-key": s.name },
		h("th", { scope: "row" }, h("code", {}, s.name.replaceAll("_", "-"))),
		cell("Value", "", text(s.value), other && chip(["set", "busy"])),
		cell("Default", "", other ? text(s.default) : h("span", { class: "dim" }, "the same")),
		cell("Description", "", s.what, s.min !== undefined && h("span", { class: "dim" }, ` (${s.min} to ${s.max})`)));
}

export function settingsPage() {
	return {
		title: "Settings",
		quiet: true,
		load: () => get("/_/settings"),
		view(data) {
			const all = data.settings.toSorted((a, b) => (b.value !== b.default) - (a.value !== a.default));

			return [
				h("p", { class: "dim lead" }, "As this minilab runs. A setting is changed by ", h("code", {}, "--name=value"), ", by ", h("code", {}, "MINILAB_NAME"), " or in the file of settings, and counts from the next start."),
				h("section", { class: "panel flush" }, table("Settings", [["Setting"], ["Value"], ["Default"], ["Description"]], all.map(row), "")),
			];
		},
	};
}
