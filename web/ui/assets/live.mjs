// What happens to photos, as it happens: server-sent events. While they do not come, whoever shows something asks by himself.

const WORDS = ["uploaded", "deleted", "started", "retry", "ready", "failed", "superseded", "removed", "missed"];

const listeners = new Set();
let source;

export const live = { connected: false };

function tell(what, data) {
	for (const heard of [...listeners])
		heard(what, data);
}

export function start() {
	stop();
	source = new EventSource("/_/events");
	source.onopen = () => {
		live.connected = true;
	};
	source.onerror = () => {
		live.connected = false;
	};
	for (const word of WORDS)
		source.addEventListener(word, e => tell(word, JSON.parse(e.data)));
}

export function stop() {
	source?.close();
	source = undefined;
	live.connected = false;
}

// `heard(what, { bucket, key, ... })`; the answer ends it.
export function listen(heard) {
	listeners.add(heard);
	return () => listeners.delete(heard);
}
