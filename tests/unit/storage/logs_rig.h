/* logs_rig.h - a group, its streams and their lines. */
#ifndef TESTS_LOGS_RIG_H
#define TESTS_LOGS_RIG_H

#include "storage/logs.h"

#include "tests/unit/storage/house.h"

struct call {				/* any of the calls in a change, by its arguments */
	int (*run)(struct db *db, struct call *c);
	struct str group, stream;
	int64_t id;
	int number;
	const struct log_line *lines;
};

static inline int run_call(struct db *db, void *arg)
{
	struct call *c = arg;

	return c->run(db, c);
}

static inline int delete_group(struct db *db, struct call *c)
{
	return log_group_delete(db, c->group);
}

static inline int retain(struct db *db, struct call *c)
{
	return log_group_retain(db, c->group, c->number);
}

static inline int create_stream(struct db *db, struct call *c)
{
	return log_stream_create(db, c->id, c->stream);
}

static inline int delete_stream(struct db *db, struct call *c)
{
	return log_stream_delete(db, c->id, c->stream);
}

static inline int write_lines(struct db *db, struct call *c)
{
	return log_write(db, c->group, c->stream, c->lines, c->number);
}

static inline int on_group(struct house *h, int (*run)(struct db *db, struct call *c), const char *group, int number)
{
	struct call c = { .run = run, .group = str_of(group), .number = number };

	return house_do(h, run_call, &c);
}

static inline int64_t group_id(struct house *h, const char *name)
{
	struct arena a = {0};
	struct log_group g;
	int rc = log_group_get(h->r, str_of(name), &a, &g);

	arena_clear(&a);
	return rc < 0 ? rc : g.id;
}

static inline int on_stream(struct house *h, int (*run)(struct db *db, struct call *c), const char *group, const char *stream)
{
	struct call c = { .run = run, .id = group_id(h, group), .stream = str_of(stream) };

	return house_do(h, run_call, &c);
}

static inline int write_one(struct house *h, const char *group, const char *stream, int64_t at_ms, const char *text)
{
	struct log_line l = { .at_ms = at_ms, .text = str_of(text) };
	struct call c = { .run = write_lines, .group = str_of(group), .stream = str_of(stream), .lines = &l, .number = 1 };

	return house_do(h, run_call, &c);
}

static struct buf told;

static inline void begin(void)
{
	told.len = 0;
	buf_puts(&told, "");
}

static inline int tell_group(void *owner, const struct log_group *g)
{
	(void)owner;
	buf_printf(&told, "%.*s=%lld/%d ", STR_ARG(g->name), (long long)g->bytes, g->retention_days);
	return 0;
}

static inline const char *groups(struct house *h, const char *prefix, const char *after, int max)
{
	begin();
	assert_int_equal(log_group_list(h->r, str_of(prefix), str_of(after), max, tell_group, NULL), 0);
	return told.data ? told.data : "";
}

static inline int tell_stream(void *owner, const struct log_stream *s)
{
	(void)owner;
	buf_printf(&told, "%.*s=%lld-%lld ", STR_ARG(s->name), (long long)s->first_ms, (long long)s->last_ms);
	return 0;
}

static inline const char *streams(struct house *h, struct log_stream_query q)
{
	begin();
	assert_int_equal(log_stream_list(h->r, &q, tell_stream, NULL), 0);
	return told.data ? told.data : "";
}

static inline int tell_line(void *owner, const struct log_line *l)
{
	(void)owner;
	assert_true(l->ingested_ms > 0);
	buf_printf(&told, "%lld.%lld %.*s/%.*s ", (long long)l->at_ms, (long long)l->id, STR_ARG(l->stream), STR_ARG(l->text));
	return 0;
}

static inline const char *lines(struct house *h, struct log_query q)
{
	begin();
	assert_int_equal(log_lines(h->r, &q, tell_line, NULL), 0);
	return told.data ? told.data : "";
}

static inline int64_t stream_id(struct house *h, const char *group, const char *name)
{
	struct arena a = {0};
	struct log_stream s;
	int rc = log_stream_get(h->r, group_id(h, group), str_of(name), &a, &s);

	arena_clear(&a);
	return rc < 0 ? rc : s.id;
}

static inline int forget_told(void **state)
{
	(void)state;
	buf_clear(&told);
	return 0;
}

#endif
