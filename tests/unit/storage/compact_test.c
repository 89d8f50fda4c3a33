#include "tests/unit/storage/house.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "storage/blobs.h"
#include "storage/compact.h"
#include "storage/trash.h"
#include "storage/version.h"

#define OBJECTS 24
#define OBJECT_BYTES 100000		/* ten of them fill a segment of 1 MB */

static const _Atomic bool never;

static char *key_of(int i)
{
	static char key[16];

	snprintf(key, sizeof key, "k%02d", i);
	return key;
}

static bool lives(int i)
{
	return i % 10 < 3;
}

static int put_one(struct house *h, int i)
{
	struct str bytes = t_bytes(OBJECT_BYTES, (uint32_t)i);
	struct putting p;
	int rc;

	put_init(&p, h, "thumbs", key_of(i), bytes);
	rc = put_run(&p, h);
	free((void *)(uintptr_t)bytes.p);
	return rc;
}

static int count_dead(struct db *db, void *arg)
{
	int rc = 0;

	(void)arg;
	for (int seg = 0; seg < 2 && rc == 0; seg++) {
		struct query q = db_query(db, SQL_SEGMENT_DEAD);

		query_int(&q, 1, seg);
		query_int(&q, 2, 7 * OBJECT_BYTES);
		rc = query_run(&q);
	}
	return rc;
}

static int enable_versions(struct db *db, void *arg)
{
	return versioning_set(db, ((struct house *)arg)->thumbs, VERSIONING_ENABLED);
}

/* Two full segments of which seven tenths are dead, and what follows. One in each that lives is noncurrent. */
static void make_holes(struct house *h, const char *path)
{
	house_new(h, path);
	for (int i = 0; i < OBJECTS; i++)
		assert_int_equal(put_one(h, i), 0);
	for (int i = 0; i < OBJECTS; i++)
		if (!lives(i))
			assert_int_equal(house_delete(h, "thumbs", key_of(i)), 0);
	assert_int_equal(house_do(h, count_dead, NULL), 0);
	assert_int_equal(house_do(h, enable_versions, h), 0);
	assert_true(house_put(h, "thumbs", key_of(0), "newer") > 0);
	assert_true(house_put(h, "thumbs", key_of(10), "newer") > 0);
}

static struct compactor compactor_of(struct house *h)
{
	return (struct compactor){ .reader = h->r, .writer = store_writer(h->s), .blobs = store_blobs(h->s), .stop = &never,
				   .grace_ms = TRASH_GRACE_MS };
}

/* Where the object is, if its bytes are the right ones; else EXTENT_NONE. */
static struct extent find_intact(struct house *h, int i)
{
	struct extent where = { .kind = EXTENT_NONE };
	struct str want = t_bytes(OBJECT_BYTES, (uint32_t)i);
	struct arena a = { 0 };
	struct version v;
	bool missing;
	char *room = malloc(OBJECT_BYTES);

	if (version_get(h->r, STR("thumbs"), str_of(key_of(i)), STR("null"), &a, &v, &missing) == 0 && v.o.extent_count == 1 &&
	    extent_read(store_blobs(h->s), v.o.extents, 0, room, OBJECT_BYTES) == OBJECT_BYTES &&
	    memcmp(room, want.p, OBJECT_BYTES) == 0)
		where = v.o.extents[0];
	arena_clear(&a);
	free(room);
	free((void *)(uintptr_t)want.p);
	return where;
}

static void all_that_live_are_intact(struct house *h)
{
	for (int i = 0; i < OBJECTS; i++)
		if (lives(i))
			assert_int_equal(find_intact(h, i).kind, EXTENT_NEEDLE);
}

