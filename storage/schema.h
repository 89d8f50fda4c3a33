/* schema.h - the tables of meta.db, as one script per layout version.
 *
 * object    one row per object: where its bytes are and what GET returns. `seq` is its
 *           version; `watched` says a native function must end in photo at that seq.
 * manifest  the extents of an object or upload part that has more than one
 * photo     the newest result kept for an original; rendition: its thumbnails, by their own key
 * made      how many photos of a bucket have a result made with that list of renditions
 * rule      bucket notification: which events go to which function
 * job       the durable queue, dead letters included; `state` is in the partial indexes so that counting reads no rows.
 *           `backfill`: 0 of an event, else the backfill that asked for it: those have an index of their own, to be found last
 * backfill  photos that are done again on request: how far it is, and what came of those that ended
 * journal   what happened to an object version
 * item/gsi  rows of DynamoDB tables and their secondary indexes
 * segment   dead bytes of a volume segment; `emptied`: when its last live needle was moved away, 0 before, -1 while they are moved
 * file      every file in obj/ that some row names, so that orphans are known
 * trash     bytes whose row is gone and whose space is not yet given back
 * record    what users configure, as documents (record.h)
 * package   code packages by the SHA-256 of their bytes
 * log_group, log_stream, log_line: what functions log. Deleted groups have names that begin with a blank, deleted streams
 *           belong to group 0, until their lines are gone too
 * meter     what functions used, by hour
 * version   noncurrent versions of objects, and delete markers (version.h). In object `born` is the seq the version was made with, its place among
 *           the versions of the key; here it is negative and called `age`, so that the newest comes first. `named` 0: its id is "null". An
 *           object's own seq is newer when it became current again. `since` 0: a marker that is what the key has now
 * token     what browsers upload with (token.h)
 * resumable uploads of the tus protocol; their bytes are parts as those of multipart uploads are
 * outbox    what a webhook has still to be told, and what it could not be told; outbox_count: how many of either a bucket has, kept by triggers,
 *           so that no change of an outbox can forget it and none has to count
 * ledger    files of drop folders that are objects now; `gone`: when the file was first seen to be gone, 0: it was there
 *
 * A step that was given out is never changed: data directories have it. Layout 4 was, for a day, so step 5 asks what is there.
 *
 * Keys are BLOBs and so compare by bytes, which is S3's list order.
 */
#ifndef STORAGE_SCHEMA_H
#define STORAGE_SCHEMA_H

#define SCHEMA_VERSION 5

