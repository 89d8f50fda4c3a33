/* part.h - what all requests about one multipart upload begin with. */
#ifndef S3_PART_H
#define S3_PART_H

#include "storage/upload.h"
#include "web/s3/s3.h"

int upload_refuse_missing(struct s3 *s);

/* On a lane: the upload named by ?uploadId, or refused. */
int upload_look(struct s3 *s, struct db *db, struct upload *u);

int part_number_read(struct s3 *s, struct str text, int64_t *number);	/* 1..10000, or refused */

#endif
