/* schema.h - whether the keys and indexes of a CreateTable request fit together. The shape of each part has
 * been checked before (tables_create.c); here it is how they refer to each other. */
#ifndef DYNAMODB_SCHEMA_H
#define DYNAMODB_SCHEMA_H

#include "web/dynamodb/dynamodb.h"

#define PROJECTED_NAMES_MAX 100		/* over all indexes of a table */

/* 0, or refused. */
int schema_check(struct dynamodb *d);

#endif
