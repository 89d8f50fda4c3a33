#include "pipeline/commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "pipeline/client.h"
#include "pipeline/complaint.h"
#include "storage/audit.h"

void arguments_take(struct arguments *a, int argc, char **argv)
{
	*a = (struct arguments){ .values = argv + 1 };
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--data") == 0 && i + 1 < argc)
			a->data = argv[++i];
		else if (strncmp(argv[i], "--data=", 7) == 0)
			a->data = argv[i] + 7;
		else
			a->values[a->count++] = argv[i];
	}
}

const char *default_data(const struct arguments *a)
{
	const char *data = getenv("MINILAB_DATA");

	return a->data ? a->data : data ? data : "./data";
}

int command_open_store(struct store **s, const char *dir, bool read_only)
{
	return store_open(s, &(struct store_spec){ .dir = dir, .read_only = read_only, .region = "us-east-1",
						   .account = "000000000000" });
}

static int run_credentials(int argc, char **argv)
{
	struct arguments a;
	struct client c;
	int rc;

	arguments_take(&a, argc, argv);
	if (a.count > 1 || (a.count == 1 && strcmp(a.values[0], "--export") != 0))
		return command_usage("credentials");
	rc = client_from_dir(&c, default_data(&a));
	if (!c.credentials.access_key[0])
		return complain_dir(default_data(&a), rc < 0 ? rc : E_NOT_FOUND);
	if (a.count == 1)
		printf("export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\nexport AWS_DEFAULT_REGION=%s\n"
		       "export AWS_ENDPOINT_URL=%s\n", c.credentials.access_key, c.credentials.secret_key, c.region,
		       rc == 0 ? c.endpoint : "http://127.0.0.1:9000");
	else
		printf("access key  %s\nsecret key  %s\nregion      %s\nendpoint    %s\n", c.credentials.access_key,
		       c.credentials.secret_key, c.region, rc == 0 ? c.endpoint : "(not started yet)");
	return 0;
}

static void on_finding(void *owner, const char *code, struct str bucket, struct str key, const char *text)
{
	(void)owner;
	printf("%s %.*s/%.*s: %s\n", code, STR_ARG(bucket), STR_ARG(key), text);
}

static void on_progress(void *owner, const struct audit_totals *t)
{
	(void)owner;
	fprintf(stderr, "\raudit: %lld objects, %lld MB read, %lld findings ", (long long)t->objects,
		(long long)(t->bytes_checked >> 20), (long long)t->findings);
}

/* As of grep: who finds nothing, who finds something, and who could not look. */
enum { AUDIT_CLEAN, AUDIT_FINDINGS, AUDIT_UNFINISHED };

static int run_audit(int argc, char **argv)
{
	struct arguments a;
	struct audit_totals t = {0};
	struct store *s = NULL;
	int rc;

	arguments_take(&a, argc, argv);
	if (a.count != 0)
		return command_usage("audit");
	rc = command_open_store(&s, default_data(&a), true);
	if (rc == 0)
		rc = audit_run(s, on_finding, isatty(STDERR_FILENO) ? on_progress : NULL, NULL, &t);
	store_close(s);
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	if (rc < 0) {
		complain_dir(default_data(&a), rc);
		return AUDIT_UNFINISHED;
	}
	printf("objects=%lld versions=%lld watched=%lld done=%lld waiting=%lld dead=%lld thumbnails=%lld bytes=%lld findings=%lld\n",
	       (long long)t.objects, (long long)t.versions, (long long)t.watched, (long long)t.done, (long long)t.waiting, (long long)t.dead,
	       (long long)t.renditions, (long long)t.bytes_checked, (long long)t.findings);
	return t.findings > 0 ? AUDIT_FINDINGS : AUDIT_CLEAN;
}

