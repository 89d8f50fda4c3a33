import { get } from "./api.mjs";
import { h } from "./dom.mjs";
import { bytes, count, duration, plural } from "./format.mjs";
import { cell, chip, figure, table } from "./functions.mjs";

const PARTS = [["namespaces", "Namespaces"], ["landlock", "Landlock"], ["seccomp", "System call filter"], ["cgroup", "Control group"]];

const STATES = { up: "good", "not started": "plain", off: "plain" };

const panel = (title, kind, ...content) => h("section", { class: `panel ${kind}` }, h("h2", {}, title), content);

function cage(title, c, rung) {
	return panel(title, "", h("p", { class: "rung" }, "Rung ", h("strong", {}, rung)),
		h("ul", { class: "checks" }, PARTS.map(([name, label]) => h("li", { class: c[name] ? "yes" : "no" }, label, h("span", { class: "unseen" }, c[name] ? ": yes" : ": no")))));
}

function zygote([name, z]) {
	return h("tr", { "data-key": name }, h("th", { scope: "row" }, name), cell("State", "", chip([z.state, STATES[z.state] ?? "bad"])),
		cell("Idle", "n", count(z.idle)), cell("Busy", "n", count(z.busy)), cell("Starting", "n", count(z.starting)), cell("Made", "n", count(z.spawned)));
}

// What the presets of now would do to photos made with others.
function presets(c) {
	return c && h("p", { class: "notice" }, h("strong", {}, "Presets have changed. "), `${plural(c.photos_lacking + c.photos_other, "photo")} would look otherwise now: `, h("code", {}, c.offer));
}

const fact = (label, value) => h("div", {}, h("dt", {}, label), h("dd", {}, value));

export function healthPage() {
	let well;

	return {
		title: "Health",
		parts: ["queue", "functions", "clock"],
		well: true,
		async load(health) {
			well = health;
			return get("/_/session");
		},
		view(session) {
			const q = well.queue, custom = well.custom;
			const zygotes = [...Object.entries(well.programs), ["custom functions", { state: custom.state, ...custom.environments }]];

			return [
				presets(well.presets_changed),
				h("dl", { class: "figures" },
					figure("Status", well.status === "ok" ? "Well" : "Unwell", well.status === "ok" ? "good" : "bad"),
					figure("Up for", duration(well.uptime_s * 1000)),
					figure("Running now", count(custom.concurrency)),
					figure("Disk free", bytes(well.disk.free)),
					figure("Waiting", count(q.ready)),
					figure("Dead letters", count(q.dead), q.dead && "bad")),
				h("div", { class: "columns even" },
					cage("Cage of built-in functions", well.cage, well.cage.rung),
					custom.state === "off" ? panel("Cage of custom functions", "", h("p", { class: "error" }, "There is none: custom functions cannot run here.")) :
						cage("Cage of custom functions", custom, custom.rung)),
				panel("Zygotes and environments", "flush", table("Zygotes", [["Zygote"], ["State"], ["Idle", "n"], ["Busy", "n"], ["Starting", "n"], ["Made", "n"]], zygotes.map(zygote), "")),
				h("div", { class: "columns even" },
					panel("Queue", "", h("dl", { class: "facts" },
						fact("Ready", count(q.ready)), fact("Running", count(q.leased)), fact("Dead", h("a", { href: "#/dead-letters" }, count(q.dead))),
						fact("Oldest waits for", q.oldest_waiting_s ? duration(q.oldest_waiting_s * 1000) : "none waits"))),
					panel("Versions and place", "", h("dl", { class: "facts" },
						fact("minilab", session.version), fact("Store", session.library), fact("Region", session.region), fact("Account", session.account),
						fact("Disk", `${bytes(well.disk.free)} free of ${bytes(well.disk.size)}${well.disk.writable ? "" : ", not writable"}`),
						fact("Way out for functions", custom.outbound ? "can be given" : "none")))),
			];
		},
	};
}
