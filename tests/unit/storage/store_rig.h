/* store_rig.h - a store in a directory of its own. */
#ifndef TESTS_STORE_RIG_H
#define TESTS_STORE_RIG_H

#include "tests/lib/t.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "storage/keeper.h"
#include "storage/store.h"
#include "storage/sweep.h"
#include "storage/trash.h"

static inline struct store_spec spec_of(const char *dir)
{
	return (struct store_spec){ .dir = dir, .region = "us-east-1", .account = "000000000000",
				    .segment_size = SEGMENT_SIZE_MIN };
}

static inline struct store *open_in(const char *dir)
{
	struct store_spec spec = spec_of(dir);
	struct store *s;

	assert_int_equal(store_open(&s, &spec), 0);
	return s;
}

#endif
