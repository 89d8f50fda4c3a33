// The official client of tus, and Uppy, in Node.js: uploads that are broken off and go on. Prints "ok - ..." or "not ok - ...".
const crypto = require("crypto"), net = require("net"), stream = require("stream");
const tus = require("tus-js-client");
const [endpoint, token] = [process.env.TUS_ENDPOINT, process.env.TUS_TOKEN];
const auth = { Authorization: "Bearer " + token };
const bytes = n => crypto.createHash("shake256", { outputLength: n }).update("seed").digest();

function upload(data, options) {
	return new Promise((done, failed) => {
		const u = new tus.Upload(data, { endpoint, headers: auth, retryDelays: [0, 200, 1000, 2000], onError: failed, onSuccess: () => done(u), ...options });
		options.before ? options.before(u) : u.start();
	});
}

async function same(name, data) {
	const status = await fetch(endpoint.replace("/_/tus/", "/_/status/") + "/" + name, { headers: auth });
	const told = await status.json();
	if (status.status != 200 || told.size != data.length)
		throw new Error(name + ": " + status.status + " " + JSON.stringify(told));
}

// A proxy that ends the connection after so many bytes, again and again.
function breaker(port, after) {
	return new Promise(ready => {
		const server = net.createServer(client => {
			const there = net.connect(port, "127.0.0.1");
			let n = 0;
			client.on("data", d => { n += d.length; there.write(d); if (n > after) setTimeout(() => { client.destroy(); there.destroy(); }, 20); });
			there.on("data", d => client.write(d));
			for (const s of [client, there]) { s.on("error", () => 0); s.on("close", () => { client.destroy(); there.destroy(); }); }
		});
		server.listen(0, "127.0.0.1", () => ready(server));
	});
}

const tests = {
	async "one request"() {
		const data = bytes(300000);
		await upload(data, { metadata: { filename: "one", filetype: "image/x", key: "js/{name}" } });
		await same("js/one", data);
	},
	async "in chunks"() {
		const data = bytes(1000000);
		await upload(data, { chunkSize: 128 << 10, metadata: { filename: "chunks", key: "js/{name}" } });
		await same("js/chunks", data);
	},
	async "with the creation"() {
		const data = bytes(100000);
		await upload(data, { uploadDataDuringCreation: true, metadata: { filename: "created", key: "js/{name}" } });
		await same("js/created", data);
	},
	async "a stream without a length"() {
		const data = bytes(500000);
		await upload(stream.Readable.from([data.subarray(0, 300000), data.subarray(300000)]),
			{ uploadLengthDeferred: true, chunkSize: 100000, metadata: { filename: "stream", key: "js/{name}" } });
		await same("js/stream", data);
	},
	async "a connection that breaks goes on by itself"() {
		const data = bytes(4000000), server = await breaker(new URL(endpoint).port, 1500000);
		let retried = 0;
		await upload(data, { endpoint: endpoint.replace(/:\d+/, ":" + server.address().port), metadata: { filename: "broken", key: "js/{name}" },
			onShouldRetry: () => { retried++; return true; } });
		server.close();
		if (retried < 2)
			throw new Error("it was not broken off: " + retried);
		await same("js/broken", data);
	},
	async "aborted, and gone on by its URL"() {
		const data = bytes(2000000);
		let url;
		await new Promise(done => {
			const u = new tus.Upload(data, { endpoint, headers: auth, chunkSize: 500000, metadata: { filename: "resumed", key: "js/{name}" },
				onChunkComplete: () => { url = u.url; u.abort().then(done); } });
			u.start();
		});
		const u = await upload(data, { uploadUrl: url });
		if (u.url != url)
			throw new Error("it began anew");
		await same("js/resumed", data);
	},
	async "terminated"() {
		const data = bytes(2000000);
		const url = await new Promise(done => {
			const u = new tus.Upload(data, { endpoint, headers: auth, chunkSize: 500000, metadata: { filename: "ended" },
				onChunkComplete: () => u.abort(true).then(() => done(u.url)) });
			u.start();
		});
		const url2 = url || "";
		if (url2 && (await fetch(url2, { method: "HEAD", headers: { ...auth, "Tus-Resumable": "1.0.0" } })).status != 404)
			throw new Error("it is still there");
	},
};

(async () => {
	for (const [name, run] of Object.entries(tests))
		await run().then(() => console.log("ok - " + name), e => console.log("not ok - " + name + ": " + (e.stack || e)));
})();
