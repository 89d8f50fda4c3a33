/* runtimes.h - the names of runtimes: which there are on AWS, and which of them this house can run.
 *
 * nodejs and python of any version run with the interpreters of the machine (settings node, python); java, dotnet and ruby are real
 * names that nothing here runs, and are refused as such.
 */
#ifndef LAMBDA_RUNTIMES_H
#define LAMBDA_RUNTIMES_H

#include "base/arena.h"

enum runtime_use { RUNTIME_RUNS, RUNTIME_CANNOT, RUNTIME_DEPRECATED, RUNTIME_UNKNOWN };

enum runtime_use runtime_use(struct str name);

/* Of the one build of it there is: the same that INIT_START lines name. In `a`. */
const char *runtime_arn(struct arena *a, const char *region, struct str name);

/* As messages of AWS list them: those that may be given, for functions and for layers. */
extern const char runtime_values[], layer_runtime_values[];
extern const char runtimes_here[];	/* what runs, in words */

#endif
