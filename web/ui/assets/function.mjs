import { counters, get } from "./api.mjs";
import { h } from "./dom.mjs";
import { age, bytes, count, duration, moment } from "./format.mjs";
import { BUILTIN, cell, chip, figure, stateOf, table } from "./functions.mjs";
import { openInvoke } from "./invoke.mjs";
import { openLog } from "./log.mjs";

const S3_EVENT = JSON.stringify({ Records: [{ eventName: "ObjectCreated:Put", s3: { bucket: { name: "photos" }, object: { key: "a.jpg" } } }] }, null, 2);

const panel = (title, kind, ...content) => h("section", { class: `panel ${kind}` }, h("h2", {}, title), content);
const fact = (label, value) => Boolean(value) && h("div", {}, h("dt", {}, label), h("dd", {}, value));

function configuration(data) {
	const c = data.configuration, settings = data.settings[0]?.body ?? {}, dead = c.DeadLetterConfig?.TargetArn;

	return panel("Configuration", "", h("dl", { class: "facts" },
		fact("Runtime", c.Runtime === BUILTIN ? "built in" : c.Runtime),
		fact("Handler", c.Handler && h("code", {}, c.Handler)),
		fact("Memory", `${count(c.MemorySize ?? 128)} MB`),
		fact("Timeout", duration((c.Timeout ?? 3) * 1000)),
		fact("Reserved concurrency", settings.Reserved >= 0 ? count(settings.Reserved) : "none"),
		fact("Storage in /tmp", c.EphemeralStorage && `${count(c.EphemeralStorage.Size)} MB`),
		fact("Network", c.Network),
		fact("Code", c.CodeSize && bytes(c.CodeSize)),
		fact("Layers", c.Layers?.length && c.Layers.map(l => h("code", { class: "row" }, l.Arn.split(":").slice(-2).join(":")))),
		fact("Variables", data.variables.length && data.variables.map(v => h("code", { class: "row" }, v))),
		fact("Dead letters go to", dead && h("code", {}, dead)),
		fact("Function URL", data.urls.length && data.urls.map(u => h("span", { class: "row" }, `${u.name || "$LATEST"}: ${u.body.AuthType}, ${u.body.InvokeMode}`))),
		fact("Log group", c.LoggingConfig?.LogGroup && h("code", {}, c.LoggingConfig.LogGroup)),
		fact("Description", c.Description),
		fact("Changed", moment(data.modified_at))));
}

function environmentRow(e) {
	return h("tr", { "data-key": e.log_stream },
		cell("State", "", chip([e.state, e.state === "busy" ? "busy" : "plain"]), e.provisioned && h("span", { class: "dim" }, " provisioned")),
		cell("Version", "", e.version),
		cell("Age", "n", duration(e.age_ms)),
		cell("Idle", "n", e.idle_ms ? duration(e.idle_ms) : "–"),
		cell("Peak", "n", e.memory_peak_kb ? bytes(e.memory_peak_kb * 1024) : "–"),
		cell("Runs", "n", count(e.invocations)));
}

function programRow([name, p]) {
	return h("tr", { "data-key": name }, h("th", { scope: "row" }, name), cell("Idle", "n", count(p.idle)), cell("Busy", "n", count(p.busy)),
		cell("Made since the start", "n", count(p.spawned)));
}

function environments(data, well) {
	if (data.configuration.Runtime === BUILTIN)
		return panel("Environments", "flush", table("Environments", [["Program"], ["Idle", "n"], ["Busy", "n"], ["Made", "n"]],
			Object.entries(well.programs).map(programRow), ""));
	return panel("Environments", "flush", table("Environments", [["State"], ["Version"], ["Age", "n"], ["Idle", "n"], ["Peak", "n"], ["Runs", "n"]],
		data.environments.map(environmentRow), "None is there now. The next invocation makes one."));
}

function versionRow(v) {
	return h("tr", { "data-key": v.version }, h("th", { scope: "row" }, String(v.version)), cell("Runtime", "", v.runtime), cell("Code", "n", bytes(v.code_size)),
		cell("Published", "n", h("span", { title: moment(v.published_at) }, `${age(v.published_at)} ago`)), cell("Description", "", v.description || "–"));
}

function aliasRow(a) {
	const weights = Object.entries(a.body.Weights ?? {}).map(([v, w]) => `, ${v}: ${count(w * 100)} %`).join("");

	return h("tr", { "data-key": a.name }, h("th", { scope: "row" }, a.name), cell("Version", "", `${a.body.FunctionVersion}${weights}`),
		cell("Description", "", a.body.Description || "–"));
}

function figures(c) {
	const runs = c.duration_seconds_count ?? 0, errors = c.errors_total ?? 0, throttles = c.throttles_total ?? 0;

	return h("dl", { class: "figures" },
		figure("Running now", count(c.concurrency ?? 0)),
		figure("Invocations", count(c.invocations_total ?? 0)),
		figure("Errors", count(errors), errors && "bad"),
		figure("Cold starts", count(c.cold_starts_total ?? 0)),
		figure("Throttles", count(throttles), throttles && "warn"),
		figure("Mean duration", runs ? duration(c.duration_seconds_sum / runs * 1000) : "–"));
}

export function functionPage({ refresh }, name) {
	let log, invoke, well, shown;

	function over() {
		log.now();
		refresh();
	}

	return {
		title: name,
		parts: ["functions", "store", "clock"],
		well: true,
		async load(health) {
			const [data, c] = await Promise.all([get(`/_/function?name=${encodeURIComponent(name)}`), counters()]);

			well = health;
			return shown = { ...data, counters: c[name] ?? {} };
		},
		view(data) {
			const runtime = data.configuration.Runtime;

			return [
				h("p", { class: "under" }, h("a", { href: "#/functions" }, "All functions"), chip(stateOf(runtime, well)),
					h("span", { class: "dim" }, runtime === BUILTIN ? "built in" : runtime)),
				figures(data.counters),
				h("div", { class: "columns" },
					h("div", {}, panel("Invoke", "", h("div", { "data-own": "invoke" })),
						panel("Log", "flush", h("div", { "data-own": "log" }))),
					h("div", {}, environments(data, well), configuration(data),
						panel("Versions", "flush", table("Versions", [["Version"], ["Runtime"], ["Code", "n"], ["Published", "n"], ["Description"]],
							data.versions.toReversed().map(versionRow), "No version is published.")),
						panel("Aliases", "flush", table("Aliases", [["Alias"], ["Version"], ["Description"]],
							data.aliases.map(aliasRow), "There is no alias.")))),
			];
		},
		// The log and the form live as long as the page, and are put where they belong once.
		mounted(root) {
			const place = root.querySelector("[data-own=invoke]");

			if (!place)
				return;
			if (!invoke) {
				invoke = openInvoke(name, shown.configuration.Runtime === BUILTIN ? S3_EVENT : "{}", over);
				log = openLog(name);
				place.append(invoke.element);
				root.querySelector("[data-own=log]").append(log.lines);
			}
			invoke.offer([...shown.aliases.map(a => a.name), ...shown.versions.map(v => String(v.version)).toReversed()]);
		},
		closed() {
			log?.close();
		},
	};
}
