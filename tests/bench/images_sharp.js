// images_sharp - sharp as a contestant of images.py; thumb_peer.h has the words of the conversation. One thread for each
// picture and no cache. Thumbnails of one photo: each by a pipeline of its own, which is how sharp is used and lets each
// shrink while it decodes; with the argument "once" the smaller ones from the largest, kept as raw pixels.
const fs = require("fs");
const sharp = require("sharp");

const once = process.argv[2] === "once";
let photo, resident;
sharp.concurrency(1);
sharp.cache(false);

function statusKb(what) {
	return Number(fs.readFileSync("/proc/self/status", "latin1").match(new RegExp("^" + what + ":\\s+(\\d+)", "m"))[1]);
}

function parse(text) {
	return text.replace(/^\+/, "").split(",").map((word) => {
		const [, side, format, effort] = word.match(/^(\d+)\.(jpg|webp)(\d*)$/);
		return { side: Number(side), format, effort: Number(effort) };
	});
}

function sized(from, side) {
	return from.resize(side, side, { fit: "inside", withoutEnlargement: true });
}

function encoded(image, size) {
	return size.format === "jpg" ? image.jpeg({ quality: 80 }) : image.webp({ quality: 80, effort: size.effort });
}

async function make(sizes) {
	if (!once || sizes.length === 1) {
		const made = [];
		for (const size of sizes)
			made.push(await encoded(sized(sharp(photo).rotate(), size.side), size).toBuffer());
		return made;
	}
	const { data, info } = await sized(sharp(photo).rotate(), sizes[0].side).raw().toBuffer({ resolveWithObject: true });
	const raw = () => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
	const made = [];
	for (const [i, size] of sizes.entries())
		made.push(await encoded(i === 0 ? raw() : sized(raw(), size.side), size).toBuffer());
	return made;
}

async function run(text, out) {
	const sizes = parse(text), before = process.cpuUsage();
	let made;
	try {
		made = await make(sizes);
	} catch (e) {
		return "failed";
	}
	const used = process.cpuUsage(before);
	if (out !== "-")
		made.forEach((bytes, i) => fs.writeFileSync(out + sizes[i].side + "." + sizes[i].format, bytes));
	return "ms=" + ((used.user + used.system) / 1000).toFixed(3) + " bytes=" + made.reduce((n, b) => n + b.length, 0);
}

const words = {
	load: (name) => { photo = fs.readFileSync(name); return "ok"; },
	run,
	reset: () => { fs.writeFileSync("/proc/self/clear_refs", "5"); resident = statusKb("VmRSS"); return "ok"; },
	peak: () => "mb=" + ((statusKb("VmHWM") - resident) / 1024).toFixed(1),
};

async function converse() {
	for await (const line of require("readline").createInterface({ input: process.stdin })) {
		const [word, ...rest] = line.trim().split(/\s+/);
		process.stdout.write(await words[word](...rest) + "\n");
	}
}

converse();
