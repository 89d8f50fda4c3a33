// One photo: how it looks, what is known of it, what was made of it and how that went.
import { get, post } from "./api.mjs";
import { confirmed, h } from "./dom.mjs";
import { bytes, clock, count, duration, moment, plural } from "./format.mjs";
import { chip } from "./functions.mjs";
import { WHOLE, walk } from "./gallery.mjs";
import { listen } from "./live.mjs";
import { bucketPage, downloadUrl, objectUrl, photoPage, query, statusUrl, thumbUrl } from "./place.mjs";
import { nextStep } from "./reasons.mjs";
import { placeholder } from "./thumbhash.mjs";

const STATES = { ready: "good", failed: "bad", running: "busy" };
const BAD = /fail|dead|buried|retry|lost/i, GOOD = /^(done|renewed|ready)/i;

const panel = (title, kind, ...content) => h("section", { class: `panel ${kind}` }, h("h2", {}, title), content);
const fact = (label, value) => value !== undefined && value !== null && value !== "" && value !== false && h("div", {}, h("dt", {}, label), h("dd", {}, value));

function shape(row) {
	return row.width && `${count(row.width)} × ${count(row.height)}${row.width * row.height > 1e6 ? `, ${(row.width * row.height / 1e6).toFixed(1)} megapixels` : ""}`;
}

function exposure(row) {
	return [row.exposure && `${row.exposure} s`, row.aperture && `ƒ/${row.aperture}`, row.iso && `ISO ${row.iso}`, row.focal_length && `${row.focal_length} mm`].filter(Boolean).join(" · ");
}

function swatches(row) {
	return row.palette?.length && h("span", { class: "swatches", "data-own": `palette-${row.sha256 ?? ""}` }, row.palette.map(p => {
		const s = h("span", { title: `${p.color}, ${Math.round(p.share * 100)} %` });

		s.style.backgroundColor = p.color;
		s.style.flexGrow = String(Math.max(0.04, p.share));
		return s;
	}));
}

function facts(s) {
	const row = s.row ?? {};

	return panel("Facts", "", h("dl", { class: "facts" },
		fact("Taken", row.taken_at?.replace("T", " ")), fact("Camera", row.camera), fact("Lens", row.lens), fact("Exposure", exposure(row)),
		fact("Title", row.title), fact("Caption", row.caption), fact("Keywords", row.keywords?.join(", ")), fact("Rating", row.rating && "★".repeat(row.rating)),
		fact("Artist", row.artist), fact("Copyright", row.copyright),
		fact("Dimensions", shape(row)), fact("Format", row.format && [row.format.toUpperCase(), row.color_space, row.bit_depth && `${row.bit_depth} bit`, row.icc].filter(Boolean).join(", ")),
		fact("Size", s.size !== undefined && bytes(s.size)), fact("Uploaded", s.uploaded_at && moment(s.uploaded_at)), fact("Came by", s.door), fact("Colours", swatches(row)),
		fact("Version", s.version && h("code", {}, s.version)), fact("SHA-256", row.sha256 && h("code", { class: "long" }, row.sha256))));
}

function position(row) {
	return row?.latitude !== undefined && h("p", { class: "notice" }, h("strong", {}, "This photo says where it was taken."),
		" The original has a position, and so has the row of the table. Thumbnails have none: they can be shown to anybody.");
}

function degraded(row) {
	return row?.degraded && h("p", { class: "notice" }, h("strong", {}, `Only ${row.read < WHOLE ? `${Math.round(row.read * 100)} %` : "a part of the detail"} of the picture could be read.`),
		" The file is cut short or damaged; thumbnails show what there is.");
}

function renditions(s, bucket, key) {
	const list = [...s.thumbnails ?? []].sort((a, b) => a.width - b.width);

	return panel("Thumbnails", "", list.length === 0 ? h("p", { class: "dim" }, s.state === "queued" || s.state === "running" ? "On their way." : "There are none.") :
		h("ul", { class: "renditions" }, list.map(t => h("li", { "data-key": t.key }, h("a", { href: thumbUrl(bucket, key, t.name, s.version), target: "_blank", rel: "noopener" }, t.name),
			h("span", { class: "dim" }, t.width ? `${t.width} × ${t.height}` : ""), h("span", { class: "dim" }, t.bytes ? bytes(t.bytes) : "")))));
}

