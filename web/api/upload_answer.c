/* What an upload is answered. */
#include "base/codec.h"
#include "base/err.h"
#include "storage/version.h"
#include "web/api/upload.h"

struct str upload_status_path(struct arena *a, struct str bucket, struct str key)
{
	struct buf b = { 0 };
	struct str url;

	buf_puts(&b, "/_/status/");
	uri_encode(&b, bucket, URI_NOTHING);
	buf_puts(&b, "/");
	uri_encode(&b, key, URI_SLASH);
	url = arena_str(a, str_n(b.data, b.len));
	buf_clear(&b);
	return url;
}

static void write_stored(struct json *j, struct upload *u, const struct upload_file *f)
{
	char id[VERSION_ID_MAX + 1];

	json_str(j, "bucket", u->bucket);
	json_str(j, "key", f->key);
	photo_version_write(j, "version", f->seq);
	if (f->named)
		json_str(j, "versionId", version_id(id, f->born, f->named));
	json_str(j, "etag", f->etag);
	json_int(j, "size", f->size);
	json_str(j, "upload", u->id);
	json_str(j, "status", upload_status_path(&u->l->arena, u->bucket, f->key));
}

void upload_write_file(struct json *j, struct upload *u, const struct upload_file *f)
{
	if (u->is_form)
		json_str(j, "name", f->name);
	if (f->status == 0) {
		write_stored(j, u, f);
		return;
	}
	json_cstr(j, "error", f->code);
	json_cstr(j, "message", f->message);
}

static void write_files(struct json *j, struct upload *u)
{
	json_open(j, "files", '[');
	for (const struct upload_file *f = u->first; f; f = f->next) {
		json_open(j, NULL, '{');
		upload_write_file(j, u, f);
		json_close(j);
	}
	json_close(j);
}

void upload_send(struct upload *u, int status)
{
	struct local *l = u->l;
	const struct upload_file *f = u->first;
	struct http_request *r = local_begin(l, status);

	http_header(r, "Content-Type", STR("application/json"));
	if (u->count == 1 && f->status == 0 && u->fault_status == 0) {
		http_header(r, "Location", upload_status_path(&l->arena, u->bucket, f->key));
		http_header(r, "ETag", str_of(arena_printf(&l->arena, "\"%.*s\"", STR_ARG(f->etag))));
	}
	http_reply_buf(r, &l->out);
	upload_end(u);
}

/* What was stored before the fault stays stored, and is told. */
static void answer_fault(struct upload *u)
{
	struct json j = json_into(&u->l->out);

	u->l->call->code = u->fault_code;
	json_open(&j, NULL, '{');
	json_cstr(&j, "error", u->fault_code);
	json_cstr(&j, "message", u->fault_message);
	if (u->is_form && u->count > 0)
		write_files(&j, u);
	json_close(&j);
	upload_send(u, u->fault_status);
}

static void answer_files(struct upload *u)
{
	struct json j = json_into(&u->l->out);
	int failed = 0;

	for (const struct upload_file *f = u->first; f; f = f->next)
		failed += f->status != 0;
	json_open(&j, NULL, '{');
	write_files(&j, u);
	json_close(&j);
	upload_send(u, failed == 0 ? 202 : failed < u->count ? 207 : u->first->status);
}

void upload_answer(struct upload *u)
{
	struct upload_file *f = u->first;
	struct json j = json_into(&u->l->out);

	if (u->fault_status != 0) {
		/* the file at hand went with it */
		for (; f; f = f->next)
			if (f->status == 0 && f->seq == 0) {
				f->status = u->fault_status;
				f->code = u->fault_code;
				f->message = u->fault_message;
			}
		answer_fault(u);
	} else if (u->count > 1) {
		answer_files(u);
	} else {
		json_open(&j, NULL, '{');
		upload_write_file(&j, u, f);
		json_close(&j);
		if (f->status != 0)
			u->l->call->code = f->code;
		upload_send(u, f->status ? f->status : 202);
	}
}
