/* Files of drop folders that are objects now. */
#include "storage/ledger.h"

#include "tests/unit/storage/house.h"

static struct ledger_line line_of(const char *path, int64_t inode, uint8_t hash)
{
	struct ledger_line l = { .folder = STR("inbox"), .path = str_of(path), .device = 5, .inode = inode, .size = 3, .mtime_ns = -7,
				 .key = STR("k") };

	memset(l.hash, hash, sizeof l.hash);
	return l;
}

static int put_line(struct db *db, void *arg)
{
	return ledger_put(db, arg);
}

static int drop_lines(struct db *db, void *arg)
{
	return ledger_drop(db, STR("inbox"), *(int *)arg) < 0 ? E_CORRUPT : 0;
}

/* In the put's own transaction, as ingest does it. */
static int also_line(struct object_put *p, struct db *db)
{
	struct ledger_line *l = p->also_owner;

	l->bucket = p->o.bucket;
	l->seq = p->o.seq;
	return l->size < 0 ? E_PRECONDITION : ledger_put(db, l);
}

static int put_with(struct house *h, struct ledger_line *l)
{
	struct putting p;

	put_init(&p, h, "photos", "k", STR("abc"));
	p.put.also = also_line;
	p.put.also_owner = l;
	return put_run(&p, h);
}

static void a_line_is_read_as_it_was_written(void **state)
{
	struct ledger_line l = line_of("\xff/a\n.jpg", 9, 1), got;
	struct arena a = {0};
	struct house h;

	house_new(&h, test_path(state));
	l.state = LEDGER_SAME;
	l.bucket = h.photos;
	l.seq = 12;
	assert_int_equal(house_do(&h, put_line, &l), 0);
	assert_int_equal(ledger_get(h.r, STR("inbox"), l.path, &a, &got), 0);
	assert_true(str_eq(got.path, l.path) && str_is(got.folder, "inbox") && str_is(got.key, "k"));
	assert_true(got.device == 5 && got.inode == 9 && got.size == 3 && got.mtime_ns == -7 && got.seq == 12 && got.bucket == h.photos);
	assert_true(got.state == LEDGER_SAME && memcmp(got.hash, l.hash, LEDGER_HASH) == 0);
	assert_int_equal(ledger_get(h.r, STR("outbox"), l.path, &a, &got), E_NOT_FOUND);
	l.inode = 10;
	assert_int_equal(house_do(&h, put_line, &l), 0);
	assert_int_equal(ledger_get(h.r, STR("inbox"), l.path, &a, &got), 0);
	assert_int_equal(got.inode, 10);
	arena_clear(&a);
	house_close(&h);
}

static void a_put_that_is_refused_leaves_no_line_and_no_object(void **state)
{
	struct ledger_line l = line_of("a.jpg", 9, 1), got;
	struct arena a = {0};
	struct house h;

	house_new(&h, test_path(state));
	l.size = -1;
	assert_int_equal(put_with(&h, &l), E_PRECONDITION);
	assert_int_equal(ledger_get(h.r, l.folder, l.path, &a, &got), E_NOT_FOUND);
	assert_int_equal(house_version(&h, h.photos, "k"), 0);
	l.size = 3;
	assert_int_equal(put_with(&h, &l), 0);
	assert_int_equal(ledger_get(h.r, l.folder, l.path, &a, &got), 0);
	assert_int_equal(house_version(&h, h.photos, "k"), got.seq);
	arena_clear(&a);
	house_close(&h);
}

static void content_and_file_are_found_under_another_name_while_their_object_stands(void **state)
{
	struct ledger_line l = line_of("a.jpg", 9, 1), like = line_of("b.jpg", 9, 1), got;
	struct arena a = {0};
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(put_with(&h, &l), 0);
	assert_int_equal(ledger_fate(h.r, &l), LEDGER_STANDS);
	assert_int_equal(ledger_find_content(h.r, l.folder, STR("b.jpg"), l.hash, &a, &got), 0);
	assert_true(str_is(got.path, "a.jpg"));
	assert_int_equal(ledger_find_content(h.r, l.folder, STR("a.jpg"), l.hash, &a, &got), E_NOT_FOUND);
	assert_int_equal(ledger_find_file(h.r, &like, &a, &got), 0);
	like.mtime_ns++;
	assert_int_equal(ledger_find_file(h.r, &like, &a, &got), E_NOT_FOUND);
	like.mtime_ns--;
	assert_true(house_put(&h, "photos", "k", "another") > 0);
	assert_int_equal(ledger_fate(h.r, &l), LEDGER_REPLACED);
	assert_int_equal(ledger_find_content(h.r, l.folder, STR("b.jpg"), l.hash, &a, &got), E_NOT_FOUND);
	assert_int_equal(ledger_find_file(h.r, &like, &a, &got), E_NOT_FOUND);
	assert_int_equal(house_delete(&h, "photos", "k"), 0);
	assert_int_equal(ledger_fate(h.r, &l), LEDGER_GONE);
	arena_clear(&a);
	house_close(&h);
}

