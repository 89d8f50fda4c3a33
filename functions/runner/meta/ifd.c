#include "functions/runner/meta/ifd.h"

#include "functions/runner/bytes.h"

static uint32_t u16(const struct ifd *d, struct str s, size_t at)
{
	return d->big_endian ? be16(s, at) : le16(s, at);
}

static uint32_t u32(const struct ifd *d, struct str s, size_t at)
{
	return d->big_endian ? be32(s, at) : le32(s, at);
}

bool ifd_open(struct str p, struct ifd *d)
{
	*d = (struct ifd){ .p = p, .big_endian = byte_at(p, 0) == 'M' };
	if (p.n < 8 || !(str_starts(p, STR("II")) || str_starts(p, STR("MM"))) || u16(d, p, 2) != 42)
		return false;
	d->first = u32(d, p, 4);
	return true;
}

uint32_t ifd_entries(const struct ifd *d, uint32_t at)
{
	uint32_t n = u16(d, d->p, at);

	return at == 0 ? 0 : n < IFD_ENTRIES_MAX ? n : IFD_ENTRIES_MAX;
}

static uint64_t size_of(uint32_t type)
{
	static const uint8_t sizes[] = {
		[IFD_BYTE] = 1, [IFD_ASCII] = 1, [IFD_SHORT] = 2, [IFD_LONG] = 4, [IFD_RATIONAL] = 8, [IFD_SBYTE] = 1,
		[IFD_UNDEFINED] = 1, [IFD_SSHORT] = 2, [IFD_SLONG] = 4, [IFD_SRATIONAL] = 8,
	};

	return type < sizeof sizes ? sizes[type] : type == IFD_UTF8 ? 1 : 0;
}

bool ifd_entry(const struct ifd *d, uint32_t at, uint32_t i, struct ifd_value *v)
{
	size_t entry = (size_t)at + 2 + 12 * (size_t)i, from = entry + 8;
	uint64_t bytes;

	if (entry > d->p.n || d->p.n - entry < 12)
		return false;
	*v = (struct ifd_value){ u16(d, d->p, entry), u16(d, d->p, entry + 2), u32(d, d->p, entry + 4), { 0 } };
	bytes = size_of(v->type) * v->count;
	if (bytes > 4)
		from = u32(d, d->p, entry + 8);
	if (bytes == 0 || from > d->p.n || bytes > d->p.n - from)
		return false;
	v->data = str_n(d->p.p + from, bytes);
	return true;
}

bool ifd_number(const struct ifd *d, const struct ifd_value *v, uint32_t i, int64_t *to)
{
	if (i >= v->count)
		return false;
	switch (v->type) {
	case IFD_BYTE:   *to = byte_at(v->data, i); return true;
	case IFD_SHORT:  *to = u16(d, v->data, 2 * (size_t)i); return true;
	case IFD_SSHORT: *to = (int16_t)u16(d, v->data, 2 * (size_t)i); return true;
	case IFD_LONG:   *to = u32(d, v->data, 4 * (size_t)i); return true;
	case IFD_SLONG:  *to = (int32_t)u32(d, v->data, 4 * (size_t)i); return true;
	}
	return false;
}

bool ifd_real(const struct ifd *d, const struct ifd_value *v, uint32_t i, double *to)
{
	uint32_t over, under;

	if (i >= v->count || (v->type != IFD_RATIONAL && v->type != IFD_SRATIONAL))
		return false;
	over = u32(d, v->data, 8 * (size_t)i);
	under = u32(d, v->data, 8 * (size_t)i + 4);
	if (under == 0 && over != 0)
		return false;
	if (under == 0)
		*to = 0;
	else if (v->type == IFD_RATIONAL)
		*to = (double)over / under;
	else
		*to = (double)(int32_t)over / (int32_t)under;
	return true;
}
