/* load.cjs - the handler named by a string: "file.function", "folder/file.object.function". Files are looked for as file, .js, .mjs and .cjs in
 * the function's folder, then as a package (NODE_PATH). What .js is, the nearest package.json says. */
'use strict';

const { existsSync, readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { basename, dirname, join, resolve } = require('node:path');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const HTTP_TYPE = 'application/vnd.awslambda.http-integration-response';
const NUL_BYTES = 8;		/* between the JSON of a response's head and its body */

const requireUser = createRequire('/var/runtime/index.mjs');	/* the name that errors show, as on AWS */

const awslambda = {
	streamifyResponse(handler, options) {
		handler[STREAMING] = 'response';
		if (typeof options?.highWaterMark === 'number')
			handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
		return handler;
	},
	HttpResponseStream: class HttpResponseStream {
		static from(stream, head) {
			stream.setContentType(HTTP_TYPE);
			stream._onBeforeFirstWrite = (write) => {
				write(JSON.stringify(head));
				write(new Uint8Array(NUL_BYTES));
			};
			return stream;
		}
	},
};

/* The file with the errors is only read when there is one. */
function fault(name, message) {
	return new (require('./errors.cjs')[name])(message);
}

function isModuleFolder(folder) {
	if (basename(folder) === 'node_modules')
		return false;
	const path = join(folder, 'package.json');
	if (existsSync(path)) {
		try {
			return JSON.parse(readFileSync(path, 'utf8'))?.type === 'module';
		} catch (error) {
			console.warn(`${path} cannot be read, it will be ignored for ES module detection purposes.`, error);
			return false;
		}
	}
	return folder !== '/' && isModuleFolder(dirname(folder));
}

async function loadFile(root, folder, name) {
	const path = resolve(root, folder, name);
	const esm = isModuleFolder(dirname(path));
	const ways = [['', requireUser], ['.js', esm ? null : requireUser], ['.mjs', null], ['.cjs', requireUser]];

	for (const [extension, how] of ways)
		if (existsSync(path + extension))
			return how ? how(path + extension) : import(require('node:url').pathToFileURL(path + extension).href);
	return requireUser(requireUser.resolve(name, { paths: [root, folder] }));
}

async function loadModule(root, folder, name) {
	try {
		return await loadFile(root, folder, name);
	} catch (error) {
		if (error instanceof SyntaxError)
			throw fault('UserCodeSyntaxError', error);
		if (error?.code === 'MODULE_NOT_FOUND')
			throw fault('ImportModuleError', error);
		throw error;
	}
}

/* Callbacks ended with Node.js 24. */
function refuseCallbacks(handler) {
	const asked = /nodejs(\d+)\.x$/.exec(process.env.AWS_EXECUTION_ENV ?? '');

	if (Number(asked?.[1] ?? 0) >= 24 && handler.length >= 3)
		throw fault('CallbackHandlerDeprecated', 'Callback-based function handlers are not supported from Node.js 24 on: use an async function ' +
			'instead. For more information, see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html');
}

async function load(root, name) {
	if (name.includes('..'))
		throw fault('MalformedHandlerName', `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
	const last = basename(name);
	const dot = last.indexOf('.');
	if (dot < 0)
		throw fault('MalformedHandlerName', 'Bad handler');
	if (!/^(1|true)$/.test(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA ?? ''))
		globalThis.awslambda = awslambda;

	const module = await loadModule(root, name.slice(0, name.indexOf(last)), last.slice(0, dot));
	const handler = last.slice(dot + 1).split('.').reduce((object, key) => object && object[key], module);
	if (!handler)
		throw fault('HandlerNotFound', `${name} is undefined or not exported`);
	if (typeof handler !== 'function')
		throw fault('HandlerNotFound', `${name} is not a function`);
	if (handler[STREAMING] && handler[STREAMING] !== 'response')
		throw fault('MalformedStreamingHandler', 'Only response streaming is supported.');
	if (!handler[STREAMING])
		refuseCallbacks(handler);
	return { handler, streams: Boolean(handler[STREAMING]), highWaterMark: handler[HIGH_WATER_MARK] };
}

module.exports = { load };
