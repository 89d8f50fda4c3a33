// The end of a function's log, which follows as long as it is scrolled to its end.
import { get } from "./api.mjs";
import { h } from "./dom.mjs";
import { clock } from "./format.mjs";
import { listen, live } from "./live.mjs";

const PERIOD_MS = 5000;			// while nothing is told
const LINES_MAX = 2000;

const KINDS = [[/^(START|END|REPORT|INIT_REPORT|INIT_START|EXTENSION|TELEMETRY)\b/, "platform"], [/\b(ERROR|FATAL|Traceback|Exception|Task timed out)\b|Error:/, "bad"],
	[/\bWARN(ING)?\b/, "warn"]];

function line(l) {
	const kind = KINDS.find(([pattern]) => pattern.test(l.line))?.[1] ?? "";

	return h("div", { class: `line ${kind}` }, h("time", { datetime: l.at, title: `${l.at} ${l.stream}` }, clock(new Date(l.at))),
		h("span", {}, l.line.replace(/[\r\n]+$/, "")));
}

export function openLog(name) {
	const lines = h("div", { class: "lines", tabindex: "0", role: "log", "aria-label": `Log of ${name}`, "aria-live": "off" },
		h("p", { class: "empty" }, "Nothing was logged yet."));
	let place = "", timer, closed = false, empty = true, asked = 0;

	function add(fresh) {
		const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 24;

		if (fresh.length === 0)
			return;
		if (empty)
			lines.replaceChildren();
		empty = false;
		lines.append(...fresh.map(line));
		while (lines.childElementCount > LINES_MAX)
			lines.firstChild.remove();
		if (atEnd)
			lines.scrollTop = lines.scrollHeight;
	}

	// Of two that are under way the later one counts, and goes on.
	async function follow() {
		const mine = ++asked;

		try {
			const said = document.hidden ? undefined : await get(`/_/tail?function=${encodeURIComponent(name)}&after=${place}`);

			if (said && !closed && mine === asked) {
				place = said.place;
				add(said.lines);
			}
		} catch {
			// the page around it tells that minilab does not answer, or that nobody is signed in
		}
		if (!closed && mine === asked && !live.connected)
			timer = setTimeout(follow, PERIOD_MS);
	}

	function now() {
		clearTimeout(timer);
		follow();
	}

	const silence = listen((what, data) => {
		if (what === "missed" || what === "line" || (what === "changed" && data.parts.includes("logs")))
			now();
	});

	function close() {
		closed = true;
		silence();
		clearTimeout(timer);
	}

	follow();
	return { lines, now, close };
}
