/* overview.h - functions as the console and scripts see them: what there is, what runs, what failed, what was logged last. JSON:
 *
 *   {"functions":[{"name","runtime","handler","memory_mb","timeout_s","reserved","modified_at","versions":[..],
 *                  "aliases":[{"name","version"}]}],
 *    "dead_letters":[{"id","function","request","code","message","since","attempts","bucket","key"}],
 *    "log":[{"at","stream","line"}]                       of one function, newest last
 *    "environments":[{"function","version","state","age_ms","idle_ms","memory_peak_kb","invocations","provisioned","log_stream"}]}
 */
#ifndef PIPELINE_OVERVIEW_H
#define PIPELINE_OVERVIEW_H

#include "base/json.h"
#include "pipeline/minilab.h"

#define OVERVIEW_FUNCTIONS_MAX 1000
#define OVERVIEW_VERSIONS_MAX 100	/* of one function; likewise aliases */
#define OVERVIEW_DEAD_MAX 200
#define OVERVIEW_LINES_MAX 200

/* On a lane: all but the environments, as members of the object that is open. `function`: that one and its log; absent: all. E_NOT_FOUND. */
int overview_gather(struct db *db, struct str function, struct json *j);

/* On the loop. */
void overview_environments(const struct minilab *m, struct str function, struct json *j);

#endif
