/* s3.h - one request to the S3 face, from its signature to its answer.
 *
 * A struct s3 is made when a request comes in and lives until the request is over and no lane and no
 * commit works for it: a client may leave in the middle, the work ends all the same. So everything that the
 * work needs is in `arena`, which is s3's own and not the request's; `call` is NULL once the request is over.
 *
 *     serve --> [body_take --> have_body] --> [s3_run | s3_commit]... --> one s3_answer_*
 *                                             `undo` on a lane, when the client left or the answer was a refusal
 *
 * One thing at a time: between s3_run or s3_commit and `then`, s3 belongs to the lane or the writer.
 */
#ifndef S3_S3_H
#define S3_S3_H

#include "pipeline/shelf.h"
#include "pipeline/feed.h"
#include "storage/object.h"
#include "web/params.h"
#include "web/routes.h"
#include "web/s3/error.h"

#define S3_XMLNS "http://s3.amazonaws.com/doc/2006-03-01/"

struct body;
struct operation;

struct s3 {
	struct minilab *m;
	struct call *call;		/* NULL: the request is over */
	struct room *room;
	struct arena arena;
	const struct operation *op;
	struct str bucket, key;		/* decoded; absent where the path has none */
	struct params params;
	bool anonymous;			/* nobody signed it, and a policy allows it; or it is a form, which has a signature of its own */
	bool form;			/* params are the fields of a form: they stand for headers */
	bool by_host;			/* the bucket was named by the Host header (host.h) */
	bool conceals;			/* whoever asks may not know which keys there are */
	struct auth auth;		/* its strings die with the request; copied where needed later */
	struct actor actor;
	struct fault fault;
	struct body *body;		/* NULL until the operation takes one */
	void *state;			/* the operation's own, in the arena */

	/* Gives back what no row names: on a lane, at the very end. NULL: nothing to give back. */
	void (*undo)(struct s3 *s);
	void (*news)(struct s3 *s);	/* set before s3_commit: what was committed is told, whether the client waits or not; NULL: nothing to tell */
	void (*release)(struct s3 *s);	/* the operation's own memory, last of all; NULL: none */
	struct work work;
	struct commit commit;
	int (*run)(struct s3 *s, struct db *db);
	void (*then)(struct s3 *s, int rc);
	bool busy;			/* a lane or the writer has it */
	bool reshelve;			/* what is committed are documents of the bucket, or its end: the shelf reads it before `then` */
	struct shelf_errand shelved;
};

/* `run` on a lane, then `then` on the loop, unless the client has gone meanwhile. */
void s3_run(struct s3 *s, int (*run)(struct s3 *s, struct db *db), void (*then)(struct s3 *s, int rc));

/* Same for a change. Once it is committed the pump is woken and `undo` forgotten, whether the client waits or not. */
void s3_commit(struct s3 *s, struct change *c, void (*then)(struct s3 *s, int rc));

/* How what is made comes in: "S3 PutObject". In the arena. */
struct str s3_door(struct s3 *s);

/* What `news` tells listeners (pipeline/feed.h). seq 0: of a deletion. */
void s3_tell(struct s3 *s, enum feed_what what, struct str key, int64_t seq);

/* Something works for it that is neither lane nor writer (a deposit): between the two, as while busy. After s3_rest it may be gone. */
void s3_hold(struct s3 *s);
void s3_rest(struct s3 *s);

/* A header of the request; for presigned ones also the query parameter of that name, and of a form its field alone. Loop, while call is set. */
struct str s3_field(struct s3 *s, const char *name);
struct str s3_copy(struct s3 *s, struct str v);	/* into the arena; absent stays absent */

/* Notes why this request is refused. Always returns E_BAD_INPUT, for `return`. Any thread that has `s`. */
int s3_refuse(struct s3 *s, enum s3_code code, const char *message, const struct fault_extra *extras);
int s3_refuse_rc(struct s3 *s, int rc);		/* error_of(rc), with bucket or key named; logs what is no client's fault */

/* auth_fault.c: why the signature does not do. Always returns E_BAD_INPUT. */
int s3_refuse_auth(struct s3 *s, enum auth_problem problem);

/* unbuilt.c: headers that ask for what is not there, or for what must be true. 0 or refused. */
int s3_check_headers(struct s3 *s);

