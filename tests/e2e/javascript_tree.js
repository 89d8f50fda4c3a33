// javascript_tree.js - what 70-clients.py runs: `put`, `sync` (what is not there with that size) or `delete` BUCKET FOLDER with @aws-sdk/lib-storage,
// streams all, eight at a time. Prints how many were uploaded.
"use strict";
const { S3Client, ListObjectsV2Command, DeleteObjectsCommand } = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const fs = require("fs");
const path = require("path");

const [, , what, Bucket, top] = process.argv;
const s3 = new S3Client({ endpoint: process.env.AWS_ENDPOINT_URL, region: process.env.AWS_DEFAULT_REGION, forcePathStyle: true, maxAttempts: 1 });

async function listed() {
	const found = new Map();
	let ContinuationToken;
	do {
		const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
		for (const o of page.Contents || [])
			found.set(o.Key, o.Size);
		ContinuationToken = page.NextContinuationToken;
	} while (ContinuationToken);
	return found;
}

async function put(missing) {
	let count = 0;
	async function some() {
		for (let Key; (Key = missing.pop()) !== undefined; count++)
			await new Upload({ client: s3, params: { Bucket, Key, Body: fs.createReadStream(path.join(top, Key)) } }).done();
	}
	await Promise.all(Array.from({ length: 8 }, some));
	return count;
}

async function remove(keys) {
	for (let i = 0; i < keys.length; i += 1000) {
		const Objects = keys.slice(i, i + 1000).map(Key => ({ Key }));
		const said = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
		if (said.Errors)
			throw new Error(JSON.stringify(said.Errors[0]));
	}
}

async function main() {
	if (what === "delete")
		return remove([...(await listed()).keys()]);
	const there = what === "sync" ? await listed() : new Map();
	const files = fs.readdirSync(top, { recursive: true, withFileTypes: true }).filter(e => e.isFile())
		.map(e => path.relative(top, path.join(e.parentPath || e.path, e.name)));
	console.log("uploaded " + await put(files.filter(k => there.get(k) !== fs.statSync(path.join(top, k)).size)));
}

main().catch(e => {
	console.error(e);
	process.exit(1);
});
