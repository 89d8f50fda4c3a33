#include "functions/runner/meta/xmp.h"

#include <math.h>

#include "base/xml.h"
#include "functions/runner/meta/exif.h"
#include "functions/runner/meta/facts.h"

#define DESCRIPTIONS_MAX 64

struct xmp {
	const struct xml_node *descriptions[DESCRIPTIONS_MAX];
	int n;
};

/* Packets are padded, and some are written with a NUL. */
static struct str trimmed(struct str s)
{
	while (s.n > 0 && memchr(" \t\r\n", s.p[s.n - 1], 5))
		s.n--;
	while (s.n > 0 && memchr(" \t\r\n", s.p[0], 5))
		s = str_n(s.p + 1, s.n - 1);
	return s;
}

static bool open_packet(struct arena *a, struct str packet, struct xmp *x)
{
	struct xml_node *root;
	const struct xml_node *rdf;

	*x = (struct xmp){ .n = 0 };
	packet = trimmed(packet);
	if (packet.n == 0 || packet.n > META_XMP_MAX || xml_parse(a, packet, &root) < 0)
		return false;
	rdf = str_eq(root->name, STR("RDF")) ? root : xml_child(root, "RDF");
	for (const struct xml_node *d = xml_child(rdf, "Description"); d && x->n < DESCRIPTIONS_MAX; d = xml_again(d))
		x->descriptions[x->n++] = d;
	return x->n > 0;
}

static const struct xml_node *element(const struct xmp *x, const char *name)
{
	const struct xml_node *found = NULL;

	for (int i = 0; i < x->n && !found; i++)
		found = xml_child(x->descriptions[i], name);
	return found;
}

/* The first item of a list; NULL when it is none. */
static const struct xml_node *items(const struct xml_node *property)
{
	static const char *const lists[] = { "Alt", "Seq", "Bag" };
	const struct xml_node *list = NULL;

	for (size_t i = 0; i < 3 && !list; i++)
		list = xml_child(property, lists[i]);
	return xml_child(list, "li");
}

static struct str value(const struct xmp *x, const char *name)
{
	const struct xml_node *property = element(x, name), *li = items(property);
	struct str s = { 0 };

	for (const struct xml_node *i = li; i; i = xml_again(i))
		if (str_eq(xml_attribute(i, "lang"), STR("x-default")))
			return i->text;
	if (li)
		return li->text;
	if (property)
		return property->text;
	for (int i = 0; i < x->n && !str_is_set(s); i++)
		s = xml_attribute(x->descriptions[i], name);
	return s;
}

static double real(const struct xmp *x, const char *name)
{
	double v;

	return text_real(value(x, name), &v) && v > 0 && v < 100000 ? v : 0;
}

static void read_keywords(const struct xmp *x, struct facts *f)
{
	const struct xml_node *li = items(element(x, "subject"));

	if (f->keywords_n > 0)
		return;
	for (; li && f->keywords_n < KEYWORDS_MAX; li = xml_again(li))
		facts_keyword(f, li->text, TEXT_UTF8);
}

static void read_texts(const struct xmp *x, struct facts *f)
{
	const struct { const char *name; char *to; } texts[] = {
		{ "title", f->title }, { "description", f->caption }, { "rights", f->copyright }, { "creator", f->artist },
		{ "ImageDescription", f->caption }, { "Copyright", f->copyright }, { "Artist", f->artist },
	};
	double rating;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		text_put(texts[i].to, FACT_MAX, value(x, texts[i].name), TEXT_UTF8);
	read_keywords(x, f);
	if (f->rating == 0 && text_real(value(x, "Rating"), &rating) && rating >= -1 && rating <= 5)
		f->rating = (int)rating;
}

/* "52,31.2N" or "52,31,12N" */
static bool angle(struct str s, char negative, double *to)
{
	char side = s.n > 0 ? s.p[s.n - 1] : '\0';
	double unit = 1, part;
	struct str word;

	*to = 0;
	for (int i = 0; i < 3 && str_next(&s, ',', &word); i++, unit *= 60) {
		if (!text_real(word, &part))
			return false;
		*to += part / unit;
	}
	if (side == negative)
		*to = -*to;
	return side >= 'E' && side <= 'W';
}

static void read_place(const struct xmp *x, struct facts *f)
{
	double lat, lon, altitude;

	if (f->has_place)
		return;
	if (angle(value(x, "GPSLatitude"), 'S', &lat) && angle(value(x, "GPSLongitude"), 'W', &lon))
		exif_place(f, lat, lon);
	if (f->has_place && text_real(value(x, "GPSAltitude"), &altitude) && fabs(altitude) < 100000) {
		f->has_altitude = true;
		f->altitude = str_eq(str_trim(value(x, "GPSAltitudeRef")), STR("1")) ? -altitude : altitude;
	}
}

static void read_camera(const struct xmp *x, struct facts *f)
{
	static const char *const times[] = { "DateTimeOriginal", "DateCreated", "CreateDate" };

	exif_name(f->camera, value(x, "Make"), value(x, "Model"));
	exif_name(f->lens, value(x, "LensMake"), value(x, "LensModel"));
	exif_name(f->lens, (struct str){ 0 }, value(x, "Lens"));
	exif_exposure(f->exposure, real(x, "ExposureTime"));
	f->aperture = f->aperture > 0 ? f->aperture : real(x, "FNumber");
	f->focal_length = f->focal_length > 0 ? f->focal_length : real(x, "FocalLength");
	f->focal_length_35 = f->focal_length_35 > 0 ? f->focal_length_35 : real(x, "FocalLengthIn35mmFilm");
	f->iso = f->iso ? f->iso : (int64_t)real(x, "PhotographicSensitivity");
	f->iso = f->iso ? f->iso : (int64_t)real(x, "ISOSpeedRatings");
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
		exif_time(f->taken_at, value(x, times[i]), (struct str){ 0 });
}

void xmp_facts(struct str packet, struct facts *f)
{
	struct arena a = { 0 };
	struct xmp x;

	if (open_packet(&a, packet, &x)) {
		read_texts(&x, f);
		read_camera(&x, f);
		read_place(&x, f);
	}
	arena_clear(&a);
}
