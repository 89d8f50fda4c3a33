// Numbers and times as people read them.

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export const count = n => n === undefined ? "–" : number.format(n);

export function bytes(n) {
	const units = ["B", "KB", "MB", "GB", "TB"];
	let i = 0;

	for (; n >= 1024 && i < units.length - 1; i++)
		n /= 1024;
	return `${number.format(n)} ${units[i]}`;
}

export function duration(ms) {
	if (ms < 1000)
		return `${ms < 10 ? number.format(ms) : Math.round(ms)} ms`;
	const s = Math.floor(ms / 1000);

	if (s < 60)
		return `${s < 10 ? number.format(ms / 1000) : s} s`;
	if (s < 3600)
		return `${Math.floor(s / 60)} min${s < 600 && s % 60 ? ` ${s % 60} s` : ""}`;
	if (s < 86400)
		return `${Math.floor(s / 3600)} h${s % 3600 >= 60 ? ` ${Math.floor(s % 3600 / 60)} min` : ""}`;
	return `${Math.floor(s / 86400)} d${s % 86400 >= 3600 ? ` ${Math.floor(s % 86400 / 3600)} h` : ""}`;
}

export const age = iso => duration(Math.max(0, Date.now() - Date.parse(iso)));

const two = n => String(n).padStart(2, "0");

export const clock = d => `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;

export function moment(iso) {
	const d = new Date(iso);

	return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${clock(d)}`;
}

export const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

// JSON laid out; anything else as it is.
export function pretty(text) {
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
}
