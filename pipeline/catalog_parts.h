/* catalog_parts.h - the catalog from the inside: catalog.c finds, catalog_cards.c keeps what was read, catalog_load.c reads it on a lane,
 * catalog_refresh.c follows changes, catalog_document.c understands documents, catalog_code.c makes packages ready.
 *
 * A card is a function; it has choices (what a qualifier stands for) and versions. A change takes away the choices and leaves the
 * versions: one that is read again with the same key is the same, so that its environments stay warm.
 */
#ifndef PIPELINE_CATALOG_PARTS_H
#define PIPELINE_CATALOG_PARTS_H

#include "pipeline/beside.h"
#include "pipeline/catalog.h"
#include "storage/record.h"

#define CARD_SLOTS 256
#define CHOICES_MAX 64			/* remembered of one function */
#define LOADED_MAX 2			/* versions that an alias can stand for */
#define PROVISIONED_COUNT_MAX 10000

struct version {			/* what struct catalog_version is the public face of */
	struct catalog_version v;
	struct card *card;		/* NULL until it is in one */
	struct arena memory;
	struct str key;			/* of its recipe: id, version, revision */
	int64_t used;			/* the catalog's clock when it was last handed out */
	struct version *next;		/* in its card */
};

struct choice {				/* what a qualifier stands for */
	char qualifier[QUALIFIER_MAX + 1];
	char version[LOADED_MAX][24];	/* the second: of an alias with weights, "" otherwise */
	uint32_t weight;		/* of the second, of 2^32 */
	struct catalog_async async;
	struct choice *next;
};

struct provisioned {			/* what the pool was told to keep */
	struct version *version;	/* a reference */
	int count;
	struct provisioned *next;
};

struct card {
	struct catalog_function of;
	int refs;			/* versions that live, and the catalog while it is in it */
	struct choice *choices;
	struct version *versions;	/* a reference each */
	struct provisioned *provisioned;
	int choice_count;
	struct card *next_name, *next_id;
};

struct load {				/* a read that is under way */
	struct catalog *catalog;
	struct work work;
	struct arena arena;
	int64_t id;			/* or: */
	struct str name, qualifier;
	int64_t epoch;			/* the catalog's when it began: not kept when there was a change since */
	/* found */
	struct catalog_function function;
	struct choice choice;
	struct version *versions[LOADED_MAX];
	struct catalog_query *waiting;	/* in their order */
	struct load *next;
};

struct refresh;

struct catalog {
	struct minilab *m;
	struct card *by_name[CARD_SLOTS], *by_id[CARD_SLOTS];
	struct load *loads;
	struct refresh *refreshes;
	int64_t epoch, clock;
	int version_count;		/* in cards */
	int working;			/* loads, refreshes and cleanings */
	bool cleaning;
	void (*closed)(void *owner);	/* set: it closes when nothing works for it any more */
	void *owner;
	struct post post;
	uv_mutex_t code_lock;		/* who makes a package ready and who removes one: one at a time */
	char code_dir[BESIDE_MAX], unpacker[BESIDE_MAX];
};

/* catalog.c, loop */
void catalog_rest(struct catalog *c);		/* one load, refresh or cleaning is over: the last thing it does */

/* catalog_cards.c, loop */
struct card *card_of_name(struct catalog *c, struct str name);
struct card *card_of_id(struct catalog *c, int64_t id);
struct card *card_take(struct catalog *c, const struct catalog_function *f);	/* found or made; takes over what may have changed */
void card_drop(struct catalog *c, struct card *card);		/* out of the catalog; it lives while something of it is used */
void card_forget_choices(struct card *card);
void card_unref(struct card *card);				/* accepts NULL */
struct version *card_version(const struct card *card, struct str version);
/* The version of that key that is there, `v` let go; or `v`, kept. A reference of the card's. */
struct version *card_put(struct catalog *c, struct card *card, struct version *v);
void version_belong(struct version *v, struct card *card);	/* unless it does already */
void version_drop(struct version *v);		/* a reference */

/* catalog_load.c, on a lane */
int load_run(struct work *w, struct db *db);
int load_function(struct db *db, int64_t id, struct str name, struct arena *a, struct catalog_function *f, struct function_row *row);
int load_choice(struct db *db, const struct function_row *row, struct str qualifier, struct arena *a, struct choice *to);
int load_version(struct catalog *c, struct db *db, const struct function_row *row, struct str version, struct arena *a, struct version **out);
void load_code(struct catalog *c, struct db *db, struct version *v);	/* outside of a snapshot; accepts NULL */

/* catalog_document.c: fills in a new version. E_BAD_INPUT for what is no document of a function that can run here. */
struct document_source {
	const struct minilab *m;
	const char *code_dir;
	const struct function_row *row;	/* id, name; config and modified_ms are those of the version */
	struct str version;
};
int document_read(struct version *v, const struct document_source *from);

/* catalog_code.c. code_ready: on a lane; 0, or what unpacking said as positive, or negative. */
int code_open(struct catalog *c);
int code_ready(struct catalog *c, struct db *db, struct str package);

/* catalog_refresh.c */
void refresh_start(struct catalog *c, int64_t function);
void refresh_again(struct catalog *c, int64_t function);	/* what is being read of it, if anything is, is no longer true */
void refresh_forget(struct catalog *c, struct card *card);	/* what was provisioned of it */
int refresh_all(struct catalog *c);			/* at the opening: blocking */

#endif
