/* sql.h - every SQL statement there is, by name. One line is one statement: what
 * it is called in code and its text. Parameters are ?1, ?2...
 *
 * Grouped by the file that uses them. Keep to the portable subset where it costs nothing.
 */
#ifndef STORAGE_SQL_H
#define STORAGE_SQL_H

/* db.c, trash.c, sweep.c, compact.c, relocate.c */
#define SQL_CORE(X) \
	X(SQL_BEGIN, "BEGIN IMMEDIATE") \
	X(SQL_SNAPSHOT, "BEGIN") \
	X(SQL_COMMIT, "COMMIT") \
	X(SQL_ROLLBACK, "ROLLBACK") \
	X(SQL_MARK, "SAVEPOINT mark") \
	X(SQL_RELEASE, "RELEASE mark") \
	X(SQL_UNDO, "ROLLBACK TO mark") \
	X(SQL_QUICK_CHECK, "PRAGMA quick_check(1)") \
	X(SQL_USER_VERSION, "PRAGMA user_version") \
	X(SQL_META_GET, "SELECT value FROM meta WHERE name = ?1") \
	X(SQL_META_SET, "INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value") \
	X(SQL_FILE_ADD, "INSERT INTO file(id) VALUES(?1)") \
	X(SQL_FILE_HAS, "SELECT 1 FROM file WHERE id = ?1") \
	X(SQL_FILE_DROP, "DELETE FROM file WHERE id = ?1") \
	X(SQL_TRASH_ADD, "INSERT INTO trash(since, extents) VALUES(?1, ?2)") \
	X(SQL_TRASH_HEAD, "SELECT id, since, extents FROM trash ORDER BY id LIMIT ?1") \
	X(SQL_TRASH_DROP, "DELETE FROM trash WHERE id = ?1") \
	X(SQL_SEGMENT_DEAD, "INSERT INTO segment(id, dead, emptied) VALUES(?1, ?2, 0)" \
		" ON CONFLICT(id) DO UPDATE SET dead = dead + excluded.dead") \
	X(SQL_SEGMENT_WORST, "SELECT id FROM segment WHERE emptied <= 0 AND dead > ?1 ORDER BY dead DESC LIMIT ?2") \
	X(SQL_SEGMENT_LEAVE, "UPDATE segment SET emptied = -1 WHERE id = ?1") \
	X(SQL_SEGMENT_STAY, "UPDATE segment SET emptied = 0 WHERE id = ?1 AND emptied < 0") \
	X(SQL_SEGMENT_EMPTIED, "UPDATE segment SET emptied = ?2 WHERE id = ?1 AND emptied < 0") \
	X(SQL_SEGMENT_OVER, "SELECT id FROM segment WHERE emptied > 0 AND emptied <= ?1 LIMIT ?2") \
	X(SQL_SEGMENT_DROP, "DELETE FROM segment WHERE id = ?1") \
	X(SQL_COMPACT_PARTS, "SELECT upload, number, extents FROM part WHERE (upload, number) > (?1, ?2)" \
		" ORDER BY upload, number LIMIT ?3") \
	X(SQL_COMPACT_OBJECTS, "SELECT bucket, key, seq, extents, -born FROM object WHERE (bucket, key) > (?1, ?2)" \
		" ORDER BY bucket, key LIMIT ?3") \
	X(SQL_COMPACT_VERSIONS, "SELECT bucket, key, seq, extents, age FROM version WHERE (bucket, key, age) > (?1, ?2, ?4)" \
		" ORDER BY bucket, key, age LIMIT ?3") \
	X(SQL_PART_MOVE, "UPDATE part SET extents = ?3 WHERE upload = ?1 AND number = ?2") \
	X(SQL_OBJECT_MOVE, "UPDATE object SET extents = ?3 WHERE bucket = ?1 AND key = ?2") \
	X(SQL_VERSION_MOVE, "UPDATE version SET extents = ?3 WHERE bucket = ?1 AND key = ?2 AND age = ?4") \
	X(SQL_MANIFEST_MOVE, "UPDATE manifest SET extents = ?2 WHERE seq = ?1")

