/* process.h - the processes that the daemon has had started, by its numbers; what they start in turn is nobody's but theirs. */
#ifndef SANDBOX_PROCESS_H
#define SANDBOX_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "functions/sandbox_wire.h"

/* A descriptor for the process that is started next; taken over. False for a number that is none. */
bool process_lend(int64_t number, int fd);

/* 0, or E_BAD_INPUT for a message that the daemon does not send. *error: errno when it could not be started. Descriptors
 * lent are closed either way. */
int process_start(const struct wire_message *m, int *error);

pid_t process_pid(int64_t id);			/* 0: none of that number */
bool process_ended(pid_t pid, int64_t *id);	/* false: it was none of ours. The number is free then */

#endif
