/* upload.h - POST or PUT /_/upload/BUCKET[/KEY]: photos without S3. What web/api/upload*.c share.
 *
 *     upload_serve --> leave --> body: one file, or a form's files one after the other --> [wait] --> one answer
 *
 * A body is one file, or with POST and multipart/form-data the files of a form. The key is that of the path, as it is; else it is made from a
 * template: ?key=, or the form's field `key` before the file, or UPLOAD_TEMPLATE. A path that ends in '/' is put before what the template makes, and so is
 * the prefix of a token that has one, where neither path nor template is given. Variables of a template:
 *
 *     {date}  2026/11/24    {time}  153045    (UTC)      {uuid}  a random one
 *     {name}  the file's name without folders: of the form, or ?name=; control bytes go, "..", "." and "" become "file"
 *     {ext}   its ending in lower case, else that of its Content-Type, else "bin"        {{  a brace
 *
 * Kept with the object: Content-Type (guessed from the name when there is none), Cache-Control, Content-Disposition, Content-Encoding, Content-Language
 * and Expires of a body that is one file, x-amz-meta-* headers, meta-* parameters of the query, and fields meta-* of the form that come before the file.
 * Verified when sent, for one file: Content-MD5, Digest, Content-Digest, Repr-Digest, x-amz-checksum-*; the hash of a signed request always. A form that
 * is signed with the hash of its body has one file only, which is stored when all of the form is there and is as signed.
 * If-None-Match: * and If-Match as PutObject has them.
 *
 * Answers: 202 {"bucket","key","version",["versionId"],"etag","size","upload","status"}; of a form with several files {"files":[...]}, those that failed
 * with "error" and "message" instead: 202 when all were stored, 207 when some were, else the status of the first failure. With ?wait=thumbnails
 * [&timeout=SECONDS] the members of pipeline/photo_status.h are added: 201 when thumbnails and row are there, 422 when the photo cannot be done (409 when it
 * was replaced or deleted meanwhile), 202 when they are not there in time or nothing asks for them; of several files 201, or 207 if not all are ready.
 * ?upload=ID (letters, digits, . _ -) is what listeners of /_/events know it by; else it is the request's id.
 */
#ifndef API_UPLOAD_H
#define API_UPLOAD_H

#include "pipeline/photo_status.h"
#include "web/deposit.h"
#include "web/form_data.h"
#include "web/leave.h"

#define UPLOAD_TEMPLATE "{date}/{uuid}.{ext}"
#define UPLOAD_FIELD_MAX 4096		/* bytes of a form's field that is no file */
#define UPLOAD_ID_MAX 64
#define UPLOAD_WAIT_S 30		/* ?timeout= when nothing is said */
#define UPLOAD_WAIT_MAX_S 300

struct upload_file {			/* in the arena of its request */
	struct str name;		/* as sent; absent: none */
	struct str key, type;
	int64_t seq, size, born;
	struct str etag;
	bool versioned, named;
	int status;			/* 0: stored; else that of its refusal */
	const char *code, *message;
	/* ?wait */
	enum photo_state state;
	struct upload_file *next;
};

struct upload {				/* in l->state */
	struct local *l;
	struct leave leave;
	struct str bucket, path_key, template, id;	/* template absent: not given; path_key "": none */
	struct params meta;		/* x-amz-meta-... -> value */
	struct actor actor;
	bool is_form;
	bool ended, complete;		/* the body has come to its end; all of its form was looked at */
	bool over;			/* nobody is left to be answered */
	int fault_status;		/* why nothing more is taken; 0: no fault */
	const char *fault_code, *fault_message;
	/* the file at hand */
	struct deposit d;
	bool depositing, granted, dropping;	/* from deposit_begin to `gone` */
	bool stored, putting;
	struct upload_file *file;	/* NULL: none */
	enum token_verdict verdict;
	bool wanted[DIGEST_KINDS];
	uint8_t want[DIGEST_KINDS][DIGEST_SIZE_MAX];
	/* the form */
	struct form_data form;
	struct buf rest;		/* what it was not told yet */
	struct str field;		/* name of the field at hand; absent: it is a file */
	struct buf value;
	bool promised, as_promised;	/* the hash of the body was signed; that of the form was right */
	struct digest digest;
	/* what came of it */
	struct upload_file *first, **last;
	int count;
	bool waits;
	int64_t wait_s;
	struct waiting *waiting;	/* while it does */
};

/* upload.c */
void upload_advance(struct upload *u);		/* what is next; may free u */
void upload_fault(struct upload *u, int status, const char *code, const char *message);	/* of the request, not of one file */
void upload_take_end(struct upload *u, int rc);	/* the body's: on_end */
void upload_raw_start(struct upload *u);	/* takes the body */
void upload_end(struct upload *u);		/* answered, or left */
void upload_take_actor(struct upload *u, struct str door);

/* upload_file.c: one file. begin is false when it is refused: then the file is noted as failed, and its bytes are not wanted. */
bool upload_file_begin(struct upload *u, struct str name, struct str type, int64_t length);
void upload_file_put(struct upload *u);		/* its bytes are stored */
int upload_file_key(struct upload *u, struct upload_file *f);	/* sets it, of name, type and what was asked for; as upload_key_make */
void upload_file_drop(struct upload *u);	/* upload_advance comes, perhaps at once, and may free u */

/* upload_form.c */
void upload_form_start(struct upload *u);	/* takes the body */
void upload_form_go_on(struct upload *u);	/* what it was held for is over */
void upload_form_end(struct upload *u);
void upload_form_clear(struct upload *u);

/* upload_key.c: E_BAD_INPUT: an unknown variable, a lone brace, or nothing at all; E_TOO_LARGE. */
int upload_key_make(struct arena *a, struct str template, struct str name, struct str type, int64_t at_ms, struct str *key);
struct str upload_type(struct str sent, struct str name, struct str key);	/* absent: neither told nor guessed */

/* upload_facts.c. False: refused, and answered. */
bool upload_take_facts(struct upload *u);	/* of headers and query */
int upload_add_meta(struct upload *u, struct str name, struct str value);	/* E_BAD_INPUT, E_TOO_LARGE */
struct str upload_headers(struct upload *u, struct str type);

/* upload_answer.c */
void upload_answer(struct upload *u);
struct str upload_status_path(struct arena *a, struct str bucket, struct str key);
void upload_write_file(struct json *j, struct upload *u, const struct upload_file *f);	/* members of the object that is open */
void upload_send(struct upload *u, int status);	/* u->l->out has the body */

/* upload_wait.c: everything is stored or has failed; answers. */
void upload_wait(struct upload *u);

#endif
