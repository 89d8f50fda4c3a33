#include "web/ui/assets.h"

#include <stddef.h>

#define HTML "text/html; charset=utf-8"
#define CSS "text/css; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define SVG "image/svg+xml"

/* symbol, name in the address, file, type */
#define ASSETS(X) \
	X(index, "", "index.html", HTML) \
	X(style, "console.css", "console.css", CSS) \
	X(icon, "icon.svg", "icon.svg", SVG) \
	X(main, "main.mjs", "main.mjs", SCRIPT) \
	X(api, "api.mjs", "api.mjs", SCRIPT) \
	X(dom, "dom.mjs", "dom.mjs", SCRIPT) \
	X(format, "format.mjs", "format.mjs", SCRIPT) \
	X(signin, "signin.mjs", "signin.mjs", SCRIPT) \
	X(live, "live.mjs", "live.mjs", SCRIPT) \
	X(place, "place.mjs", "place.mjs", SCRIPT) \
	X(thumbhash, "thumbhash.mjs", "thumbhash.mjs", SCRIPT) \
	X(buckets, "buckets.mjs", "buckets.mjs", SCRIPT) \
	X(pages, "pages.mjs", "pages.mjs", SCRIPT) \
	X(gallery, "gallery.mjs", "gallery.mjs", SCRIPT) \
	X(photo, "photo.mjs", "photo.mjs", SCRIPT) \
	X(transfer, "transfer.mjs", "transfer.mjs", SCRIPT) \
	X(uploads, "uploads.mjs", "uploads.mjs", SCRIPT) \
	X(chart, "chart.mjs", "chart.mjs", SCRIPT) \
	X(doors, "doors.mjs", "doors.mjs", SCRIPT) \
	X(tokens, "tokens.mjs", "tokens.mjs", SCRIPT) \
	X(webhooks, "webhooks.mjs", "webhooks.mjs", SCRIPT) \
	X(reasons, "reasons.mjs", "reasons.mjs", SCRIPT) \
	X(folders, "folders.mjs", "folders.mjs", SCRIPT) \
	X(pipeline, "pipeline.mjs", "pipeline.mjs", SCRIPT) \
	X(settings, "settings.mjs", "settings.mjs", SCRIPT) \
	X(functions, "functions.mjs", "functions.mjs", SCRIPT) \
	X(function, "function.mjs", "function.mjs", SCRIPT) \
	X(log, "log.mjs", "log.mjs", SCRIPT) \
	X(invoke, "invoke.mjs", "invoke.mjs", SCRIPT) \
	X(dead, "dead.mjs", "dead.mjs", SCRIPT) \
	X(health, "health.mjs", "health.mjs", SCRIPT)

/* The compiler does not see the files: the Makefile says that this one is made of them. */
#define X(symbol, name, file, type) \
	__asm__(".pushsection .rodata\n" \
		".global asset_" #symbol "_begin, asset_" #symbol "_end\n" \
		"asset_" #symbol "_begin: .incbin \"web/ui/assets/" file "\"\n" \
		"asset_" #symbol "_end: .byte 0\n" \
		".popsection\n"); \
	extern const uint8_t asset_##symbol##_begin[], asset_##symbol##_end[];
ASSETS(X)
#undef X

static const struct asset assets[] = {
#define X(symbol, name, file, type) { name, type, asset_##symbol##_begin, asset_##symbol##_end },
	ASSETS(X)
#undef X
};

const struct asset *asset_find(struct str name)
{
	for (size_t i = 0; i < sizeof assets / sizeof assets[0]; i++)
		if (str_eq(name, str_of(assets[i].name)))
			return &assets[i];
	return NULL;
}
