// One file on its way up: in one piece when it is small, else by tus, which goes on where it was broken off, also after the page was closed.
import { uploadUrl } from "./place.mjs";

const WHOLE_MAX = 8 << 20;
const PIECE = 8 << 20;
const TRIES = 6;
const VERSION = "1.0.0";

class Failed extends Error {
	constructor(status, message) {
		super(message);
		this.status = status;
	}
}

const base64 = text => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));
const pause = ms => new Promise(done => setTimeout(done, ms));

// XMLHttpRequest alone tells how far a request's body has come.
function send(method, url, headers, body, job, progress) {
	return new Promise((done, fail) => {
		const x = job.request = new XMLHttpRequest();

		x.open(method, url);
		for (const [name, value] of Object.entries({ "X-Minilab": "1", ...headers }))
			x.setRequestHeader(name, value);
		x.upload.onprogress = e => progress?.(e.loaded);
		x.onload = () => done(x);
		x.onerror = () => fail(new Failed(0, "minilab does not answer."));
		x.onabort = () => fail(new Failed(-1, "cancelled"));
		x.send(body);
	});
}

function refusal(x) {
	let said;

	try {
		said = JSON.parse(x.responseText).message;
	} catch {
		said = x.responseText.slice(0, 200);
	}
	return new Failed(x.status, said || `minilab answered with status ${x.status}.`);
}

async function whole(job, progress) {
	const x = await send("PUT", uploadUrl(job.bucket, job.key), { "Content-Type": job.file.type || "application/octet-stream" }, job.file, job, progress);

	if (x.status >= 300)
		throw refusal(x);
}

// -- tus: tus.io, "Core Protocol" and "Creation" --

const mark = job => `minilab-upload:${job.bucket}:${job.key}:${job.file.size}:${job.file.lastModified}`;

async function create(job) {
	const metadata = `key ${base64(job.key.replaceAll("{", "{{"))},filename ${base64(job.file.name)},filetype ${base64(job.file.type || "application/octet-stream")}`;
	const x = await send("POST", `/_/tus/${encodeURIComponent(job.bucket)}`, { "Tus-Resumable": VERSION, "Upload-Length": job.file.size, "Upload-Metadata": metadata },
		null, job);

	if (x.status !== 201)
		throw refusal(x);
	const place = new URL(x.getResponseHeader("Location"), location.href).href;

	localStorage.setItem(mark(job), place);
	return { place, at: 0 };
}

async function offset(job, place) {
	const x = await send("HEAD", place, { "Tus-Resumable": VERSION }, null, job);

	return x.status < 300 ? Number(x.getResponseHeader("Upload-Offset")) : undefined;
}

async function begin(job) {
	const place = localStorage.getItem(mark(job)), at = place ? await offset(job, place) : undefined;

	return at === undefined ? create(job) : { place, at };
}

async function pieces(job, progress) {
	let { place, at } = await begin(job), tries = 0;

	while (at < job.file.size || job.file.size === 0) {
		let x;

		try {
			x = await send("PATCH", place, { "Tus-Resumable": VERSION, "Upload-Offset": at, "Content-Type": "application/offset+octet-stream" },
				job.file.slice(at, at + PIECE), job, n => progress(at + n));
			if (x.status >= 400 && x.status !== 409 && x.status < 500)
				throw refusal(x);
			if (x.status < 300) {
				at = Number(x.getResponseHeader("Upload-Offset"));
				tries = 0;
				progress(at);
				continue;
			}
		} catch (e) {
			if (e.status !== 0)
				throw e;
		}
		if (++tries > TRIES)
			throw new Failed(0, "It was broken off too often. Drop the file again to go on.");
		await pause(500 * 2 ** tries);
		at = await offset(job, place) ?? at;
	}
	localStorage.removeItem(mark(job));
}

// `job` is { bucket, key, file }, and gets `request` while one is under way. `progress(bytes)`.
export async function transfer(job, progress) {
	if (job.file.size <= WHOLE_MAX)
		return whole(job, progress);
	try {
		return await pieces(job, progress);
	} catch (e) {
		if (e.status === 404 || e.status === 405)
			return whole(job, progress);
		throw e;
	}
}