/* bucket.c, rule.c, object*.c, version*.c, upload.c, upload_complete.c, photo.c, photo_item.c, rendition.c, audit.c */
#define OBJECT_COLUMNS "seq, mtime, size, etag, sum_kind, sum_type, sum, headers, watched, born, named, tags"
#define VERSION_COLUMNS "seq, mtime, size, etag, sum_kind, sum_type, sum, headers, 0, -age, named, tags"	/* the same */
#define VERSION_MORE ", marker, since"
#define OUTBOX_COLUMNS "id, bucket, key, seq, what, state, due, first, attempts, payload, code, message"
#define PART_COLUMNS "number, mtime, size, md5, sum_kind, sum, extents"
#define SQL_OBJECTS(X) \
	X(SQL_BUCKET_GET, "SELECT id, created, versioning FROM bucket WHERE name = ?1") \
	X(SQL_BUCKET_NAME, "SELECT name FROM bucket WHERE id = ?1") \
	X(SQL_BUCKET_COUNT, "SELECT count(*) FROM bucket") \
	X(SQL_BUCKET_ADD, "INSERT INTO bucket(id, name, created) VALUES(?1, ?2, ?3)") \
	X(SQL_BUCKET_DELETE, "DELETE FROM bucket WHERE id = ?1") \
	X(SQL_BUCKET_LIST, "SELECT id, name, created FROM bucket WHERE name >= ?1 AND (name > ?1 OR ?2 = 0) ORDER BY name LIMIT ?3") \
	X(SQL_RULE_CLEAR, "DELETE FROM rule WHERE bucket = ?1") \
	X(SQL_RULE_ADD, "INSERT INTO rule(bucket, ord, id, function, arn, native, events, configured, prefix, suffix)" \
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)") \
	X(SQL_RULE_ORPHAN, "UPDATE rule SET function = 0, native = 0 WHERE function = ?1") \
	X(SQL_RULE_ADOPT, "UPDATE rule SET function = ?1 WHERE function = 0 AND instr(arn || ':', ':function:' || ?2 || ':') > 0") \
	X(SQL_RULE_LIST, "SELECT id, function, arn, native, events, configured, prefix, suffix FROM rule WHERE bucket = ?1 ORDER BY ord") \
	X(SQL_BUCKET_VERSIONING, "SELECT versioning FROM bucket WHERE id = ?1") \
	X(SQL_BUCKET_VERSIONING_SET, "UPDATE bucket SET versioning = ?2 WHERE id = ?1") \
	X(SQL_OBJECT_ANY, "SELECT 1 WHERE EXISTS (SELECT 1 FROM object WHERE bucket = ?1) OR EXISTS (SELECT 1 FROM version WHERE bucket = ?1)") \
	X(SQL_OBJECT_GET, "SELECT " OBJECT_COLUMNS ", key, extents FROM object WHERE bucket = ?1 AND key = ?2") \
	X(SQL_OBJECT_LIST, "SELECT " OBJECT_COLUMNS ", key FROM object WHERE bucket = ?1 AND key >= ?2 ORDER BY key") \
	X(SQL_OBJECT_KEY_BEFORE, "SELECT key FROM object WHERE bucket = ?1 AND key < ?2 ORDER BY key DESC LIMIT 1") \
	X(SQL_OBJECT_VERSION, "SELECT seq, watched, etag FROM object WHERE bucket = ?1 AND key = ?2") \
	X(SQL_OBJECT_BEFORE, "SELECT b.versioning, o.seq, o.watched, o.extents, o.named, o.born FROM bucket b" \
		" LEFT JOIN object o ON o.bucket = b.id AND o.key = ?2 WHERE b.id = ?1") \
	X(SQL_OBJECT_SET, "INSERT INTO object(bucket, key, " OBJECT_COLUMNS ", extents)" \
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT(bucket, key) DO UPDATE SET" \
		" seq = excluded.seq, mtime = excluded.mtime, size = excluded.size, etag = excluded.etag," \
		" sum_kind = excluded.sum_kind, sum_type = excluded.sum_type, sum = excluded.sum," \
		" headers = excluded.headers, watched = excluded.watched, born = excluded.born, named = excluded.named," \
		" tags = excluded.tags, extents = excluded.extents") \
	X(SQL_OBJECT_TAG, "UPDATE object SET tags = ?4 WHERE bucket = ?1 AND key = ?2 AND born = -?3") \
	X(SQL_OBJECT_DELETE, "DELETE FROM object WHERE bucket = ?1 AND key = ?2") \
	X(SQL_MANIFEST_GET, "SELECT extents FROM manifest WHERE seq = ?1") \
	X(SQL_MANIFEST_ADD, "INSERT INTO manifest(seq, extents) VALUES(?1, ?2)") \
	X(SQL_MANIFEST_DELETE, "DELETE FROM manifest WHERE seq = ?1") \
	X(SQL_MANIFEST_RENAME, "UPDATE manifest SET seq = ?2 WHERE seq = ?1") \
	X(SQL_VERSION_KEEP, "INSERT INTO version(bucket, key, age, seq, named, marker, mtime, since, size, etag, sum_kind, sum_type, sum," \
		" headers, tags, extents) SELECT bucket, key, -born, seq, named, 0, mtime, ?3, size, etag, sum_kind, sum_type, sum, headers," \
		" tags, extents FROM object WHERE bucket = ?1 AND key = ?2") \
	X(SQL_VERSION_MARK, "INSERT INTO version(bucket, key, age, seq, named, marker, mtime, since, size, etag, extents)" \
		" VALUES(?1, ?2, -?3, ?3, ?4, 1, ?5, 0, 0, '', x'')") \
	X(SQL_VERSION_PASS, "UPDATE version SET since = ?3 WHERE bucket = ?1 AND key = ?2 AND since = 0" \
		" AND age = (SELECT min(age) FROM version WHERE bucket = ?1 AND key = ?2)") \
	X(SQL_VERSION_LEAD, "UPDATE version SET since = 0 WHERE bucket = ?1 AND key = ?2 AND age = ?3") \
	X(SQL_VERSION_RETURN, "INSERT INTO object(bucket, key, " OBJECT_COLUMNS ", extents) SELECT bucket, key, ?4, mtime, size, etag, sum_kind," \
		" sum_type, sum, headers, ?5, -age, named, tags, extents FROM version WHERE bucket = ?1 AND key = ?2 AND age = ?3") \
	X(SQL_VERSION_DELETE, "DELETE FROM version WHERE bucket = ?1 AND key = ?2 AND age = ?3") \
	X(SQL_VERSION_TAG, "UPDATE version SET tags = ?4 WHERE bucket = ?1 AND key = ?2 AND age = ?3") \
	X(SQL_VERSION_NEWEST, "SELECT " VERSION_COLUMNS ", key, extents" VERSION_MORE " FROM version WHERE bucket = ?1 AND key = ?2" \
		" ORDER BY age LIMIT 1") \
	X(SQL_VERSION_NULL, "SELECT " VERSION_COLUMNS ", key, extents" VERSION_MORE " FROM version WHERE bucket = ?1 AND key = ?2" \
		" AND named = 0") \
	X(SQL_VERSION_AT, "SELECT " VERSION_COLUMNS ", key, extents" VERSION_MORE " FROM version WHERE bucket = ?1 AND key = ?2" \
		" AND age = ?3") \
	X(SQL_VERSION_OTHER, "SELECT 1 FROM version WHERE bucket = ?1 AND key = ?2 AND age <> ?3 LIMIT 1") \
	X(SQL_VERSION_PLACE, "SELECT seq, extents, 1 FROM object WHERE bucket = ?1 AND key = ?2 AND born = -?3 UNION ALL" \
		" SELECT seq, extents, 0 FROM version WHERE bucket = ?1 AND key = ?2 AND age = ?3") \
	X(SQL_VERSION_FROM, "SELECT " VERSION_COLUMNS ", key, extents" VERSION_MORE " FROM version WHERE bucket = ?1 AND (key, age) > (?2, ?3)" \
		" ORDER BY key, age") \
	X(SQL_UPLOAD_COUNT, "SELECT count(*) FROM upload") \
	X(SQL_UPLOAD_ADD, "INSERT INTO upload(id, bucket, key, created, headers, sum_kind, sum_type, tags, resumable)" \
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)") \
	X(SQL_UPLOAD_GET, "SELECT id, bucket, key, created, headers, sum_kind, sum_type, tags, resumable FROM upload WHERE id = ?1") \
	X(SQL_UPLOAD_DELETE, "DELETE FROM upload WHERE id = ?1") \
	X(SQL_UPLOAD_OF_BUCKET, "SELECT id FROM upload WHERE bucket = ?1 LIMIT 1") \
	X(SQL_UPLOAD_LIST, "SELECT id, bucket, key, created, headers, sum_kind, sum_type, tags, resumable FROM upload" \
		" WHERE bucket = ?1 AND (key, created, id) > (?2, ?3, ?4) AND resumable = 0 ORDER BY key, created, id LIMIT ?5") \
	X(SQL_OUTBOX_ADD, "INSERT INTO outbox(bucket, key, seq, what, state, due, first, attempts, payload) VALUES(?1, ?2, ?3, ?4, 0, ?5, ?5, 0, ?6)") \
	X(SQL_OUTBOX_ADD_DEAD, "INSERT INTO outbox(bucket, key, seq, what, state, due, first, attempts, payload, code, message)" \
		" VALUES(?1, ?2, ?3, ?4, 2, ?5, ?5, 0, ?6, ?7, ?8)") \
	X(SQL_OUTBOX_OF_OBJECT, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE bucket = ?1 AND key = ?2 ORDER BY id LIMIT ?3") \
	X(SQL_OUTBOX_GET, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE id = ?1") \
	X(SQL_OUTBOX_WAITING, "SELECT waiting FROM outbox_count WHERE bucket = ?1") \
	X(SQL_OUTBOX_COUNT_SWEEP, "DELETE FROM outbox_count WHERE waiting = 0 AND dead = 0") \
	X(SQL_OUTBOX_DUE, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE state = 0 AND bucket = ?1 AND due <= ?2 ORDER BY due, id LIMIT ?3") \
	X(SQL_OUTBOX_BUCKET, "SELECT bucket FROM outbox WHERE state = 0 AND bucket > ?1 ORDER BY bucket LIMIT 1") \
	X(SQL_OUTBOX_NEXT, "SELECT due FROM outbox WHERE state = 0 AND due > ?1 ORDER BY due LIMIT 1") \
	X(SQL_OUTBOX_DELETE, "DELETE FROM outbox WHERE id = ?1 AND state = 0") \
	X(SQL_OUTBOX_RETRY, "UPDATE outbox SET due = ?2, code = ?3, message = ?4, attempts = attempts + 1 WHERE id = ?1 AND state = 0") \
	X(SQL_OUTBOX_BURY, "UPDATE outbox SET state = 2, due = ?2, code = ?3, message = ?4, attempts = attempts + 1 WHERE id = ?1 AND state = 0") \
	X(SQL_OUTBOX_REVIVE, "UPDATE outbox SET state = 0, due = ?2, first = ?2, attempts = 0 WHERE id = ?1 AND state = 2") \
	X(SQL_OUTBOX_DEAD, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE state = 2 AND id > ?1 ORDER BY id LIMIT ?3") \
	X(SQL_OUTBOX_COUNT, "SELECT coalesce(sum(waiting), 0), coalesce(sum(dead), 0)," \
		" coalesce((SELECT min(first) FROM outbox WHERE state = 0), 0), coalesce(max(waiting), 0) FROM outbox_count") \
	X(SQL_OUTBOX_DEAD_OF, "SELECT " OUTBOX_COLUMNS " FROM outbox INDEXED BY outbox_dead_bucket WHERE state = 2 AND bucket = ?2 AND id > ?1" \
		" ORDER BY id LIMIT ?3") \
	X(SQL_OUTBOX_DEAD_NEXT, "SELECT bucket FROM outbox WHERE state = 2 AND bucket > ?1 ORDER BY bucket LIMIT 1") \
	X(SQL_OUTBOX_SWEEP_OLD, "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state = 2 AND due < ?1 ORDER BY due LIMIT ?2)") \
	X(SQL_OUTBOX_SWEEP_MANY, "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state = 2 ORDER BY id" \
		" LIMIT max(0, min(?2, (SELECT coalesce(sum(dead), 0) FROM outbox_count) - ?1)))") \
	X(SQL_OUTBOX_SWEEP_WAITING, "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state = 0 AND bucket = ?1 LIMIT ?2)") \
	X(SQL_OUTBOX_SWEEP_DEAD, "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state = 2 AND bucket = ?1 LIMIT ?2)") \
	X(SQL_RESUMABLE_COUNT, "SELECT count(*) FROM resumable") \
	X(SQL_RESUMABLE_ADD, "INSERT INTO resumable(id, bucket, key, length, at, created, expires, metadata, token, seq, pieces)" \
		" VALUES(?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, 0, 0)") \
	X(SQL_RESUMABLE_OF_TOKEN, "SELECT count(*) FROM (SELECT 1 FROM resumable WHERE token = ?1 AND seq = 0 LIMIT ?2)") \
	X(SQL_RESUMABLE_GET, "SELECT id, bucket, key, length, at, created, expires, metadata, token, seq, pieces FROM resumable WHERE id = ?1") \
	X(SQL_RESUMABLE_LENGTH, "UPDATE resumable SET length = ?2 WHERE id = ?1 AND length < 0 AND at <= ?2") \
	X(SQL_RESUMABLE_MOVE, "UPDATE resumable SET at = ?2, pieces = ?3, expires = ?4 WHERE id = ?1") \
	X(SQL_RESUMABLE_FINISH, "UPDATE resumable SET seq = ?2 WHERE id = ?1") \
	X(SQL_RESUMABLE_EXPIRED, "SELECT id FROM resumable WHERE expires <= ?1 ORDER BY expires LIMIT 1") \
	X(SQL_RESUMABLE_DELETE, "DELETE FROM resumable WHERE id = ?1") \
	X(SQL_PART_OLD, "SELECT extents FROM part WHERE upload = ?1 AND number = ?2") \
	X(SQL_PART_SET, "INSERT INTO part(upload, " PART_COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)" \
		" ON CONFLICT(upload, number) DO UPDATE SET mtime = excluded.mtime, size = excluded.size, md5 = excluded.md5," \
		" sum_kind = excluded.sum_kind, sum = excluded.sum, extents = excluded.extents") \
	X(SQL_PART_LIST, "SELECT " PART_COLUMNS " FROM part WHERE upload = ?1 AND number > ?2 ORDER BY number LIMIT ?3") \
	X(SQL_PART_DELETE, "DELETE FROM part WHERE upload = ?1") \
	X(SQL_PART_LAST, "SELECT ifnull(max(number), 0) FROM part WHERE upload = ?1") \
	X(SQL_PART_DROP, "DELETE FROM part WHERE upload = ?1 AND number = ?2") \
	X(SQL_RESUMABLE_JOINED, "UPDATE resumable SET pieces = pieces - ?2 WHERE id = ?1") \
	X(SQL_PHOTO_GET, "SELECT seq, function, done, tbl, renditions, made FROM photo WHERE bucket = ?1 AND key = ?2") \
	X(SQL_PHOTO_SET, "INSERT INTO photo(bucket, key, seq, function, done, tbl, renditions, made) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)" \
		" ON CONFLICT(bucket, key) DO UPDATE SET seq = excluded.seq, function = excluded.function," \
		" done = excluded.done, tbl = excluded.tbl, renditions = excluded.renditions, made = excluded.made") \
	X(SQL_PHOTO_LESS, "UPDATE photo SET renditions = renditions - 1 WHERE bucket = ?1 AND key = ?2 AND seq = ?3") \
	X(SQL_PHOTO_NO_ITEM, "UPDATE photo SET tbl = '' WHERE bucket = ?1 AND key = ?2 AND seq = ?3") \
	X(SQL_PHOTO_DELETE, "DELETE FROM photo WHERE bucket = ?1 AND key = ?2") \
	X(SQL_MADE_ADD, "INSERT INTO made(bucket, list, photos) VALUES(?1, ?2, 1)" \
		" ON CONFLICT(bucket, list) DO UPDATE SET photos = photos + 1 RETURNING id") \
	X(SQL_MADE_LESS, "UPDATE made SET photos = photos - 1 WHERE id = ?1") \
	X(SQL_MADE_EMPTY, "DELETE FROM made WHERE photos <= 0") \
	X(SQL_MADE_LIST, "SELECT list FROM made WHERE id = ?1") \
	X(SQL_MADE_BUCKETS, "SELECT DISTINCT bucket FROM made ORDER BY bucket LIMIT ?1") \
	X(SQL_MADE_OF_BUCKET, "SELECT list, photos FROM made WHERE bucket = ?1 AND photos > 0 ORDER BY id") \
	X(SQL_OBJECT_WATCH, "UPDATE object SET watched = 1 WHERE bucket = ?1 AND key = ?2 AND seq = ?3") \
	X(SQL_RENDITION_GET, "SELECT of_bucket, of_key, of_seq FROM rendition WHERE bucket = ?1 AND key = ?2") \
	X(SQL_RENDITION_ADD, "INSERT INTO rendition(bucket, key, of_bucket, of_key, of_seq) VALUES(?1, ?2, ?3, ?4, ?5)") \
	X(SQL_RENDITION_DELETE, "DELETE FROM rendition WHERE bucket = ?1 AND key = ?2") \
	X(SQL_RENDITION_OF, "SELECT bucket, key, of_seq FROM rendition WHERE of_bucket = ?1 AND of_key = ?2 ORDER BY bucket, key") \
	X(SQL_AUDIT_OBJECTS, "SELECT " OBJECT_COLUMNS ", key, extents, bucket FROM object WHERE (bucket, key) > (?1, ?2)" \
		" ORDER BY bucket, key LIMIT ?3") \
	X(SQL_AUDIT_VERSIONS, "SELECT " VERSION_COLUMNS ", key, extents, bucket" VERSION_MORE " FROM version" \
		" WHERE (bucket, key, age) > (?1, ?2, ?4) ORDER BY bucket, key, age LIMIT ?3") \
	X(SQL_AUDIT_PHOTOS, "SELECT bucket, key, seq FROM photo WHERE (bucket, key) > (?1, ?2) ORDER BY bucket, key LIMIT ?3") \
	X(SQL_AUDIT_RENDITIONS, "SELECT bucket, key, of_bucket, of_key, of_seq FROM rendition WHERE (bucket, key) > (?1, ?2)" \
		" ORDER BY bucket, key LIMIT ?3") \
	X(SQL_AUDIT_PARTS, "SELECT upload, " PART_COLUMNS " FROM part WHERE (upload, number) > (?1, ?2)" \
		" ORDER BY upload, number LIMIT ?3")