#define SCHEMA_1 \
	"CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;" \
	"CREATE TABLE bucket(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INT NOT NULL);" \
	"CREATE TABLE object(bucket INT, key BLOB, seq INT NOT NULL, mtime INT NOT NULL, size INT NOT NULL," \
	" etag TEXT NOT NULL, sum_kind INT, sum_type INT, sum TEXT, headers TEXT, watched INT NOT NULL," \
	" extents BLOB, PRIMARY KEY(bucket, key)) WITHOUT ROWID;" \
	"CREATE TABLE manifest(seq INTEGER PRIMARY KEY, extents BLOB NOT NULL);" \
	"CREATE TABLE upload(id TEXT PRIMARY KEY, bucket INT NOT NULL, key BLOB NOT NULL, created INT NOT NULL," \
	" headers TEXT, sum_kind INT, sum_type INT) WITHOUT ROWID;" \
	"CREATE INDEX upload_key ON upload(bucket, key, id);" \
	"CREATE TABLE part(upload TEXT, number INT, mtime INT NOT NULL, size INT NOT NULL, md5 BLOB NOT NULL," \
	" sum_kind INT, sum TEXT, extents BLOB, PRIMARY KEY(upload, number)) WITHOUT ROWID;" \
	"CREATE TABLE function(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, config TEXT NOT NULL, modified INT NOT NULL);" \
	"CREATE TABLE rule(bucket INT, ord INT, id TEXT NOT NULL, function INT NOT NULL, arn TEXT NOT NULL, native INT NOT NULL," \
	" events INT NOT NULL, configured TEXT NOT NULL, prefix BLOB, suffix BLOB, PRIMARY KEY(bucket, ord)) WITHOUT ROWID;" \
	"CREATE TABLE job(id INTEGER PRIMARY KEY, function INT NOT NULL, state INT NOT NULL, due INT NOT NULL," \
	" attempts INT NOT NULL, throttles INT NOT NULL, first INT NOT NULL, lease INT NOT NULL, request TEXT NOT NULL," \
	" bucket INT, key BLOB, seq INT, kind INT NOT NULL, payload BLOB NOT NULL, code TEXT, message TEXT);" \
	"CREATE INDEX job_ready ON job(function, due, state) WHERE state = 0;" \
	"CREATE INDEX job_leased ON job(due) WHERE state = 1;" \
	"CREATE INDEX job_dead ON job(id, state) WHERE state = 2;" \
	"CREATE INDEX job_open ON job(first) WHERE state < 2;" \
	"CREATE INDEX job_subject ON job(bucket, key);" \
	"CREATE TABLE photo(bucket INT, key BLOB, seq INT NOT NULL, function INT NOT NULL, done INT NOT NULL, tbl TEXT NOT NULL," \
	" renditions INT NOT NULL, PRIMARY KEY(bucket, key)) WITHOUT ROWID;" \
	"CREATE TABLE rendition(bucket INT, key BLOB, of_bucket INT NOT NULL, of_key BLOB NOT NULL, of_seq INT NOT NULL," \
	" PRIMARY KEY(bucket, key)) WITHOUT ROWID;" \
	"CREATE INDEX rendition_of ON rendition(of_bucket, of_key);" \
	"CREATE TABLE journal(id INTEGER PRIMARY KEY, at INT NOT NULL, what INT NOT NULL, bucket INT NOT NULL, key BLOB NOT NULL," \
	" seq INT NOT NULL, job INT, attempt INT, code TEXT, detail TEXT);" \
	"CREATE INDEX journal_subject ON journal(bucket, key);" \
	"CREATE TABLE logline(id INTEGER PRIMARY KEY, function INT NOT NULL, at INT NOT NULL, stream TEXT NOT NULL, line TEXT NOT NULL);" \
	"CREATE INDEX logline_function ON logline(function, id);" \
	"CREATE TABLE tbl(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created INT NOT NULL, definition TEXT NOT NULL," \
	" items INT NOT NULL, bytes INT NOT NULL);" \
	"CREATE TABLE item(id INTEGER PRIMARY KEY, tbl INT NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL," \
	" size INT NOT NULL, value BLOB NOT NULL," \
	" UNIQUE(tbl, pk, sk));" \
	"CREATE TABLE gsi(tbl INT, idx INT, pk BLOB, sk BLOB, item INT, PRIMARY KEY(tbl, idx, pk, sk, item)) WITHOUT ROWID;" \
	"CREATE TABLE segment(id INTEGER PRIMARY KEY, dead INT NOT NULL, emptied INT NOT NULL);" \
	"CREATE TABLE file(id BLOB PRIMARY KEY) WITHOUT ROWID;" \
	"CREATE TABLE trash(id INTEGER PRIMARY KEY, since INT NOT NULL, extents BLOB NOT NULL);"

/* With what renditions the photos of before were made is not known: "". */
#define SCHEMA_2 \
	"CREATE TABLE backfill(id INTEGER PRIMARY KEY, bucket INT NOT NULL, function INT NOT NULL, prefix BLOB NOT NULL," \
	" what INT NOT NULL, presets TEXT NOT NULL, state INT NOT NULL, after BLOB NOT NULL, looked INT NOT NULL," \
	" rate INT NOT NULL, started INT NOT NULL, ended INT NOT NULL, planned INT NOT NULL, bytes INT NOT NULL," \
	" queued INT NOT NULL, done INT NOT NULL, failed INT NOT NULL, superseded INT NOT NULL);" \
	"CREATE UNIQUE INDEX backfill_active ON backfill(bucket) WHERE state < 2;" \
	"ALTER TABLE job ADD COLUMN backfill INT NOT NULL DEFAULT 0;" \
	"DROP INDEX job_ready;" \
	"CREATE INDEX job_ready ON job(function, due, state, backfill) WHERE state = 0 AND backfill = 0;" \
	"CREATE INDEX job_backfill ON job(function, due, state, backfill) WHERE state = 0 AND backfill > 0;" \
	"CREATE TABLE made(id INTEGER PRIMARY KEY, bucket INT NOT NULL, list TEXT NOT NULL, photos INT NOT NULL," \
	" UNIQUE(bucket, list));" \
	"ALTER TABLE photo ADD COLUMN made INT NOT NULL DEFAULT 0;" \
	"INSERT INTO made(bucket, list, photos) SELECT bucket, '', count(*) FROM photo GROUP BY bucket;" \
	"UPDATE photo SET made = (SELECT id FROM made WHERE made.bucket = photo.bucket);"

/* Ids of functions never come back: rules and jobs of a deleted one must not become another's. Nor do those of log groups and streams. The
 * lines of functions so far become those of their log groups. */
