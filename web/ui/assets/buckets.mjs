// Buckets: what is in them and who watches them.
import { get } from "./api.mjs";
import { h } from "./dom.mjs";
import { bytes, count, moment, plural } from "./format.mjs";
import { cell, chip, table } from "./functions.mjs";
import { bucketPage } from "./place.mjs";

const COLUMNS = [["Bucket"], ["Photos", "n"], ["Objects", "n"], ["Size", "n"], ["Versions"], ["Watched by"], ["Made", "n"]];

const orMore = (b, text) => b.more ? `over ${text}` : text;

function watchers(b) {
	const names = [...new Set(b.rules.map(r => r.function || "a deleted function"))];

	return names.length ? names.map(n => h("a", { class: "row", href: `#/functions/${encodeURIComponent(n)}` }, n)) : h("span", { class: "dim" }, "nobody");
}

function row(b) {
	return h("tr", { "data-key": b.name },
		h("th", { scope: "row" }, h("a", { href: bucketPage(b.name) }, b.name)),
		cell("Photos", "n", count(b.photos)),
		cell("Objects", "n", orMore(b, count(b.objects))),
		cell("Size", "n", orMore(b, bytes(b.bytes))),
		cell("Versions", "", b.versioning === "off" ? h("span", { class: "dim" }, "off") : chip([b.versioning, b.versioning === "enabled" ? "good" : "plain"])),
		cell("Watched by", "", watchers(b)),
		cell("Made", "n", h("span", { title: moment(b.created_at) }, b.created_at.slice(0, 10))));
}

// Those that photos come to first.
const byUse = (a, b) => (b.rules.length > 0) - (a.rules.length > 0);

export function bucketsPage() {
	return {
		title: "Photos",
		parts: ["store"],
		load: () => get("/_/buckets"),
		view(data) {
			return [
				h("section", { class: "panel flush" }, table("Buckets", COLUMNS, data.buckets.toSorted(byUse).map(row), "There is no bucket. Make one: aws s3 mb s3://photos")),
				data.more && h("p", { class: "dim note" }, `The first ${plural(data.buckets.length, "bucket")} by name.`),
			];
		},
	};
}
