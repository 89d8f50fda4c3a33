#include "functions/unpack/archive.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"

#define METHOD_STORED 0
#define METHOD_DEFLATED 8
#define WANTED (ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_MTIME | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD)
#define TIMES 0x5455		/* extra field: a byte of flags, then 4 bytes for each time; the first is of the last change */

static enum unpack_verdict blame(zip_error_t *e)
{
	return zip_error_code_zip(e) == ZIP_ER_MEMORY ? UNPACK_SHORT : UNPACK_NOT_ZIP;
}

enum unpack_verdict archive_open(zip_t **z, const void *bytes, size_t n)
{
	enum unpack_verdict v = UNPACK_OK;
	zip_source_t *source;
	zip_error_t e;

	*z = NULL;
	zip_error_init(&e);
	if (!(source = zip_source_buffer_create(bytes, n, 0, &e)) || !(*z = zip_open_from_source(source, ZIP_RDONLY, &e))) {
		v = blame(&e);
		if (source)
			zip_source_free(source);
	}
	zip_error_fini(&e);
	return v;
}

void archive_close(zip_t *z)
{
	if (z)
		zip_discard(z);
}

/* Normal, and legal. */
static enum unpack_verdict set_path(struct entry *e)
{
	struct str rest = str_of(e->name), part;
	int depth = 0;
	size_t n = 0;

	if (rest.n == 0 || rest.n > UNPACK_PATH_MAX || rest.p[0] == '/' || memchr(rest.p, '\\', rest.n))
		return UNPACK_PATH;
	while (str_next(&rest, '/', &part)) {
		if (part.n == 0 || str_eq(part, STR(".")))
			continue;
		if (part.n > NAME_MAX || str_eq(part, STR("..")) || ++depth > UNPACK_DEPTH_MAX)
			return UNPACK_PATH;
		if (n > 0)
			e->path[n++] = '/';
		memcpy(e->path + n, part.p, part.n);
		n += part.n;
	}
	e->path[n] = '\0';
	return n > 0 || e->kind == ENTRY_FOLDER ? UNPACK_OK : UNPACK_PATH;
}

/* The upper half of the external attributes is a Unix mode where the tool that made the zip knew one; it says so by filling it in, more
 * reliably than by the system it names. A name that ends in a slash is a folder in any case. */
static enum unpack_verdict set_kind(zip_t *z, struct entry *e)
{
	size_t length = strlen(e->name);
	bool slash = length > 0 && e->name[length - 1] == '/';
	zip_uint32_t attributes = 0;
	zip_uint8_t system = 0;
	mode_t mode;

	if (zip_file_get_external_attributes(z, e->index, 0, &system, &attributes) < 0)
		return UNPACK_NOT_ZIP;
	mode = (mode_t)(attributes >> 16);
	switch (mode & S_IFMT) {
	case 0:
		e->kind = slash ? ENTRY_FOLDER : ENTRY_FILE;
		break;
	case S_IFREG:
		e->kind = ENTRY_FILE;
		break;
	case S_IFDIR:
		e->kind = ENTRY_FOLDER;
		break;
	case S_IFLNK:
		e->kind = ENTRY_LINK;
		break;
	default:
		return UNPACK_KIND;
	}
	if ((slash && e->kind != ENTRY_FOLDER) || (e->kind == ENTRY_FOLDER && e->size > 0))
		return UNPACK_KIND;
	e->mode = mode & 0777;
	if (e->mode == 0)
		e->mode = e->kind == ENTRY_FOLDER ? 0755 : 0644;
	return UNPACK_OK;
}

/* The zip's own times are local ones of nowhere, and even seconds: that field knows better, where there is one. */
static int64_t time_of(zip_t *z, const struct zip_stat *s)
{
	zip_uint16_t n;
	const zip_uint8_t *p = zip_file_extra_field_get_by_id(z, s->index, TIMES, 0, &n, ZIP_FL_CENTRAL);

	if (p && n >= 5 && (p[0] & 1))
		return (int32_t)((uint32_t)p[1] | (uint32_t)p[2] << 8 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 24);
	return (int64_t)s->mtime;
}

enum unpack_verdict archive_entry(zip_t *z, uint64_t index, struct entry *e)
{
	enum unpack_verdict v;
	struct zip_stat s;

	*e = (struct entry){ .index = index, .name = "" };
	if (zip_stat_index(z, index, 0, &s) < 0 || (s.valid & WANTED) != WANTED)
		return blame(zip_get_error(z));
	e->name = s.name;
	if (s.encryption_method != ZIP_EM_NONE)
		return UNPACK_KIND;
	if (s.size > INT64_MAX)
		return UNPACK_TOO_LARGE;
	e->size = (int64_t)s.size;
	e->time_s = time_of(z, &s);
	if ((v = set_kind(z, e)) != UNPACK_OK || (v = set_path(e)) != UNPACK_OK)
		return v;
	if (e->kind != ENTRY_FOLDER && s.comp_method != METHOD_STORED && s.comp_method != METHOD_DEFLATED)
		return UNPACK_NOT_ZIP;
	return zip_name_locate(z, s.name, 0) == (zip_int64_t)index ? UNPACK_OK : UNPACK_TWICE;
}

enum unpack_verdict archive_begin(zip_t *z, uint64_t index, zip_file_t **f)
{
	*f = zip_fopen_index(z, index, 0);
	return *f ? UNPACK_OK : blame(zip_get_error(z));
}

enum unpack_verdict archive_read(zip_file_t *f, void *p, size_t *n)
{
	zip_int64_t got = zip_fread(f, p, *n);

	*n = got > 0 ? (size_t)got : 0;
	return got < 0 ? blame(zip_file_get_error(f)) : UNPACK_OK;
}

void archive_end(zip_file_t *f)
{
	if (f)
		zip_fclose(f);
}
