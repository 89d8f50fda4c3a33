// Drop folders: what lands in them becomes objects.
import { ask, get } from "./api.mjs";
import { confirmed, h } from "./dom.mjs";
import { bytes, count } from "./format.mjs";
import { cell, chip, choice, field, table } from "./functions.mjs";
import { bucketPage, query } from "./place.mjs";

const GOOD = ["watching", "polling"];
const COLUMNS = [["Name"], ["State"], ["Folder"], ["To"], ["Files", "n"], ["Taken", "n"], ["Bytes", "n"], ["On their way"], ["Actions", "unseen-heading"]];
const HINTS = { missing: "It is not there. It is watched again as soon as it is.", "partly-watching": "The kernel gives no notifications for all of it: the rest is looked through now and then." };
const ERRORS = 3;

const act = (action, values) => ask("POST", `/_/watch?${query({ action, ...values })}`);

export function folderSection({ attempt }) {
	async function add(e) {
		const f = e.target;

		e.preventDefault();
		if (await attempt(() => act("add", { dir: f.elements.dir.value, to: f.elements.to.value, after: f.elements.after.value }), `${f.elements.dir.value} is watched.`))
			f.reset();
	}

	async function remove(f) {
		if (await confirmed(`Watch ${f.dir} no more? What came from it stays.`, "Remove"))
			attempt(() => act("remove", { name: f.name }), `${f.name} is watched no more.`);
	}

	function onTheirWay(f) {
		return [f.settling && `${count(f.settling)} settling`, f.written && `${count(f.written)} being written`, f.unfinished && `${count(f.unfinished)} unfinished`,
			f.taking && `${count(f.taking)} being taken`, f.failed && `${count(f.failed)} failing`].filter(Boolean).join(", ") || "–";
	}

	function troubles(f) {
		const errors = f.errors ?? [];

		return [HINTS[f.state] && h("span", { class: "bad row" }, HINTS[f.state]), f.message && h("span", { class: "bad row" }, f.message),
			errors.slice(-ERRORS).map(e => h("span", { class: "bad row" }, `${e.path}: ${e.message}`))];
	}

	function row(f) {
		return h("tr", { "data-key": f.name }, h("th", { scope: "row" }, f.name),
			cell("State", "", chip([f.looking ? `${f.state}, looking` : f.state, GOOD.includes(f.state) ? "good" : "bad"])),
			cell("Folder", "wide", h("code", {}, f.dir), f.after !== "keep" && h("span", { class: "dim row" }, f.after === "move" ? "then moved away" : "then deleted"), troubles(f)),
			cell("To", "", h("a", { href: bucketPage(f.to.split("/")[0]) }, h("code", {}, f.to))),
			cell("Files", "n", count(f.files)), cell("Taken", "n", count(f.put)), cell("Bytes", "n", bytes(f.bytes ?? 0)), cell("On their way", "", onTheirWay(f)),
			h("td", { class: "buttons" },
				h("button", { class: "small", "aria-label": `Look through ${f.name} now`, onclick: () => attempt(() => act("rescan", { name: f.name }), `${f.name} is looked through.`) }, "Look now"),
				f.from !== "settings" && h("button", { class: "small danger", "aria-label": `Remove ${f.name}`, onclick: () => remove(f) }, "Remove")));
	}

	function form() {
		return h("form", { class: "filter inside", "data-key": "form", onsubmit: add }, field("dir", "Folder of this machine", { placeholder: "/srv/inbox" }), field("to", "To bucket/prefix", { placeholder: "photos/inbox" }),
			choice("after", "Then", ["keep", "move", "delete"], "keep"), h("button", { class: "primary" }, "Watch"));
	}

	return {
		load: () => get("/_/watch"),
		view: data => h("section", { class: "panel flush", "data-key": "folders" }, h("h2", {}, "Drop folders"),
			table("Drop folders", COLUMNS, data.folders.map(row), ["No folder is watched. Whatever lands in one becomes a photo: ", h("code", {}, "minilab watch DIR --to BUCKET/PREFIX")]),
			data.add_by_keys ? form() : data.folders.length === 0 && h("p", { class: "dim inside" }, "To add them here, start minilab with ", h("code", {}, "--watch-by-keys"), ".")),
	};
}
