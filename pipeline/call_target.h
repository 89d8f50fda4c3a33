/* call_target.h - where the result of an asynchronous invocation goes: a destination or a dead-letter target, which is a function. */
#ifndef PIPELINE_CALL_TARGET_H
#define PIPELINE_CALL_TARGET_H

#include "base/str.h"
#include "storage/db.h"

/* In the change that ends the invocation: one of the target is queued. E_NOT_FOUND: there is no such function, or it is something else;
 * E_TOO_LARGE. Then no change was made. */
int call_target_send(struct db *db, struct str target, struct str payload, struct str trace);

#endif
