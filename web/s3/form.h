/* form.h - PostObject: an object out of a browser's form, POST /BUCKET as multipart/form-data.
 *
 *     fields --> file: may it? (form_facts.c) --> deposit, a piece at a time --> all of the form is there --> put --> one answer
 *
 * What comes before the file is what is signed and looked at; fields after it are ignored. Nothing is put before the last boundary was
 * seen. The form stands for the headers of a PutObject: from the file on its fields are s->params, and s3_field and headers_take look there.
 *
 * Not signed by a policy of its own, it may what the bucket's policy allows anybody (s3:PutObject). A signature of the HTTP request counts for nothing.
 * docs.aws.amazon.com: "POST Object"; facts/06 section 9. Loop thread.
 */
#ifndef S3_FORM_H
#define S3_FORM_H

#include "web/deposit.h"
#include "web/form_data.h"
#include "web/s3/post_policy.h"
#include "web/s3/s3.h"

#define FORM_FIELDS_BYTES_MAX 20480	/* names and values of all fields before the file, as AWS has it; PARAMS_MAX of them */

enum form_place { FORM_FIELDS, FORM_FILE, FORM_AFTER };

struct form {				/* in s->state */
	struct s3 *s;
	struct form_data parser;
	enum form_place at;
	struct params fields;		/* names in lower case */
	size_t bytes;			/* of them */
	struct str name;		/* of the field at hand */
	struct buf value;
	struct buf rest;		/* what the parser was not told yet */
	struct post_policy policy;	/* min and max hold without one, too */
	struct deposit d;
	bool wanted[DIGEST_KINDS];	/* digests that the form promises */
	uint8_t want[DIGEST_KINDS][DIGEST_SIZE_MAX];
	struct str redirect;		/* absent: none */
	int status;			/* of success: 200, 201 or 204 */
	bool depositing, dropping;	/* from deposit_begin to `gone` */
	bool granted, putting;
	bool paused;			/* the socket waits */
	bool over;			/* answered, or nobody is left to be */
};

/* form_facts.c: the file begins. 0 with f->d.put filled in, or refused. */
int form_take_facts(struct form *f, struct str file_name);
int form_check_content(struct form *f);	/* stored: is it as promised? 0, or refused */
struct str form_location(struct form *f);	/* of the new object */
struct str form_redirect(struct form *f);

#endif
