// ThumbHash: some 25 bytes that look like the photo from afar. A header of constant parts and scales, then the coefficients of a cosine
// transform, 4 bits each: of lightness by up to 7 x 7, of two colour differences by 3 x 3, of transparency by 5 x 5.

const SIDE = 24;
const KEPT = 3000;
const known = new Map();

function bytesOf(text) {
	return Uint8Array.from(atob(text), c => c.charCodeAt(0));
}

function header(b) {
	const low = b[0] | b[1] << 8 | b[2] << 16, high = b[3] | b[4] << 8;
	const alpha = low >> 23 === 1, wide = high >> 15 === 1, other = high & 7, most = alpha ? 5 : 7;

	return {
		alpha,
		l: { dc: (low & 63) / 63, scale: (low >> 18 & 31) / 31, nx: Math.max(3, wide ? most : other), ny: Math.max(3, wide ? other : most) },
		p: { dc: (low >> 6 & 63) / 31.5 - 1, scale: (high >> 3 & 63) / 63 * 1.25, nx: 3, ny: 3 },
		q: { dc: (low >> 12 & 63) / 31.5 - 1, scale: (high >> 9 & 63) / 63 * 1.25, nx: 3, ny: 3 },
		a: { dc: alpha ? (b[5] & 15) / 15 : 1, scale: alpha ? (b[5] >> 4) / 15 : 0, nx: alpha ? 5 : 0, ny: alpha ? 5 : 0 },
	};
}

// Of a channel those below the diagonal, row by row, without the constant part.
function readChannel(c, nibble) {
	c.terms = [];
	for (let y = 0; y < c.ny; y++)
		for (let x = y ? 0 : 1; x * c.ny < c.nx * (c.ny - y); x++)
			c.terms.push([x, y, (nibble() / 7.5 - 1) * c.scale * 2]);
}

function cosines(n, side) {
	return Array.from({ length: n }, (_, k) => Float32Array.from({ length: side }, (_, i) => Math.cos(Math.PI / side * (i + 0.5) * k)));
}

const waves = cosines(7, SIDE);

function plane(c) {
	const out = new Float32Array(SIDE * SIDE).fill(c.dc);

	for (const [cx, cy, f] of c.terms)
		for (let y = 0, i = 0; y < SIDE; y++) {
			const g = f * waves[cy][y];

			for (let x = 0; x < SIDE; x++, i++)
				out[i] += g * waves[cx][x];
		}
	return out;
}

// SIDE x SIDE pixels, to be stretched to the photo's shape.
export function decode(text) {
	const b = bytesOf(text), h = header(b), pixels = new Uint8ClampedArray(SIDE * SIDE * 4);
	let at = h.alpha ? 12 : 10;

	const nibble = () => {
		const v = (b[at >> 1] ?? 0) >> (at & 1) * 4 & 15;

		at++;
		return v;
	};
	for (const c of [h.l, h.p, h.q, h.a])
		readChannel(c, nibble);
	const [l, p, q, a] = [h.l, h.p, h.q, h.a].map(plane);
	for (let i = 0; i < l.length; i++) {
		const blue = l[i] - 2 / 3 * p[i], red = (3 * l[i] - blue + q[i]) / 2;

		pixels.set([red * 255, (red - q[i]) * 255, blue * 255, a[i] * 255], i * 4);
	}
	return { side: SIDE, pixels };
}

// A picture's address. "" for what is no hash.
export function placeholder(text) {
	let url = text ? known.get(text) : "";

	if (url !== undefined)
		return url;
	try {
		const { side, pixels } = decode(text), canvas = document.createElement("canvas");

		canvas.width = canvas.height = side;
		canvas.getContext("2d").putImageData(new ImageData(pixels, side, side), 0, 0);
		url = canvas.toDataURL();
	} catch {
		url = "";
	}
	if (known.size >= KEPT)
		known.delete(known.keys().next().value);
	known.set(text, url);
	return url;
}
