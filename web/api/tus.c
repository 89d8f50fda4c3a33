#include "web/api/tus.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "pipeline/feed.h"

#define VERSION "1.0.0"
#define EXTENSIONS "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination"
#define EXPOSED "ETag, Location, Retry-After, x-amz-request-id, Minilab-Status, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, " \
	"Tus-Checksum-Algorithm, Upload-Offset, Upload-Length, Upload-Defer-Length, Upload-Metadata, Upload-Expires"

/* -- faults -- */

static const struct {
	int rc, status;
	const char *code, *message;
} failures[] = {
	{ E_NOT_FOUND, 404, "NoSuchUpload", "There is no such upload, or it is over and forgotten." },
	{ E_EXISTS, 409, "UploadFinished", "The upload is finished already." },
	{ E_MISMATCH, 409, "OffsetMismatch", "The upload has another offset: ask for it with HEAD." },
	{ E_TOO_LARGE, 413, "EntityTooLarge", "More bytes came than the upload has, or than a body with a checksum may have (5 GB)." },
	{ E_FULL, 507, "InsufficientStorage", "There is no space left on the disk." },
	{ E_BUSY, 503, "SlowDown", "The disk does not keep up; try again soon." },
};

void tus_refuse_rc(struct tus *t, int rc)
{
	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
		if (failures[i].rc == rc) {
			upload_fault(&t->u, failures[i].status, failures[i].code, failures[i].message);
			return;
		}
	upload_fault(&t->u, 500, "InternalError", err_text(rc));
}

void tus_refuse(struct tus *t)
{
	struct http_request *r = t->u.l->call->r;

	if (t->u.fault_status == 409)
		http_header_int(r, "Upload-Offset", t->r.at);
	if (t->u.fault_status == 423 || t->u.fault_status == 503)
		http_header_int(r, "Retry-After", 1);
	local_refuse(t->u.l, t->u.fault_status, t->u.fault_code, t->u.fault_message);
}

/* -- what is told -- */

void tus_describe(struct tus *t)
{
	struct local *l = t->u.l;
	char when[CLOCK_TEXT_MAX];

	http_header(l->call->r, "Upload-Expires", str_of(clock_http(when, t->r.expires_ms)));
	http_header(l->call->r, "Minilab-Status", upload_status_path(&l->arena, t->u.bucket, t->r.key));
	if (t->finished)
		http_header(l->call->r, "ETag", str_of(arena_printf(&l->arena, "\"%.*s\"", STR_ARG(t->o.etag))));
}

void tus_tell(struct tus *t, const struct object *o)
{
	struct minilab *m = t->u.l->m;

	t->finished = true;
	t->o = *o;
	minilab_wake(m);
	feed_tell(m->feed, &(struct feed_event){ .what = FEED_UPLOADED, .at_ms = o->mtime_ms, .bucket = t->u.bucket, .key = t->r.key,
			.seq = o->seq, .upload = t->r.id });
}

/* -- an upload that is there -- */

static int look(struct local *l, struct db *db)
{
	struct tus *t = l->state;

	return resumable_get(db, t->u.bucket, t->id, &l->arena, &t->r);
}

static void on_looked(struct local *l, int rc)
{
	struct tus *t = l->state;

	if (rc == 0 && t->u.leave.by_token && !str_eq(t->r.token, t->u.leave.token.id))
		rc = E_NOT_FOUND;
	if (rc == 0 && t->r.expires_ms <= clock_wall_ms()) {
		local_refuse(l, 410, "UploadExpired", "The upload has expired: begin it again.");
	} else if (rc < 0) {
		tus_refuse_rc(t, rc);
		tus_refuse(t);
	} else {
		t->found(t);
	}
}

static void on_leave(struct local *l)
{
	upload_take_actor(&((struct tus *)l->state)->u, STR("tus"));
	local_run(l, look, on_looked);
}

void tus_find(struct tus *t, void (*found)(struct tus *t))
{
	t->found = found;
	leave_ask(t->u.l, &t->u.leave, on_leave);
}

/* -- HEAD -- */