/* queue.c, queue_function.c, backfill.c, journal.c, function.c, meter.c */
#define JOB_COLUMNS "id, function, state, due, first, lease, attempts, throttles, request, bucket, key, seq, kind, payload, code, message," \
	" backfill, qualifier, trace"
#define JOB_WITHOUT_PAYLOAD "id, function, state, due, first, lease, attempts, throttles, request, bucket, key, seq, kind, x'', code, message," \
	" backfill, qualifier, trace"
#define BACKFILL_COLUMNS "id, bucket, function, prefix, what, presets, state, after, looked, rate, started, ended, planned, bytes," \
	" queued, done, failed, superseded"
#define SQL_WORK(X) \
	X(SQL_JOB_ADD, "INSERT INTO job(" JOB_COLUMNS ")" \
		" VALUES(?1, ?2, 0, ?3, ?4, 0, 0, 0, ?5, ?6, ?7, ?8, ?9, ?10, NULL, NULL, ?11, ?12, ?13)") \
	X(SQL_JOB_DUE, "SELECT " JOB_COLUMNS " FROM job WHERE state = 0 AND backfill = 0 AND function = ?1 AND due <= ?2" \
		" ORDER BY due LIMIT ?3") \
	X(SQL_JOB_DUE_BACKFILL, "SELECT " JOB_COLUMNS " FROM job WHERE state = 0 AND backfill > 0 AND function = ?1 AND due <= ?2" \
		" ORDER BY due LIMIT ?3") \
	X(SQL_JOB_LEASE, "UPDATE job SET state = 1, lease = ?2, due = ?3, attempts = attempts + 1 WHERE id = ?1") \
	X(SQL_JOB_ACK, "DELETE FROM job WHERE id = ?1 AND lease = ?2 AND state = 1") \
	X(SQL_JOB_RETRY, "UPDATE job SET state = 0, lease = 0, due = ?3, throttles = 0, code = ?4, message = ?5" \
		" WHERE id = ?1 AND lease = ?2 AND state = 1") \
	X(SQL_JOB_DEFER, "UPDATE job SET state = 0, lease = 0, due = ?3, attempts = attempts - 1, throttles = throttles + 1" \
		" WHERE id = ?1 AND lease = ?2 AND state = 1") \
	X(SQL_JOB_BURY, "UPDATE job SET state = 2, lease = 0, due = ?3, code = ?4, message = ?5" \
		" WHERE id = ?1 AND lease = ?2 AND state = 1") \
	X(SQL_JOB_REVIVE, "UPDATE job SET state = 0, due = ?2, first = ?2, attempts = 0, throttles = 0, backfill = 0" \
		" WHERE id = ?1 AND state = 2") \
	X(SQL_JOB_DROP_DEAD, "DELETE FROM job WHERE state = 2 AND +function = ?1 AND bucket = ?2 AND key = ?3 AND seq < ?4") \
	X(SQL_JOB_EXPIRE, "UPDATE job SET state = 0, lease = 0, due = ?1 WHERE state = 1 AND due <= ?1") \
	X(SQL_JOB_RELEASE_UNBEGUN, "UPDATE job SET state = 0, lease = 0, due = ?3, attempts = attempts - 1 WHERE id = ?1 AND lease = ?2 AND state = 1") \
	X(SQL_JOB_TELL_BROKEN_OFF, "INSERT INTO journal(at, what, bucket, key, seq, job, attempt, detail)" \
		" SELECT ?1, ?2, bucket, key, seq, id, attempts, ?3 FROM job WHERE state = 1 AND bucket <> 0") \
	X(SQL_JOB_RELEASE_ALL, "UPDATE job SET state = 0, lease = 0, due = ?1 WHERE state = 1") \
	X(SQL_JOB_NEXT_DUE, "SELECT due FROM job WHERE state = 0 AND backfill = 0 AND function = ?1 ORDER BY due LIMIT 1") \
	X(SQL_JOB_NEXT_BACKFILL, "SELECT due FROM job WHERE state = 0 AND backfill > 0 AND function = ?1 ORDER BY due LIMIT 1") \
	X(SQL_JOB_COUNTS, "SELECT (SELECT count(*) FROM job WHERE state = 0 AND backfill = 0)" \
		" + (SELECT count(*) FROM job WHERE state = 0 AND backfill > 0), (SELECT count(*) FROM job WHERE state = 1)," \
		" (SELECT count(*) FROM job WHERE state = 2), (SELECT min(first) FROM job WHERE state < 2)") \
	X(SQL_JOB_GET, "SELECT " JOB_COLUMNS " FROM job WHERE id = ?1") \
	X(SQL_JOB_OF_OBJECT, "SELECT " JOB_COLUMNS " FROM job WHERE bucket = ?1 AND key = ?2 ORDER BY id") \
	X(SQL_JOB_DEAD, "SELECT " JOB_WITHOUT_PAYLOAD " FROM job WHERE state = 2 AND id > ?1 ORDER BY id LIMIT ?2") \
	X(SQL_JOB_REASONS, "SELECT code, count(*) FROM (SELECT code FROM job WHERE state = 2 LIMIT 10000) GROUP BY code ORDER BY 2 DESC, 1 LIMIT 50") \
	X(SQL_JOB_NEXT_FUNCTION, "SELECT function, due FROM job WHERE state = 0 AND backfill = 0 AND function > ?1" \
		" ORDER BY function, due LIMIT 1") \
	X(SQL_JOB_NEXT_FUNCTION_BACKFILL, "SELECT function, due FROM job WHERE state = 0 AND backfill > 0 AND function > ?1" \
		" ORDER BY function, due LIMIT 1") \
	X(SQL_JOB_READY, "SELECT id, bucket, key, seq, attempts, backfill, kind FROM job WHERE state = 0 AND backfill = 0 AND function = ?1" \
		" ORDER BY due LIMIT ?2") \
	X(SQL_JOB_READY_BACKFILL, "SELECT id, bucket, key, seq, attempts, backfill, kind FROM job WHERE state = 0 AND backfill > 0" \
		" AND function = ?1 ORDER BY due LIMIT ?2") \
	X(SQL_JOB_BURY_READY, "UPDATE job SET state = 2, due = ?2, code = ?3, message = ?4 WHERE id = ?1 AND state = 0") \
	X(SQL_BACKFILL_ADD, "INSERT INTO backfill(" BACKFILL_COLUMNS ")" \
		" VALUES(NULL, ?1, ?2, ?3, ?4, ?5, 0, x'', 0, ?6, ?7, 0, ?8, ?9, 0, 0, 0, 0)") \
	X(SQL_BACKFILL_GET, "SELECT " BACKFILL_COLUMNS " FROM backfill WHERE id = ?1") \
	X(SQL_BACKFILL_ACTIVE, "SELECT " BACKFILL_COLUMNS " FROM backfill WHERE bucket = ?1 AND state < 2") \
	X(SQL_BACKFILL_LIST, "SELECT " BACKFILL_COLUMNS " FROM backfill ORDER BY id DESC") \
	X(SQL_BACKFILL_STATE, "UPDATE backfill SET state = ?2, ended = ?3 WHERE id = ?1 AND state < 2") \
	X(SQL_BACKFILL_RATE, "UPDATE backfill SET rate = ?2 WHERE id = ?1") \
	X(SQL_BACKFILL_MOVE, "UPDATE backfill SET after = ?2, looked = ?3, queued = queued + ?4 WHERE id = ?1") \
	X(SQL_BACKFILL_COUNT, "UPDATE backfill SET done = done + ?2, failed = failed + ?3, superseded = superseded + ?4 WHERE id = ?1") \
	X(SQL_BACKFILL_OPEN, "SELECT (SELECT count(*) FROM job WHERE state = 0 AND backfill > 0 AND backfill = ?1)" \
		" + (SELECT count(*) FROM job WHERE state = 1 AND backfill = ?1)") \
	X(SQL_BACKFILL_TRIM, "DELETE FROM backfill WHERE state >= 2 AND id <=" \
		" (SELECT id FROM backfill WHERE state >= 2 ORDER BY id DESC LIMIT 1 OFFSET ?1)") \
	X(SQL_JOURNAL_ADD, "INSERT INTO journal(at, what, bucket, key, seq, job, attempt, code, detail)" \
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)") \
	X(SQL_JOURNAL_OF_OBJECT, "SELECT id, at, what, bucket, key, seq, job, attempt, code, detail FROM journal" \
		" WHERE bucket = ?1 AND key = ?2 AND id > coalesce((SELECT id FROM journal WHERE bucket = ?1 AND key = ?2" \
		" ORDER BY id DESC LIMIT 1 OFFSET ?3), 0) ORDER BY id") \
	X(SQL_JOURNAL_BACK, "SELECT id, at, what, bucket, key, seq, job, attempt, code, detail FROM journal" \
		" WHERE bucket = ?1 AND key = ?2 ORDER BY id DESC") \
	X(SQL_JOURNAL_DOOR, "SELECT code FROM journal WHERE bucket = ?1 AND key = ?2 AND what = 0 AND seq = ?3 ORDER BY id DESC LIMIT 1") \
	X(SQL_JOURNAL_TRIM, "DELETE FROM journal WHERE id IN" \
		" (SELECT id FROM (SELECT id, at FROM journal ORDER BY id LIMIT ?2) WHERE at < ?1)") \
	X(SQL_FUNCTION_SET, "INSERT INTO function(name, config, modified) VALUES(?1, ?2, ?3)" \
		" ON CONFLICT(name) DO UPDATE SET config = excluded.config, modified = excluded.modified") \
	X(SQL_FUNCTION_GET, "SELECT id, modified, name, config FROM function WHERE name = ?1") \
	X(SQL_FUNCTION_BY_ID, "SELECT id, modified, name, config FROM function WHERE id = ?1") \
	X(SQL_FUNCTION_COUNT, "SELECT count(*) FROM function") \
	X(SQL_FUNCTION_LIST, "SELECT id, modified, name, config FROM function WHERE name > ?1 ORDER BY name LIMIT ?2") \
	X(SQL_FUNCTION_DELETE, "DELETE FROM function WHERE id = ?1") \
	X(SQL_METER_ADD, "INSERT INTO meter(function, hour, requests, billed_ms, mb_ms, provisioned_mb_s) VALUES(?1, ?2, ?3, ?4, ?5, ?6)" \
		" ON CONFLICT(function, hour) DO UPDATE SET requests = requests + excluded.requests," \
		" billed_ms = billed_ms + excluded.billed_ms, mb_ms = mb_ms + excluded.mb_ms," \
		" provisioned_mb_s = provisioned_mb_s + excluded.provisioned_mb_s") \
	X(SQL_METER_SUM, "SELECT function, sum(requests), sum(billed_ms), sum(mb_ms), sum(provisioned_mb_s) FROM meter" \
		" WHERE hour >= ?1 AND hour < ?2 GROUP BY function ORDER BY function") \
	X(SQL_METER_TRIM, "DELETE FROM meter WHERE (function, hour) IN (SELECT function, hour FROM meter WHERE hour < ?1 LIMIT ?2)")

