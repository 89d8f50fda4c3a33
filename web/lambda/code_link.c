/* code_link.c - packages handed out: links that are good for a while, and what is behind them. */
#include "web/lambda/code.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/err.h"

#define PATH "/2015-03-31/code/"
#define NO_BODY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void sign(const struct minilab *m, const char *date, const char *text, char hex[65])
{
	char first[SECRET_KEY_LENGTH + 5];
	uint8_t k[32];

	snprintf(first, sizeof first, "AWS4%s", m->credentials.secret_key);
	hmac_sha256(str_of(first), str_n(date, 8), k);
	hmac_sha256(str_n(k, sizeof k), str_of(m->settings.region), k);
	hmac_sha256(str_n(k, sizeof k), STR("lambda"), k);
	hmac_sha256(str_n(k, sizeof k), STR("aws4_request"), k);
	hmac_sha256(str_n(k, sizeof k), str_of(text), k);
	hex_encode(hex, k, sizeof k);
}

const char *code_link(struct lambda *l, struct str package)
{
	const struct minilab *m = l->m;
	const char *host = strstr(l->origin, "://") + 3, *query, *request;
	char at[CLOCK_TEXT_MAX], hex[65];
	uint8_t sum[DIGEST_SIZE_MAX];

	clock_basic(at, clock_wall_ms());
	query = arena_printf(&l->arena, "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%s%%2F%.8s%%2F%s%%2Flambda%%2Faws4_request&X-Amz-Date=%s"
			     "&X-Amz-Expires=%d&X-Amz-SignedHeaders=host", m->credentials.access_key, at, m->settings.region, at, CODE_LINK_S);
	request = arena_printf(&l->arena, "GET\n" PATH "%.*s\n%s\nhost:%s\n\nhost\n" NO_BODY, STR_ARG(package), query, host);
	digest_of(DIGEST_SHA256, str_of(request), sum);
	hex_encode(hex, sum, 32);
	sign(m, at, arena_printf(&l->arena, "AWS4-HMAC-SHA256\n%s\n%.8s/%s/lambda/aws4_request\n%s", at, at, m->settings.region, hex), hex);
	return arena_printf(&l->arena, "%s" PATH "%.*s?%s&X-Amz-Signature=%s", l->origin, STR_ARG(package), query, hex);
}

struct download {			/* in l->state */
	int fd;
	int64_t size;
};

static int find(struct lambda *l, struct db *db)
{
	struct download *d = l->state;
	struct package p;
	int rc = package_get(db, l->path[0], &l->arena, &p);

	if (rc < 0)
		return rc;
	d->size = p.size;
	d->fd = blob_isolate(store_blobs(l->m->store), p.extents, p.extent_count);
	return d->fd < 0 ? d->fd : 0;
}

static void on_found(struct lambda *l, int rc)
{
	struct download *d = l->state;

	if (!l->call && d->fd >= 0)
		close(d->fd);
	if (!l->call)
		return;
	if (rc < 0)
		lambda_answer_refusal(l);
	else
		http_reply_file(lambda_begin(l, 200, "application/zip"), d->fd, 0, (uint64_t)d->size);
}

void code_download(struct lambda *l)
{
	struct download *d = arena_take(&l->arena, sizeof *d);

	d->fd = -1;
	l->state = d;
	lambda_run(l, find, on_found);
}