const struct command commands[] = {
	{ "credentials", "[--data DIR] [--export]", "print the root keys", run_credentials,
	  "Prints the root access key, made at first start and kept in DIR/credentials (mode 0600).\n"
	  "  --export   as lines for a shell: eval \"$(minilab credentials --export)\"\n" },
	{ "explain", "BUCKET/KEY [--data DIR] [--json]", "tell the life of one photo", command_explain,
	  "Upload, event, every attempt with its error, result and next action of one object. Reads DIR, also beside a\n"
	  "running daemon; without --data it asks the daemon at AWS_ENDPOINT_URL when that is set.\n" },
	{ "audit", "[--data DIR]", "prove that no event was lost", run_audit,
	  "Walks a data directory and checks that every acknowledged upload under a rule ended as thumbnails and row at\n"
	  "that version, is waiting, or is a dead letter with a reason; that no thumbnail is an orphan; and that all stored\n"
	  "bytes match their checksums. What a client removed by a request of its own is no finding: explain tells it.\n"
	  "Exit status 0: clean. 1: findings, one line each. 2: it could not run, or not to the end.\n" },
	{ "retry", "BUCKET/KEY | --failed [--data DIR]", "run dead letters again", command_retry,
	  "Makes the dead letter of one photo, or all of them, due now with its attempts counted from the start. Asks the daemon\n"
	  "of DIR when one runs there; without --data the one at AWS_ENDPOINT_URL when that is set.\n" },
	{ "logs", "[FUNCTION] [--data DIR]", "print what a function's attempts logged", command_logs,
	  "START, errors, END and REPORT lines of `thumbnail` or another function as Lambda writes them, attempts in the order of\n"
	  "their ends. Reads DIR, also beside a running daemon; without --data it asks the daemon at AWS_ENDPOINT_URL when that is\n"
	  "set.\n" },
	{ "backfill", "BUCKET[/PREFIX] [OPTION]...", "make thumbnails anew", command_backfill,
	  "After the renditions of a bucket were changed: does photos again, or some of their thumbnails, in the daemon of DIR (or\n"
	  "that at AWS_ENDPOINT_URL). Old thumbnails are served until new ones replace them; uploads go first. The command shows how\n"
	  "far it is and may be left: the daemon goes on, also after a restart. Without an option that starts one it shows the last.\n"
	  "  --missing      photos without result or row, or without a thumbnail of every rendition\n"
	  "  --all          every photo under the rule; thumbnails of renditions that are no more are removed\n"
	  "  --preset NAME  only this rendition of every photo that has a result; may be given several times\n"
	  "  --dry-run      only counts: photos, bytes to read, time\n"
	  "  --rate N       at most N photos a second (setting backfill_rate)\n"
	  "  --pause, --resume, --cancel   what is queued already, at most 64 photos, is still done\n"
	  "  --data DIR     the daemon's data directory\n" },
	{ "bill", "[--month 2026-11] [--data DIR] [--json]", "what functions used, and AWS's price for it", command_bill,
	  "Requests and GB-seconds of every function in a month (this one when none is given), and what AWS would take for them by its\n"
	  "public price list. Reads DIR, also beside a running daemon; without --data it asks the daemon at AWS_ENDPOINT_URL when that\n"
	  "is set. The last ten seconds may not be in it yet.\n" },
	{ "similar", "BUCKET/KEY [--within N] [--data DIR] [--json]", "find near duplicates of a photo", command_similar,
	  "Photos whose perceptual hash (row attribute phash, 64 bits) differs from this one's in at most N bits, the nearest first.\n"
	  "Reads DIR, also beside a running daemon; without --data it asks the daemon at AWS_ENDPOINT_URL when that is set.\n"
	  "  --within N   0 to 7; 6 when not given\n" },
	{ "watch", "[DIR --to BUCKET/PREFIX] [OPTION]...", "make objects of what lands in a folder", command_watch,
	  "Gives the daemon of --data a drop folder: each file that lands in DIR becomes an object, once, whole, and with its event; folders in it\n"
	  "become prefixes. The command shows how it gets on and may be left: the daemon goes on, also after a restart. Without DIR it lists them.\n"
	  "  --to BUCKET/PREFIX   where its files become objects\n"
	  "  --name NAME          what the folder is called; after DIR when not given. One of that name is told anew\n"
	  "  --after WHAT         keep (as it is), move (to --done) or delete a file that is an object\n"
	  "  --keep-both          other content under a key that is taken does not replace it, but gets a number: a-2.jpg. To be wanted with\n"
	  "                       delete, where the bucket keeps no versions\n"
	  "  --done DIR           below the folder [done], or absolute on the same file system, outside of other drop folders\n"
	  "  --settle-ms N        a file is taken when it was closed and has not changed for so long [2000]\n"
	  "  --unfinished-s N     one that does not end as its format ends is waited for so long [60]; also a raw one of a network mount\n"
	  "                       that is to be moved or deleted, as nobody can tell whether it is still being written\n"
	  "  --scan-s N           between two looks at the whole folder, besides notifications [300]\n"
	  "  --poll               no notifications, looks only, every 10 s or --scan-s: for network mounts\n"
	  "  --ignore PATTERNS    names that are left alone, blanks between, besides temporary and hidden ones\n"
	  "  --skip-same          content that is an object already is not put again under a new name\n"
	  "  --wait               return when all that is there is in; exit status 1 when something could not be\n"
	  "  --detach             return at once, and print the folder's name\n"
	  "  --json               of the list\n"
	  "  DIR|NAME --remove    the folder is watched no more; its files and objects stay\n"
	  "  DIR|NAME --rescan    look through all of it now\n" },
	{ "webhook", "set BUCKET URL | show | remove | test | dead | redrive ...", "tells a URL when photos are ready or failed", command_webhook,
	  "POSTs JSON to a URL when a photo of the bucket has its thumbnails and row, or when it has failed for good.\n"
	  "  set BUCKET URL   [--events ready,failed] [--secret S]; prints the secret, which is made if none is given\n"
	  "  show [BUCKET]    what is set, and how many lines wait or are dead\n"
	  "  remove BUCKET    nothing is told any more\n"
	  "  test BUCKET      tells it a ping\n"
	  "  dead [BUCKET]    what could not be told within three days (setting webhook_age_s), with the last answer\n"
	  "  redrive          [BUCKET] [--id N] [--all]: tells dead lines again\n"
	  "Check each request: X-Minilab-Signature is sha256= and the HMAC-SHA256, in hexadecimal digits, with the secret, of X-Minilab-Timestamp, a dot and the\n"
	  "body. X-Minilab-Delivery stays the same when it is told again; answer 2xx. Addresses that are not public need the setting webhook_allow.\n" },
	{ "token", "--bucket B [OPTION]... | --list --bucket B | --revoke ID", "leave to upload, for browsers", command_token,
	  "Makes a token that opens uploads into one bucket and nothing else, and prints it alone on its last line; the daemon keeps only\n"
	  "its digest. Asks the daemon of DIR, or the one at AWS_ENDPOINT_URL.\n"
	  "  --prefix P       keys begin with it\n"
	  "  --size-max N     bytes of one file, also as 20MB; 5 GB when not given\n"
	  "  --types LIST     Content-Types, e.g. image/jpeg,image/*\n"
	  "  --uses N         so many uploads; any number when not given\n"
	  "  --expires TIME   as 30m, 1h, 7d; 1h when not given, 366d at most\n"
	  "  --label TEXT     shown in lists\n"
	  "  --list           the bucket's tokens, the newest first\n"
	  "  --revoke ID      an id of the list, or the token itself\n"
	  "  --data DIR       the daemon's data directory\n"
	  "With it:  curl -H \"Authorization: Bearer TOKEN\" -T cat.jpg 'http://HOST/_/upload/B/?wait=thumbnails'\n"
	  "          curl -H \"Authorization: Bearer TOKEN\" -F key='albums/{date}/{name}' -F file=@cat.jpg http://HOST/_/upload/B\n"
	  "Without key: {date}/{uuid}.{ext}. Also {time} and {name}. The answer is JSON; GET the `status` of it, or listen to /_/events?bucket=B&token=TOKEN.\n" },
	{ "link", "BUCKET/KEY [RENDITION] [--expires 1h] [--data DIR]", "print a signed link to a thumbnail", command_link,
	  "Whoever has the link may get that one thumbnail until it expires. RENDITION is its name, as small.webp, or without the ending: then\n"
	  "clients get the format that they like best; small when not given. TIME as 30m, 1h, 7d. Backends can make links themselves:\n"
	  "  key        HMAC-SHA256 of the text minilab-link, with the secret key\n"
	  "  signature  HMAC-SHA256 of BUCKET/KEY/RENDITION, a line feed and EXPIRES (seconds since 1970), with key; in hexadecimal digits\n"
	  "  link       /_/t/BUCKET/KEY/RENDITION?expires=EXPIRES&signature=SIGNATURE\n" },
	{ 0 },
};

int command_usage(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			fprintf(stderr, "usage: minilab %s %s\n\n%s", c->name, c->arguments, c->help);
	return 2;
}
