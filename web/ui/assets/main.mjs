// The frame around the pages: who is signed in, which page it is, and its data anew every two seconds. A page that is `quiet` looks after its data itself.
import { Refused, ask, get, health } from "./api.mjs";
import { bucketsPage } from "./buckets.mjs";
import { deadPage } from "./dead.mjs";
import { h, patch } from "./dom.mjs";
import { clock } from "./format.mjs";
import { doorsPage } from "./folders.mjs";
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
const PERIOD_MS = 2000;
const QUIET_MS = 10000;

// A row per page: in the navigation, or below the one that is. A page is { title, load(health), view(data), mounted?(root) }.
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
let session, page, route, timer, asked = 0;
let state = { health: undefined, data: undefined, at: undefined, error: "" };

function refresh() {
	clearTimeout(timer);
	tick();
}

// Of several that are under way the last one counts.
async function tick() {
	const mine = ++asked;

	try {
		const well = await health();
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
	render();
	schedule();
}

function schedule() {
	clearTimeout(timer);
	if (page && !document.hidden)
		timer = setTimeout(tick, page.quiet ? QUIET_MS : PERIOD_MS);
}

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
	if (state.error)
		return h("p", { class: "updated stale", role: "status" }, `${state.error} Trying again.`);
	return h("p", { class: "updated" }, state.at ? `Updated ${clock(state.at)}` : "Loading");
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

session = await get("/_/session");
if (session.signed_in) {
	live.start();
	navigate();
} else {
	session = undefined;
	showSignIn("");
}
