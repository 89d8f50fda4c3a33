// All photos of a bucket as one long wall. Only what is near the view is in the document; the rest is height.
import { post } from "./api.mjs";
import { confirmed, h } from "./dom.mjs";
import { count, plural } from "./format.mjs";
import { listen, live } from "./live.mjs";
import { openPages } from "./pages.mjs";
import { bucketPage, objectUrl, photoPage, query, thumbFor, thumbUrl } from "./place.mjs";
import { placeholder } from "./thumbhash.mjs";
import { pickFiles, takeDrops } from "./uploads.mjs";

const GAP = 6;
const WIDE = 172;			// of a cell, at least
const CAPTION = 24;
const MARGIN_ROWS = 3;
const REST_MS = 90;			// without scrolling, before pictures are asked for
const RENEW_MS = 700;
export const WHOLE = 0.995;		// all of a picture was read, though not in all detail
const HEIGHT_MAX = 30e6;		// browsers place nothing beyond

// What the photo page goes through by its arrows.
export const walk = { bucket: "", at: () => undefined, total: 0, index: -1 };

function teach(bucket) {
	return h("div", { class: "teach" },
		h("p", { class: "teach-title" }, "No photo is here yet."),
		h("p", {}, "Drop photos or folders anywhere on this page, or send them from a terminal:"),
		h("pre", {}, `aws s3 cp photo.jpg s3://${bucket}/ --endpoint-url ${location.origin}\naws s3 sync ~/Pictures s3://${bucket}/ --endpoint-url ${location.origin}`),
		h("p", { class: "dim" }, "Thumbnails and a row of facts come by themselves."));
}

