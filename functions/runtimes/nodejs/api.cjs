/* api.cjs - the Runtime API over one connection that is kept. A request that comes while another waits for its answer has a connection of
 * its own: that is an error told while the next event is awaited. */
'use strict';

const { connect } = require('node:net');

const PREFIX = '/2018-06-01/runtime/';
const AGENT = `minilab-nodejs/${process.versions.node}`;

/* The answer in `data`; as long as it is not all there, only how many bytes it needs. */
function parse(data) {
	const end = data.indexOf('\r\n\r\n');
	const headers = {};

	if (end < 0)
		return { needs: data.length + 1 };
	const lines = data.toString('utf8', 0, end).split('\r\n');
	for (const line of lines.slice(1)) {
		const colon = line.indexOf(':');
		headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
	}
	const needs = end + 4 + Number(headers['content-length'] ?? 0);
	return data.length < needs ? { needs } : { headers, body: data.toString('utf8', end + 4, needs) };
}

class Api {
	constructor(address) {
		const colon = address.lastIndexOf(':');

		this.address = address;
		this.host = address.slice(0, colon);
		this.port = Number(address.slice(colon + 1));
		this.socket = null;
		this.waiting = null;		/* gets the answer */
		this.pieces = [];
		this.length = this.needs = 0;
		this.head = `HTTP/1.1\r\nHost: ${address}\r\nUser-Agent: ${AGENT}\r\n`;
	}

	open() {
		const socket = connect({ host: this.host, port: this.port, noDelay: true });

		this.pieces = [];
		this.length = this.needs = 0;
		this.socket = socket;
		socket.on('data', (piece) => this.received(piece));
		socket.on('error', () => {});	/* 'close' follows */
		socket.on('close', () => {
			if (this.socket !== socket)
				return;
			this.socket = null;
			if (this.waiting)
				process.exit(1);	/* the environment is being ended */
		});
	}

	/* A large event comes in many pieces: they are joined once, when they are enough. */
	received(piece) {
		this.pieces.push(piece);
		this.length += piece.length;
		if (this.length < this.needs)
			return;
		const data = this.pieces.length === 1 ? piece : Buffer.concat(this.pieces);
		const answer = parse(data);
		if (answer.needs) {
			this.pieces = [data];
			this.needs = answer.needs;
			return;
		}
		const done = this.waiting;
		this.pieces = [];
		this.length = this.needs = 0;
		this.waiting = null;
		this.socket.unref();
		done(answer);
	}

	/* The socket, for a request whose answer goes to `done`. */
	ask(done) {
		if (!this.socket)
			this.open();
		this.waiting = done;
		this.socket.ref();
		return this.socket;
	}

	next() {
		return new Promise((done) => this.ask(done).write(`GET ${PREFIX}invocation/next ${this.head}\r\n`));
	}

	post(path, body, headers = {}) {
		if (this.waiting)
			return new Api(this.address).post(path, body, headers);
		let head = `POST ${PREFIX}${path} ${this.head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;

		for (const name in headers)
			head += `${name}: ${headers[name]}\r\n`;
		return new Promise((done) => this.ask(done).write(`${head}\r\n${body}`));
	}

	/* The beginning of a response in pieces; `ask` is called with its end. */
	begin(path, headers) {
		if (!this.socket)
			this.open();
		this.socket.unref();
		this.socket.write(`POST ${PREFIX}${path} ${this.head}${headers}\r\n`);
		return this.socket;
	}

	/* Breaks off what is being sent. */
	abandon() {
		const socket = this.socket;

		this.socket = this.waiting = null;
		socket?.destroy();
	}
}

module.exports = { Api };
