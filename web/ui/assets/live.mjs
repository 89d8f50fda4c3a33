// What happens to photos and what changed in the house, as it happens: server-sent events. While they do not come, whoever shows something asks by
// himself. A page that nobody sees listens to nothing: browsers have few connections for one host, all windows together.

const WORDS = ["uploaded", "deleted", "started", "retry", "ready", "failed", "superseded", "removed", "missed", "changed"];
const AGAIN_MS = 5000;		// after a refusal, which a browser takes for the end

const listeners = new Set();
let source, wanted = false, timer;

export const live = { connected: false, cut: false };	// cut: it was connected, or could not be

function tell(what, data) {
	for (const heard of [...listeners])
		heard(what, data);
}

function become(connected, cut) {
	if (live.connected === connected && live.cut === cut)
		return;
	Object.assign(live, { connected, cut });
	tell("line", live);
}

function close() {
	clearTimeout(timer);
	source?.close();
	source = undefined;
}

function open() {
	close();
	if (!wanted || document.hidden)
		return;
	source = new EventSource("/_/events?changes=1");
	source.onopen = () => become(true, false);
	source.onerror = () => {
		if (source?.readyState === EventSource.CLOSED)
			timer = setTimeout(open, AGAIN_MS);
		become(false, true);
	};
	for (const word of WORDS)
		source.addEventListener(word, e => tell(word, JSON.parse(e.data)));
}

export function start() {
	wanted = true;
	open();
}

export function stop() {
	wanted = false;
	close();
	Object.assign(live, { connected: false, cut: false });
}

document.addEventListener("visibilitychange", () => {
	if (!document.hidden) {
		open();
		return;
	}
	close();
	Object.assign(live, { connected: false, cut: false });
});

// `heard(what, { bucket, key, ... })`; of "changed" { parts, queue }, of "line" whether it is connected. The answer ends it.
export function listen(heard) {
	listeners.add(heard);
	return () => listeners.delete(heard);
}
