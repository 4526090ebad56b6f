/* SPDX-License-Identifier: BSD-2-Clause */
/* Values, one behind the other; a stack of bits says which of those around are objects. */
#include "fuzz/json_check.h"

#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 64

struct reader {
	struct kvs_json json;
	size_t at;
	uint64_t objects; /* bit n: level n is an object, not a list */
	unsigned depth;
	const char *wanted; /* the key looked for in the outermost object; NULL: none */
	struct kvs_json found;
	size_t found_at;
	bool finding;
};

static char
peek(const struct reader *reader)
{
	return reader->at < reader->json.len ? reader->json.text[reader->at] : '\0';
}

static void
skip_blanks(struct reader *reader)
{
	while (peek(reader) == ' ')
		reader->at++;
}

static bool
accept(struct reader *reader, char c)
{
	if (peek(reader) != c || reader->at >= reader->json.len)
		return false;
	reader->at++;
	return true;
}

static bool
word(struct reader *reader, const char *text)
{
	while (*text != '\0')
		if (!accept(reader, *text++))
			return false;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
digits(struct reader *reader)
{
	const size_t start = reader->at;

	while (is_digit(peek(reader)))
		reader->at++;
	return reader->at > start;
}

static bool
number(struct reader *reader)
{
	(void)accept(reader, '-');
	if (!accept(reader, '0') && !digits(reader))
		return false;
	if (accept(reader, '.') && !digits(reader))
		return false;
	if (!accept(reader, 'e') && !accept(reader, 'E'))
		return true;
	if (!accept(reader, '+'))
		(void)accept(reader, '-');
	return digits(reader);
}

static bool
escape(struct reader *reader)
{
	const char c = peek(reader);

	reader->at++;
	if (c != 'u')
		return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
	for (unsigned i = 0; i < 4; i++) {
		const char digit = peek(reader);

		if (digit == '\0' || strchr("0123456789abcdefABCDEF", digit) == NULL)
			return false;
		reader->at++;
	}
	return true;
}

static bool
string(struct reader *reader)
{
	if (!accept(reader, '"'))
		return false;
	while (!accept(reader, '"')) {
		const char c = peek(reader);

		if (c < 0x20 || c > 0x7e)
			return false;
		reader->at++;
		if (c == '\\' && !escape(reader))
			return false;
	}
	return true;
}

static bool
scalar(struct reader *reader)
{
	switch (peek(reader)) {
	case '"':
		return string(reader);
	case 't':
		return word(reader, "true");
	case 'f':
		return word(reader, "false");
	case 'n':
		return word(reader, "null");
	default:
		return number(reader);
	}
}

static bool
in_object(const struct reader *reader)
{
	return (reader->objects >> (reader->depth - 1) & 1) != 0;
}

/* A key and its colon, where keys stand. */
static bool
key(struct reader *reader)
{
	const size_t start = reader->at + 1;

	if (!in_object(reader))
		return true;
	if (!string(reader))
		return false;
	if (reader->depth == 1 && reader->wanted != NULL && reader->found.text == NULL)
		reader->finding = strlen(reader->wanted) == reader->at - 1 - start &&
		    strncmp(reader->json.text + start, reader->wanted, reader->at - 1 - start) == 0;
	skip_blanks(reader);
	if (!accept(reader, ':'))
		return false;
	skip_blanks(reader);
	reader->found_at = reader->depth == 1 ? reader->at : reader->found_at;
	return true;
}

/* Behind a value: close what ends, or go on to the next. false: a mistake. */
static bool
follow(struct reader *reader)
{
	while (reader->depth > 0) {
		if (reader->depth == 1 && reader->finding) {
			reader->found.text = reader->json.text + reader->found_at;
			reader->found.len = reader->at - reader->found_at;
			reader->finding = false;
		}
		skip_blanks(reader);
		if (accept(reader, ',')) {
			skip_blanks(reader);
			return key(reader);
		}
		if (!accept(reader, in_object(reader) ? '}' : ']'))
			return false;
		reader->depth--;
	}
	return true;
}

/* An object or list begins; *empty: it is over already, or there is its first value. */
static bool
enter(struct reader *reader, bool object, bool *empty)
{
	if (reader->depth == DEPTH_MAX)
		return false;
	reader->at++;
	reader->objects &= ~(UINT64_C(1) << reader->depth);
	reader->objects |= (uint64_t)object << reader->depth;
	reader->depth++;
	skip_blanks(reader);
	*empty = accept(reader, object ? '}' : ']');
	if (*empty)
		reader->depth--;
	return *empty || key(reader);
}

static bool
read_value(struct reader *reader)
{
	do {
		const char c = peek(reader);
		bool empty = true;

		if (c == '{' || c == '[') {
			if (!enter(reader, c == '{', &empty))
				return false;
			if (!empty)
				continue;
		} else if (!scalar(reader)) {
			return false;
		}
		if (!follow(reader))
			return false;
	} while (reader->depth > 0);
	return reader->at == reader->json.len;
}

bool
kvs_json_is_valid(struct kvs_json json)
{
	struct reader reader = { .json = json };

	return read_value(&reader);
}

struct kvs_json
kvs_json_member(struct kvs_json object, const char *key_wanted)
{
	struct reader reader = { .json = object, .wanted = key_wanted };

	(void)read_value(&reader);
	return reader.found;
}

bool
kvs_json_is(struct kvs_json value, const char *text)
{
	return value.text != NULL && value.len == strlen(text) &&
	    strncmp(value.text, text, value.len) == 0;
}
