#include "web/s3/acl.h"

void owner_write(struct s3 *s, struct xml *x, const char *element)
{
	xml_open(x, element, NULL);
	xml_cstr(x, "ID", s3_owner(s));
	xml_close(x);
}

void acl_write(struct s3 *s, struct buf *to)
{
	struct xml x = xml_into(to, XML_PROLOG);

	xml_open(&x, "AccessControlPolicy", S3_XMLNS);
	owner_write(s, &x, "Owner");
	xml_open(&x, "AccessControlList", NULL);
	xml_open(&x, "Grant", NULL);
	xml_open_with(&x, "Grantee", "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
		      "xsi:type=\"CanonicalUser\"");
	xml_cstr(&x, "ID", s3_owner(s));
	xml_close(&x);
	xml_cstr(&x, "Permission", "FULL_CONTROL");
	xml_close(&x);
	xml_close(&x);
	xml_close(&x);
}
