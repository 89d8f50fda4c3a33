/* thumb_vips - libvips as a contestant (thumb_peer.h), used as well as it can be: one thread, no cache, shrinking while it
 * decodes, the smaller thumbnails from the largest, which is decoded once and kept in memory. Debian's libvips 8.14 has traps:
 * vips_thumbnail_buffer heeds `fail_on` only as an option of the loader, and export_profile darkens what has no profile.
 *
 *   thumb_vips               converses
 *   thumb_vips IN OUT        makes another format of a picture, for the others to read
 */
#include "tests/bench/thumb_peer.h"

#include <vips/vips.h>

static bool has_profile;

static void on_load(struct str photo)
{
	VipsImage *image = vips_image_new_from_buffer(photo.p, photo.n, "", NULL);

	has_profile = image != NULL && vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;
	g_clear_object(&image);
}

static VipsImage *largest(struct str photo, const struct peer_job *job)
{
	int side = job->size[0].side, failed;
	VipsImage *made = NULL, *kept = NULL;

	if (has_profile)
		failed = vips_thumbnail_buffer((void *)photo.p, photo.n, &made, side, "height", side, "size", VIPS_SIZE_DOWN,
					       "option_string", "[fail_on=truncated]", "export_profile", "srgb", NULL);
	else
		failed = vips_thumbnail_buffer((void *)photo.p, photo.n, &made, side, "height", side, "size", VIPS_SIZE_DOWN,
					       "option_string", "[fail_on=truncated]", NULL);
	if (failed || job->n == 1)
		return made;
	kept = vips_image_copy_memory(made);
	g_object_unref(made);
	return kept;
}

/* "strip" leaves it in a WebP. */
static void remove_metadata(VipsImage *image)
{
	char **fields = vips_image_get_fields(image);

	for (int i = 0; fields[i]; i++)
		if (g_str_has_prefix(fields[i], "exif-") || g_str_has_suffix(fields[i], "-data"))
			vips_image_remove(image, fields[i]);
	g_strfreev(fields);
}

static bool save(VipsImage *with, const struct peer_size *s, struct buf *out, size_t *length)
{
	VipsImage *image = NULL;
	void *p = NULL;
	size_t n = 0;
	int failed;

	if (vips_copy(with, &image, NULL) != 0)
		return false;
	remove_metadata(image);
	if (s->webp)
		failed = vips_webpsave_buffer(image, &p, &n, "Q", PEER_QUALITY, "effort", s->effort, "strip", TRUE, NULL);
	else
		failed = vips_jpegsave_buffer(image, &p, &n, "Q", PEER_QUALITY, "strip", TRUE, NULL);
	g_object_unref(image);
	if (failed)
		return false;
	buf_add(out, p, n);
	*length = n;
	g_free(p);
	return true;
}

static bool make(struct str photo, const struct peer_job *job, struct buf *out, size_t length[PEER_SIZES_MAX])
{
	VipsImage *first = largest(photo, job);
	bool done = first != NULL && save(first, &job->size[0], out, &length[0]);

	for (int i = 1; done && i < job->n; i++) {
		VipsImage *smaller = NULL;

		done = vips_thumbnail_image(first, &smaller, job->size[i].side, "height", job->size[i].side, "size",
					    VIPS_SIZE_DOWN, NULL) == 0 && save(smaller, &job->size[i], out, &length[i]);
		g_clear_object(&smaller);
	}
	g_clear_object(&first);
	vips_error_clear();
	return done;
}

static void change(const char *from, const char *to)
{
	VipsImage *image = vips_image_new_from_file(from, NULL);

	if (image == NULL || vips_image_write_to_file(image, to, NULL) != 0)
		die(vips_error_buffer(), to);
	g_object_unref(image);
}

int main(int argc, char **argv)
{
	struct peer peer = { .load = on_load, .make = make };

	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	vips_cache_set_max(0);
	vips_concurrency_set(1);
	if (argc == 3)
		change(argv[1], argv[2]);
	else
		peer_converse(&peer);
	return 0;
}
