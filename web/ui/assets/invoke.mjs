// An invocation by hand, and all that became of it.
import { ask } from "./api.mjs";
import { h } from "./dom.mjs";
import { bytes, duration, pretty } from "./format.mjs";

const result = (label, value) => h("div", {}, h("dt", {}, label), h("dd", {}, value));

function outcome(said) {
	return [
		h("p", { class: said.function_error ? "verdict bad" : "verdict good" }, said.function_error ? "Function error" : "Succeeded"),
		h("dl", { class: "facts" },
			result("Duration", duration(said.duration_ms)),
			result("Init", said.init_ms ? duration(said.init_ms) : "none, warm"),
			result("Memory", said.memory_peak_kb ? bytes(said.memory_peak_kb * 1024) : "–"),
			result("Version", said.executed_version),
			result("Request", h("code", {}, said.request))),
		h("h3", {}, said.answer_cut ? `Answer, the first part of ${bytes(said.answer_bytes)}` : "Answer"),
		h("pre", { tabindex: "0" }, said.answer_cut ? said.answer : pretty(said.answer)),
		said.log_tail && [h("h3", {}, "Its log"), h("pre", { tabindex: "0", class: "tail" }, said.log_tail)],
	];
}

function problem(text) {
	try {
		JSON.parse(text || "{}");
		return "";
	} catch (e) {
		return `The event is not JSON: ${e.message}.`;
	}
}

// `after` is called when an invocation is over. Qualifiers are told by `offer`.
export function openInvoke(name, event, after) {
	const area = h("textarea", { id: "event", rows: "7", spellcheck: "false", autocapitalize: "none", "aria-describedby": "event-problem" }, event);
	const qualifier = h("select", { id: "qualifier" }, h("option", { value: "" }, "$LATEST"));
	const button = h("button", { class: "primary" }, "Invoke");
	const trouble = h("p", { class: "error", id: "event-problem", role: "alert" });
	const out = h("div", { class: "outcome", role: "status", "aria-label": "Outcome" });
	let offered = "";

	async function submit(e) {
		e.preventDefault();
		trouble.textContent = problem(area.value);
		if (trouble.textContent || button.disabled)
			return;
		button.disabled = true;
		button.textContent = "Running";
		out.replaceChildren();
		try {
			const query = qualifier.value ? `?qualifier=${encodeURIComponent(qualifier.value)}` : "";
			const said = await ask("POST", `/_/invoke/${encodeURIComponent(name)}${query}`, area.value.trim() || "{}");

			out.replaceChildren(...outcome(said).flat().filter(Boolean));
		} catch (error) {
			trouble.textContent = error.message;
		}
		button.disabled = false;
		button.textContent = "Invoke";
		after();
	}

	function keydown(e) {
		if (e.key === "Enter" && (e.ctrlKey || e.metaKey))
			form.requestSubmit();
	}

	function offer(names) {
		if (names.join() === offered)
			return;
		offered = names.join();
		const chosen = qualifier.value;

		qualifier.replaceChildren(...["", ...names].map(n => h("option", { value: n, selected: n === chosen }, n || "$LATEST")));
	}

	const form = h("form", { onsubmit: submit, onkeydown: keydown },
		h("label", { for: "event" }, "Event"), area, trouble,
		h("div", { class: "actions" }, button, h("label", { for: "qualifier" }, "Version or alias"), qualifier, h("span", { class: "dim keys" }, "Ctrl Enter")));

	return { element: h("div", {}, form, out), offer };
}