/* logs.c, logs_list.c, logs_trim.c. Deleted groups have names that begin with a blank, deleted streams the group 0, until their lines are gone. */
#define LOG_STREAM_COLUMNS "id, created, first, last, ingested, name"
#define LOG_LINES_FROM "SELECT l.id, l.at, l.ingested, s.name, l.text FROM log_line l CROSS JOIN log_stream s ON s.id = l.stream"
#define LOG_BETWEEN " AND (l.at, l.id) > (?2, ?3) AND (l.at, l.id) < (?4, ?5)"
#define SQL_LOGS(X) \
	X(SQL_LOG_GROUP_ADD, "INSERT INTO log_group(name, created, retention, bytes) VALUES(?1, ?2, 0, 0)") \
	X(SQL_LOG_GROUP_COUNT, "SELECT count(*) FROM log_group") \
	X(SQL_LOG_GROUP_GET, "SELECT id, created, bytes, retention, name FROM log_group WHERE name = ?1") \
	X(SQL_LOG_GROUP_LIST, "SELECT id, created, bytes, retention, name FROM log_group WHERE name >= max(?1, ?2) AND name <> ?2 ORDER BY name") \
	X(SQL_LOG_GROUP_RETAIN, "UPDATE log_group SET retention = ?2 WHERE name = ?1") \
	X(SQL_LOG_GROUP_HIDE, "UPDATE log_group SET name = ' ' || id WHERE name = ?1") \
	X(SQL_LOG_GROUP_GROW, "UPDATE log_group SET bytes = bytes + ?2 WHERE id = ?1 RETURNING bytes") \
	X(SQL_LOG_GROUP_DROP, "DELETE FROM log_group WHERE id = ?1") \
	X(SQL_LOG_GROUP_HIDDEN, "SELECT id FROM log_group WHERE name < '!' LIMIT 1") \
	X(SQL_LOG_GROUP_OVER_AGE, "SELECT g.id, ?1 - g.retention * 86400000 FROM log_group g WHERE g.retention > 0 AND EXISTS" \
		" (SELECT 1 FROM log_line l WHERE l.grp = g.id AND l.at < ?1 - g.retention * 86400000) LIMIT 1") \
	X(SQL_LOG_STREAM_ADD, "INSERT INTO log_stream(grp, name, created, first, last, ingested) VALUES(?1, ?2, ?3, 0, 0, 0)") \
	X(SQL_LOG_STREAM_COUNT, "SELECT count(*) FROM (SELECT 1 FROM log_stream WHERE grp = ?1 LIMIT ?2)") \
	X(SQL_LOG_STREAM_GET, "SELECT " LOG_STREAM_COLUMNS " FROM log_stream WHERE grp = ?1 AND name = ?2") \
	X(SQL_LOG_STREAM_LIST, "SELECT " LOG_STREAM_COLUMNS " FROM log_stream WHERE grp = ?1 AND name >= max(?3, ?4) AND name <> ?4" \
		" ORDER BY name LIMIT ?2") \
	X(SQL_LOG_STREAM_LIST_BACK, "SELECT " LOG_STREAM_COLUMNS " FROM log_stream WHERE grp = ?1 AND name >= ?3 AND name < ?4" \
		" ORDER BY name DESC LIMIT ?2") \
	X(SQL_LOG_STREAM_BY_TIME, "SELECT " LOG_STREAM_COLUMNS " FROM log_stream WHERE grp = ?1 AND (last, name) > (?3, ?4)" \
		" ORDER BY last, name LIMIT ?2") \
	X(SQL_LOG_STREAM_BY_TIME_BACK, "SELECT " LOG_STREAM_COLUMNS " FROM log_stream WHERE grp = ?1 AND (last, name) < (?3, ?4)" \
		" ORDER BY last DESC, name DESC LIMIT ?2") \
	X(SQL_LOG_STREAM_WROTE, "UPDATE log_stream SET first = CASE WHEN first = 0 OR first > ?2 THEN ?2 ELSE first END," \
		" last = max(last, ?3), ingested = ?4 WHERE id = ?1") \
	X(SQL_LOG_STREAM_HIDE, "UPDATE log_stream SET grp = 0, name = id WHERE grp = ?1 AND name = ?2") \
	X(SQL_LOG_STREAM_HIDDEN, "SELECT id FROM log_stream WHERE grp = 0 LIMIT 1") \
	X(SQL_LOG_STREAM_DROP, "DELETE FROM log_stream WHERE id = ?1") \
	X(SQL_LOG_STREAMS_DROP, "DELETE FROM log_stream WHERE id IN (SELECT id FROM log_stream WHERE grp = ?1 LIMIT ?2)") \
	X(SQL_LOG_STREAMS_DROP_OLD, "DELETE FROM log_stream WHERE id IN (SELECT id FROM log_stream WHERE grp = ?1 AND last > 0 AND last < ?2 LIMIT ?3)") \
	X(SQL_LOG_LINE_ADD, "INSERT INTO log_line(grp, at, id, stream, ingested, text) VALUES(?1, ?2," \
		" (SELECT coalesce(max(id), 0) + 1 FROM log_line WHERE grp = ?1 AND at = ?2), ?3, ?4, ?5)") \
	X(SQL_LOG_LINE_OLDEST, "SELECT at FROM log_line WHERE grp = ?1 ORDER BY at, id LIMIT 1") \
	X(SQL_LOG_LINES_DROP, "DELETE FROM log_line WHERE (grp, at, id) IN" \
		" (SELECT grp, at, id FROM log_line WHERE grp = ?1 AND at < ?2 ORDER BY at, id LIMIT ?3) RETURNING length(text), grp") \
	X(SQL_LOG_LINES_DROP_STREAM, "DELETE FROM log_line WHERE (grp, at, id) IN" \
		" (SELECT grp, at, id FROM log_line WHERE stream = ?1 AND at < ?2 ORDER BY at, id LIMIT ?3) RETURNING length(text), grp") \
	X(SQL_LOG_LINES_OF_GROUP, LOG_LINES_FROM " WHERE l.grp = ?1 AND s.grp = ?1" LOG_BETWEEN " ORDER BY l.at, l.id LIMIT ?6") \
	X(SQL_LOG_LINES_OF_GROUP_BACK, LOG_LINES_FROM " WHERE l.grp = ?1 AND s.grp = ?1" LOG_BETWEEN " ORDER BY l.at DESC, l.id DESC LIMIT ?6") \
	X(SQL_LOG_LINES_OF_STREAM, LOG_LINES_FROM " WHERE l.stream = ?1" LOG_BETWEEN " ORDER BY l.at, l.id LIMIT ?6") \
	X(SQL_LOG_LINES_OF_STREAM_BACK, LOG_LINES_FROM " WHERE l.stream = ?1" LOG_BETWEEN " ORDER BY l.at DESC, l.id DESC LIMIT ?6")

