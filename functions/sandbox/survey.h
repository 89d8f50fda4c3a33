/* survey.h - all processes of a cage, as its /proc shows them: what memory they use, and whether any of them runs. Without a
 * /proc there is nobody to be seen.
 */
#ifndef SANDBOX_SURVEY_H
#define SANDBOX_SURVEY_H

#include <stdbool.h>
#include <stdint.h>

/* Pages that they hold, together and in bytes. Pages that several of them share count once for each; when that is over `limit`
 * they are divided among those who share them. */
int64_t survey_memory(int64_t limit);

int survey_processes(void);		/* that survey_memory has just seen */
int survey_sessions(void);		/* that they belong to */
void survey_each_thread(void (*each)(int tid));

/* The most that any single one of them has held so far, in bytes. */
int64_t survey_peak(void);

/* No thread of any of them runs: each is stopped, dead, or in the kernel, which stops it before it runs again. */
bool survey_all_stopped(void);

#endif
