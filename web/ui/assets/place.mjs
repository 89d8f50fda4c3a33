// Addresses of buckets, photos and bytes.

const path = key => key.split("/").map(encodeURIComponent).join("/");

export const bucketPage = bucket => `#/b/${encodeURIComponent(bucket)}`;
export const photoPage = (bucket, key) => `#/p/${encodeURIComponent(bucket)}/${path(key)}`;
export const objectUrl = (bucket, key, version) => `/_/o/${encodeURIComponent(bucket)}/${path(key)}?v=${version ?? ""}`;
// A thumbnail of that version, which a browser keeps.
export const thumbUrl = (bucket, key, name, version) => `/_/t/${encodeURIComponent(bucket)}/${path(key)}/${encodeURIComponent(name)}?v=${version ?? ""}`;
export const downloadUrl = (bucket, key) => `/_/o/${encodeURIComponent(bucket)}/${path(key)}?download=1`;
export const uploadUrl = (bucket, key) => `/_/upload/${encodeURIComponent(bucket)}/${path(key)}`;
export const statusUrl = (bucket, key) => `/_/status/${encodeURIComponent(bucket)}/${path(key)}`;
export const query = values => new URLSearchParams(Object.entries(values).filter(([, v]) => v !== undefined && v !== "")).toString();

// The thumbnail to show so many pixels wide, or the largest there is.
export function thumbFor(photo, pixels) {
	const fit = [...photo.thumbs ?? []].sort((a, b) => Math.max(a.width, a.height) - Math.max(b.width, b.height));

	return fit.find(t => Math.min(t.width, t.height) >= pixels * 0.7) ?? fit.at(-1);
}