export function openGallery(bucket, restoreTo) {
	const wall = h("div", { class: "wall", role: "list", "aria-label": `Photos in ${bucket}` }), strip = h("div", { class: "strip" }), none = h("div", {});
	const bar = h("div", { class: "selection", role: "toolbar", "aria-label": "Chosen photos" }), said = h("p", { class: "said", role: "status" });
	const tally = h("span", { class: "dim tally" }), fresh = h("button", { class: "fresh", onclick: toTop, hidden: true }, "New photos");
	const cells = new Map(), chosen = new Set();
	const pages = openPages(bucket, draw, e => {
		say(e.message, true);
	});
	let columns = 1, side = WIDE, resting = true, restTimer, renewTimer, frame, current = 0, anchor = -1, closed = false;

	function say(text, bad) {
		said.textContent = text;
		said.className = bad ? "said trouble" : "said";
	}

	// -- one cell --

	function picture(cell, photo) {
		const img = cell.firstChild, t = thumbFor(photo, side * devicePixelRatio);
		const url = t ? thumbUrl(bucket, photo.key, t.name, photo.sequencer) : small(photo) ? objectUrl(bucket, photo.key, photo.etag) : "";

		if (url && img.getAttribute("src") !== url)
			img.src = url;
	}

	const small = photo => photo.state === "object" && photo.size < 500000 && /^image\/(jpeg|png|webp|gif|avif)/.test(photo.content_type ?? "");

	function fill(cell, photo) {
		if (cell.photo === photo)
			return;
		const img = h("img", { alt: "", decoding: "async" });
		const link = cell.querySelector("a"), hash = placeholder(photo.thumbhash);

		cell.photo = photo;
		img.onload = () => img.classList.add("there");
		cell.replaceChild(img, cell.firstChild);
		cell.style.backgroundColor = photo.color ?? "";
		cell.style.backgroundImage = hash ? `url(${hash})` : "";
		cell.className = `cell ${photo.state}`;
		link.href = photoPage(bucket, photo.key);
		link.title = photo.key;
		link.setAttribute("aria-label", `${photo.key}${photo.state === "failed" ? `, failed: ${photo.reason}` : ""}`);
		link.replaceChildren(h("span", { class: "caption" }, photo.key.split("/").at(-1)), ...badge(photo));
		cell.lastChild.firstChild.setAttribute("aria-label", `Choose ${photo.key}`);
	}

	function badge(photo) {
		if (photo.read !== undefined && photo.state === "ready")
			return [h("span", { class: "mark part" }, photo.read < WHOLE ? `${Math.round(photo.read * 100)} % of it` : "not sharp")];
		if (photo.state === "failed")
			return [h("span", { class: "mark bad" }, photo.reason?.split(".").at(-1) ?? "failed")];
		if (photo.state === "object" && !small(photo))
			return [h("span", { class: "mark" }, (photo.content_type || "file").split("/").at(-1))];
		return [];
	}

	function makeCell(i) {
		const box = h("input", { type: "checkbox", tabindex: "-1" });
		const cell = h("div", { class: "cell", role: "listitem" }, h("img", { alt: "" }), h("a", { tabindex: "-1" }), h("label", { class: "choose" }, box));

		cell.place = i;
		box.onclick = e => {
			choose(cell.place, box.checked, e.shiftKey);
		};
		cell.querySelector("a").onfocus = () => {
			current = cell.place;
		};
		wall.append(cell);
		return cell;
	}

	// -- the wall --

	function measure() {
		const width = wall.clientWidth || 1;

		columns = Math.max(2, Math.floor((width + GAP) / (WIDE + GAP)));
		if (width < 600)
			columns = 3;
		side = (width - GAP * (columns - 1)) / columns;
	}

	const rowHeight = () => side + CAPTION + GAP;

	function range() {
		const top = wall.getBoundingClientRect().top, row = rowHeight();
		const first = Math.max(0, Math.floor(-top / row) - MARGIN_ROWS), last = Math.ceil((innerHeight - top) / row) + MARGIN_ROWS;

		return [first * columns, Math.max(first * columns, last * columns)];
	}

	function place(cell, i) {
		const x = i % columns * (side + GAP), y = Math.floor(i / columns) * rowHeight();

		cell.style.transform = `translate(${x}px, ${y}px)`;
		cell.style.width = `${side}px`;
		cell.style.height = `${side}px`;
	}

	function draw() {
		cancelAnimationFrame(frame);
		frame = requestAnimationFrame(paint);
	}

	function paint() {
		if (closed || !wall.isConnected)
			return;
		measure();
		const total = pages.total, [from, to] = range();

		wall.style.height = `${Math.min(HEIGHT_MAX, Math.ceil(total / columns) * rowHeight())}px`;
		if (restoreTo && total > 0) {
			const y = restoreTo;

			restoreTo = 0;
			scrollTo(0, y);
			draw();
		}
		for (const [i, cell] of cells)
			if (i < from || i >= Math.min(to, total)) {
				cell.remove();
				cells.delete(i);
			}
		for (let i = from; i < Math.min(to, total); i++)
			show(i);
		if (resting || pages.state === "loading")
			pages.want(from, to);
		around();
		walk.total = total;
	}

	function show(i) {
		const photo = pages.at(i);
		let cell = cells.get(i);

		if (!cell)
			cells.set(i, cell = makeCell(i));
		place(cell, i);
		if (photo) {
			fill(cell, photo);
			if (resting)
				picture(cell, photo);
			cell.lastChild.firstChild.checked = chosen.has(photo.key);
			cell.classList.toggle("chosen", chosen.has(photo.key));
		}
		cell.querySelector("a").tabIndex = i === current ? 0 : -1;
	}

	function around() {
		const total = pages.total, all = pages.state === "all";

		tally.textContent = pages.state === "loading" ? "" : `${all ? "" : "over "}${plural(total, pages.order === "key" ? "object" : "photo")}`;
		none.replaceChildren(...total === 0 && all && pages.pending.length === 0 ? [isFiltered() ? h("p", { class: "empty" }, "Nothing is like that.") : teach(bucket)] : []);
		strip.replaceChildren(...pages.pending.map(pendingTile));
		strip.hidden = pages.pending.length === 0;
	}

	function pendingTile(p) {
		return h("a", { class: "waiting", href: photoPage(bucket, p.key), title: p.message ?? "" }, h("span", { class: `chip ${p.state === "running" ? "busy" : "plain"}` }, p.state),
			h("span", { class: "name" }, p.key.split("/").at(-1)), p.reason && h("span", { class: "bad" }, `try ${p.attempts + 1} after ${p.reason}`));
	}

	// -- choosing --

	function choose(i, yes, stretch) {
		const [a, b] = stretch && anchor >= 0 ? [Math.min(anchor, i), Math.max(anchor, i)] : [i, i];

		for (let n = a; n <= b; n++) {
			const key = pages.at(n)?.key;

			if (key !== undefined)
				chosen[yes ? "add" : "delete"](key);
		}
		anchor = i;
		drawBar();
		draw();
	}

	function drawBar() {
		bar.hidden = chosen.size === 0;
		bar.replaceChildren(h("strong", {}, `${count(chosen.size)} chosen`), h("button", { class: "small", onclick: retryChosen }, "Retry"),
			h("button", { class: "small danger", onclick: deleteChosen }, "Delete"), h("button", { class: "small", onclick: clearChosen }, "Choose none"));
	}

	function clearChosen() {
		chosen.clear();
		drawBar();
		draw();
	}

	async function deleteChosen() {
		const keys = [...chosen];

		if (!await confirmed(`Delete ${plural(keys.length, "photo")}? Their thumbnails and rows go with them.`, "Delete"))
			return;
		try {
			for (let i = 0; i < keys.length; i += 500)
				await post("/_/objects/delete", { bucket, keys: keys.slice(i, i + 500) });
			say(`${plural(keys.length, "photo")} deleted.`);
			clearChosen();
		} catch (e) {
			say(e.message, true);
		}
		renewSoon();
	}

	async function retryChosen() {
		let again = 0;

		for (const key of chosen)
			try {
				again += (await post(`/_/retry?${query({ bucket, key })}`)).retried;
			} catch (e) {
				if (e.status !== 404) {
					say(e.message, true);
					return;
				}
			}
		say(`${plural(again, "photo")} of ${count(chosen.size)} run again.`);
		clearChosen();
		renewSoon();
	}

	// -- what changes --

	function renewSoon() {
		renewTimer ??= setTimeout(() => {
			renewTimer = undefined;
			pages.renew();
			draw();
		}, RENEW_MS);
	}

	function toTop() {
		fresh.hidden = true;
		scrollTo(0, 0);
		renewSoon();
	}

	function onEvent(what, e) {
		if (what !== "missed" && e.bucket !== bucket)
			return;
		if (scrollY < innerHeight / 2 || what === "deleted" || what === "removed")
			renewSoon();
		else if (what === "ready")
			fresh.hidden = false;
	}

	function onScroll() {
		resting = false;
		clearTimeout(restTimer);
		restTimer = setTimeout(() => {
			resting = true;
			draw();
		}, REST_MS);
		draw();
	}

	function onKey(e) {
		const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -Infinity, End: Infinity }[e.key];

		if (e.target.tagName !== "A" || e.ctrlKey || e.metaKey || e.altKey)
			return;
		if (step !== undefined)
			move(Math.min(pages.total - 1, Math.max(0, current + step)));
		else if (e.key === " ")
			choose(current, !chosen.has(pages.at(current)?.key), e.shiftKey);
		else if (e.key === "Escape" && chosen.size)
			clearChosen();
		else if (e.key === "Delete" && chosen.size)
			deleteChosen();
		else if (e.key === "Enter")
			walk.index = current;
		else
			return;
		if (e.key !== "Enter")
			e.preventDefault();
	}

	function move(i) {
		const y = wall.getBoundingClientRect().top + scrollY + Math.floor(i / columns) * rowHeight();

		current = i;
		if (y < scrollY + 60 || y + rowHeight() > scrollY + innerHeight)
			scrollTo(0, y - innerHeight / 2 + side / 2);
		paint();
		cells.get(i)?.querySelector("a").focus({ preventScroll: true });
	}

	// -- the filter --

	const field = (name, label, more) => h("label", {}, h("span", {}, label), h("input", { name, autocomplete: "off", spellcheck: "false", ...more }));
	const form = h("form", { class: "filter", role: "search", onsubmit: e => e.preventDefault() },
		field("q", "Key", { type: "search", placeholder: "part of the key" }), field("camera", "Camera", { type: "search", placeholder: "any" }),
		field("from", "From", { type: "date" }), field("to", "To", { type: "date" }),
		h("label", { class: "pick" }, h("input", { type: "checkbox", name: "failed" }), "Failed only"), tally,
		h("span", { class: "grow" }),
		h("button", { type: "button", class: "primary", onclick: () => pickFiles(bucket, false) }, "Upload"),
		h("button", { type: "button", onclick: () => pickFiles(bucket, true), "aria-label": "Upload a folder" }, "Folder"));
	let typing;

	function values() {
		const f = form.elements;

		return { q: f.q.value.trim(), camera: f.camera.value.trim(), from: f.from.value, to: f.to.value, state: f.failed.checked ? "failed" : "" };
	}

	const isFiltered = () => Object.values(values()).some(v => v);

	form.addEventListener("input", () => {
		clearTimeout(typing);
		typing = setTimeout(() => {
			current = 0;
			pages.filter(values());
			scrollTo(0, Math.min(scrollY, 1));
			draw();
		}, 180);
	});

	// -- coming and going --

	const silence = listen(onEvent), undrop = takeDrops(bucket);
	const size = new ResizeObserver(draw);

	wall.addEventListener("keydown", onKey);
	wall.addEventListener("click", e => {
		const cell = e.target.closest(".cell");

		if (cell)
			walk.index = cell.place;
	});
	addEventListener("scroll", onScroll, { passive: true });
	size.observe(wall);
	drawBar();
	Object.assign(walk, { bucket, at: i => pages.at(i), total: 0, index: -1, want: (a, b) => pages.want(a, b) });
	return {
		element: h("div", { class: "gallery" }, form, said, bar, strip, fresh, none, wall),
		renew: renewSoon,
		close() {
			closed = true;
			clearTimeout(renewTimer);
			clearTimeout(restTimer);
			silence();
			undrop();
			size.disconnect();
			removeEventListener("scroll", onScroll);
			pages.close();
		},
	};
}

let last;

export function bucketGallery(_, name) {
	const bucket = decodeURIComponent(name);
	let gallery;

	return {
		title: bucket,
		load() {
			if (live.cut)
				gallery?.renew();
			return {};
		},
		view: () => [h("p", { class: "under" }, h("a", { href: "#/buckets" }, "All buckets")), h("div", { "data-own": "gallery" })],
		mounted(root) {
			const place = root.querySelector("[data-own=gallery]");

			if (gallery || !place)
				return;
			gallery = openGallery(bucket, last?.bucket === bucket ? last.y : 0);
			place.append(gallery.element);
		},
		closed() {
			last = { bucket, y: scrollY };
			gallery?.close();
		},
	};
}
