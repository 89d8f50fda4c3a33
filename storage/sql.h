/* sql.h - every SQL statement there is, by name. One line is one statement: what
 * it is called in code and its text. Parameters are ?1, ?2...
 *
 * Grouped by the file that uses them. Keep to the portable subset where it costs nothing.
 */
#ifndef STORAGE_SQL_H
#define STORAGE_SQL_H

/* db.c, store.c, volume.c, trash.c */
#define SQL_CORE(X) \
	X(SQL_META_GET, "SELECT value FROM meta WHERE name = ?1") \
	X(SQL_META_SET, "INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value")

/* bucket.c, rule.c, object.c, upload.c, photo.c */
#define SQL_OBJECTS(X) \
	X(SQL_BUCKET_GET, "SELECT id, created FROM bucket WHERE name = ?1")

/* queue.c, journal.c, function.c */
#define SQL_WORK(X) \
	X(SQL_QUEUE_COUNT, "SELECT state, count(*) FROM job GROUP BY state")

/* table.c, item.c */
#define SQL_TABLES(X) \
	X(SQL_TABLE_GET, "SELECT id, created, definition FROM tbl WHERE name = ?1")

#define SQL_ALL(X) SQL_CORE(X) SQL_OBJECTS(X) SQL_WORK(X) SQL_TABLES(X)

#define X(name, text) name,
enum sql { SQL_ALL(X) SQL_COUNT };
#undef X

#endif