const KIND = what => BAD.test(what) ? "bad" : GOOD.test(what) ? "good" : "";

function step(l, i, all) {
	const since = i > 0 ? Date.parse(l.at) - Date.parse(all[i - 1].at) : 0;

	return h("li", { class: KIND(l.what) }, h("time", { datetime: l.at, title: moment(l.at) }, clock(new Date(l.at))),
		h("span", {}, h("strong", {}, l.attempt ? `${l.what}, attempt ${l.attempt}` : l.what), l.reason && h("code", { class: "bad" }, ` ${l.reason}`), l.door && ` by ${l.door}`,
			l.detail && h("span", { class: "dim row" }, l.detail)),
		h("span", { class: "dim since" }, since > 0 ? `+${duration(since)}` : ""));
}

function timeline(life) {
	if (!life)
		return false;
	return panel("What happened", "", h("ol", { class: "life" }, life.journal.map(step)), life.webhooks?.map(delivery), life.next && h("p", { class: "dim note" }, `Next: ${life.next}.`));
}

// What a webhook has still to be told, or could not be told. What it was told is among the steps.
function delivery(d) {
	const why = d.reason ? ` The last answer: ${d.reason}, ${d.message}.` : "", tries = plural(d.attempts, "attempt");

	if (d.next_try)
		return h("p", { class: "dim note" }, `The webhook is told "${d.type}" at ${moment(d.next_try)}, after ${tries}.${why}`);
	return h("p", { class: "notice" }, h("strong", {}, `The webhook could not be told "${d.type}".`), ` ${tries}.${why} To tell it again: `,
		h("code", {}, `minilab webhook redrive --id ${d.delivery}`));
}

// Is it one of the gallery that it was opened from, as that was filtered?
function inWalk(bucket, key) {
	if (walk.bucket !== bucket || walk.index < 0)
		return false;
	if (walk.at(walk.index)?.key !== key)
		walk.index = [walk.index - 1, walk.index + 1].find(i => walk.at(i)?.key === key) ?? -1;
	return walk.index >= 0;
}

// Those before and after it in the gallery it was opened from; of a photo that was opened by its address, among all.
async function neighbours(bucket, key) {
	if (inWalk(bucket, key))
		return [walk.at(walk.index - 1)?.key, walk.at(walk.index + 1)?.key];
	const keys = (await get(`/_/photos?${query({ bucket, around: key, max: 3 })}`)).photos.map(p => p.key), at = keys.indexOf(key);

	return at < 0 ? [] : [keys[at - 1], keys[at + 1]];
}

