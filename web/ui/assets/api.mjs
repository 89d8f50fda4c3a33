// The local API, asked by the cookie.

export class Refused extends Error {
	constructor(status, code, message) {
		super(message);
		this.status = status;
		this.code = code;
	}
}

async function fetchText(method, path, body, signal) {
	const headers = { "X-Minilab": "1" };

	if (body !== undefined)
		headers["Content-Type"] = "application/json";
	try {
		const answer = await fetch(path, { method, headers, body, signal, cache: "no-store", credentials: "same-origin" });

		return [answer, await answer.text()];
	} catch (e) {
		if (e.name === "AbortError")
			throw e;
		throw new Refused(0, "Unreachable", "minilab does not answer.");
	}
}

function parsed(text) {
	try {
		return JSON.parse(text);
	} catch {
		return {};
	}
}

export async function ask(method, path, body, signal) {
	const [answer, text] = await fetchText(method, path, body, signal);
	const said = parsed(text);

	if (!answer.ok)
		throw new Refused(answer.status, said.error ?? "", said.message ?? `minilab answered with status ${answer.status}.`);
	return said;
}

export const get = path => ask("GET", path);
export const post = (path, value) => ask("POST", path, JSON.stringify(value));

// Its status is for load balancers: when minilab is unwell, the answer says the more.
export async function health() {
	const [answer, text] = await fetchText("GET", "/_/health");
	const said = parsed(text);

	if (!said.status)
		throw new Refused(answer.status, "", "minilab does not tell how it is.");
	return said;
}

// Counters of functions since the start: { name: { invocations_total: 3, ... } }.
export async function counters() {
	const [, text] = await fetchText("GET", "/_/metrics");
	const found = Object.create(null);

	for (const [, counter, name, value] of text.matchAll(/^minilab_function_(\w+)\{function="([^"]*)"\} (\S+)$/gm))
		(found[name] ??= {})[counter] = Number(value);
	return found;
}
