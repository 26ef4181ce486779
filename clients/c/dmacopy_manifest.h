/* SPDX-License-Identifier: MIT */
/*
 * Finds tensors in the manifest that dmacopy.h gets, without a library for JSON:
 *
 *	struct dmacopy_tensor q;
 *
 *	if (dmacopy_find_tensor(got.manifest, "blk.0.attn_q.weight", &q) == 0)
 *		... q.bytes bytes at q.buffer_offset of got.fds[q.buffer] ...
 */
#ifndef DMACOPY_MANIFEST_H
#define DMACOPY_MANIFEST_H

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Names are as long, with their end; a longer one is found by no name. */
#define DMACOPY_NAME_BYTES 1024
#define DMACOPY_DTYPE_BYTES 32
#define DMACOPY_MAX_DIMENSIONS 8

struct dmacopy_tensor {
	int buffer;		 /* which of the descriptors */
	uint64_t buffer_offset;	 /* where it begins in there */
	uint64_t bytes;
	char dtype[DMACOPY_DTYPE_BYTES]; /* as the model's file calls it: F32, Q4_K */
	int dimensions;
	uint64_t shape[DMACOPY_MAX_DIMENSIONS]; /* in the order of the model's file */
};

/*
 * The functions below take a place in the text and return one behind it, or NULL where the text is
 * not what they expect. They return NULL for NULL, so that only the last result is to be checked.
 */

static inline const char *dmacopy_space_(const char *at)
{
	return at ? at + strspn(at, " \t\r\n") : NULL;
}

/* Past the character c, and white space on both sides of it. */
static inline const char *dmacopy_past_(const char *at, char c)
{
	at = dmacopy_space_(at);
	return at && *at == c ? dmacopy_space_(at + 1) : NULL;
}

