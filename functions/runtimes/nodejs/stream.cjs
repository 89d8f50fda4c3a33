/* stream.cjs - a response that is sent while it is made: a Writable whose bytes are chunks of one POST. What goes wrong on the way is told in
 * its trailers; an error before the first byte, too. */
'use strict';

const { Writable } = require('node:stream');

const { context } = require('./context.cjs');
const { InvalidStreamingOperation, headerType, toJson } = require('./errors.cjs');
const { logError } = require('./log.cjs');

const TYPE = 'Lambda-Runtime-Function-Error-Type';
const BODY = 'Lambda-Runtime-Function-Error-Body';

function isBytes(chunk) {
	return typeof chunk === 'string' || chunk instanceof Uint8Array;
}

class ResponseStream extends Writable {
	#api;
	#path;
	#type = 'application/octet-stream';
	#trailers = '';
	#first = true;

	constructor(api, path, highWaterMark) {
		super({ highWaterMark, decodeStrings: true });
		this.#api = api;
		this.#path = path;
		this.begun = false;
		this.on('error', () => {});	/* of a destroyed one: 'close' follows, and the handler's promise tells */
	}

	setContentType(type) {
		if (!this.#first)
			throw new InvalidStreamingOperation('Cannot set content-type, too late.');
		this.#type = type;
	}

	#beforeFirst() {
		const before = this._onBeforeFirstWrite;

		if (!this.#first)
			return;
		this.#first = false;
		before?.((chunk) => super.write(chunk));
	}

	write(chunk, ...rest) {
		this.#beforeFirst();
		return super.write(isBytes(chunk) ? chunk : JSON.stringify(chunk), ...rest);
	}

	end(chunk, ...rest) {
		if (!this.#trailers)	/* an error has no head */
			this.#beforeFirst();
		if (chunk === undefined || chunk === null || typeof chunk === 'function')
			return super.end(chunk, ...rest);
		return super.end(isBytes(chunk) ? chunk : JSON.stringify(chunk), ...rest);
	}

	#begin() {
		this.#first = false;
		if (!this.begun)
			this.#api.begin(`${this.#path}/response`, `Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n` +
				`Trailer: ${TYPE}, ${BODY}\r\nContent-Type: ${this.#type}\r\n`);
		this.begun = true;
		return this.#api.socket;
	}

	_write(chunk, encoding, done) {
		const socket = this.#begin();

		if (chunk.length === 0) {	/* would be the end */
			done();
			return;
		}
		if (!socket) {
			done(new InvalidStreamingOperation('The response was broken off.'));
			return;
		}
		socket.cork();
		socket.write(`${chunk.length.toString(16)}\r\n`);
		socket.write(chunk);
		socket.write('\r\n', done);
		socket.uncork();
	}

	/* Finished is what the API has taken. */
	_final(done) {
		this.#begin();
		this.#api.ask(() => done()).write(`0\r\n${this.#trailers}\r\n`);
	}

	_destroy(error, done) {
		if (this.begun && !this.writableFinished)
			this.#api.abandon();
		done(error);
	}

	failWith(error) {
		const told = toJson(error);

		this.#trailers = `${TYPE}: ${headerType(told)}\r\n${BODY}: ${Buffer.from(JSON.stringify(told)).toString('base64')}\r\n`;
	}
}

/* Ends it with this error, unless it has ended. */
function end(stream, error, then) {
	if (stream.writableEnded || stream.destroyed || !stream.begun) {
		then();
		return;
	}
	stream.failWith(error);
	stream.end(then);
}

function fail(stream, error, next) {
	logError('Invoke Error', error);
	if (stream.writableEnded || stream.destroyed) {
		next();
		return;
	}
	stream.failWith(error);
	stream.end(next);
}

/* A handler with a promise; the response ends when the stream does. */
async function run(handler, event, stream, next, whenIdle) {
	let waits = true;
	let closed = false;		/* the invocation is over: once */
	const over = () => {
		if (closed)
			return;
		closed = true;
		whenIdle(() => {});
		if (waits)
			whenIdle(() => {
				whenIdle(() => {});
				next();
			});
		else
			next();
	};
	const finished = new Promise((done) => stream.once('close', done));
	const members = {
		get callbackWaitsForEmptyEventLoop() { return waits; },
		set callbackWaitsForEmptyEventLoop(value) { waits = value; },
	};

	whenIdle(() => fail(stream, 'Response stream is not finished.', over));
	try {
		const result = handler(JSON.parse(event.body), stream, context(members, event.headers));

		if (typeof result?.then !== 'function') {
			fail(stream, 'Streaming does not support non-async handlers.', over);
			return;
		}
		if ((await result) !== undefined)
			console.warn('Streaming handlers ignore return values.');
		await finished;
		over();
	} catch (error) {
		fail(stream, error, over);
	}
}

module.exports = { ResponseStream, end, run };
