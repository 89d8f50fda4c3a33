import { get, post } from "./api.mjs";
import { confirmed, h } from "./dom.mjs";
import { age, count, moment, plural, pretty } from "./format.mjs";
import { cell, table } from "./functions.mjs";
import { photoPage } from "./place.mjs";
import { nextStep } from "./reasons.mjs";

const COLUMNS = [["Function"], ["Reason"], ["About"], ["Attempts", "n"], ["Age", "n"], ["Dead for", "n"], ["Actions", "unseen-heading"]];

const PAGES_FILTERED = 10;

export function deadPage({ refresh, redraw }, wanted) {
	const chosen = new Set(), events = new Map(), only = { code: wanted ? decodeURIComponent(wanted) : "", function: "" };
	let pages = only.code ? PAGES_FILTERED : 1, shown, said = "", bad = false, busy = false;

	const fits = d => (!only.code || d.code === only.code) && (!only.function || d.function === only.function);

	function filter(name, value) {
		only[name] = value;
		chosen.clear();
		if (value)
			pages = Math.max(pages, PAGES_FILTERED);
		refresh();
	}

	function choice(name, label, letters) {
		const values = [...new Set([...letters.map(d => d[name]), only[name]])].filter(Boolean).sort();

		return values.length > 1 || only[name] ? h("select", { "aria-label": label, onchange: e => filter(name, e.target.value) },
			h("option", { value: "", selected: !only[name] }, label), values.map(v => h("option", { value: v, selected: v === only[name] }, v))) : false;
	}

	async function redrive(what, n) {
		busy = true;
		redraw();
		try {
			const answer = await post("/_/dead/redrive", what);

			said = `${plural(answer.retried, "event")} of ${count(n)} run again.`;
			bad = false;
			chosen.clear();
		} catch (e) {
			said = e.message;
			bad = true;
		}
		busy = false;
		refresh();
	}

	async function redriveAll(n) {
		if (await confirmed(`Run ${n === 1 ? "the dead letter" : `all ${count(n)} dead letters`} again? Each event is tried anew, as often as its function is configured to.`, "Redrive all"))
			redrive({ all: true }, n);
	}

	async function toggle(id) {
		if (events.delete(id)) {
			redraw();
			return;
		}
		events.set(id, "Loading");
		redraw();
		try {
			const answer = await get(`/_/dead/event?id=${id}`);

			events.set(id, answer.cut ? answer.event : pretty(answer.event));
		} catch (e) {
			events.set(id, e.message);
		}
		redraw();
	}

	function choose(letters, yes) {
		for (const d of letters)
			if (yes)
				chosen.add(d.id);
			else
				chosen.delete(d.id);
		redraw();
	}

	function about(d) {
		if (d.bucket !== undefined)
			return h("a", { href: photoPage(d.bucket, d.key) }, h("code", {}, `${d.bucket}/${d.key}`));
		return h("code", { class: "dim" }, d.request);
	}

	function row(d) {
		const open = events.has(d.id), name = d.function + (d.qualifier ? `:${d.qualifier}` : "");

		return [
			h("tr", { "data-key": d.id, class: `${chosen.has(d.id) ? "chosen" : ""} ${open ? "opened" : ""}` },
				h("th", { scope: "row" }, h("label", { class: "pick" },
					h("input", { type: "checkbox", checked: chosen.has(d.id), onchange: e => choose([d], e.target.checked), "aria-label": `Choose dead letter ${d.id}` }),
					d.function ? h("a", { href: `#/functions/${encodeURIComponent(d.function)}` }, name) : h("span", { class: "dim" }, "deleted"))),
				cell("Reason", "reason", h("strong", { class: "bad" }, d.code), h("span", { class: "message" }, d.message), open && h("span", { class: "dim row" }, nextStep(d.code))),
				cell("About", "", about(d)),
				cell("Attempts", "n", count(d.attempts)),
				cell("Age", "n", h("span", { title: moment(d.first_at) }, age(d.first_at))),
				cell("Dead for", "n", h("span", { title: moment(d.dead_at) }, age(d.dead_at))),
				h("td", { class: "buttons" },
					h("button", { class: "small", "aria-expanded": String(open), onclick: () => toggle(d.id) }, open ? "Hide event" : "Event"),
					h("button", { class: "small", disabled: busy, onclick: () => redrive({ ids: [d.id] }, 1) }, "Redrive"))),
			open && h("tr", { "data-key": `${d.id}-event`, class: "more" }, h("td", { colspan: "7" }, h("pre", { tabindex: "0" }, events.get(d.id)))),
		];
	}

	function toolbar(data) {
		const letters = data.letters.filter(fits), all = letters.length > 0 && letters.every(d => chosen.has(d.id));

		return h("div", { class: "toolbar" },
			h("label", { class: "pick" }, h("input", { type: "checkbox", checked: all, onchange: e => choose(letters, e.target.checked) }), chosen.size ? `${count(chosen.size)} chosen` : "Choose all shown"),
			choice("code", "Any reason", data.letters), choice("function", "Any function", data.letters),
			h("button", { class: "primary", disabled: busy || chosen.size === 0, onclick: () => redrive({ ids: [...chosen] }, chosen.size) }, "Redrive chosen"),
			h("button", { disabled: busy, onclick: () => redriveAll(data.all) }, `Redrive all ${count(data.all)}`));
	}

	return {
		title: "Dead letters",
		parts: ["queue", "clock"],
		async load() {
			const letters = [];
			let after = 0, page;

			for (let i = 0; i < pages && (i === 0 || after); i++) {
				page = await get(`/_/dead?after=${after}`);
				letters.push(...page.dead_letters);
				after = page.next;
			}
			shown = new Set(letters.map(d => d.id));
			for (const id of chosen)
				if (!shown.has(id))
					chosen.delete(id);
			return { letters, all: page.all, more: after !== 0 };
		},
		view(data) {
			return [
				h("p", { class: bad ? "said trouble" : "said", role: "status" }, said),
				data.letters.length > 0 && toolbar(data),
				nextStep(only.code) && h("p", { class: "notice" }, nextStep(only.code)),
				h("section", { class: "panel flush" }, table("Dead letters", COLUMNS, data.letters.filter(fits).flatMap(row).filter(Boolean),
					"There are none. An event comes here when its function has failed as often as it may be tried.")),
				data.more && h("p", {}, h("button", { onclick: () => { pages++; refresh(); } }, `Show more than ${count(data.letters.length)}`)),
			];
		},
	};
}
