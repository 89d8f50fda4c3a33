/* bootstrap.cjs - the client of the Lambda Runtime API for functions in JavaScript: finds the handler, then asks for one event after the other.
 *
 *	node bootstrap.cjs	with the environment variables of Lambda; _HANDLER is "file.function", files in LAMBDA_TASK_ROOT
 *
 * What a function can observe is as in AWS's own client: callbacks and promises, the context, names of errors and their JSON, the
 * console, frames on _LAMBDA_TELEMETRY_LOG_FD, exit statuses (129 after an uncaught exception, 128 after an unhandled rejection). For
 * Node.js 18 and newer.
 *
 * A handler is done when it calls back, when its promise settles, or when the event loop has nothing left to do: `idle` is what that
 * means at the moment. The connection does not keep the loop alive while a handler runs.
 *
 * It is quick to start, because that is what a cold start waits for: CommonJS, which starts in four fifths of the time that modules
 * take, and the files about errors and streams are read when they are wanted.
 */
'use strict';

const { Api } = require('./api.cjs');
const { context, forwardTrace } = require('./context.cjs');
const { load } = require('./load.cjs');
const { logError, patchConsole, setRequest } = require('./log.cjs');

const api = new Api(process.env.AWS_LAMBDA_RUNTIME_API);
const nothing = () => {};
let idle = nothing;
let ending = false;		/* an error nobody caught is being told: no further event */
let fatal = (error, status) => postError('init/error', error, () => process.exit(status));

function stringify(value) {
	try {
		return JSON.stringify(value === undefined ? null : value) ?? 'null';
	} catch {
		throw new Error('Unable to stringify response body');
	}
}

function postError(path, error, then) {
	const { cause, headerType, toJson } = require('./errors.cjs');
	const told = toJson(error);
	const headers = { 'Lambda-Runtime-Function-Error-Type': headerType(told), 'Lambda-Runtime-Function-XRay-Error-Cause': cause(told) };

	api.post(path, stringify(told), headers).then(then);
}

/* The functions by which a handler ends its invocation. Only the first call of any of them counts. */
function callbacks(path, next) {
	let waits = true;
	let called = false;
	let posted = false;

	const fail = (error) => {
		idle = nothing;
		logError('Invoke Error', error);
		postError(`${path}/error`, error, next);
	};
	const complete = (value) => {
		if (posted) {
			console.error('Invocation has already been reported as done. Cannot call complete more than once per invocation.');
			return;
		}
		const body = stringify(value);
		posted = true;
		api.post(`${path}/response`, body).then(next);
	};
	const done = (error, value) => {
		idle = nothing;
		if (error !== undefined && error !== null)
			fail(error);
		else
			complete(value);
	};
	const once = (f) => (...args) => {
		if (called)
			return;
		f(...args);
		called = true;
	};
	const callback = once((error, value) => {
		if ((error !== undefined && error !== null) || !waits)
			done(error, value);
		else
			idle = () => {
				idle = nothing;
				setImmediate(complete, value);
			};
	});

	return {
		callback,
		gone: () => { posted = true; },
		members: {
			get callbackWaitsForEmptyEventLoop() { return waits; },
			set callbackWaitsForEmptyEventLoop(value) { waits = value; },
			succeed: once((value) => done(null, value)),
			fail: once((error) => done(error ?? 'handled', null)),
			done: once(done),
		},
	};
}

function whenForgotten(handler, path, c, next) {
	return () => {
		idle = nothing;
		c.gone();
		if (handler.constructor?.name !== 'AsyncFunction') {
			api.post(`${path}/response`, 'null').then(next);
			return;
		}
		const error = new (require('./errors.cjs').NodeJsExit)();
		logError('Invoke Error', error);
		postError(`${path}/error`, error, next);
	};
}

function run(handler, event, path, next) {
	const c = callbacks(path, next);

	idle = whenForgotten(handler, path, c, next);
	try {
		const result = handler(JSON.parse(event.body), context(c.members, event.headers), c.callback);

		if (typeof result?.then === 'function')
			result.then(c.members.succeed, c.members.fail).catch(c.members.fail);
	} catch (error) {
		c.callback(error);
	}
}

function uncaught(what, error, status) {
	logError(what, error);
	ending = true;
	fatal(error, status);
}

async function start() {
	patchConsole();
	process.on('uncaughtException', (error) => uncaught('Uncaught Exception', error, 129));
	process.on('unhandledRejection', (reason, promise) => {
		const { UnhandledPromiseRejection } = require('./errors.cjs');

		uncaught('Unhandled Promise Rejection', new UnhandledPromiseRejection(reason, promise), 128);
	});
	process.on('beforeExit', () => idle());

	const { handler, streams, highWaterMark } = await load(process.env.LAMBDA_TASK_ROOT ?? '/var/task', process.env._HANDLER ?? '');
	const stream = streams ? require('./stream.cjs') : null;

	const next = () => setImmediate(serve);
	async function serve() {
		if (ending)
			return;
		const event = await api.next();
		const request = event.headers['lambda-runtime-aws-request-id'];
		const path = `invocation/${encodeURIComponent(request)}`;

		setRequest(request);
		forwardTrace(event.headers);
		fatal = (error, status) => postError(`${path}/error`, error, () => process.exit(status));
		if (!stream) {
			run(handler, event, path, next);
			return;
		}
		const s = new stream.ResponseStream(api, path, highWaterMark);
		fatal = (error, status) => stream.end(s, error, () => fatalAfter(s, path, error, status));
		await stream.run(handler, event, s, next, (f) => { idle = f; });
	}
	next();
}

/* Before the first byte of a stream there is no response to end. */
function fatalAfter(s, path, error, status) {
	if (s.begun)
		process.exit(status);
	postError(`${path}/error`, error, () => process.exit(status));
}

start().catch((error) => uncaught('Uncaught Exception', error, 129));