static void what_lives_in_a_holed_segment_moves_and_the_segment_goes(void **state)
{
	struct compactor c;
	struct house h;

	make_holes(&h, test_path(state));
	assert_int_equal(find_intact(&h, 0).seg, 0);
	assert_int_equal(find_intact(&h, 10).seg, 1);
	c = compactor_of(&h);
	assert_int_equal(compact_segments(&c), 2);
	assert_int_equal(compact_segments(&c), 0);
	all_that_live_are_intact(&h);
	assert_true(find_intact(&h, 0).seg >= 2);
	assert_true(find_intact(&h, 10).seg >= 2);
	assert_int_equal(compact_remove(&c), 0);		/* readers may still be there */
	assert_true(exists(test_dir(state), "vol/00/000000.seg"));
	clock_advance_ms(TRASH_GRACE_MS + 1);
	assert_true(compact_remove(&c) >= 0);
	WAIT_UNTIL(!exists(test_dir(state), "vol/00/000000.seg") && !exists(test_dir(state), "vol/00/000001.seg"), 20000);
	all_that_live_are_intact(&h);
	house_close(&h);
	assert_int_equal(house_open(&h, test_path(state)), 0);
	all_that_live_are_intact(&h);
	assert_int_equal(put_one(&h, 99), 0);
	house_close(&h);
}

struct pieces {
	struct house *h;
	struct extent two[2], part;
};

/* An object of two extents and an upload's part, all of them in victims. */
static int make_pieces(struct db *db, void *arg)
{
	struct pieces *p = arg;
	struct object o = { .bucket = p->h->thumbs, .key = STR("pieces"), .size = 2 * OBJECT_BYTES, .extents = p->two,
			    .extent_count = 2, .etag = STR("x-2") };
	const struct actor nobody = { .principal = STR("") };
	struct buf packed = { 0 };
	struct query q = db_query(db, SQL_PART_SET);
	int rc;

	extents_pack(&packed, &p->part, 1);
	query_text(&q, 1, STR("upload"));
	query_int(&q, 2, 7);
	query_int(&q, 3, 0);
	query_int(&q, 4, OBJECT_BYTES);
	query_bytes(&q, 5, STR("0123456789abcdef"));
	query_bytes(&q, 8, str_n(packed.data, packed.len));
	rc = query_run(&q);
	buf_clear(&packed);
	return rc < 0 ? rc : object_write(db, p->h->s, &o, EVENT_CREATED_PUT, &nobody);
}

static struct extent part_extent(struct house *h)
{
	struct query q = db_query(h->r, SQL_PART_OLD);
	struct extent *e, out;
	struct arena a = { 0 };
	int n;

	query_text(&q, 1, STR("upload"));
	query_int(&q, 2, 7);
	assert_int_equal(query_step(&q), QUERY_ROW);
	assert_int_equal(extents_unpack(&a, col_str(&q, 0), &e, &n), 0);
	assert_int_equal(n, 1);
	out = e[0];
	assert_int_equal(query_end(&q), 0);
	arena_clear(&a);
	return out;
}

static void parts_and_the_pieces_of_an_object_move_too(void **state)
{
	struct pieces p;
	struct compactor c;
	struct arena a = { 0 };
	struct object o;
	struct extent part;
	struct house h;
	bool missing;
	char room[16];

	make_holes(&h, test_path(state));
	p = (struct pieces){ &h, { find_intact(&h, 0), find_intact(&h, 10) }, find_intact(&h, 1) };
	assert_int_equal(house_do(&h, make_pieces, &p), 0);
	c = compactor_of(&h);
	assert_int_equal(compact_segments(&c), 2);
	assert_int_equal(object_get(h.r, STR("thumbs"), STR("pieces"), &a, &o, &missing), 0);
	assert_int_equal(o.extent_count, 2);
	for (int i = 0; i < 2; i++) {
		assert_true(o.extents[i].seg >= 2);
		assert_int_equal(extent_read(store_blobs(h.s), &o.extents[i], 5, room, 16), 16);
	}
	part = part_extent(&h);
	assert_true(part.seg >= 2);
	assert_int_equal(part.len, OBJECT_BYTES);
	arena_clear(&a);
	house_close(&h);
}

