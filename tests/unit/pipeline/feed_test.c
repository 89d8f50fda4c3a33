#include "pipeline/feed.h"

#include "tests/lib/t.h"

static struct feed *feed;

struct ear {
	struct feed_listener l;
	int heard;
	enum feed_what last;
	struct ear *lets_go;		/* who leaves when this one hears something */
};

static void on_heard(struct feed_listener *l, const struct feed_event *e)
{
	struct ear *ear = (struct ear *)l;

	ear->heard++;
	ear->last = e->what;
	if (ear->lets_go)
		feed_leave(&ear->lets_go->l);
}

static void listen(struct ear *e, const char *bucket, const char *prefix, const char *key)
{
	e->l = (struct feed_listener){ .heard = on_heard, .bucket = str_of(bucket), .prefix = str_of(prefix), .key = str_of(key) };
	feed_listen(feed, &e->l);
}

static void tell(enum feed_what what, const char *bucket, const char *key)
{
	feed_tell(feed, &(struct feed_event){ .what = what, .bucket = str_of(bucket), .key = str_of(key) });
}

static void listeners_hear_what_they_asked_for(void **state)
{
	struct ear all = { 0 }, photos = { 0 }, june = { 0 }, one = { 0 };

	(void)state;
	feed_open(&feed);
	tell(FEED_UPLOADED, "photos", "june/1");
	listen(&all, NULL, NULL, NULL);
	listen(&photos, "photos", NULL, NULL);
	listen(&june, "photos", "june/", NULL);
	listen(&one, "photos", NULL, "june/1");
	tell(FEED_UPLOADED, "photos", "june/1");
	tell(FEED_READY, "photos", "june/10");
	tell(FEED_READY, "photos", "may/1");
	tell(FEED_FAILED, "others", "june/1");
	assert_int_equal(all.heard, 4);
	assert_int_equal(all.last, FEED_FAILED);
	assert_int_equal(photos.heard, 3);
	assert_int_equal(june.heard, 2);
	assert_int_equal(one.heard, 1);
	assert_int_equal(one.last, FEED_UPLOADED);
	feed_leave(&all.l);
	feed_leave(&photos.l);
	feed_leave(&june.l);
	feed_leave(&one.l);
	feed_leave(&one.l);
	feed_close(feed);
}

/* Each of three lets one of three go while it hears; all others hear it once. */
static void whoever_hears_may_leave_and_let_others_leave(void **state)
{
	(void)state;
	for (int who = 0; who < 3; who++)
		for (int whom = 0; whom < 3; whom++) {
			struct ear e[3] = { 0 };

			feed_open(&feed);
			for (int i = 0; i < 3; i++)
				listen(&e[i], NULL, NULL, NULL);	/* the last is the first to hear */
			e[who].lets_go = &e[whom];
			tell(FEED_STARTED, "b", "k");
			for (int i = 0; i < 3; i++)
				assert_int_equal(e[i].heard, i != whom || whom >= who);
			tell(FEED_STARTED, "b", "k");
			assert_int_equal(e[whom].heard, whom >= who);
			for (int i = 0; i < 3; i++)
				feed_leave(&e[i].l);
			feed_close(feed);
		}
}

static void nobody_is_told_when_there_is_no_feed(void **state)
{
	(void)state;
	feed = NULL;
	tell(FEED_REMOVED, "b", "k");
	feed_close(NULL);
	assert_string_equal(feed_text(FEED_READY), "ready");
	assert_string_equal(feed_text(FEED_REMOVED), "removed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(listeners_hear_what_they_asked_for),
		T(whoever_hears_may_leave_and_let_others_leave),
		T(nobody_is_told_when_there_is_no_feed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
