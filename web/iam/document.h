/* document.h - is this text a policy? The grammar of facts/10 part B1, in AWS's words where it is not one.
 *
 * What a policy says is looked at only as far as its grammar: whether an action or a principal exists is nobody's business here.
 */
#ifndef IAM_DOCUMENT_H
#define IAM_DOCUMENT_H

#include "web/iam/iam.h"

#define DOCUMENT_BYTES_MAX 20480	/* as sent, blanks included */

enum document_kind {
	DOCUMENT_PERMISSIONS,		/* has a Resource, and no Principal */
	DOCUMENT_TRUST			/* of a role: the other way round */
};

int document_check(struct iam *i, struct str text, enum document_kind kind);	/* 0, or refused */
int64_t document_size(struct str text);						/* what counts: characters that are no blanks */

#endif
