#include "web/s3/form.h"

#include <ctype.h>

#include "base/check.h"
#include "base/err.h"
#include "base/xml.h"
#include "web/s3/expiration.h"
#include "web/s3/put.h"
#include "web/s3/version.h"

static struct form *form_of(struct form_data *p)
{
	return p->owner;
}

/* -- its end -- */

static void on_gone(struct deposit *d)
{
	struct form *f = d->owner;

	f->depositing = false;
	s3_rest(f->s);
}

/* Nobody waits for it any more. May be the end of f. */
static void finish(struct form *f)
{
	f->over = true;
	if (f->depositing && !f->dropping) {
		f->dropping = true;
		deposit_drop(&f->d);
	}
}

static void fail(struct form *f)
{
	if (f->s->call && !f->over) {
		if (f->paused)
			http_resume(f->s->call->r);
		f->paused = false;
		s3_answer_fault(f->s);
	}
	finish(f);
}

static void answer_created(struct form *f)
{
	struct s3 *s = f->s;
	struct buf b = { 0 };
	struct xml x = xml_into(&b, XML_PROLOG);

	xml_open(&x, "PostResponse", NULL);
	xml_text(&x, "Location", form_location(f));
	xml_text(&x, "Bucket", s->bucket);
	xml_text(&x, "Key", s->key);
	xml_text(&x, "ETag", s3_quoted(s, f->d.put.o.etag));
	xml_close(&x);
	http_header(s->call->r, "Content-Type", STR("application/xml"));
	http_reply_buf(s->call->r, &b);
}

static void answer(struct form *f)
{
	struct s3 *s = f->s;
	struct http_request *r = s3_answer_begin(s, str_is_set(f->redirect) ? 303 : f->status);

	http_header(r, "ETag", s3_quoted(s, f->d.put.o.etag));
	s3_answer_checksum(s, &f->d.put.o.sum);
	version_header(s, &f->d.put.o);
	expiration_header(s, &f->d.put.o);
	http_header(r, "Location", str_is_set(f->redirect) ? form_redirect(f) : form_location(f));
	if (f->status == 201 && !str_is_set(f->redirect))
		answer_created(f);
	else
		http_reply(r, (struct str){ 0 });
	finish(f);
}

/* -- the deposit -- */

static void go_on(struct form *f);

static void put(struct form *f)
{
	if (f->over)
		return;
	if (form_check_content(f) < 0) {
		fail(f);
		return;
	}
	f->putting = true;
	deposit_put(&f->d);
}

static void refuse_size(struct form *f)
{
	struct s3 *s = f->s;

	s3_refuse(s, S3_ENTITY_TOO_LARGE, NULL,
		  S3_WITH({ "MaxSizeAllowed", str_of(arena_printf(&s->arena, "%lld", (long long)f->policy.max)) }));
}

static void on_done(struct deposit *d, int rc)
{
	struct form *f = d->owner;

	if (f->putting && rc == 0) {
		if (f->s->call && !f->over)
			answer(f);
		else
			finish(f);
		return;
	}
	if (rc < 0) {
		if (f->putting)
			put_refused(f->s, rc, false);
		else if (rc == E_TOO_LARGE)
			refuse_size(f);
		else
			s3_refuse_rc(f->s, rc);
		fail(f);
		return;
	}
	put(f);
}

static void on_granted(struct deposit *d)
{
	struct form *f = d->owner;

	f->granted = true;
	go_on(f);
}

static void on_drained(struct deposit *d)
{
	go_on(d->owner);
}

static void begin_deposit(struct form *f)
{
	struct deposit *d = &f->d;

	d->m = f->s->m;
	d->room = f->s->room;
	d->length = -1;
	d->max = f->policy.max;
	d->granted = on_granted;
	d->drained = on_drained;
	d->done = on_done;
	d->gone = on_gone;
	d->owner = f;
	for (int k = 0; k < DIGEST_KINDS; k++)
		d->want[k] = f->wanted[k];
	f->depositing = true;
	s3_hold(f->s);
	deposit_begin(d);
}

/* -- what the parser tells -- */

static int on_part(struct form_data *p, const struct form_part *part)
{
	struct form *f = form_of(p);
	struct s3 *s = f->s;
	char *name;

	if (f->at != FORM_FIELDS) {
		f->at = FORM_AFTER;
		return 0;
	}
	if (str_ieq(part->name, STR("file"))) {
		f->at = FORM_FILE;
		if (form_take_facts(f, part->file_name) < 0)
			return E_BAD_INPUT;
		begin_deposit(f);
		p->hold = !f->granted;
		return 0;
	}
	name = arena_dup(&s->arena, part->name);
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	f->name = str_of(name);
	f->value.len = 0;
	f->bytes += f->name.n;
	return 0;
}

static int refuse_length(struct s3 *s)
{
	return s3_refuse(s, S3_MAX_POST, NULL, S3_WITH({ "MaxPostPreDataLengthBytes", STR("20480") }));
}