/* The four digits of a \u escape. */
static inline const char *dmacopy_unit_(const char *at, uint32_t *unit)
{
	*unit = 0;
	for (int i = 0; at && i < 4; i++, at++) {
		const int c = tolower((unsigned char)*at);

		if (!isxdigit(c))
			return NULL;
		*unit = *unit * 16 + (isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	return at;
}

/* Past what follows a backslash, whose character is given as UTF-8. */
static inline const char *dmacopy_escape_(const char *at, char utf8[5])
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *name = *at ? strchr(names, *at) : NULL;
	uint32_t c, low;

	memset(utf8, 0, 5);
	if (name) {
		utf8[0] = values[name - names];
		return at + 1;
	}
	at = *at == 'u' ? dmacopy_unit_(at + 1, &c) : NULL;
	if (!at || c == 0)
		return NULL;
	if (c >= 0xd800 && c < 0xdc00 && at[0] == '\\' && at[1] == 'u') {
		const char *end = dmacopy_unit_(at + 2, &low);

		if (end && low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			at = end;
		}
	}
	if (c < 0x80) {
		utf8[0] = c;
	} else if (c < 0x800) {
		utf8[0] = 0xc0 | c >> 6;
		utf8[1] = 0x80 | (c & 0x3f);
	} else if (c < 0x10000) {
		utf8[0] = 0xe0 | c >> 12;
		utf8[1] = 0x80 | (c >> 6 & 0x3f);
		utf8[2] = 0x80 | (c & 0x3f);
	} else {
		utf8[0] = 0xf0 | c >> 18;
		utf8[1] = 0x80 | (c >> 12 & 0x3f);
		utf8[2] = 0x80 | (c >> 6 & 0x3f);
		utf8[3] = 0x80 | (c & 0x3f);
	}
	return at;
}

/* Past a string, which is given in UTF-8; "" stands for one that has no room. */
static inline const char *dmacopy_string_(const char *at, char *out, size_t room)
{
	size_t length = 0;

	at = dmacopy_space_(at);
	if (!at || *at++ != '"')
		return NULL;
	while (*at != '"') {
		char utf8[5] = { *at, 0 };
		size_t more;

		if (*at == '\\')
			at = dmacopy_escape_(at + 1, utf8);
		else if ((unsigned char)*at++ < 0x20)
			return NULL; /* The end of the text, too. */
		if (!at)
			return NULL;
		more = strlen(utf8);
		if (length + more < room)
			memcpy(out + length, utf8, more);
		length += more;
	}
	if (room)
		out[length < room ? length : 0] = 0;
	return dmacopy_space_(at + 1);
}

/* Past any value. What is in it is not checked. */
static inline const char *dmacopy_value_(const char *at)
{
	long depth = 0;

	do {
		at = dmacopy_space_(at);
		if (!at || !*at)
			return NULL;
		if (*at == '"') {
			at = dmacopy_string_(at, NULL, 0);
			continue;
		}
		depth += *at == '{' || *at == '[';
		depth -= *at == '}' || *at == ']';
		at += strchr("{}[],:", *at) ? 1 : strcspn(at, "{}[],:\" \t\r\n");
	} while (depth > 0);
	return depth < 0 ? NULL : dmacopy_space_(at);
}

/* The first value in an array, or what follows another; NULL at its end. */
static inline const char *dmacopy_element_(const char *array, const char *before)
{
	const char *at = before ? dmacopy_past_(dmacopy_value_(before), ',') :
				  dmacopy_past_(array, '[');

	return at && *at != ']' ? at : NULL;
}

/* The value of an object's member; NULL if it has none of that name. */
static inline const char *dmacopy_member_(const char *object, const char *name)
{
	const char *at = dmacopy_past_(object, '{');

	while (at && *at != '}') {
		char key[32];

		at = dmacopy_past_(dmacopy_string_(at, key, sizeof(key)), ':');
		if (at && strcmp(key, name) == 0)
			return at;
		at = dmacopy_past_(dmacopy_value_(at), ',');
	}
	return NULL;
}

/* A whole number that every reader of JSON knows exactly. */
static inline int dmacopy_size_(const char *at, uint64_t *size)
{
	const double most = 9007199254740991.0;
	double number;

	if (!at || !isdigit((unsigned char)*at) || strspn(at, "0123456789") > 16)
		return 0;
	number = strtod(at, NULL);
	if (number > most || number != (double)(uint64_t)number)
		return 0;
	*size = (uint64_t)number;
	return 1;
}

/* Reads the tensor in a part of a buffer that ends at `end`. Returns 0, or -EBADMSG. */
static inline int dmacopy_read_part_(const char *part, uint64_t end, struct dmacopy_tensor *out)
{
	const char *tensor = dmacopy_member_(part, "tensor");
	const char *shape = dmacopy_member_(tensor, "shape");
	const char *length = dmacopy_element_(shape, NULL);

	if (!dmacopy_size_(dmacopy_member_(part, "bufferOffset"), &out->buffer_offset) ||
	    !dmacopy_size_(dmacopy_member_(part, "bytes"), &out->bytes) ||
	    out->buffer_offset + out->bytes > end || !shape || *shape != '[' ||
	    !dmacopy_string_(dmacopy_member_(tensor, "dtype"), out->dtype, sizeof(out->dtype)))
		return -EBADMSG;
	for (out->dimensions = 0; length; length = dmacopy_element_(shape, length))
		if (out->dimensions == DMACOPY_MAX_DIMENSIONS ||
		    !dmacopy_size_(length, &out->shape[out->dimensions++]))
			return -EBADMSG;
	return 0;
}

/*
 * Finds the tensor of that name. Returns 0, or -errno: -ENOENT if there is none, -ENOTUNIQ if there
 * are two (either could be the wrong one), -EBADMSG if the text is not a manifest of a known
 * version, or is invalid.
 */
static inline int dmacopy_find_tensor(const char *manifest, const char *name,
				      struct dmacopy_tensor *out)
{
	const char *buffers = dmacopy_member_(manifest, "buffers"), *buffer = NULL;
	uint64_t version, end;
	int found = 0;

	memset(out, 0, sizeof(*out));
	/* One that is cut off has no end. */
	if (!dmacopy_value_(manifest) || !buffers ||
	    !dmacopy_size_(dmacopy_member_(manifest, "dmacopy"), &version) || version != 1)
		return -EBADMSG;
	for (int i = 0; (buffer = dmacopy_element_(buffers, buffer)); i++) {
		const char *layout = dmacopy_member_(buffer, "layout"), *part = NULL;

		if (!layout || !dmacopy_size_(dmacopy_member_(buffer, "bytes"), &end))
			return -EBADMSG;
		while ((part = dmacopy_element_(layout, part))) {
			const char *tensor = dmacopy_member_(part, "tensor");
			char its[DMACOPY_NAME_BYTES];

			if (!dmacopy_string_(dmacopy_member_(tensor, "name"), its, sizeof(its)) ||
			    strcmp(its, name) != 0 || !*its)
				continue;
			if (found++)
				return -ENOTUNIQ;
			out->buffer = i;
			if (dmacopy_read_part_(part, end, out))
				return -EBADMSG;
		}
	}
	return found ? 0 : -ENOENT;
}

#endif