/* permit.c: what the bucket's policy says about the operation found. 0 or refused. */
int s3_permit(struct s3 *s);
bool s3_is_denied(struct s3 *s, const char *action, struct str bucket, struct str key);	/* besides: to the account's own request. Loop */
int s3_permit_put(struct s3 *s);		/* of s->key, by a form that was signed, or by anybody's */

/* reply.c: each of these answers. */
void s3_answer_fault(struct s3 *s);		/* s->fault, which is set */
void s3_answer_xml(struct s3 *s, int status, struct buf *body);	/* taken over and emptied */
void s3_answer_empty(struct s3 *s, int status);
/* Status and the headers every answer has; then any http_header and one http_reply*. */
struct http_request *s3_answer_begin(struct s3 *s, int status);
void s3_answer_checksum(struct s3 *s, const struct checksum *sum);	/* x-amz-checksum-* headers, between begin and reply */
void s3_answer_refusal(struct call *c, int status, const char *why);
struct str s3_quoted(struct s3 *s, struct str etag);
const char *s3_owner(struct s3 *s);		/* canonical user id of the account */

/* What a request can ask for. Handlers run on the loop, signature checked, `bucket` and `key` set. */
enum s3_level { S3_SERVICE, S3_BUCKET, S3_OBJECT };
/* TEXT: an XML document, whole, in s->body; RECEIPT: one whose x-amz-checksum-* headers are an object's and
 * not its own; BYTES: the handler takes it. */
enum s3_body { BODY_NONE, BODY_TEXT, BODY_RECEIPT, BODY_BYTES };

struct operation {
	const char *name;
	const char *method;
	enum s3_level level;
	const char *param;		/* must be in the query, or NULL: then no subresource may be */
	const char *header;		/* must be sent, or NULL */
	enum s3_body body;
	void (*serve)(struct s3 *s);
};

/* bucket.c */
void service_list(struct s3 *s);
void bucket_put(struct s3 *s);
void bucket_head(struct s3 *s);
void bucket_remove(struct s3 *s);
void bucket_location(struct s3 *s);
void bucket_preset(struct s3 *s);
/* object.c, object_get.c, object_facts.c, attributes.c, copy.c, form.c, delete_many.c */
void object_upload(struct s3 *s);
void object_download(struct s3 *s);
void object_erase(struct s3 *s);
void object_acl(struct s3 *s);
void object_acl_put(struct s3 *s);
void object_attributes(struct s3 *s);
void object_copy(struct s3 *s);
void object_post(struct s3 *s);
void delete_many(struct s3 *s);
/* list.c, list_versions.c */
void list_objects(struct s3 *s);
void list_versions(struct s3 *s);
/* versioning.c, tagging.c */
void versioning_show(struct s3 *s);
void versioning_put(struct s3 *s);
void object_tags(struct s3 *s);
void object_tags_put(struct s3 *s);
void object_tags_remove(struct s3 *s);
void bucket_tags(struct s3 *s);
void bucket_tags_put(struct s3 *s);
void bucket_tags_remove(struct s3 *s);
/* upload.c, upload_part.c, upload_part_copy.c, upload_complete.c, upload_list.c */
void upload_start(struct s3 *s);
void upload_part(struct s3 *s);
void upload_part_copy(struct s3 *s);
void upload_finish(struct s3 *s);
void upload_cancel(struct s3 *s);
void upload_parts(struct s3 *s);
void upload_all(struct s3 *s);
/* cors.c */
void cors_ask(struct s3 *s);		/* OPTIONS, of whatever */
void cors_get(struct s3 *s);
void cors_put(struct s3 *s);
void cors_remove(struct s3 *s);
void lifecycle_get(struct s3 *s);
void lifecycle_put(struct s3 *s);
void lifecycle_remove(struct s3 *s);
/* policy.c, public_block.c, ownership.c, acl.c */
void bucket_policy_get(struct s3 *s);
void bucket_policy_put(struct s3 *s);
void bucket_policy_remove(struct s3 *s);
void bucket_policy_status(struct s3 *s);
void public_block_get(struct s3 *s);
void public_block_put(struct s3 *s);
void public_block_remove(struct s3 *s);
void ownership_get(struct s3 *s);
void ownership_put(struct s3 *s);
void ownership_remove(struct s3 *s);
void bucket_acl_put(struct s3 *s);
/* notification.c */
void notification_get(struct s3 *s);
void notification_put(struct s3 *s);

#endif
