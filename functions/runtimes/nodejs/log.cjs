/* log.cjs - the console of a function: every call is one event of the log, with its level, on the log descriptor or else on standard output. */
'use strict';

const { writeSync } = require('node:fs');
const { format } = require('node:util');

const FRAME_TEXT = 0xa55a0003;
const FRAME_JSON = 0xa55a0002;
const LEVELS = { TRACE: 0x04, DEBUG: 0x08, INFO: 0x0c, WARN: 0x10, ERROR: 0x14, FATAL: 0x18 };
const METHODS = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', log: 'INFO', warn: 'WARN', error: 'ERROR' };
const REQUEST = Symbol.for('aws.lambda.runtime.requestId');	/* libraries look there */

const asJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';

function setRequest(id) {
	globalThis[REQUEST] = id;
}

function describe(error) {
	return {
		errorType: error?.constructor?.name ?? 'UnknownError',
		errorMessage: error.message,
		stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
	};
}

function jsonLine(time, level, args) {
	const line = { timestamp: time.toISOString(), level, requestId: globalThis[REQUEST] };

	if (args.length === 1) {
		try {
			return JSON.stringify({ ...line, message: args[0] }, (key, value) =>
				(value instanceof Error ? { ...describe(value), ...value } : value));
		} catch {
			return JSON.stringify({ ...line, message: format(args[0]) });
		}
	}
	const error = args.find((arg) => arg instanceof Error);
	return JSON.stringify({ ...line, message: format(...args), ...(error ? describe(error) : {}) });
}

function textLine(time, level, args) {
	return `${time.toISOString()}\t${globalThis[REQUEST]}\t${level}\t${format(...args)}`;
}

function writeAll(fd, bytes) {
	for (let at = 0; at < bytes.length;)
		at += writeSync(fd, bytes, at);
}

function toFrames(fd) {
	return (time, level, line) => {
		const message = Buffer.from(asJson ? line : `${line}\n`);
		const head = Buffer.alloc(16);

		head.writeUInt32BE(((asJson ? FRAME_JSON : FRAME_TEXT) | LEVELS[level]) >>> 0, 0);
		head.writeUInt32BE(message.length, 4);
		head.writeBigUInt64BE(BigInt(time.valueOf()) * 1000n, 8);
		writeAll(fd, Buffer.concat([head, message]));
	};
}

/* One line is one event there. */
function toOutput(time, level, line) {
	process.stdout.write(`${line.replace(/\n/g, '\r')}\n`);
}

function patchConsole() {
	const fd = process.env._LAMBDA_TELEMETRY_LOG_FD;
	const write = fd === undefined ? toOutput : toFrames(Number(fd));
	const least = LEVELS[process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? 0;

	delete process.env._LAMBDA_TELEMETRY_LOG_FD;
	const logger = (level) => (...args) => {
		const time = new Date();
		write(time, level, (asJson ? jsonLine : textLine)(time, level, args));
	};
	for (const method in METHODS)
		console[method] = LEVELS[METHODS[method]] >= least ? logger(METHODS[method]) : () => {};
	console.fatal = logger('FATAL');
}

function logError(what, error) {
	const e = error instanceof Error ? error : new Error(error);

	if (asJson)
		console.error(e);
	else
		console.error(what, require('./errors.cjs').toLine(e));
}

module.exports = { logError, patchConsole, setRequest };