/* record.c, package.c. A function's records have its id as owner, the others 0. */
#define SQL_RECORDS(X) \
	X(SQL_RECORD_SET, "INSERT INTO record(owner, kind, name, modified, body) VALUES(?1, ?2, ?3, ?4, ?5)" \
		" ON CONFLICT(owner, kind, name) DO UPDATE SET modified = excluded.modified, body = excluded.body") \
	X(SQL_RECORD_DELETE, "DELETE FROM record WHERE owner = ?1 AND kind = ?2 AND name = ?3") \
	X(SQL_RECORD_DROP, "DELETE FROM record WHERE owner = ?1 AND kind BETWEEN ?2 AND ?3") \
	X(SQL_RECORD_GET, "SELECT body FROM record WHERE owner = ?1 AND kind = ?2 AND name = ?3") \
	X(SQL_RECORD_LIST, "SELECT name, modified, body FROM record WHERE owner = ?1 AND kind = ?2" \
		" AND name >= ?3 AND (name > ?3 OR ?4 = 0) ORDER BY name LIMIT ?5") \
	X(SQL_RECORD_COUNT, "SELECT count(*) FROM record WHERE owner = ?1 AND kind = ?2") \
	X(SQL_RECORD_BUCKETS, "SELECT b.name, r.kind, r.body FROM bucket b CROSS JOIN record r ON r.owner = b.id AND r.kind BETWEEN ?1 AND ?2" \
		" ORDER BY b.name, r.kind") \
	X(SQL_RECORD_OF_KINDS, "SELECT owner, name, body FROM record WHERE kind IN (?1, ?2)") \
	X(SQL_PACKAGE_ADD, "INSERT INTO package(id, size, unpacked, created, extents) VALUES(?1, ?2, ?3, ?4, ?5)") \
	X(SQL_PACKAGE_GET, "SELECT id, size, unpacked, created, extents FROM package WHERE id = ?1") \
	X(SQL_PACKAGE_RENEW, "UPDATE package SET created = ?2 WHERE id = ?1") \
	X(SQL_PACKAGE_TOTAL, "SELECT coalesce(sum(size), 0) FROM package") \
	X(SQL_PACKAGE_OLD, "SELECT id FROM package WHERE id > ?1 AND (created < ?2 OR created > ?3) ORDER BY id LIMIT ?4") \
	X(SQL_PACKAGE_DELETE, "DELETE FROM package WHERE id = ?1") \
	X(SQL_AUDIT_RESUMABLES, "SELECT r.id, r.bucket, r.at, r.pieces, r.seq, count(p.number), ifnull(sum(p.size), 0)," \
		" (SELECT count(*) FROM upload u WHERE u.id = r.id AND u.resumable = 1)" \
		" FROM resumable r JOIN bucket b ON b.id = r.bucket LEFT JOIN part p ON p.upload = r.id" \
		" WHERE (r.id, 0) > (?1, ?2) GROUP BY r.id ORDER BY r.id LIMIT ?3") \
	X(SQL_AUDIT_PACKAGES, "SELECT id, size, unpacked, created, extents FROM package WHERE (id, 0) > (?1, ?2) ORDER BY id LIMIT ?3")