static int on_bytes(struct form_data *p, const void *bytes, size_t n)
{
	struct form *f = form_of(p);

	if (f->at == FORM_FILE && !f->dropping) {
		deposit_feed(&f->d, bytes, n);
		p->hold = f->d.full;
	} else if (f->at == FORM_FIELDS) {
		if ((f->bytes += n) > FORM_FIELDS_BYTES_MAX)
			return refuse_length(f->s);
		buf_add(&f->value, bytes, n);
	}
	return 0;
}

static int on_part_end(struct form_data *p)
{
	struct form *f = form_of(p);
	struct str value = f->value.len ? arena_str(&f->s->arena, str_n(f->value.data, f->value.len)) : STR("");

	if (f->at == FORM_FILE) {
		f->at = FORM_AFTER;	/* the deposit ends with the form, whose client is waited for until then */
	} else if (f->at == FORM_FIELDS) {
		if (str_is_set(params_get(&f->fields, f->name.p)))	/* of which one would a policy speak? */
			return s3_refuse(f->s, S3_INVALID_ARGUMENT, "The form has two fields of that name",
					 S3_WITH({ "ArgumentName", f->name }));
		if (f->fields.count == PARAMS_MAX || f->bytes > FORM_FIELDS_BYTES_MAX)
			return refuse_length(f->s);
		f->fields.at[f->fields.count++] = (struct param){ f->name, value };
	}
	return 0;
}

/* -- what the parser is told -- */

/* True: all of it, and it may have more. What was refused is answered. */
static bool parse(struct form *f, const void *p, size_t n)
{
	int rc;

	f->parser.hold = false;
	rc = form_data_feed(&f->parser, p, n);
	if (rc < 0 && f->s->fault.code == S3_FINE)
		s3_refuse(f->s, S3_MALFORMED_POST, NULL, NULL);
	if (rc < 0)
		fail(f);
	return rc == 0 && !f->parser.hold;
}

static void keep_rest(struct form *f, const char *p, size_t n)
{
	struct buf rest = { 0 };

	buf_add(&rest, p + f->parser.took, n - f->parser.took);
	buf_clear(&f->rest);
	f->rest = rest;
}

static struct form *form_at(struct http_request *r)
{
	struct call *c = r->app;

	return ((struct s3 *)c->face_state)->state;
}

static void on_data(struct http_request *r, const uint8_t *p, size_t n)
{
	struct form *f = form_at(r);

	if (f->over || parse(f, p, n) || f->over)
		return;
	keep_rest(f, (const char *)p, n);
	f->paused = true;
	http_pause(r);
}

/* All of the form's bytes were looked at. */
static void end_form(struct form *f)
{
	if (form_data_end(&f->parser) < 0)
		s3_refuse(f->s, S3_MALFORMED_POST, NULL, NULL);
	else if (f->at == FORM_FIELDS)
		s3_refuse(f->s, S3_POST_FILES, NULL, NULL);
	if (f->s->fault.code != S3_FINE)
		fail(f);
	else
		deposit_end(&f->d);
}

/* The deposit takes more: first what it did not take last time. */
static void go_on(struct form *f)
{
	struct buf rest = f->rest;
	bool all;

	if (!f->paused || f->over || !f->s->call)
		return;
	f->rest = (struct buf){ 0 };
	all = parse(f, rest.data, rest.len);
	if (!all && !f->over)
		keep_rest(f, rest.data, rest.len);
	buf_clear(&rest);
	if (!all || f->over)
		return;
	f->paused = false;
	http_resume(f->s->call->r);
}

/* Does not come while the socket is paused, except when the client has left. */
static void on_end(struct http_request *r, int rc)
{
	struct form *f = form_at(r);

	if (f->over)
		return;
	if (rc == E_CLOSED) {
		finish(f);
		return;
	}
	if (rc == E_TIMEOUT)
		s3_refuse_rc(f->s, rc);
	else if (rc < 0)
		s3_refuse(f->s, S3_INCOMPLETE_BODY, NULL, NULL);
	if (rc < 0)
		fail(f);
	else
		end_form(f);
}

static void release(struct s3 *s)
{
	struct form *f = s->state;

	form_data_clear(&f->parser);
	buf_clear(&f->value);
	buf_clear(&f->rest);
}

void object_post(struct s3 *s)
{
	static const struct http_sink sink = { on_data, on_end, NULL };
	struct form *f = arena_take(&s->arena, sizeof *f);

	f->s = s;
	f->parser.on_part = on_part;
	f->parser.on_bytes = on_bytes;
	f->parser.on_part_end = on_part_end;
	f->parser.owner = f;
	s->state = f;
	s->release = release;
	if (form_data_begin(&f->parser, http_field(s->call->r, "content-type")) < 0) {
		s3_refuse(s, S3_PRECONDITION, NULL,
			  S3_WITH({ "Condition", STR("Bucket POST must be of the enclosure-type multipart/form-data") }));
		fail(f);
		return;
	}
	http_body_stream(s->call->r, &sink);
}
