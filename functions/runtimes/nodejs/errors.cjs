/* errors.cjs - the errors that the client itself finds, and what is told of any error: JSON for the caller, for the log, for traces. */
'use strict';

const { types } = require('node:util');

const CAUSE_MAX = 65536;	/* bytes of a header */

function named(name) {
	const type = { [name]: class extends Error {} }[name];

	Object.defineProperty(type.prototype, 'name', { value: `Runtime.${name}`, configurable: true });
	return type;
}

class NodeJsExit extends named('NodeJsExit') {
	constructor() {
		super('The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was ' +
		      'never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes');
	}
}

class UnhandledPromiseRejection extends named('UnhandledPromiseRejection') {
	constructor(reason, promise) {
		super(reason);
		this.reason = reason;
		this.promise = promise;
	}
}

function isError(e) {
	return types.isNativeError(e) || [e?.name, e?.message, e?.stack].every((text) => text && typeof text === 'string');
}

/* Members of an Error are not seen by JSON.stringify; here they are, with what a function has added. */
function visible(key, value) {
	if (!(value instanceof Error))
		return value;
	const { name: errorType, message: errorMessage, code, stack } = value;
	const told = { errorType, errorMessage, code, ...value };

	if (typeof stack === 'string')
		told.stack = stack.split('\n');
	return told;
}

function reasonOf(e) {
	try {
		return JSON.parse(JSON.stringify({ reason: e.reason, promise: {} }, visible));
	} catch {
		return {};	/* it is not for JSON */
	}
}

/* A name as it may stand in a header. */
function headerType(told) {
	return String(told.errorType).replace(/[^!-~]/g, '?');
}

/* For the caller. */
function toJson(e) {
	try {
		if (!isError(e))
			return { errorType: typeof e, errorMessage: e.toString(), trace: [] };
		const told = { errorType: e.name, errorMessage: e.message };

		if (e instanceof UnhandledPromiseRejection)
			Object.assign(told, reasonOf(e));
		told.trace = e.stack.split('\n');
		return told;
	} catch {
		return {
			errorType: 'handled',
			errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
		};
	}
}

/* For a line of the log: begins with a tab. */
function toLine(e) {
	try {
		return `\t${JSON.stringify(e, visible)}`;
	} catch {
		return `\t${JSON.stringify(toJson(e))}`;
	}
}

function toFrame(line) {
	const [, label, path, number] = /^ *at (?:(.*?) \()?(?:file:\/\/)?(.*?):(\d+):\d+\)?$/.exec(line) ?? [];

	return path ? [{ path, line: Number(number), label: label ?? 'anonymous' }] : [];
}

/* For X-Ray, fit for a header; "{}" when it would be too long. */
function cause({ errorType, errorMessage, trace = [] }) {
	const stack = trace.slice(1).flatMap(toFrame);
	const told = {
		working_directory: process.cwd(),
		exceptions: [{ type: errorType, message: errorMessage, stack }],
		paths: [...new Set(stack.map((frame) => frame.path))],
	};
	const text = JSON.stringify(told).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

	return text.length > CAUSE_MAX ? '{}' : text;
}

module.exports = {
	ImportModuleError: named('ImportModuleError'),
	HandlerNotFound: named('HandlerNotFound'),
	MalformedHandlerName: named('MalformedHandlerName'),
	UserCodeSyntaxError: named('UserCodeSyntaxError'),
	MalformedStreamingHandler: named('MalformedStreamingHandler'),
	InvalidStreamingOperation: named('InvalidStreamingOperation'),
	CallbackHandlerDeprecated: named('CallbackHandlerDeprecated'),
	NodeJsExit,
	UnhandledPromiseRejection,
	cause,
	headerType,
	toJson,
	toLine,
};