#define SCHEMA_3 \
	"CREATE TABLE record(id INTEGER PRIMARY KEY, owner INT NOT NULL, kind INT NOT NULL, name TEXT NOT NULL, modified INT NOT NULL," \
	" body TEXT NOT NULL, UNIQUE(owner, kind, name));" \
	"CREATE TABLE function_3(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, config TEXT NOT NULL, modified INT NOT NULL);" \
	"INSERT INTO function_3 SELECT id, name, config, modified FROM function;" \
	"DROP TABLE function;" \
	"ALTER TABLE function_3 RENAME TO function;" \
	"ALTER TABLE job ADD COLUMN qualifier TEXT NOT NULL DEFAULT '';" \
	"ALTER TABLE job ADD COLUMN trace TEXT NOT NULL DEFAULT '';" \
	"CREATE TABLE package(id TEXT PRIMARY KEY, size INT NOT NULL, unpacked INT NOT NULL, created INT NOT NULL," \
	" extents BLOB NOT NULL) WITHOUT ROWID;" \
	"CREATE TABLE log_group(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created INT NOT NULL," \
	" retention INT NOT NULL, bytes INT NOT NULL);" \
	"CREATE TABLE log_stream(id INTEGER PRIMARY KEY AUTOINCREMENT, grp INT NOT NULL, name TEXT NOT NULL, created INT NOT NULL," \
	" first INT NOT NULL, last INT NOT NULL, ingested INT NOT NULL, UNIQUE(grp, name));" \
	"CREATE INDEX log_stream_last ON log_stream(grp, last, name);" \
	"CREATE TABLE log_line(grp INT, at INT, id INT, stream INT NOT NULL, ingested INT NOT NULL, text BLOB NOT NULL," \
	" PRIMARY KEY(grp, at, id)) WITHOUT ROWID;" \
	"CREATE INDEX log_line_stream ON log_line(stream, at, id);" \
	"INSERT INTO log_group(name, created, retention, bytes) SELECT '/aws/lambda/' || f.name, min(l.at), 0," \
	" sum(length(CAST(l.line AS BLOB)) + 26) FROM logline l JOIN function f ON f.id = l.function GROUP BY f.id;" \
	"INSERT INTO log_stream(grp, name, created, first, last, ingested) SELECT g.id, coalesce(nullif(trim(l.stream), ''), 'stream')," \
	" min(l.at), min(l.at), max(l.at), max(l.at) FROM logline l JOIN function f ON f.id = l.function" \
	" JOIN log_group g ON g.name = '/aws/lambda/' || f.name GROUP BY 1, 2;" \
	"INSERT INTO log_line(grp, at, id, stream, ingested, text)" \
	" SELECT g.id, l.at, row_number() OVER (PARTITION BY g.id, l.at ORDER BY l.id), s.id, l.at, CAST(l.line AS BLOB)" \
	" FROM logline l JOIN function f ON f.id = l.function JOIN log_group g ON g.name = '/aws/lambda/' || f.name" \
	" JOIN log_stream s ON s.grp = g.id AND s.name = coalesce(nullif(trim(l.stream), ''), 'stream');" \
	"DROP TABLE logline;" \
	"CREATE TABLE meter(function TEXT, hour INT, requests INT NOT NULL, billed_ms INT NOT NULL, mb_ms INT NOT NULL," \
	" provisioned_mb_s INT NOT NULL, PRIMARY KEY(function, hour)) WITHOUT ROWID;"

/* Rules can tell of what they were allowed to ask for before: s3:ObjectTagging and s3:LifecycleExpiration. */
#define RULE_GAINS(bit, event, all) \
	"UPDATE rule SET events = events | " bit " WHERE instr(' ' || configured || ' ', ' " event " ') > 0" \
	" OR instr(' ' || configured || ' ', ' " all " ') > 0;"

