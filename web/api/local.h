/* local.h - minilab's own requests, all under /_/: answers are JSON, errors {"error": CODE, "message": TEXT}.
 *
 * A struct local lives as an S3 request's struct does: until its request is over and no lane works for it.
 */
#ifndef API_LOCAL_H
#define API_LOCAL_H

#include "base/json.h"
#include "web/params.h"
#include "web/routes.h"
#include "web/whole.h"

struct local {
	struct minilab *m;
	struct call *call;		/* NULL: the request is over */
	struct room *room;
	struct arena arena;
	struct params params;
	struct buf out;
	void *state;
	struct work work;
	struct commit commit;
	int (*run)(struct local *l, struct db *db);
	void (*then)(struct local *l, int rc);
	void (*release)(struct local *l);	/* what `state` owns; NULL: nothing. Last of all */
	bool busy;
	struct str body;		/* when it was taken */
	void (*taken)(struct local *l);
	struct whole whole;
	struct leave *leave;		/* while it is asked for (web/leave.h) */
	void (*left)(struct local *l);	/* the client has, while it was held (call is NULL already); NULL: whoever holds it finds out by itself */
	void (*hurry)(struct local *l);	/* parked: the daemon stops, so answer now */
	struct local *next_parked, **parked_at;
	bool for_pages;			/* the answer is for pages of other origins, too, if the rules of call->bucket let them (web/cors.h) */
	const char *expose;		/* headers that those pages may read; NULL: the usual ones */
};

void local_run(struct local *l, int (*run)(struct local *l, struct db *db), void (*then)(struct local *l, int rc));
void local_commit(struct local *l, struct change *c, void (*then)(struct local *l, int rc));
void local_hold(struct local *l);	/* something works for it that is no lane; local_rest comes when it is done */
void local_rest(struct local *l);
void local_park(struct local *l, void (*hurry)(struct local *l));	/* held, and waiting for something that may take long */
void local_unpark(struct local *l);	/* accepts one that is not parked */
void local_hurry_all(void);		/* the daemon stops */
void local_take_body(struct local *l, size_t max, void (*taken)(struct local *l));	/* refuses larger ones, and what is not as signed */
struct http_request *local_begin(struct local *l, int status);	/* the headers of every answer; then any http_header and one http_reply* */
void local_answer(struct local *l, int status, const char *type);	/* l->out */
void local_refuse(struct local *l, int status, const char *code, const char *message);	/* what was written so far is dropped */
void local_refuse_bucket(struct local *l);	/* there is none of that name */
/* What a failure of storage means: 404 with `missing` (NULL: nothing can be), 503 when there is no room, else 500. */
void local_refuse_rc(struct local *l, int rc, const char *missing);
void local_answer_rc(struct local *l, int rc, const char *missing);	/* l->out with 200, or that */
void local_refuse_auth(struct local *l, enum auth_problem problem);

/* The console's own requests: by a cookie, not signed. False: they are refused, and answered. */
bool local_is_by_cookie(struct local *l);
bool local_admit_cookie(struct local *l, bool changes);

/* /_/DOOR/BUCKET[/KEY[/RENDITION]] into call->bucket and call->key, which is absent when there is none and has the rendition still; `door` ends in
 * '/'. Those are the doors for pages. False: refused, and answered. */
enum tail { TAIL_KEY_OR_NONE, TAIL_KEY, TAIL_KEY_AND_RENDITION };
bool local_place(struct local *l, const char *door, enum tail tail);
void local_preflight(struct local *l, struct str bucket);	/* answers OPTIONS */

void health_serve(struct local *l);
void metrics_serve(struct local *l);
void explain_serve(struct local *l);
void logs_serve(struct local *l);
void retry_serve(struct local *l);
void similar_serve(struct local *l);
void functions_serve(struct local *l);
void bill_serve(struct local *l);
void buckets_serve(struct local *l);
void photos_serve(struct local *l);
void object_serve(struct local *l);
void objects_delete_serve(struct local *l);
void series_serve(struct local *l);
void settings_serve(struct local *l);
void backfill_serve(struct local *l);
void backfill_act_serve(struct local *l);
void backfill_plan_serve(struct local *l);
void session_serve(struct local *l);
void session_open_serve(struct local *l);
void session_close_serve(struct local *l);
void function_serve(struct local *l);
void tail_serve(struct local *l);
void invoke_serve(struct local *l);
void dead_serve(struct local *l);
void dead_event_serve(struct local *l);
void redrive_serve(struct local *l);
void watch_serve(struct local *l);
void watch_act_serve(struct local *l);
void upload_serve(struct local *l);
void upload_preflight_serve(struct local *l);
void events_serve(struct local *l);
void events_preflight_serve(struct local *l);
void events_end_of_token(struct str id);		/* who listens by it hears no more */
void tus_serve(struct local *l);
void thumbnail_serve(struct local *l);
void thumbnail_preflight_serve(struct local *l);
void status_serve(struct local *l);
void status_preflight_serve(struct local *l);
void token_make_serve(struct local *l);
void tokens_serve(struct local *l);
void token_revoke_serve(struct local *l);
void webhooks_serve(struct local *l);
void webhook_set_serve(struct local *l);
void webhook_remove_serve(struct local *l);
void webhook_test_serve(struct local *l);
void webhooks_dead_serve(struct local *l);
void webhooks_redrive_serve(struct local *l);

#endif
