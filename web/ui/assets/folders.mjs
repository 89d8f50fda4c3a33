// Ways in and out: drop folders, tokens for browsers that must not hold keys, and webhooks.
import { ask, get, post } from "./api.mjs";
import { confirmed, h } from "./dom.mjs";
import { bytes, count, moment } from "./format.mjs";
import { cell, chip, table } from "./functions.mjs";
import { query } from "./place.mjs";

const GOOD = ["watching", "polling"];

const act = (action, values) => ask("POST", `/_/watch?${query({ action, ...values })}`);

export function doorsPage({ refresh, redraw }) {
	let said = "", made = "", bucket = "";

	async function attempt(f, done) {
		try {
			await f();
			said = done;
		} catch (e) {
			said = e.message;
		}
		refresh();
	}

	async function removeFolder(f) {
		if (await confirmed(`Watch ${f.dir} no more? What came from it stays.`, "Remove"))
			attempt(() => act("remove", { name: f.name }), `${f.name} is removed.`);
	}

	function folderRow(f) {
		const way = [f.settling && `${count(f.settling)} settling`, f.written && `${count(f.written)} being written`, f.unfinished && `${count(f.unfinished)} unfinished`,
			f.taking && `${count(f.taking)} being taken`, f.failed && `${count(f.failed)} failing`].filter(Boolean).join(", ");

		return h("tr", { "data-key": f.name }, h("th", { scope: "row" }, f.name),
			cell("State", "", chip([f.looking ? `${f.state}, looking` : f.state, GOOD.includes(f.state) ? "good" : "bad"])),
			cell("Folder", "", h("code", {}, f.dir), f.message && h("span", { class: "bad row" }, f.message), (f.errors ?? []).slice(-3).map(e => h("span", { class: "bad row" }, `${e.path}: ${e.message}`))), cell("To", "", h("code", {}, f.to)),
			cell("Files", "n", count(f.files)), cell("Taken", "n", count(f.put)), cell("Bytes", "n", bytes(f.bytes ?? 0)), cell("On their way", "", way || "–"),
			h("td", { class: "buttons" }, h("button", { class: "small", onclick: () => attempt(() => act("rescan", { name: f.name }), `${f.name} is looked through.`) }, "Look now"),
				f.from !== "settings" && h("button", { class: "small", onclick: () => removeFolder(f) }, "Remove")));
	}

	async function revoke(t) {
		if (await confirmed(`Revoke the token ${t.label || t.id.slice(0, 8)}? Who has it cannot upload any more.`, "Revoke"))
			attempt(() => ask("DELETE", `/_/tokens/${t.id}`), "It is revoked.");
	}

	function tokenRow(t) {
		return h("tr", { "data-key": t.id }, h("th", { scope: "row" }, t.label || h("code", {}, t.id.slice(0, 12))),
			cell("Prefix", "", t.prefix ? h("code", {}, t.prefix) : h("span", { class: "dim" }, "any")), cell("Types", "", t.types || h("span", { class: "dim" }, "any")),
			cell("Largest", "n", bytes(t.size_max)), cell("Used", "n", t.uses ? `${count(t.used)} of ${count(t.uses)}` : count(t.used)),
			cell("Expires", "n", moment(t.expires_at)), h("td", { class: "buttons" }, h("button", { class: "small", onclick: () => revoke(t) }, "Revoke")));
	}

	async function makeToken(e) {
		const f = e.target.elements;

		e.preventDefault();
		try {
			const t = await post("/_/tokens", { bucket, prefix: f.prefix.value, label: f.label.value, expires_s: Number(f.hours.value) * 3600 });

			made = t.token;
			said = "";
		} catch (x) {
			said = x.message;
		}
		refresh();
	}

	function hookRow(w) {
		const at = query({ bucket: w.bucket });

		return h("tr", { "data-key": w.bucket }, h("th", { scope: "row" }, w.bucket), cell("Address", "", h("code", {}, w.url)), cell("Tells", "", w.events.join(", ")),
			h("td", { class: "buttons" }, h("button", { class: "small", onclick: () => attempt(() => ask("POST", `/_/webhooks/test?${at}`), "A ping is on its way.") }, "Test"),
				h("button", { class: "small", onclick: () => removeHook(w, at) }, "Remove")));
	}

	async function removeHook(w, at) {
		if (await confirmed(`Tell ${w.url} no more?`, "Remove"))
			attempt(() => ask("DELETE", `/_/webhooks?${at}`), "It is removed.");
	}

	async function setHook(e) {
		e.preventDefault();
		try {
			made = (await ask("PUT", `/_/webhooks?${query({ bucket, url: e.target.elements.url.value })}`)).secret ?? "";
			said = "The webhook is set.";
		} catch (x) {
			said = x.message;
		}
		refresh();
	}

	async function addFolder(e) {
		const f = e.target.elements;

		e.preventDefault();
		attempt(() => act("add", { dir: f.dir.value, to: f.to.value }), "It is watched.");
	}

	const field = (name, label, more) => h("label", {}, h("span", {}, label), h("input", { name, autocomplete: "off", spellcheck: "false", required: true, ...more }));

	return {
		title: "Ways in and out",
		parts: ["folders", "webhooks", "store"],
		async load() {
			const [watch, all, hooks] = await Promise.all([get("/_/watch"), get("/_/buckets"), get("/_/webhooks")]), names = all.buckets.map(b => b.name);

			bucket = names.includes(bucket) ? bucket : names[0] ?? "";
			return { folders: watch.folders, byKeys: watch.add_by_keys, names, hooks, tokens: bucket ? (await get(`/_/tokens?${query({ bucket })}`)).tokens : [] };
		},
		view(data) {
			return [
				h("p", { class: "said", role: "status" }, said),
				made && h("p", { class: "notice" }, "Shown once, now: ", h("code", {}, made), " ", h("button", { class: "small", onclick: () => {
					made = "";
					redraw();
				} }, "Hide")),
				h("section", { class: "panel flush" }, h("h2", {}, "Drop folders"),
					table("Drop folders", [["Name"], ["State"], ["Folder"], ["To"], ["Files", "n"], ["Taken", "n"], ["Bytes", "n"], ["On their way"], ["Actions", "unseen-heading"]],
						data.folders.map(folderRow), "No folder is watched. Whatever lands in one is uploaded: minilab watch DIR --to BUCKET/PREFIX"),
					data.byKeys && h("form", { class: "filter inside", onsubmit: addFolder }, field("dir", "Folder", { placeholder: "/srv/inbox" }), field("to", "To", { placeholder: "photos/inbox" }),
						h("button", { class: "primary" }, "Watch"))),
				h("section", { class: "panel flush" }, h("h2", {}, "Upload tokens of ",
						h("select", { "aria-label": "Bucket", onchange: e => {
							bucket = e.target.value;
							refresh();
						} }, data.names.map(n => h("option", { value: n, selected: n === bucket }, n)))),
					table("Upload tokens", [["Token"], ["Prefix"], ["Types"], ["Largest", "n"], ["Used", "n"], ["Expires", "n"], ["Actions", "unseen-heading"]], data.tokens.map(tokenRow),
						"There is none. A token lets a browser upload without having keys."),
					h("form", { class: "filter inside", onsubmit: makeToken }, field("prefix", "Prefix", { required: false, placeholder: "any" }),
						field("label", "Label", { required: false }), field("hours", "Hours", { type: "number", min: "1", max: "8000", value: "1" }), h("button", {}, "Make a token")),
				),
				h("section", { class: "panel flush" }, h("h2", {}, "Webhooks"),
					table("Webhooks", [["Bucket"], ["Address"], ["Tells"], ["Actions", "unseen-heading"]], data.hooks.webhooks.map(hookRow),
						"There is none. A webhook tells your backend when a photo is ready, or failed."),
					(data.hooks.waiting > 0 || data.hooks.dead > 0) && h("p", { class: "inside" }, `${count(data.hooks.waiting)} waiting, ${count(data.hooks.dead)} given up. `,
						data.hooks.dead > 0 && h("button", { class: "small", onclick: () => attempt(() => ask("POST", "/_/webhooks/redrive?all=1"), "They are told again.") }, "Redrive")),
					h("form", { class: "filter inside", onsubmit: setHook }, field("url", `Address for ${bucket}`, { type: "url", placeholder: "https://example.com/photos" }), h("button", {}, "Set"))),
			];
		},
	};
}