/* Objects of before have the null version. */
#define SCHEMA_4 \
	"ALTER TABLE bucket ADD COLUMN versioning INT NOT NULL DEFAULT 0;" \
	"ALTER TABLE object ADD COLUMN born INT NOT NULL DEFAULT 0;" \
	"ALTER TABLE object ADD COLUMN named INT NOT NULL DEFAULT 0;" \
	"ALTER TABLE object ADD COLUMN tags TEXT;" \
	"UPDATE object SET born = seq;" \
	"ALTER TABLE upload ADD COLUMN tags TEXT;" \
	"ALTER TABLE upload ADD COLUMN resumable INT NOT NULL DEFAULT 0;" \
	RULE_GAINS("64", "s3:ObjectTagging:Put", "s3:ObjectTagging:*") \
	RULE_GAINS("128", "s3:ObjectTagging:Delete", "s3:ObjectTagging:*") \
	RULE_GAINS("256", "s3:LifecycleExpiration:Delete", "s3:LifecycleExpiration:*") \
	RULE_GAINS("512", "s3:LifecycleExpiration:DeleteMarkerCreated", "s3:LifecycleExpiration:*") \
	"CREATE TABLE version(bucket INT, key BLOB, age INT, seq INT NOT NULL, named INT NOT NULL, marker INT NOT NULL, mtime INT NOT NULL," \
	" since INT NOT NULL, size INT NOT NULL, etag TEXT NOT NULL, sum_kind INT, sum_type INT, sum TEXT, headers TEXT, tags TEXT," \
	" extents BLOB, PRIMARY KEY(bucket, key, age)) WITHOUT ROWID;" \
	"CREATE UNIQUE INDEX version_null ON version(bucket, key) WHERE named = 0;" \
	"CREATE TABLE token(id TEXT PRIMARY KEY, bucket INT NOT NULL, prefix BLOB NOT NULL, label TEXT NOT NULL, types TEXT NOT NULL," \
	" size_max INT NOT NULL, uses_max INT NOT NULL, used INT NOT NULL, created INT NOT NULL, expires INT NOT NULL) WITHOUT ROWID;" \
	"CREATE INDEX token_bucket ON token(bucket, created);" \
	"CREATE INDEX token_expires ON token(expires);" \
	"CREATE TABLE resumable(id TEXT PRIMARY KEY, bucket INT NOT NULL, key BLOB NOT NULL, length INT NOT NULL, at INT NOT NULL," \
	" created INT NOT NULL, expires INT NOT NULL, metadata TEXT NOT NULL, token TEXT NOT NULL, seq INT NOT NULL," \
	" pieces INT NOT NULL) WITHOUT ROWID;" \
	"CREATE INDEX resumable_expires ON resumable(expires);" \
	"CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, bucket INT NOT NULL, key BLOB NOT NULL, seq INT NOT NULL, what INT NOT NULL," \
	" state INT NOT NULL, due INT NOT NULL, first INT NOT NULL, attempts INT NOT NULL, payload TEXT NOT NULL, code TEXT, message TEXT);" \
	"CREATE INDEX outbox_due ON outbox(due) WHERE state = 0;" \
	"CREATE INDEX outbox_bucket ON outbox(bucket, due) WHERE state = 0;" \
	"CREATE INDEX outbox_dead ON outbox(id) WHERE state = 2;" \
	"CREATE INDEX outbox_subject ON outbox(bucket, key);" \
	"CREATE TABLE ledger(folder TEXT, path BLOB, device INT NOT NULL, inode INT NOT NULL, size INT NOT NULL, mtime_ns INT NOT NULL," \
	" hash BLOB NOT NULL, state INT NOT NULL, at INT NOT NULL, bucket INT NOT NULL, key BLOB NOT NULL, seq INT NOT NULL," \
	" PRIMARY KEY(folder, path)) WITHOUT ROWID;" \
	"CREATE INDEX ledger_inode ON ledger(folder, device, inode);" \
	"CREATE INDEX ledger_hash ON ledger(folder, hash);"

#define OUTBOX_COUNTS(row, sign) \
	" INSERT INTO outbox_count(bucket, waiting, dead) VALUES(" row ".bucket, " sign "(" row ".state = 0), " sign "(" row ".state = 2))" \
	" ON CONFLICT(bucket) DO UPDATE SET waiting = waiting + excluded.waiting, dead = dead + excluded.dead;"

#define SCHEMA_5 \
	"CREATE INDEX IF NOT EXISTS outbox_subject ON outbox(bucket, key);" \
	"CREATE INDEX IF NOT EXISTS outbox_dead_since ON outbox(due) WHERE state = 2;" \
	"CREATE INDEX IF NOT EXISTS outbox_dead_bucket ON outbox(bucket, id) WHERE state = 2;" \
	"CREATE INDEX IF NOT EXISTS resumable_token ON resumable(token) WHERE seq = 0;" \
	"CREATE INDEX outbox_first ON outbox(first) WHERE state = 0;" \
	"CREATE TABLE outbox_count(bucket INTEGER PRIMARY KEY, waiting INT NOT NULL, dead INT NOT NULL);" \
	"INSERT INTO outbox_count SELECT bucket, sum(state = 0), sum(state = 2) FROM outbox GROUP BY bucket;" \
	"CREATE TRIGGER outbox_added AFTER INSERT ON outbox BEGIN" OUTBOX_COUNTS("NEW", "") " END;" \
	"CREATE TRIGGER outbox_gone AFTER DELETE ON outbox BEGIN" OUTBOX_COUNTS("OLD", "-") " END;" \
	"CREATE TRIGGER outbox_moved AFTER UPDATE OF state ON outbox WHEN OLD.state <> NEW.state BEGIN" OUTBOX_COUNTS("OLD", "-") \
	OUTBOX_COUNTS("NEW", "") " END;" \
	"ALTER TABLE ledger ADD COLUMN gone INT NOT NULL DEFAULT 0;"

#endif
