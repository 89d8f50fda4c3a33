#include "pipeline/media_type.h"

static const struct { const char *end, *type; } types[] = {
	{ ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" }, { ".jpe", "image/jpeg" }, { ".jfif", "image/jpeg" },
	{ ".png", "image/png" }, { ".apng", "image/apng" }, { ".webp", "image/webp" }, { ".gif", "image/gif" },
	{ ".tif", "image/tiff" }, { ".tiff", "image/tiff" }, { ".heic", "image/heic" }, { ".heif", "image/heif" },
	{ ".avif", "image/avif" }, { ".jxl", "image/jxl" }, { ".jp2", "image/jp2" }, { ".bmp", "image/bmp" }, { ".svg", "image/svg+xml" },
	{ ".dng", "image/x-adobe-dng" }, { ".cr2", "image/x-canon-cr2" }, { ".cr3", "image/x-canon-cr3" }, { ".nef", "image/x-nikon-nef" },
	{ ".arw", "image/x-sony-arw" }, { ".orf", "image/x-olympus-orf" }, { ".rw2", "image/x-panasonic-rw2" }, { ".raf", "image/x-fuji-raf" },
	{ ".pef", "image/x-pentax-pef" }, { ".psd", "image/vnd.adobe.photoshop" },
	{ ".mp4", "video/mp4" }, { ".m4v", "video/x-m4v" }, { ".mov", "video/quicktime" }, { ".avi", "video/x-msvideo" },
	{ ".mkv", "video/x-matroska" }, { ".webm", "video/webm" }, { ".3gp", "video/3gpp" }, { ".mts", "video/mp2t" },
	{ ".mp3", "audio/mpeg" }, { ".wav", "audio/wav" }, { ".m4a", "audio/mp4" },
	{ ".txt", "text/plain" }, { ".csv", "text/csv" }, { ".json", "application/json" }, { ".xml", "application/xml" },
	{ ".xmp", "application/rdf+xml" }, { ".pdf", "application/pdf" }, { ".zip", "application/zip" },
};

const char *media_type_of(struct str name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct str end = str_of(types[i].end);

		if (name.n > end.n && str_ieq(str_n(name.p + name.n - end.n, end.n), end))
			return types[i].type;
	}
	return "binary/octet-stream";
}
