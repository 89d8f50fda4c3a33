/* bill.h - what functions used in a month (meter.h), and what AWS would take for it: its public price list for Lambda in us-east-1 on x86,
 * with and without the free tier. As JSON, from whoever has a reader; and that JSON as a page for people. */
#ifndef PIPELINE_BILL_H
#define PIPELINE_BILL_H

#include <stdio.h>

#include "base/buf.h"
#include "storage/db.h"

#define BILL_GB_SECOND 0.0000166667	/* USD */
#define BILL_PROVISIONED_GB_SECOND 0.0000041667
#define BILL_MILLION_REQUESTS 0.20
#define BILL_FREE_REQUESTS 1000000
#define BILL_FREE_GB_SECONDS 400000
#define BILL_MONTH 8			/* "2026-11" and NUL */

void bill_this_month(char to[BILL_MONTH]);
int bill_gather(struct db *db, struct str month, struct buf *json);	/* E_BAD_INPUT: no month */
int bill_print(struct str json, FILE *to);				/* E_BAD_INPUT */

#endif
