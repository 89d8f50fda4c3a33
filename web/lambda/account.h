/* account.h - what all functions together have taken of the account's concurrency. */
#ifndef LAMBDA_ACCOUNT_H
#define LAMBDA_ACCOUNT_H

#include "web/lambda/lambda.h"

struct account {
	int64_t functions;
	int64_t unreserved;		/* of the account's limit, what nobody has reserved and nothing is provisioned from */
};

/* All functions but `except` (0: all). Provisioned concurrency of a function that has reserved some is part of that. */
int account_look(struct lambda *l, struct db *db, int64_t except, struct account *a);

/* Of one function: reserved, -1 for none; the sum of what is provisioned but for `except`, a qualifier (absent: for none). */
int account_of_function(struct db *db, int64_t function, struct str except, int64_t *reserved, int64_t *provisioned);

#endif
