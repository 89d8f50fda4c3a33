/* commands.h - the command line but for `serve`: each command is a row of a table, with the help that teaches it. */
#ifndef PIPELINE_COMMANDS_H
#define PIPELINE_COMMANDS_H

#include <stdio.h>

#include "base/buf.h"
#include "storage/store.h"

#define MINILAB_VERSION "0.1.0"

struct command {
	const char *name, *arguments, *what;
	int (*run)(int argc, char **argv);	/* exit status; argv[0] is the command's name */
	const char *help;
};

extern const struct command commands[];		/* ends with a row without name */

/* What all commands share: `--data DIR` taken out of argv. */
struct arguments {
	const char *data;		/* NULL when not given */
	int count;
	char **values;			/* the rest, flags included */
};
void arguments_take(struct arguments *a, int argc, char **argv);
const char *default_data(const struct arguments *a);	/* --data, MINILAB_DATA, or ./data */

/* The data directory as commands open it. */
int command_open_store(struct store **s, const char *dir, bool read_only);

/* Of one photo or one function: asked of a data directory or of its daemon. commands_ask.c */
int command_explain(int argc, char **argv);
int command_retry(int argc, char **argv);
int command_logs(int argc, char **argv);

/* Asked of a daemon only. commands_backfill.c */
int command_backfill(int argc, char **argv);

/* Of a data directory or of its daemon. commands_bill.c */
int command_bill(int argc, char **argv);

/* Of a data directory or of its daemon. commands_similar.c */
int command_similar(int argc, char **argv);

/* Of the daemon of this machine. commands_watch.c */
int command_watch(int argc, char **argv);

/* Asked of a daemon only. commands_token.c */
int command_token(int argc, char **argv);

/* Nobody is asked, but the keys are needed. commands_link.c */
int command_link(int argc, char **argv);

/* Asked of a daemon only. commands_webhook.c */
int command_webhook(int argc, char **argv);

bool command_local(const struct arguments *a);		/* is the data directory meant? */
struct db;
int command_open_reader(const char *dir, struct store **s, struct db **reader);	/* exit status */
int command_split(const char *text, struct str *bucket, struct str *key);	/* BUCKET/KEY; E_BAD_INPUT */

/* The daemon that is meant: of --data DIR, else at AWS_ENDPOINT_URL, else of the usual directory. Exit status. */
struct client;
int command_client(const struct arguments *a, struct client *c);
/* One call; exit status, with the complaint made. `about`: what was asked for. */
int command_ask(struct client *c, const char *method, const char *path, const char *about, struct buf *answer);

int command_usage(const char *name);	/* prints its help on stderr; exit status 2 */

#endif