static void the_lines_of_a_folder_go_a_few_at_a_time_and_no_others(void **state)
{
	struct ledger_line l[4] = { line_of("a", 1, 1), line_of("b", 2, 2), line_of("c", 3, 3), line_of("a", 4, 4) }, got;
	struct arena a = {0};
	struct house h;
	int two = 2, left = 0;

	house_new(&h, test_path(state));
	l[3].folder = STR("inbox2");
	for (int i = 0; i < 4; i++)
		assert_int_equal(house_do(&h, put_line, &l[i]), 0);
	assert_int_equal(house_do(&h, drop_lines, &two), 0);
	for (int i = 0; i < 3; i++)
		left += ledger_get(h.r, l[i].folder, l[i].path, &a, &got) == 0;
	assert_int_equal(left, 1);
	assert_int_equal(house_do(&h, drop_lines, &two), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ledger_get(h.r, l[i].folder, l[i].path, &a, &got), E_NOT_FOUND);
	assert_int_equal(ledger_get(h.r, l[3].folder, l[3].path, &a, &got), 0);
	arena_clear(&a);
	house_close(&h);
}

struct traces {
	struct arena arena;
	struct ledger_trace at[4];
	int count;
};

static int note_trace(void *owner, const struct ledger_trace *t)
{
	struct traces *s = owner;

	s->at[s->count] = *t;
	s->at[s->count++].path = arena_str(&s->arena, t->path);
	return 0;
}

struct forgetting {
	struct ledger_trace trace;
	int64_t gone_ms;		/* 0: the line goes */
	int rc;
};

static int forget(struct db *db, void *arg)
{
	struct forgetting *f = arg;

	f->rc = f->gone_ms ? ledger_note_gone(db, STR("inbox"), &f->trace, f->gone_ms) : ledger_forget(db, STR("inbox"), &f->trace);
	return f->rc < 0 ? f->rc : 0;
}

static void a_line_is_forgotten_only_as_it_was_read(void **state)
{
	struct ledger_line l[2] = { line_of("a", 1, 1), line_of("b", 2, 2) };
	struct traces s = {0};
	struct forgetting f = { .gone_ms = 77 };
	struct house h;

	house_new(&h, test_path(state));
	assert_int_equal(put_with(&h, &l[0]), 0);
	assert_int_equal(put_with(&h, &l[1]), 0);	/* the same key: a's object is replaced */
	assert_int_equal(ledger_page(h.r, STR("inbox"), STR(""), 4, note_trace, &s), 2);
	assert_true(str_is(s.at[0].path, "a") && !s.at[0].stands && s.at[0].gone_ms == 0 && s.at[0].seq == l[0].seq);
	assert_true(str_is(s.at[1].path, "b") && s.at[1].stands);
	assert_int_equal(ledger_page(h.r, STR("inbox"), STR("a"), 1, note_trace, &s), 1);
	assert_true(str_is(s.at[2].path, "b"));
	f.trace = s.at[0];
	assert_int_equal(house_do(&h, forget, &f), 0);
	assert_int_equal(f.rc, 1);
	assert_int_equal(house_do(&h, forget, &f), 0);
	assert_int_equal(f.rc, 0);			/* it is noted already */
	f.trace.gone_ms = 77;
	assert_int_equal(house_do(&h, put_line, &l[0]), 0);	/* written anew: the file is there */
	f.gone_ms = 0;
	assert_int_equal(house_do(&h, forget, &f), 0);
	assert_int_equal(f.rc, 0);
	f.trace.gone_ms = 0;
	assert_int_equal(house_do(&h, forget, &f), 0);
	assert_int_equal(f.rc, 1);
	s.count = 0;
	assert_int_equal(ledger_page(h.r, STR("inbox"), STR(""), 4, note_trace, &s), 1);
	assert_true(str_is(s.at[0].path, "b"));
	arena_clear(&s.arena);
	house_close(&h);
}

/* Dying at any call leaves the object with its line, or neither. */
static int put_one(struct house *h, void *arg)
{
	return put_with(h, arg);
}

static void look(struct trial *t, int number)
{
	struct ledger_line l = line_of("a.jpg", number, 1), got;
	int64_t before, after;
	struct arena a = {0};
	struct house h;
	bool is_in;

	assert_int_equal(house_open(&h, t->path), 0);
	before = house_version(&h, h.photos, "k");
	house_close(&h);
	t->arg = &l;
	trial_run(t);
	assert_int_equal(house_open(&h, t->path), 0);
	after = house_version(&h, h.photos, "k");
	is_in = ledger_get(h.r, l.folder, l.path, &a, &got) == 0 && got.inode == number;
	assert_int_equal(is_in, after > before);
	assert_true(!is_in || got.seq == after);
	if (t->told->returned && t->told->rc == 0)
		assert_true(is_in);
	arena_clear(&a);
	house_close(&h);
}

static void object_and_line_are_one_whatever_fails(void **state)
{
	struct trial t = { .path = test_path(state), .thing = put_one };

	each_trial(&t, look);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_line_is_read_as_it_was_written),
		T(a_put_that_is_refused_leaves_no_line_and_no_object),
		T(content_and_file_are_found_under_another_name_while_their_object_stands),
		T(the_lines_of_a_folder_go_a_few_at_a_time_and_no_others),
		T(a_line_is_forgotten_only_as_it_was_read),
		T(object_and_line_are_one_whatever_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