export function photoPageOf({ refresh }, bucketPart, keyPart) {
	const bucket = decodeURIComponent(bucketPart), key = decodeURIComponent(keyPart);
	let said = "", bad = false, busy = false, beside = [];

	const silence = listen((what, e) => {
		if (e.bucket === bucket && e.key === key)
			refresh();
	});

	async function retry() {
		busy = true;
		try {
			await post(`/_/retry?${query({ bucket, key })}`);
			said = "It runs again.";
			bad = false;
		} catch (e) {
			said = e.message;
			bad = true;
		}
		busy = false;
		refresh();
	}

	async function remove() {
		if (!await confirmed(`Delete ${key}? Its thumbnails and row go with it.`, "Delete"))
			return;
		try {
			await post("/_/objects/delete", { bucket, keys: [key] });
			location.replace(beside[1] ?? beside[0] ? photoPage(bucket, beside[1] ?? beside[0]) : bucketPage(bucket));
		} catch (e) {
			said = e.message;
			bad = true;
			refresh();
		}
	}

	function go(by) {
		const n = beside[by < 0 ? 0 : 1];

		if (n === undefined)
			return;
		if (inWalk(bucket, key))
			walk.index += by;
		location.replace(photoPage(bucket, n));
	}

	function onKey(e) {
		if (/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName) || e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]"))
			return;
		if (e.key === "ArrowRight" || e.key === "ArrowLeft")
			go(e.key === "ArrowRight" ? 1 : -1);
		else if (e.key === "Escape")
			location.hash = bucketPage(bucket);
		else if (e.key === "Delete")
			remove();
	}

	addEventListener("keydown", onKey);

	function stage(s) {
		const best = [...s.thumbnails ?? []].filter(t => t.width).sort((a, b) => b.width - a.width)[0];
		const own = s.row?.content_type ?? "", url = best ? thumbUrl(bucket, key, best.name, s.version) : "";
		const box = h("figure", { class: "stage", "data-own": `stage-${s.version ?? ""}-${s.state}-${url ? 1 : 0}` });

		if (url) {
			const img = h("img", { src: url, alt: s.row?.title || key, width: best.width, height: best.height });
			const hash = placeholder(s.row?.thumbhash);

			img.style.backgroundImage = hash ? `url(${hash})` : "";
			img.style.backgroundColor = s.row?.color ?? "";
			img.onload = () => img.style.backgroundImage = "";
			box.append(img);
		} else if (s.state === "unwatched" && /\.(jpe?g|png|webp|gif|avif)$/i.test(key) && s.size < 30e6) {
			box.append(h("img", { src: objectUrl(bucket, key, s.version), alt: key }));
		} else {
			box.append(h("p", { class: "dim" }, { failed: "There is no picture of it: it could not be read.", deleted: "It was deleted.",
				unwatched: "Nothing makes thumbnails in this bucket." }[s.state] ?? "Thumbnails are on their way.", own ? ` It is ${own}.` : ""));
		}
		return box;
	}

	return {
		title: key.split("/").at(-1),
		async load() {
			const [s, life, at] = await Promise.all([get(statusUrl(bucket, key)), get(`/_/explain?${query({ bucket, key })}`), neighbours(bucket, key)]);

			if (s.state !== "deleted")
				beside = at;
			return { s, life };
		},
		view({ s, life }) {
			const [back, on] = beside, gone = s.state === "deleted";

			return [
				h("div", { class: "under" }, h("a", { href: bucketPage(bucket) }, `‹ ${bucket}`), chip([s.state, STATES[s.state] ?? "plain"]),
					s.reason && h("code", { class: "bad" }, s.reason), h("code", { class: "dim" }, key), h("span", { class: "pair" },
						h("button", { class: "small", disabled: back === undefined, onclick: () => go(-1), "aria-label": "The photo before" }, "←"),
						h("button", { class: "small", disabled: on === undefined, onclick: () => go(1), "aria-label": "The next photo" }, "→"))),
				h("p", { class: bad ? "said trouble" : "said", role: "status" }, said),
				s.message && h("p", { class: "notice bad" }, s.message.replace(/\.$/, ""), s.next_due ? `. It is tried again at ${moment(s.next_due)}.` : s.state === "failed" && nextStep(s.reason) && `. ${nextStep(s.reason)}`),
				h("div", { class: "photo" },
					h("div", {}, stage(s),
						h("div", { class: "actions" }, !gone && h("a", { class: "button", href: downloadUrl(bucket, key), download: true }, "Download the original"),
							s.state === "failed" && h("button", { class: "primary", disabled: busy, onclick: retry }, "Retry"),
							!gone && h("button", { class: "danger", onclick: remove }, "Delete"),
							h("span", { class: "dim keys" }, "← → for the next, Esc for all, Del to delete"))),
					h("div", {}, degraded(s.row), position(s.row), !gone && facts(s), !gone && renditions(s, bucket, key)),
					h("div", {}, timeline(life))),
			];
		},
		closed() {
			silence();
			removeEventListener("keydown", onKey);
		},
	};
}
