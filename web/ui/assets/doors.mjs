// Ways in and out: what a drop folder, an upload token and a webhook have in common on their page.
import { get } from "./api.mjs";
import { h } from "./dom.mjs";
import { folderSection } from "./folders.mjs";
import { tokenSection } from "./tokens.mjs";
import { webhookSection } from "./webhooks.mjs";

// One that people put photos into comes first: it is what most forms here are about.
const byUse = (a, b) => b.rules.length - a.rules.length || b.photos - a.photos;

export function doorsPage({ refresh }) {
	const door = {
		names: [],
		refresh,
		// What is wanted, and how it is told when it is done.
		async attempt(wanted, done) {
			secret = undefined;
			try {
				await wanted();
				said = { text: done, bad: false };
			} catch (e) {
				said = { text: e.message, bad: true };
			}
			refresh();
			return !said.bad;
		},
		show(what, text) {
			secret = { what, text };
		},
	};
	const sections = [folderSection(door), tokenSection(door), webhookSection(door)];
	let said = { text: "", bad: false }, secret;

	return {
		title: "Ways in and out",
		parts: ["folders", "webhooks", "store"],
		async load() {
			door.names = (await get("/_/buckets")).buckets.toSorted(byUse).map(b => b.name);
			return Promise.all(sections.map(s => s.load()));
		},
		view(data) {
			return [
				h("p", { "data-key": "said", class: said.bad ? "said trouble" : "said", role: "status" }, said.text),
				secret && h("p", { "data-key": "secret", class: "notice", role: "status" }, h("strong", {}, `${secret.what}, shown this once: `), h("code", {}, secret.text)),
				sections.map((s, i) => s.view(data[i])),
			];
		},
	};
}
