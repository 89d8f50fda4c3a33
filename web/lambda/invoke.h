/* invoke.h - what Invoke and its streaming sister share. */
#ifndef LAMBDA_INVOKE_H
#define LAMBDA_INVOKE_H

#include "pipeline/invoke.h"
#include "web/lambda/lambda.h"

int invoke_context(struct lambda *l, struct str *context);	/* of X-Amz-Client-Context, decoded; refuses what is none */
void invoke_dry(struct lambda *l);				/* is there such a function? Answers */
void invoke_refuse(struct lambda *l, const struct invoke *v);	/* why it never ran, as the answer */

#endif
