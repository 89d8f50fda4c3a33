// Webhooks: whom minilab tells when a photo is ready or failed, and what could not be told.
import { ask, get } from "./api.mjs";
import { confirmed, h } from "./dom.mjs";
import { age, clock, count } from "./format.mjs";
import { cell, chip, choice, field, table } from "./functions.mjs";
import { photoPage, query } from "./place.mjs";

const COLUMNS = [["Bucket"], ["State"], ["Address"], ["Tells"], ["Actions", "unseen-heading"]];
const DEAD = [["Photo"], ["What"], ["Why"], ["Attempts", "n"], ["Given up", "n"], ["Actions", "unseen-heading"]];

export function webhookSection(door) {
	let bucket = "";

	async function set(e) {
		const f = e.target, of = f.elements.bucket.value;

		e.preventDefault();
		if (await door.attempt(async () => {
			const made = await ask("PUT", `/_/webhooks?${query({ bucket: of, url: f.elements.url.value })}`);

			if (made.secret)
				door.show("The secret that signs what it is told", made.secret);
		}, `The webhook of ${of} is set. Try it with Test.`))
			f.reset();
	}

	async function remove(w) {
		if (await confirmed(`Tell ${w.url} no more?`, "Remove"))
			door.attempt(() => ask("DELETE", `/_/webhooks?${query({ bucket: w.bucket })}`), `The webhook of ${w.bucket} is removed.`);
	}

	function trouble(t, waiting) {
		return h("span", { class: "bad row" }, `${t.code}${t.message ? `: ${t.message}` : ""}.${waiting ? ` Tried again at ${clock(new Date(t.again_at))}.` : ""}`);
	}

	function row(w, waiting) {
		return h("tr", { "data-key": w.bucket }, h("th", { scope: "row" }, w.bucket), cell("State", "", chip(w.trouble ? ["not taken", "bad"] : ["set", "good"])),
			cell("Address", "wide", h("code", {}, w.url), w.trouble && trouble(w.trouble, waiting)), cell("Tells", "", w.events.join(", ")),
			h("td", { class: "buttons" },
				h("button", { class: "small", "aria-label": `Test the webhook of ${w.bucket}`,
					onclick: () => door.attempt(() => ask("POST", `/_/webhooks/test?${query({ bucket: w.bucket })}`), `A ping is on its way to ${w.url}. If it is not taken, that is told below.`) }, "Test"),
				h("button", { class: "small danger", "aria-label": `Remove the webhook of ${w.bucket}`, onclick: () => remove(w) }, "Remove")));
	}

	function again(values, done) {
		door.attempt(() => ask("POST", `/_/webhooks/redrive?${query(values)}`), done);
	}

	function deadRow(d) {
		return h("tr", { "data-key": d.id },
			h("th", { scope: "row" }, d.key && d.bucket ? h("a", { href: photoPage(d.bucket, d.key) }, d.key) : h("span", { class: "dim" }, "none")), cell("What", "", d.type),
			cell("Why", "wide", h("strong", { class: "bad" }, d.code), d.message && h("span", { class: "message" }, d.message)), cell("Attempts", "n", count(d.attempts)),
			cell("Given up", "n", `${age(d.since)} ago`),
			h("td", { class: "buttons" }, h("button", { class: "small", "aria-label": `Tell ${d.key || d.type} again`, onclick: () => again({ id: d.id }, "It is told again.") }, "Redrive")));
	}

	function given({ hooks, dead }) {
		if (hooks.waiting === 0 && hooks.dead === 0)
			return false;
		return [h("p", { class: "inside" }, `${count(hooks.waiting)} waiting, ${count(hooks.dead)} given up. `,
			hooks.dead > 0 && h("button", { class: "small", onclick: () => again({ all: 1 }, "They are told again.") }, `Redrive all ${count(hooks.dead)}`)),
		dead.length > 0 && table("Given up", DEAD, dead.map(deadRow), "")];
	}

	return {
		async load() {
			const hooks = await get("/_/webhooks");

			bucket = door.names.includes(bucket) ? bucket : door.names[0] ?? "";
			return { hooks, dead: hooks.dead > 0 ? (await get("/_/webhooks/dead")).dead : [] };
		},
		view: data => h("section", { class: "panel flush", "data-key": "webhooks" }, h("h2", {}, "Webhooks"),
			table("Webhooks", COLUMNS, data.hooks.webhooks.map(w => row(w, data.hooks.waiting > 0)), "There is none. A webhook tells your backend when a photo is ready, or failed."),
			given(data),
			bucket && h("form", { class: "filter inside", "data-key": "form", onsubmit: set }, choice("bucket", "Bucket", door.names, bucket, e => {
				bucket = e.target.value;
			}), field("url", "Address", { type: "url", placeholder: "https://example.com/photos" }), h("button", {}, "Set"))),
	};
}