static void on_asked(struct tus *t)
{
	struct local *l = t->u.l;
	struct http_request *r = l->call->r;

	if (!leave_shows(l, &t->u.leave, t->r.key))
		return;
	tus_feeder_cut_silent(t->r.id);		/* its client is here */
	http_header_int(r, "Upload-Offset", t->r.at);
	if (t->r.length == RESUMABLE_LATER)
		http_header(r, "Upload-Defer-Length", STR("1"));
	else
		http_header_int(r, "Upload-Length", t->r.length);
	if (t->r.metadata.n > 0)
		http_header(r, "Upload-Metadata", t->r.metadata);
	tus_describe(t);
	http_reply(local_begin(l, 200), (struct str){ 0 });
}

static void ask(struct tus *t)
{
	tus_find(t, on_asked);
}

/* -- DELETE -- */

static int apply_end(struct change *c, struct db *db)
{
	struct tus *t = container_of(c, struct tus, change);

	return resumable_end(db, t->u.bucket, t->r.id);
}

static void on_ended(struct local *l, int rc)
{
	struct tus *t = l->state;

	if (rc < 0) {
		tus_refuse_rc(t, rc);
		tus_refuse(t);
	} else {
		http_reply(local_begin(l, 204), (struct str){ 0 });
	}
}

static void on_end_found(struct tus *t)
{
	if (!leave_shows(t->u.l, &t->u.leave, t->r.key))
		return;
	t->change = (struct change){ .apply = apply_end, .always = true };
	local_commit(t->u.l, &t->change, on_ended);
}

static void end(struct tus *t)
{
	tus_find(t, on_end_found);
}

/* -- OPTIONS -- */

static void tell_abilities(struct tus *t)
{
	struct local *l = t->u.l;
	struct http_request *r = l->call->r;

	if (str_is_set(http_field(r, "access-control-request-method"))) {
		local_preflight(l, l->call->bucket);
		return;
	}
	http_header(r, "Tus-Version", STR(VERSION));
	http_header(r, "Tus-Extension", STR(EXTENSIONS));
	http_header_int(r, "Tus-Max-Size", OBJECT_SIZE_MAX);
	http_header(r, "Tus-Checksum-Algorithm", str_of(tus_algorithms));
	http_reply(local_begin(l, 204), (struct str){ 0 });
}

/* -- which of these -- */

static const struct {
	struct str method;
	bool of_one;			/* the path has an ID */
	void (*serve)(struct tus *t);
} methods[] = {
	{ { "POST", 4 }, false, tus_create }, { { "HEAD", 4 }, true, ask }, { { "PATCH", 5 }, true, tus_patch }, { { "DELETE", 6 }, true, end },
};
#define METHODS (sizeof methods / sizeof methods[0])

static struct str method_of(const struct http_request *r)
{
	struct str other = http_field(r, "x-http-method-override");

	return str_eq(r->method, STR("POST")) && str_is_set(other) ? other : r->method;
}

static bool is_our_version(struct tus *t)
{
	struct http_request *r = t->u.l->call->r;

	if (str_eq(http_field(r, "tus-resumable"), STR(VERSION)))
		return true;
	http_header(r, "Tus-Version", STR(VERSION));
	local_refuse(t->u.l, 412, "UnsupportedVersion", "Send the header Tus-Resumable: 1.0.0.");
	return false;
}

static void dispatch(struct tus *t)
{
	struct local *l = t->u.l;
	struct str method = method_of(l->call->r);
	size_t i = 0;

	while (i < METHODS && !(str_eq(methods[i].method, method) && methods[i].of_one == str_is_set(t->id)))
		i++;
	if (i == METHODS)
		local_refuse(l, 405, "MethodNotAllowed", "Uploads are begun with POST /_/tus/BUCKET, and go on with HEAD, PATCH or DELETE /_/tus/BUCKET/ID.");
	else if (is_our_version(t))
		methods[i].serve(t);
}

void tus_serve(struct local *l)
{
	struct tus *t = arena_take(&l->arena, sizeof *t);

	t->u.l = l;
	l->state = t;
	l->expose = EXPOSED;
	if (!local_place(l, "/_/tus/", TAIL_KEY_OR_NONE))
		return;
	t->u.bucket = arena_str(&l->arena, l->call->bucket);
	if (str_is_set(l->call->key)) {
		t->id = arena_str(&l->arena, l->call->key);
		l->call->key = (struct str){ 0 };	/* it is the key of no object */
	}
	if (str_eq(l->call->r->method, STR("OPTIONS"))) {
		tell_abilities(t);
		return;
	}
	http_header(l->call->r, "Tus-Resumable", STR(VERSION));
	dispatch(t);
}
