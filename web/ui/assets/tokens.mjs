// Upload tokens: for browsers and phones that must not hold keys.
import { ask, get, post } from "./api.mjs";
import { confirmed, h } from "./dom.mjs";
import { bytes, count, moment } from "./format.mjs";
import { cell, choice, field, table } from "./functions.mjs";
import { query } from "./place.mjs";

const COLUMNS = [["Token"], ["Prefix"], ["Types"], ["Largest", "n"], ["Used", "n"], ["Expires", "n"], ["Actions", "unseen-heading"]];
const any = () => h("span", { class: "dim" }, "any");

export function tokenSection(door) {
	let bucket = "";

	async function make(e) {
		const f = e.target;

		e.preventDefault();
		if (await door.attempt(async () => {
			const e = f.elements, made = await post("/_/tokens", { bucket, prefix: e.prefix.value, label: e.label.value, expires_s: Number(e.hours.value) * 3600 });

			door.show("The token", made.token);
		}, ""))
			f.reset();
	}

	async function revoke(t) {
		if (await confirmed(`Revoke the token ${t.label || t.id.slice(0, 8)}? Who has it cannot upload any more.`, "Revoke"))
			door.attempt(() => ask("DELETE", `/_/tokens/${t.id}`), "It is revoked.");
	}

	function row(t) {
		return h("tr", { "data-key": t.id }, h("th", { scope: "row" }, t.label || h("code", {}, t.id.slice(0, 12))),
			cell("Prefix", "", t.prefix ? h("code", {}, t.prefix) : any()), cell("Types", "", t.types || any()),
			cell("Largest", "n", bytes(t.size_max)), cell("Used", "n", t.uses ? `${count(t.used)} of ${count(t.uses)}` : count(t.used)),
			cell("Expires", "n", moment(t.expires_at)),
			h("td", { class: "buttons" }, h("button", { class: "small danger", "aria-label": `Revoke ${t.label || t.id}`, onclick: () => revoke(t) }, "Revoke")));
	}

	function pick(e) {
		bucket = e.target.value;
		door.refresh();
	}

	return {
		async load() {
			bucket = door.names.includes(bucket) ? bucket : door.names[0] ?? "";
			return bucket ? (await get(`/_/tokens?${query({ bucket })}`)).tokens : [];
		},
		view: tokens => h("section", { class: "panel flush", "data-key": "tokens" }, h("h2", {}, bucket ? `Upload tokens of ${bucket}` : "Upload tokens"),
			table("Upload tokens", COLUMNS, tokens.map(row), "There is none. A token lets a browser or a phone upload into one bucket without having keys."),
			bucket && h("form", { class: "filter inside", "data-key": "form", onsubmit: make }, choice("bucket", "Bucket", door.names, bucket, pick), field("prefix", "Prefix", { required: false, placeholder: "any" }),
				field("label", "Label", { required: false, placeholder: "whom it is for" }), field("hours", "Hours", { type: "number", min: "1", max: "8000", value: "1" }), h("button", {}, "Make a token"))),
	};
}
