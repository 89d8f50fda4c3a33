// How minilab is set, and where that is said. Changes are made there: by flag, environment or file.
import { get } from "./api.mjs";
import { h } from "./dom.mjs";
import { cell, chip, table } from "./functions.mjs";

const text = v => v === "" ? h("span", { class: "dim" }, "empty") : h("code", {}, typeof v === "boolean" ? v ? "on" : "off" : String(v));

// What to change to change it.
const PLACES = { flag: name => `--${name.replaceAll("_", "-")}`, environment: name => `MINILAB_${name.toUpperCase()}`, file: name => `${name} = ... in the file of settings` };
const place = s => PLACES[s.origin](s.name);

function row(s) {
	const set = s.origin !== "default";

	return h("tr", { "data-key": s.name },
		h("th", { scope: "row" }, h("code", {}, s.name.replaceAll("_", "-"))),
		cell("Value", "wide", text(s.value)),
		cell("From", "", set ? h("span", { title: place(s) }, chip([s.origin, "busy"])) : h("span", { class: "dim" }, "default")),
		cell("Default", "", s.value !== s.default ? text(s.default) : h("span", { class: "dim" }, "the same")),
		cell("Description", "", s.what, s.min !== undefined && h("span", { class: "dim" }, ` (${s.min} to ${s.max})`)));
}

export function settingsPage() {
	return {
		title: "Settings",
		load: () => get("/_/settings"),
		view(data) {
			const all = data.settings.toSorted((a, b) => (b.origin !== "default") - (a.origin !== "default"));

			return [
				h("p", { class: "dim lead" }, "As this minilab runs. A setting is changed by ", h("code", {}, "--name=value"), ", by ", h("code", {}, "MINILAB_NAME"), " or in the file of settings, and counts from the next start."),
				h("section", { class: "panel flush" }, table("Settings", [["Setting"], ["Value"], ["From"], ["Default"], ["Description"]], all.map(row), "")),
			];
		},
	};
}
