/* document.h - the documents of a bucket (record.h, RECORD_BUCKET_*): read, put and deleted in one way, whatever their kind. Each call
 * answers in the end, also that there is no such bucket.
 *
 * What is put or deleted is on the shelf (shelf.h) before the answer, and when the client has left, too. Loop thread.
 */
#ifndef S3_DOCUMENT_H
#define S3_DOCUMENT_H

#include "base/json.h"
#include "base/xml.h"
#include "storage/record.h"
#include "web/s3/s3.h"

/* `answer` on the loop; v is NULL when there is none. */
void document_get(struct s3 *s, enum record_kind kind, void (*answer)(struct s3 *s, const struct json_value *v));
/* Inside `answer`, for documents that are {"Rules":[...]}: as XML with that root, or refused with `none` when there is no document. */
void document_answer_rules(struct s3 *s, const struct json_value *v, const char *root, void (*write_rule)(struct xml *x, const struct json_value *rule),
			   enum s3_code none);
struct str document_text(const struct s3 *s);	/* inside `answer`: as it was put */

/* `json` lives in the arena; refused beyond RECORD_BODY_MAX, or when the shelf is full. `status` is the answer's. */
void document_put(struct s3 *s, enum record_kind kind, struct str json, int status);
void document_delete(struct s3 *s, enum record_kind kind);	/* 204, also when there was none */

#endif