static int on_segments(struct db *db, void *arg)
{
	int rc = 0;

	for (int seg = 0; seg < 2 && rc == 0; seg++) {
		struct query q = db_query(db, *(const enum sql *)arg);

		query_int(&q, 1, seg);
		if (*(const enum sql *)arg == SQL_SEGMENT_EMPTIED)
			query_int(&q, 2, 1);
		rc = query_run(&q);
	}
	return rc;
}

static int take_newer_away(struct db *db, void *arg)
{
	static const struct actor nobody = { .principal = { "", 0 } };
	struct house *h = arg;
	char id[VERSION_ID_MAX + 1];
	struct arena a = { 0 };
	struct object o;
	bool missing;
	int rc = object_get(db, STR("thumbs"), STR("k00"), &a, &o, &missing);

	if (rc == 0)
		rc = version_remove(db, h->s, h->thumbs, STR("k00"), version_id(id, o.born, o.named), (struct str){ 0 }, &nobody, NULL);
	arena_clear(&a);
	return rc < 0 ? rc : 0;
}

/* A pass reads objects, then versions. What goes the other way in between is in neither. */
static void a_segment_stays_when_something_in_it_is_current_again_while_it_is_emptied(void **state)
{
	enum sql leave = SQL_SEGMENT_LEAVE, emptied = SQL_SEGMENT_EMPTIED;
	struct compactor c;
	struct house h;
	struct query q;

	make_holes(&h, test_path(state));
	assert_int_equal(house_do(&h, on_segments, &leave), 0);
	assert_int_equal(house_do(&h, take_newer_away, &h), 0);
	assert_int_equal(house_do(&h, on_segments, &emptied), 0);
	q = db_query(h.r, SQL_SEGMENT_WORST);
	query_int(&q, 1, 0);
	query_int(&q, 2, 9);
	assert_int_equal(query_step(&q), QUERY_ROW);
	assert_int_equal(col_int(&q, 0), 0);
	assert_int_equal(query_step(&q), QUERY_DONE);
	assert_int_equal(query_end(&q), 0);
	c = compactor_of(&h);
	assert_int_equal(compact_segments(&c), 1);	/* the next time it goes, too */
	assert_true(find_intact(&h, 0).seg >= 2);
	house_close(&h);
}

/* A change that holds up the writer until it is told to go on. */
struct gate {
	struct change change;
	_Atomic bool open, done;
};

static int apply_gate(struct change *c, struct db *db)
{
	struct gate *g = container_of(c, struct gate, change);

	(void)db;
	while (!atomic_load(&g->open))
		t_nap();
	return 0;
}

static void on_gate(struct change *c)
{
	atomic_store(&container_of(c, struct gate, change)->done, true);
}

static void on_late_put(struct change *c)
{
	atomic_store((_Atomic bool *)c->owner, true);
}

static void *run_compaction(void *arg)
{
	return compact_segments(arg) == 2 ? arg : NULL;
}

static int waiting(struct house *h)
{
	struct writer_stats s;

	writer_get_stats(store_writer(h->s), &s);
	return s.waiting;
}

/* `late` fits into what is left of the second segment, `next` does not: then that one is full and a victim,
 * while the row of `late` waits for the writer. */
