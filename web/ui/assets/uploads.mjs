// Uploads from this page: files and folders that were dropped or picked, a few at a time, and what becomes of them.
import { get } from "./api.mjs";
import { h } from "./dom.mjs";
import { bytes, count } from "./format.mjs";
import { listen } from "./live.mjs";
import { photoPage, statusUrl } from "./place.mjs";
import { transfer } from "./transfer.mjs";

const AT_A_TIME = 3;
const SHOWN = 60;
const LOOK_MS = 4000;
const LOOKED = 20;

const jobs = [];
const box = h("aside", { class: "uploads", "aria-label": "Uploads", hidden: true });
let running = 0, timer, drawing;

const open = job => job.state === "waiting" || job.state === "uploading";
const WORDS = { waiting: "waiting", uploading: "", uploaded: "making thumbnails", ready: "ready", unwatched: "stored", failed: "failed", cancelled: "cancelled" };

// -- showing --

function row(job) {
	const percent = job.file.size ? Math.round(job.sent / job.file.size * 100) : 100;
	const words = job.state === "uploading" ? `${percent} %` : job.state === "failed" ? job.message : WORDS[job.state];
	const bar = h("progress", { max: "100", value: String(percent), "aria-label": job.key });

	return h("li", { class: job.state },
		h("a", { href: photoPage(job.bucket, job.key), title: job.key }, job.key.split("/").at(-1)), h("span", { class: "dim" }, bytes(job.file.size)),
		h("span", { class: "what", title: job.message ?? "" }, words), open(job) && bar);
}

function draw() {
	const going = jobs.filter(open), made = jobs.filter(j => j.state === "uploaded"), failed = jobs.filter(j => j.state === "failed");
	const title = going.length ? `Uploading, ${count(going.length)} to go` : made.length ? `${count(made.length)} getting thumbnails` : "Uploads";

	drawing = undefined;
	box.hidden = jobs.length === 0;
	box.replaceChildren(
		h("div", { class: "uploads-head" }, h("strong", { role: "status" }, title), failed.length > 0 && h("span", { class: "bad" }, `${count(failed.length)} failed`),
			h("button", { class: "quiet", onclick: going.length ? cancel : clear }, going.length ? "Cancel" : "Close")),
		h("ul", {}, [...jobs.filter(j => j.state === "failed"), ...jobs.filter(j => j.state === "uploading"), ...jobs.filter(j => j.state === "waiting"),
			...jobs.filter(j => !open(j) && j.state !== "failed").toReversed()].slice(0, SHOWN).map(row)));
}

function drawSoon() {
	drawing ??= setTimeout(draw, 100);
}

function cancel() {
	for (const job of jobs.filter(open)) {
		job.state = "cancelled";
		job.request?.abort();
	}
	draw();
}

function clear() {
	jobs.length = 0;
	draw();
}

// -- doing --

async function run(job) {
	running++;
	job.state = "uploading";
	drawSoon();
	try {
		await transfer(job, n => {
			job.sent = n;
			drawSoon();
		});
		job.sent = job.file.size;
		if (job.state === "uploading")
			job.state = "uploaded";
	} catch (e) {
		if (job.state === "uploading")
			Object.assign(job, { state: "failed", message: e.message });
	}
	running--;
	drawSoon();
	watch();
	pump();
}

function pump() {
	while (running < AT_A_TIME) {
		const job = jobs.find(j => j.state === "waiting");

		if (!job)
			return;
		run(job);
	}
}

// Events tell it at once; that some are missed is why it is looked after, too.
async function look() {
	for (const job of jobs.filter(j => j.state === "uploaded").slice(0, LOOKED))
		try {
			const said = await get(statusUrl(job.bucket, job.key));

			if (["ready", "failed", "unwatched"].includes(said.state))
				Object.assign(job, { state: said.state, message: said.message });
		} catch {
			// it is asked again
		}
	timer = undefined;
	drawSoon();
	watch();
}

function watch() {
	if (!timer && jobs.some(j => j.state === "uploaded"))
		timer = setTimeout(look, LOOK_MS);
}

listen((what, e) => {
	const job = jobs.find(j => j.bucket === e.bucket && j.key === e.key && (j.state === "uploaded" || j.state === "uploading"));

	if (!job || (what !== "ready" && what !== "failed"))
		return;
	Object.assign(job, { state: what, message: e.message });
	drawSoon();
});

function add(bucket, files) {
	for (const { file, key } of files)
		jobs.push({ bucket, key, file, sent: 0, state: "waiting" });
	if (!box.isConnected)
		document.body.append(box);
	draw();
	pump();
}

// -- picking and dropping --

export function pickFiles(bucket, folder) {
	const input = h("input", { type: "file", multiple: true, webkitdirectory: folder });

	input.onchange = () => add(bucket, [...input.files].map(file => ({ file, key: file.webkitRelativePath || file.name })));
	input.click();
}

const readSome = reader => new Promise((done, fail) => reader.readEntries(done, fail));

async function walkTree(entry, out) {
	if (entry.isFile) {
		out.push({ file: await new Promise((done, fail) => entry.file(done, fail)), key: entry.fullPath.replace(/^\//, "") });
		return;
	}
	const reader = entry.createReader();

	for (let some = await readSome(reader); some.length; some = await readSome(reader))
		for (const e of some)
			await walkTree(e, out);
}

async function take(bucket, data) {
	const entries = [...data.items].map(i => i.webkitGetAsEntry?.()).filter(Boolean), files = [];

	if (entries.length === 0)
		files.push(...[...data.files].map(file => ({ file, key: file.name })));
	for (const e of entries)
		await walkTree(e, files);
	add(bucket, files);
}

// Until the function that it gives is called, whatever is dropped on the page goes to that bucket.
export function takeDrops(bucket) {
	const veil = h("div", { class: "veil" }, h("p", {}, "Drop to upload to ", h("strong", {}, bucket)));
	let inside = 0;

	const has = e => e.dataTransfer?.types.includes("Files");
	const heard = {
		dragenter(e) {
			if (has(e) && inside++ === 0)
				document.body.append(veil);
		},
		dragleave(e) {
			if (has(e) && --inside === 0)
				veil.remove();
		},
		dragover(e) {
			if (has(e))
				e.preventDefault();
		},
		drop(e) {
			if (!has(e))
				return;
			e.preventDefault();
			inside = 0;
			veil.remove();
			take(bucket, e.dataTransfer);
		},
	};

	for (const [name, f] of Object.entries(heard))
		addEventListener(name, f);
	return () => {
		veil.remove();
		for (const [name, f] of Object.entries(heard))
			removeEventListener(name, f);
	};
}
