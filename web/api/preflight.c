/* OPTIONS: a browser asks whether a page of another origin may. */
#include "web/api/local.h"
#include "web/cors.h"

static const struct {
	const char *code, *message;
} refusals[] = {
	[CORS_NO_ORIGIN] = { "InvalidRequest", "A preflight request has Origin and Access-Control-Request-Method." },
	[CORS_NO_BUCKET] = { "AccessForbidden", "No bucket is named whose CORS rules could allow it." },
	[CORS_NOT_ENABLED] = { "AccessForbidden", "The bucket has no CORS rules: set them with PutBucketCors." },
	[CORS_NOT_ALLOWED] = { "AccessForbidden", "No CORS rule of the bucket allows this origin, method and headers." },
};

void local_preflight(struct local *l, struct str bucket)
{
	enum cors_verdict v = cors_preflight(l->call, bucket);

	if (v == CORS_ALLOWED)
		http_reply(local_begin(l, 204), (struct str){ 0 });
	else
		local_refuse(l, v == CORS_NO_ORIGIN ? 400 : 403, refusals[v].code, refusals[v].message);
}

void upload_preflight_serve(struct local *l)
{
	if (local_place(l, "/_/upload/", TAIL_KEY_OR_NONE))
		local_preflight(l, l->call->bucket);
}

void status_preflight_serve(struct local *l)
{
	if (local_place(l, "/_/status/", TAIL_KEY))
		local_preflight(l, l->call->bucket);
}

void events_preflight_serve(struct local *l)
{
	local_preflight(l, params_get(&l->params, "bucket"));
}

void thumbnail_preflight_serve(struct local *l)
{
	if (local_place(l, "/_/t/", TAIL_KEY_AND_RENDITION))
		local_preflight(l, l->call->bucket);
}