static void a_row_that_is_on_its_way_is_waited_for(void **state)
{
	struct gate g = { .change = { .apply = apply_gate, .done = on_gate } };
	_Atomic bool late_done = false, next_done = false;
	struct str bytes = t_bytes(OBJECT_BYTES, 7);
	struct putting late, next;
	struct compactor c;
	struct house h;
	pthread_t t;
	void *good;

	house_new(&h, test_path(state));
	for (int i = 0; i < 19; i++)
		assert_int_equal(put_one(&h, i), 0);
	for (int i = 0; i < 19; i++)
		assert_int_equal(house_delete(&h, "thumbs", key_of(i)), 0);
	assert_int_equal(house_do(&h, count_dead, NULL), 0);
	c = compactor_of(&h);
	store_submit(h.s, &g.change);
	put_init(&late, &h, "thumbs", key_of(7), bytes);
	put_init(&next, &h, "thumbs", "next", bytes);
	late.put.change.done = next.put.change.done = on_late_put;
	late.put.change.owner = &late_done;
	next.put.change.owner = &next_done;
	store_submit(h.s, &late.put.change);
	store_submit(h.s, &next.put.change);
	WAIT_UNTIL(volume_is_full(store_blobs(h.s)->volume, 1), 20000);
	assert_int_equal(pthread_create(&t, NULL, run_compaction, &c), 0);
	WAIT_UNTIL(waiting(&h) == 4, 20000);
	atomic_store(&g.open, true);
	pthread_join(t, &good);
	WAIT_UNTIL(atomic_load(&g.done) && atomic_load(&late_done) && atomic_load(&next_done), 20000);
	assert_non_null(good);
	assert_int_equal(late.put.change.rc, 0);
	assert_int_equal(next.put.change.rc, 0);
	assert_true(find_intact(&h, 7).seg > 1);
	clock_advance_ms(TRASH_GRACE_MS + 1);
	WAIT_UNTIL(!exists(test_dir(state), "vol/00/000001.seg"), 20000);
	assert_int_equal(find_intact(&h, 7).kind, EXTENT_NEEDLE);
	arena_clear(&late.arena);
	arena_clear(&next.arena);
	free((void *)(uintptr_t)bytes.p);
	house_close(&h);
}

static void a_damaged_needle_keeps_its_segment(void **state)
{
	struct compactor c;
	struct extent bad;
	struct house h;
	int fd;

	make_holes(&h, test_path(state));
	bad = find_intact(&h, 1);
	fd = openat(test_dir(state), "vol/00/000000.seg", O_WRONLY);
	assert_int_equal(pwrite(fd, "#", 1, (off_t)bad.off + 77), 1);
	close(fd);
	c = compactor_of(&h);
	assert_int_equal(compact_segments(&c), 1);
	assert_int_equal(find_intact(&h, 1).kind, EXTENT_NONE);
	assert_true(find_intact(&h, 2).seg >= 2);	/* its neighbour moved */
	assert_int_equal(find_intact(&h, 0).seg, 0);	/* what is looked at later need not: noncurrent versions are */
	house_close(&h);
}

static int compact_and_die(void *path)
{
	struct compactor c;
	struct house h;

	if (house_open(&h, path) < 0)
		return 0;
	c = compactor_of(&h);
	compact_segments(&c);
	clock_advance_ms(TRASH_GRACE_MS + 1);
	compact_remove(&c);
	house_close(&h);
	return 0;
}

static enum t_end compact_with(void **state, struct sys_fault f)
{
	struct house h;
	enum t_end end;

	make_holes(&h, test_path(state));
	house_close(&h);
	end = t_child(f, compact_and_die, (void *)test_path(state));
	assert_int_not_equal(end, T_FAILED);
	assert_int_equal(house_open(&h, test_path(state)), 0);
	all_that_live_are_intact(&h);
	house_close(&h);
	t_wipe(test_dir(state));
	return end;
}

/* Every fifth call: each run needs a store of its own. */
static void dying_while_compacting_loses_nothing(void **state)
{
	long n = 1;

	while (compact_with(state, (struct sys_fault){ .crash_at = n }) == T_DIED)
		n += 5;
	assert_true(n > 60);
}

static void failing_while_compacting_loses_nothing(void **state)
{
	for (long n = 3; n < 100; n += 5)
		compact_with(state, (struct sys_fault){ .fail_at = n, .forever = n % 2 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_lives_in_a_holed_segment_moves_and_the_segment_goes),
		T(parts_and_the_pieces_of_an_object_move_too),
		T(a_segment_stays_when_something_in_it_is_current_again_while_it_is_emptied),
		T(a_row_that_is_on_its_way_is_waited_for),
		T(a_damaged_needle_keeps_its_segment),
		T(dying_while_compacting_loses_nothing),
		T(failing_while_compacting_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
