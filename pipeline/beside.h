/* beside.h - where our other programs and the runtime clients are: in the directory of the running program, or of the one
 * that a setting names. Blocking; before the loop serves anybody. */
#ifndef PIPELINE_BESIDE_H
#define PIPELINE_BESIDE_H

#define BESIDE_MAX 4400

/* NAME in the directory of `program`; "" or NULL: of this one. */
void beside(char to[BESIDE_MAX], const char *program, const char *name);

/* The runtime clients, functions/runtimes of the source tree: `runtimes` in that directory, as it is when installed, else functions/runtimes
 * two above it, where a build from the source tree has them (build/opt/minilab). Absolute; "" when there is neither. */
void beside_runtimes(char to[BESIDE_MAX], const char *program);

/* `setting`, or the first of /usr/local/bin/NAME, /usr/bin/NAME that can be run; "" when there is none. */
void beside_interpreter(char to[BESIDE_MAX], const char *setting, const char *name);

#endif
