/* Small documents about one object. */
#include "web/s3/acl.h"
#include "web/s3/version.h"

static int look(struct s3 *s, struct db *db)
{
	struct object o;

	return version_find(s, db, &o);
}

static void on_acl(struct s3 *s, int rc)
{
	struct buf body = { 0 };

	if (rc < 0) {
		s3_answer_fault(s);
		return;
	}
	acl_write(s, &body);
	s3_answer_xml(s, 200, &body);
}

void object_acl(struct s3 *s)
{
	s3_run(s, look, on_acl);
}