/* table.c, item.c, table_query.c. Deleted tables have names that begin with a blank until they are empty. */
#define SQL_TABLES(X) \
	X(SQL_TABLE_GET, "SELECT id, created, definition, items, bytes FROM tbl WHERE name = ?1") \
	X(SQL_TABLE_ADD, "INSERT INTO tbl(name, created, definition, items, bytes) VALUES(?1, ?2, ?3, 0, 0)") \
	X(SQL_TABLE_REDEFINE, "UPDATE tbl SET definition = ?2 WHERE id = ?1") \
	X(SQL_TABLE_COUNT, "SELECT count(*) FROM tbl") \
	X(SQL_TABLE_LIST, "SELECT name FROM tbl WHERE name > ?1 AND name >= '-' ORDER BY name LIMIT ?2") \
	X(SQL_TABLE_HIDE, "UPDATE tbl SET name = ?2 WHERE id = ?1") \
	X(SQL_TABLE_HIDDEN, "SELECT id FROM tbl WHERE name < '-' LIMIT 1") \
	X(SQL_TABLE_REMOVE, "DELETE FROM tbl WHERE id = ?1") \
	X(SQL_TABLE_TOTALS, "UPDATE tbl SET items = items + ?2, bytes = bytes + ?3 WHERE id = ?1") \
	X(SQL_ITEMS_REMOVE, "DELETE FROM item WHERE id IN (SELECT id FROM item WHERE tbl = ?1 LIMIT ?2)") \
	X(SQL_GSI_FIRST, "SELECT idx, pk, sk, item FROM gsi WHERE tbl = ?1 LIMIT 1") \
	X(SQL_ITEM_GET, "SELECT id, size, value FROM item WHERE tbl = ?1 AND pk = ?2 AND sk = ?3") \
	X(SQL_ITEM_ADD, "INSERT INTO item(tbl, pk, sk, size, value) VALUES(?1, ?2, ?3, ?4, ?5)") \
	X(SQL_ITEM_SET, "UPDATE item SET size = ?2, value = ?3 WHERE id = ?1") \
	X(SQL_ITEM_REMOVE, "DELETE FROM item WHERE id = ?1") \
	X(SQL_ITEM_ASCENDING, "SELECT size, value FROM item WHERE tbl = ?1 AND pk = ?2 AND sk >= ?3 AND sk < ?4 ORDER BY sk") \
	X(SQL_ITEM_DESCENDING, "SELECT size, value FROM item WHERE tbl = ?1 AND pk = ?2 AND sk >= ?3 AND sk < ?4 ORDER BY sk DESC") \
	X(SQL_ITEM_SCAN, "SELECT size, value, pk FROM item WHERE tbl = ?1 AND (pk, sk) > (?2, ?3) ORDER BY pk, sk") \
	X(SQL_GSI_ADD, "INSERT INTO gsi(tbl, idx, pk, sk, item) VALUES(?1, ?2, ?3, ?4, ?5)") \
	X(SQL_GSI_REMOVE, "DELETE FROM gsi WHERE tbl = ?1 AND idx = ?2 AND pk = ?3 AND sk = ?4 AND item = ?5") \
	X(SQL_GSI_ASCENDING, "SELECT i.size, i.value FROM gsi g CROSS JOIN item i ON i.id = g.item" \
		" WHERE g.tbl = ?1 AND g.idx = ?5 AND g.pk = ?2 AND g.sk >= ?3 AND g.sk < ?4 ORDER BY g.sk") \
	X(SQL_GSI_DESCENDING, "SELECT i.size, i.value FROM gsi g CROSS JOIN item i ON i.id = g.item" \
		" WHERE g.tbl = ?1 AND g.idx = ?5 AND g.pk = ?2 AND g.sk >= ?3 AND g.sk < ?4 ORDER BY g.sk DESC") \
	X(SQL_GSI_SCAN, "SELECT i.size, i.value, g.pk FROM gsi g CROSS JOIN item i ON i.id = g.item" \
		" WHERE g.tbl = ?1 AND g.idx = ?4 AND (g.pk, g.sk) > (?2, ?3) ORDER BY g.pk, g.sk")

