// The photos of a bucket by their places: pages that are near what is looked at are fetched, others cancelled or forgotten.
import { Refused, ask } from "./api.mjs";
import { query } from "./place.mjs";

const SIZE = 200;
const KEPT = 50;

// `changed()` is called when there is more, or other, to show.
export function openPages(bucket, changed, failed) {
	let pages = new Map(), flying = new Map(), filter = {}, total = 0, next = "", order = "newest", list = [], seen = new Set(), pending = [], stale = false;
	let loaded = false, more;

	const filtered = () => Object.values(filter).some(v => v) || order === "key";

	async function fetchPage(values, signal) {
		return ask("GET", `/_/photos?${query({ bucket, max: SIZE, ...filter, ...values })}`, undefined, signal);
	}

	function trouble(e) {
		if (e.name !== "AbortError")
			failed(e instanceof Refused ? e : new Refused(0, "", String(e)));
	}

	function keep(n, page) {
		pages.delete(n);
		pages.set(n, page);
		if (pages.size > KEPT)
			pages.delete(pages.keys().next().value);
	}

	async function fly(n) {
		const control = new AbortController();

		flying.set(n, control);
		try {
			const said = await fetchPage({ at: n * SIZE }, control.signal);

			if (flying.get(n) !== control)
				return;
			flying.delete(n);
			loaded = true;
			order = said.order;
			if (order === "key") {
				take(said);
				return;
			}
			total = said.total;
			if (n === 0)
				pending = said.pending;
			keep(n, { photos: said.photos, fresh: true });
			changed();
		} catch (e) {
			if (flying.get(n) === control)
				flying.delete(n);
			trouble(e);
		}
	}

	function take(said) {
		for (const p of said.photos)
			if (!seen.has(p.key)) {
				seen.add(p.key);
				list.push(p);
			}
		next = said.next;
		pending = said.pending.length ? said.pending : pending;
		loaded = true;
		changed();
	}

	// With a filter, or by keys: one page after the other.
	async function goOn() {
		const control = more = new AbortController();

		try {
			const said = await fetchPage(next ? { after: next } : {}, control.signal);

			if (more !== control)
				return;
			more = undefined;
			order = said.order;
			if (stale) {
				list = [];
				seen = new Set();
				stale = false;
			}
			take(said);
		} catch (e) {
			if (more === control)
				more = undefined;
			trouble(e);
		}
	}

	function cancel() {
		for (const c of flying.values())
			c.abort();
		flying.clear();
		more?.abort();
		more = undefined;
	}

	return {
		// Places from..to are looked at, or soon will be.
		want(from, to) {
			if (filtered()) {
				if (!more && (!loaded || stale || (next && to + SIZE / 2 > list.length)))
					goOn();
				return;
			}
			const first = Math.max(0, Math.floor(from / SIZE)), last = Math.max(first, Math.floor(Math.min(to, Math.max(0, total - 1)) / SIZE));

			for (const [n, c] of flying)
				if (n < first || n > last) {
					c.abort();
					flying.delete(n);
				}
			for (let n = first; n <= last; n++)
				if (!flying.has(n) && !pages.get(n)?.fresh)
					fly(n);
		},
		at: i => filtered() ? list[i] : pages.get(Math.floor(i / SIZE))?.photos[i % SIZE],
		get total() {
			return filtered() ? list.length : total;
		},
		get pending() {
			return pending;
		},
		get state() {
			return !loaded ? "loading" : filtered() && next ? "more" : "all";
		},
		get order() {
			return order;
		},
		// What is shown may be old: it stays until what is new has come.
		renew() {
			cancel();
			for (const p of pages.values())
				p.fresh = false;
			if (filtered()) {
				stale = true;
				next = "";
			}
		},
		filter(values) {
			cancel();
			filter = values;
			pages = new Map();
			list = [];
			seen = new Set();
			next = "";
			order = "newest";
			total = 0;
			loaded = false;
			changed();
		},
		close: cancel,
	};
}
