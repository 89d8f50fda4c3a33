// The frame around the pages: who is signed in, which page it is, and its data anew when the house tells of a change; or now and then, while it cannot tell.
import { Refused, ask, get, health } from "./api.mjs";
import { bucketsPage } from "./buckets.mjs";
import { deadPage } from "./dead.mjs";
import { h, patch } from "./dom.mjs";
import { clock } from "./format.mjs";
import { doorsPage } from "./doors.mjs";
import { functionPage } from "./function.mjs";
import { functionsPage } from "./functions.mjs";
import { bucketGallery } from "./gallery.mjs";
import { healthPage } from "./health.mjs";
import * as live from "./live.mjs";
import { photoPageOf } from "./photo.mjs";
import { pipelinePage } from "./pipeline.mjs";
import { settingsPage } from "./settings.mjs";
import { signIn } from "./signin.mjs";

const HOME = "#/buckets";
const GAP_MS = 1000;		// between two loads, however much changes
const POLL_MS = 5000;		// while nothing is told

// A row per page: in the navigation, or below the one that is. A page is { title, load(health), view(data), parts?, well?, mounted?(root), closed?() }: parts
// are those of the house (pipeline/pulse.h) that it shows, `well` that it shows health as new as they are.
const routes = [
	{ path: /^#\/buckets$/, href: "#/buckets", label: "Photos", open: bucketsPage },
	{ path: /^#\/b\/([^/]+)$/, below: "#/buckets", open: bucketGallery },
	{ path: /^#\/p\/([^/]+)\/(.+)$/, below: "#/buckets", open: photoPageOf },
	{ path: /^#\/pipeline$/, href: "#/pipeline", label: "Pipeline", open: pipelinePage },
	{ path: /^#\/functions$/, href: "#/functions", label: "Functions", open: functionsPage },
	{ path: /^#\/functions\/([\w-]+)$/, below: "#/functions", open: functionPage },
	{ path: /^#\/dead-letters(?:\?reason=(.*))?$/, href: "#/dead-letters", label: "Dead letters", open: deadPage, note: s => s.queue.dead || "" },
	{ path: /^#\/doors$/, href: "#/doors", label: "Ways in and out", open: doorsPage },
	{ path: /^#\/settings$/, href: "#/settings", label: "Settings", open: settingsPage },
	{ path: /^#\/health$/, href: "#/health", label: "Health", open: healthPage, note: s => s.status === "ok" ? "" : "!" },
];

const app = document.getElementById("app");
let session, page, route, timer, soon, asked = 0, loading = false, again = false, loaded = 0;
let state = { health: undefined, data: undefined, at: undefined, error: "" };

function refresh() {
	clearTimeout(timer);
	tick();
}

// Of several that are under way the last one counts.
async function tick() {
	const mine = ++asked;

	loading = true;
	again = false;
	try {
		const well = page.well || !state.health || !live.live.connected ? await health() : state.health;
		const data = await page.load(well);

		if (mine !== asked)
			return;
		state = { health: well, data, at: new Date(), error: "" };
	} catch (e) {
		if (mine !== asked)
			return;
		if (e instanceof Refused && e.status === 401) {
			showSignIn(e.message);
			return;
		}
		state.error = e.message;
	}
	loading = false;
	loaded = performance.now();
	render();
	schedule();
}

function schedule() {
	clearTimeout(timer);
	if (page && !document.hidden && (!live.live.connected || state.error))
		timer = setTimeout(tick, POLL_MS);
	if (again)
		refreshSoon();
}

// However often it is called: one load at a time, and a while between two.
function refreshSoon() {
	again = true;
	if (loading || soon)
		return;
	soon = setTimeout(() => {
		soon = undefined;
		if (page && again && !document.hidden)
			refresh();
	}, Math.max(0, loaded + GAP_MS - performance.now()));
}

const tells = {
	changed({ parts, queue }) {
		const dead = state.health?.queue.dead;

		if (state.health)
			state.health = { ...state.health, queue: { ...state.health.queue, ...queue } };
		if (page.parts?.some(p => parts.includes(p)))
			refreshSoon();
		else if (queue.dead !== dead)
			render();
	},
	missed: refreshSoon,
	line() {
		render();
		refreshSoon();
	},
};

function link(r) {
	const here = (route.href ?? route.below) === r.href;
	const note = state.health && r.note ? r.note(state.health) : "";

	return h("li", {}, h("a", { href: r.href, "aria-current": here ? "page" : undefined }, r.label,
		note !== "" && h("span", { class: "badge" }, String(note))));
}

async function signOut() {
	await ask("DELETE", "/_/session");
	session = undefined;
	showSignIn("");
}

function sidebar() {
	return h("header", { class: "side" },
		h("a", { class: "brand", href: HOME }, h("img", { src: "ui/icon.svg", alt: "" }), "minilab"),
		h("nav", { "aria-label": "Pages" }, h("ul", {}, routes.filter(r => r.href).map(link))),
		h("div", { class: "who" }, h("span", { class: "dim" }, session.region), h("span", { class: "dim" }, session.account),
			h("button", { class: "quiet", onclick: signOut }, "Sign out")));
}

function updated() {
	const at = state.at ? `updated ${clock(state.at)}` : "loading";

	if (state.error)
		return h("p", { class: "updated stale", role: "status" }, `${state.error} Trying again.`);
	if (live.live.cut)
		return h("p", { class: "updated cut", role: "status" }, `Not live, asking every ${POLL_MS / 1000} s: ${at}`);
	return h("p", { class: "updated" }, live.live.connected ? `Live, ${at}` : at.replace(/^./, c => c.toUpperCase()));
}

function skip(event) {
	event.preventDefault();
	app.querySelector("main h1").focus();
}

function render() {
	const content = state.data === undefined ? [] : page.view(state.data);

	patch(app, h("div", { id: "app" },
		h("a", { class: "skip", href: "#content", onclick: skip }, "Skip to the content"),
		h("div", { class: "frame" }, sidebar(),
			h("main", { "data-key": location.hash }, h("div", { class: "head" }, h("h1", { tabindex: "-1" }, page.title), updated()), content))));
	page.mounted?.(app);
}

function navigate() {
	let match;

	if (!session)
		return;
	route = routes.find(r => match = location.hash.match(r.path));
	if (!route) {
		location.replace(HOME);
		return;
	}
	page?.closed?.();
	page = route.open({ refresh, redraw: () => state.data !== undefined && render() }, ...match.slice(1));
	document.title = `${page.title} · minilab`;
	state = { health: state.health, error: "" };
	render();
	app.querySelector("main h1").focus({ preventScroll: true });
	app.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
	scrollTo(0, 0);
	refresh();
}

function showSignIn(why) {
	clearTimeout(timer);
	asked++;
	page?.closed?.();
	page = undefined;
	live.stop();
	document.title = "Sign in · minilab";
	patch(app, h("div", { id: "app" }, signIn(s => {
		session = s;
		live.start();
		navigate();
	}, why)));
	document.getElementById("access-key").focus();
}

addEventListener("hashchange", navigate);
document.addEventListener("visibilitychange", () => page && !document.hidden ? refresh() : clearTimeout(timer));
live.listen((what, data) => page && tells[what]?.(data));

session = await get("/_/session");
if (session.signed_in) {
	live.start();
	navigate();
} else {
	session = undefined;
	showSignIn("");
}