/* ledger.c. What is found by content or by file is only what is still an object. */
#define LEDGER_COLUMNS "l.folder, l.path, l.device, l.inode, l.size, l.mtime_ns, l.hash, l.state, l.bucket, l.key, l.seq"
#define LEDGER_STANDING " FROM ledger l CROSS JOIN object o ON o.bucket = l.bucket AND o.key = l.key AND o.seq = l.seq WHERE "
#define SQL_LEDGER(X) \
	X(SQL_LEDGER_SET, "INSERT INTO ledger(folder, path, device, inode, size, mtime_ns, hash, state, at, bucket, key, seq)" \
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT(folder, path) DO UPDATE SET" \
		" device = excluded.device, inode = excluded.inode, size = excluded.size, mtime_ns = excluded.mtime_ns," \
		" hash = excluded.hash, state = excluded.state, at = excluded.at, bucket = excluded.bucket, key = excluded.key," \
		" seq = excluded.seq, gone = 0") \
	X(SQL_LEDGER_PAGE, "SELECT l.path, l.seq, l.gone, o.seq FROM ledger l LEFT JOIN object o ON o.bucket = l.bucket AND o.key = l.key AND o.seq = l.seq" \
		" WHERE l.folder = ?1 AND l.path > ?2 ORDER BY l.path LIMIT ?3") \
	X(SQL_LEDGER_NOTE_GONE, "UPDATE ledger SET gone = ?5 WHERE folder = ?1 AND path = ?2 AND seq = ?3 AND gone = ?4") \
	X(SQL_LEDGER_FORGET, "DELETE FROM ledger WHERE folder = ?1 AND path = ?2 AND seq = ?3 AND gone = ?4") \
	X(SQL_LEDGER_GET, "SELECT " LEDGER_COLUMNS " FROM ledger l WHERE folder = ?1 AND path = ?2") \
	X(SQL_LEDGER_OF_HASH, "SELECT " LEDGER_COLUMNS LEDGER_STANDING "l.folder = ?1 AND l.hash = ?2 AND l.path <> ?3 LIMIT 1") \
	X(SQL_LEDGER_OF_INODE, "SELECT " LEDGER_COLUMNS LEDGER_STANDING "l.folder = ?1 AND l.device = ?2 AND l.inode = ?3 AND l.size = ?4" \
		" AND l.mtime_ns = ?5 AND l.path <> ?6 LIMIT 1") \
	X(SQL_LEDGER_DROP, "DELETE FROM ledger WHERE (folder, path) IN (SELECT folder, path FROM ledger WHERE folder = ?1 LIMIT ?2)")

/* token.c */
#define TOKEN_COLUMNS "id, bucket, prefix, label, types, size_max, uses_max, used, created, expires"
#define SQL_TOKENS(X) \
	X(SQL_TOKEN_ADD, "INSERT INTO token(id, bucket, prefix, label, types, size_max, uses_max, used, created, expires)" \
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)") \
	X(SQL_TOKEN_GET, "SELECT " TOKEN_COLUMNS " FROM token WHERE id = ?1") \
	X(SQL_TOKEN_COUNT, "SELECT count(*) FROM token") \
	X(SQL_TOKEN_USE, "UPDATE token SET used = used + 1 WHERE id = ?1") \
	X(SQL_TOKEN_DELETE, "DELETE FROM token WHERE id = ?1") \
	X(SQL_TOKEN_DROP, "DELETE FROM token WHERE bucket = ?1") \
	X(SQL_TOKEN_LIST, "SELECT " TOKEN_COLUMNS " FROM token WHERE bucket = ?2 ORDER BY created DESC, id LIMIT ?1") \
	X(SQL_TOKEN_LIST_ALL, "SELECT " TOKEN_COLUMNS " FROM token ORDER BY created DESC, id LIMIT ?1") \
	X(SQL_TOKEN_SWEEP, "DELETE FROM token WHERE id IN (SELECT id FROM token WHERE expires < ?1 ORDER BY expires LIMIT ?2)")

/* photo_list.c */
#define SQL_GALLERY(X) \
	X(SQL_PHOTO_LIST, "SELECT i.value FROM (SELECT item FROM gsi WHERE tbl = ?1 AND idx = ?2 AND pk = ?3 ORDER BY sk DESC LIMIT ?4 OFFSET ?5) g" \
		" CROSS JOIN item i ON i.id = g.item") \
	X(SQL_PHOTO_LIST_COUNT, "SELECT count(*) FROM gsi WHERE tbl = ?1 AND idx = ?2 AND pk = ?3") \
	X(SQL_PHOTO_LIST_PLACE, "SELECT (SELECT count(*) FROM gsi WHERE tbl = ?1 AND idx = ?2 AND pk = ?3 AND sk > g.sk) FROM gsi g" \
		" WHERE tbl = ?1 AND idx = ?2 AND pk = ?3 AND item = (SELECT id FROM item WHERE tbl = ?1 AND pk = ?4 AND sk = ?5)") \
	X(SQL_PHOTO_PENDING, "SELECT key, state, attempts, first, code, message, kind FROM" \
		" (SELECT * FROM job WHERE state < 2 ORDER BY first DESC LIMIT ?2) WHERE bucket = ?1 LIMIT ?3") \
	X(SQL_OBJECT_CENSUS, "SELECT count(*), total(size) FROM (SELECT size FROM object WHERE bucket = ?1 LIMIT ?2)")

#define SQL_ALL(X) SQL_CORE(X) SQL_OBJECTS(X) SQL_WORK(X) SQL_LOGS(X) SQL_RECORDS(X) SQL_TABLES(X) SQL_LEDGER(X) SQL_TOKENS(X) SQL_GALLERY(X)

#define X(name, text) name,
enum sql { SQL_ALL(X) SQL_COUNT };
#undef X

#endif
