// javascript.js - what 17-javascript.py runs: the AWS SDK for JavaScript v3 against $AWS_ENDPOINT_URL. One line per check,
// "ok" or "not ok" and what it was.
"use strict";
const { S3Client, PutObjectCommand, GetObjectCommand, HeadObjectCommand, CreateBucketCommand, ListObjectsV2Command, DeleteObjectsCommand,
	CopyObjectCommand } = require("@aws-sdk/client-s3");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");
const { Upload } = require("@aws-sdk/lib-storage");
const { Readable } = require("stream");
const crypto = require("crypto");
const http = require("http");
const dns = require("dns");
const fs = require("fs");

const Bucket = "javascript";
const s3 = new S3Client({ endpoint: process.env.AWS_ENDPOINT_URL, region: process.env.AWS_DEFAULT_REGION, forcePathStyle: true, maxAttempts: 1 });

function check(good, what) {
	console.log((good ? "ok " : "not ok ") + what);
}

async function put(Key, Body, more) {
	return s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
}

async function get(Key, more) {
	const answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
	return Buffer.from(await answer.Body.transformToByteArray());	// the SDK verifies the checksum
}

async function refused(call, name, what) {
	try {
		await call();
		check(false, what);
	} catch (e) {
		check(e.name === name, what + ": " + e.name);
	}
}

// A form as a page sends it, from where createPresignedPost is installed.
async function forms(client, host) {
	let createPresignedPost;
	try {
		({ createPresignedPost } = require("@aws-sdk/s3-presigned-post"));
	} catch {
		return;
	}
	const { url, fields } = await createPresignedPost(client, { Bucket, Key: "form/${filename}", Fields: { "Content-Type": "text/x" },
		Conditions: [["content-length-range", 1, 1000], ["starts-with", "$Content-Type", "text/"]], Expires: 300 });
	check(new URL(url).host === host, "a form for " + host);
	const post = async (text) => {
		const form = new FormData();
		for (const name in fields)
			form.append(name, fields[name]);
		form.append("file", new Blob([text], { type: "text/x" }), "n.txt");
		return fetch(process.env.AWS_ENDPOINT_URL + "/" + Bucket, { method: "POST", body: form });
	};
	check((await post("from a form")).status === 204, "a form");
	check((await get("form/n.txt")).toString() === "from a form", "its file");
	check((await post("x".repeat(1001))).status === 400, "a form that is too large");
}

// Buckets by host, as the SDK does it unless told otherwise; names below localhost need not be known to the resolver.
async function hosts() {
	const port = new URL(process.env.AWS_ENDPOINT_URL).port, seen = [];
	const lookup = (name, options, then) => (seen.push(name), dns.lookup("127.0.0.1", options, then));
	const client = new S3Client({ endpoint: "http://localhost:" + port, region: process.env.AWS_DEFAULT_REGION, maxAttempts: 1,
		requestHandler: { httpAgent: new http.Agent({ lookup }) } });

	await client.send(new PutObjectCommand({ Bucket, Key: "by host", Body: "host" }));
	check((await get("by host")).toString() === "host", "a put by host");
	check(seen[0] === Bucket + ".localhost", "the host was " + seen[0]);
	const list = await client.send(new ListObjectsV2Command({ Bucket, Prefix: "by " }));
	check(list.Contents.length === 1, "a list by host");
	client.destroy();
}

async function main() {
	const path = process.argv[2], large = crypto.randomBytes(2000000), whole = crypto.randomBytes(12000000);

	await s3.send(new CreateBucketCommand({ Bucket }));
	await put("a/b c+é.txt", "hello");
	check((await get("a/b c+é.txt")).toString() === "hello", "a string");
	fs.writeFileSync(path, large);
	await put("file", fs.createReadStream(path));
	check((await get("file")).equals(large), "a stream with a trailer");
	await put("pieces", Readable.from([Buffer.alloc(100, 2), Buffer.alloc(50, 3)]), { ContentLength: 150 });
	check((await get("pieces")).length === 150, "a stream in pieces");
	for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "SHA1", "SHA256"]) {
		await put(ChecksumAlgorithm, Buffer.from("x"), { ChecksumAlgorithm });
		const head = await s3.send(new HeadObjectCommand({ Bucket, Key: ChecksumAlgorithm, ChecksumMode: "ENABLED" }));
		check(head["Checksum" + ChecksumAlgorithm], ChecksumAlgorithm);
	}
	await refused(() => put("file", "x", { IfNoneMatch: "*" }), "PreconditionFailed", "a put that must not replace");
	const done = await new Upload({ client: s3, params: { Bucket, Key: "parts", Body: whole } }).done();
	check(done.ETag.endsWith('-3"'), "a multipart upload");
	check((await get("parts")).equals(whole), "its bytes");
	check((await get("parts", { Range: "bytes=5242878-5242881" })).equals(whole.subarray(5242878, 5242882)), "a range over two parts");
	let url = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: "link" }), { expiresIn: 300 });
	check((await fetch(url, { method: "PUT", body: "zz" })).status === 200, "a link to put");
	url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: "link" }), { expiresIn: 300 });
	check(await (await fetch(url)).text() === "zz", "a link to get");
	const list = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: "/" }));
	check(list.CommonPrefixes[0].Prefix === "a/", "a list");
	await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: Bucket + "/parts" }));
	check((await get("copy")).equals(whole), "a copy");
	await forms(s3, new URL(process.env.AWS_ENDPOINT_URL).host);
	await hosts();
	const gone = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "copy" }, { Key: "none" }] } }));
	check(gone.Deleted.length === 2, "many deleted");
	await refused(() => get("copy"), "NoSuchKey", "get of nothing");
	await refused(() => s3.send(new HeadObjectCommand({ Bucket, Key: "copy" })), "NotFound", "head of nothing");
}

main().catch((e) => {
	check(false, e.stack);
	process.exit(1);
});
