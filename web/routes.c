#include "web/routes.h"

#include "base/check.h"

/* Asked in this order. What is ours by its path, functions by their host, then by the service that was signed for or the target header, then
 * services that are not built, so that nobody's SQS call is taken for a bucket; the rest is S3, which also has the
 * requests without any signature. */
static const struct face *const faces[] = { &face_ui, &face_local, &face_url, &face_dynamodb, &face_lambda, &face_logs, &face_iam, &face_sts, &face_unbuilt, &face_s3 };

#define FACES ((int)(sizeof faces / sizeof faces[0]))

_Static_assert(FACES + 1 == TRAFFIC_FACES, "traffic.h counts for each face and for none");

const char *routes_face_name(int at)
{
	return at < FACES ? faces[at]->name : "none";
}

static void choose(struct call *c)
{
	for (c->face_at = 0; c->face_at < FACES - 1; c->face_at++)
		if (faces[c->face_at]->wants(c))
			break;
	c->face = faces[c->face_at]->name;
}

void routes_serve(struct call *c)
{
	choose(c);
	faces[c->face_at]->serve(c);
}

/* The request may be too broken to say whose it was: then S3, which is what most are. */
void routes_refuse(struct call *c, int status, const char *why)
{
	if (str_is_set(c->r->path))
		choose(c);
	else
		c->face_at = FACES - 1;
	faces[c->face_at]->refuse(c, status, why);
}
