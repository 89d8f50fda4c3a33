#include "web/s3/version.h"

#include "base/err.h"

struct str version_asked(struct s3 *s)
{
	return params_get(&s->params, "versionId");
}

void version_header_of(struct s3 *s, const char *header, int64_t born, bool named)
{
	char id[VERSION_ID_MAX + 1];

	http_header(s->call->r, header, s3_copy(s, version_id(id, born, named)));
}

void version_header(struct s3 *s, const struct object *o)
{
	if (o->named || o->versioned)
		version_header_of(s, "x-amz-version-id", o->born, o->named);
}

static struct str id_of(struct s3 *s, const struct object *o)
{
	char id[VERSION_ID_MAX + 1];

	return s3_copy(s, version_id(id, o->born, o->named));
}

int version_refuse_marker(struct s3 *s, const struct version *marker)
{
	int rc = s3_refuse(s, S3_METHOD_NOT_ALLOWED, NULL, S3_WITH({ "Method", s3_copy(s, str_of(s->op->method)) },
			   { "ResourceType", STR("DeleteMarker") }));

	s->fault.marker = id_of(s, &marker->o);
	return rc;
}

int version_refuse_missing(struct s3 *s, struct str id)
{
	if (str_is_set(id))
		return s3_refuse(s, S3_NO_SUCH_VERSION, NULL, S3_WITH({ "Key", s->key }, { "VersionId", id }));
	return s3_refuse(s, S3_NO_SUCH_KEY, NULL, S3_WITH({ "Key", s->key }));
}

/* Nothing is there now; a marker tells so in the headers. */
static int refuse_absent(struct s3 *s, struct db *db)
{
	struct version v;
	int marker = version_marker(db, s->bucket, s->key, &v), rc;

	if (marker < 0)
		return s3_refuse_rc(s, marker);
	rc = version_refuse_missing(s, (struct str){ 0 });
	if (marker)
		s->fault.marker = id_of(s, &v.o);
	return rc;
}

int version_find(struct s3 *s, struct db *db, struct object *o)
{
	struct str id = version_asked(s);
	bool bucket_missing;
	struct version v;
	int rc;

	if (!str_is_set(id)) {
		rc = object_get(db, s->bucket, s->key, &s->arena, o, &bucket_missing);
		if (rc == E_NOT_FOUND && !bucket_missing)
			return refuse_absent(s, db);
		return rc < 0 ? s3_refuse_rc(s, rc) : 0;
	}
	rc = version_get(db, s->bucket, s->key, id, &s->arena, &v, &bucket_missing);
	if (rc == 0 && v.marker)
		return version_refuse_marker(s, &v);
	if (rc == E_NOT_FOUND && !bucket_missing)
		return version_refuse_missing(s, id);
	*o = v.o;
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}

int version_find_source(struct s3 *s, struct db *db, struct str bucket, struct str key, struct str id, struct object *o)
{
	struct version v = { 0 };
	bool bucket_missing;
	int rc;

	rc = str_is_set(id) ? version_get(db, bucket, key, id, &s->arena, &v, &bucket_missing) :
			      object_get(db, bucket, key, &s->arena, &v.o, &bucket_missing);
	if (rc == E_NOT_FOUND && bucket_missing)
		return s3_refuse(s, S3_NO_SUCH_BUCKET, NULL, S3_WITH({ "BucketName", bucket }));
	if (rc == E_NOT_FOUND && str_is_set(id))
		return s3_refuse(s, S3_NO_SUCH_VERSION, NULL, S3_WITH({ "Key", key }, { "VersionId", id }));
	if (rc == E_NOT_FOUND)
		return s3_refuse(s, S3_NO_SUCH_KEY, NULL, S3_WITH({ "Key", key }));
	if (rc == 0 && v.marker)
		return s3_refuse(s, S3_INVALID_REQUEST, "The source of a copy request may not specifically refer to a delete marker by "
				 "version id.", NULL);
	*o = v.o;
	return rc < 0 ? s3_refuse_rc(s, rc) : 0;
}
