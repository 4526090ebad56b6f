/* SPDX-License-Identifier: BSD-2-Clause */
/* kvmsafe read: bytes in pieces, so that LENGTH costs no memory, however large it is. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bytes.h"
#include "cmdline.h"
#include "exit.h"
#include "host.h"
#include "json.h"
#include "progress.h"
#include "target.h"

#define PIECE 65536 /* a multiple of every unit */
#define STRING_PIECE 256 /* most strings are short */

struct reading {
	const struct tool_options *options;
	struct tool_target target;
	bool physical;
	uint64_t start, length; /* asked for */
	uint64_t got;
	struct kvmsafe_error err; /* why byte start + got could not be had */
	struct tool_bytes writer;
	unsigned char *piece;
	size_t piece_bytes;
};

static bool
is_json(const struct reading *reading)
{
	return tool_given(reading->options, TOOL_JSON);
}

/* The next piece; answers its bytes, fills err when they are fewer than wanted. */
static size_t
next_piece(struct reading *reading)
{
	const uint64_t at = reading->start + reading->got;
	const uint64_t left = reading->length - reading->got;
	const size_t want = left < reading->piece_bytes ? (size_t)left : reading->piece_bytes;
	const struct kvmsafe_session *const session = reading->target.session;
	size_t got = 0;
	enum kvmsafe_status status;

	if (reading->got > 0 && at == 0) { /* the piece before ended at the very top */
		reading->err = (struct kvmsafe_error){ .status = KVMSAFE_NO_MAP,
			.place = reading->physical ? KVMSAFE_PA : KVMSAFE_VA,
			.message = "addresses end at 2^64" };
		return 0;
	}
	status = reading->physical
	    ? kvmsafe_read_pa(session, at, reading->piece, want, &got, &reading->err)
	    : kvmsafe_read_va(session, at, reading->piece, want, &got, &reading->err);
	reading->err.status = (int32_t)status;
	return got;
}

static void
begin_json(const struct reading *reading)
{
	(void)printf("{\"schema\": %d, \"%s\": \"0x%" PRIx64 "\", \"length\": %" PRIu64
		     ", \"bytes\": \"",
	    TOOL_SCHEMA, reading->physical ? "pa" : "va", reading->start, reading->length);
}

static void
write_json(const unsigned char *piece, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		(void)putchar(digits[piece[i] >> 4]);
		(void)putchar(digits[piece[i] & 15]);
	}
}

static int
end_json(const struct reading *reading)
{
	int code;

	(void)printf("\", \"got\": %" PRIu64 ", \"error\": ", reading->got);
	code = tool_json_part(tool_json_error(&reading->err));
	(void)fputs("}\n", stdout);
	return code;
}

static void
copy(struct reading *reading)
{
	struct tool_progress progress;

	tool_progress_init(&progress, reading->options, reading->length);
	while (reading->got < reading->length && reading->err.status == KVMSAFE_OK &&
	    !reading->writer.ended && !ferror(stdout)) {
		const size_t got = next_piece(reading);

		if (is_json(reading))
			write_json(reading->piece, got);
		else
			tool_bytes_write(&reading->writer, reading->piece, got);
		reading->got += got;
		tool_progress_step(&progress, reading->got);
	}
	tool_progress_fini(&progress);
	if (reading->writer.ended) /* what lies behind the NUL was not asked for */
		reading->err.status = KVMSAFE_OK;
}

static int
answer(struct reading *reading)
{
	int code = 0;

	if (is_json(reading))
		begin_json(reading);
	copy(reading);
	if (is_json(reading))
		code = end_json(reading);
	else if (reading->got > 0)
		tool_bytes_end(&reading->writer);
	if (reading->err.status == KVMSAFE_OK)
		return tool_worse(code, tool_target_soundness(&reading->target));
	tool_report(reading->target.name, &reading->err);
	if (reading->got == 0 && reading->length >> 31 != 0 && reading->length > reading->start)
		(void)fputs("kvmsafe: read: ADDRESS comes before LENGTH\n", stderr);
	return TOOL_NO_ANSWER;
}

/* The operands, before anything is opened. 0, or the exit code of a usage error. */
static int
parse(const struct tool_options *options, struct reading *reading, struct tool_address *address)
{
	struct kvmsafe_error wrong = { .status = KVMSAFE_OK };
	const size_t unit = tool_bytes_unit(reading->writer.format);

	if (!tool_address_parse(options->operands[0], address))
		tool_usage(&wrong, "ADDRESS: a number or SYMBOL[+OFFSET] is expected, found '%s'",
		    options->operands[0]);
	if (!tool_number(options->operands[1], &reading->length))
		tool_usage(&wrong, "LENGTH: a number below 2^64 is expected, found '%s'",
		    options->operands[1]);
	if (wrong.status == KVMSAFE_OK && address->symbol_bytes != 0) {
		if (reading->physical)
			tool_usage(&wrong, "--phys: a symbol's address is virtual, found '%s'",
			    address->text);
		if (options->kernel == NULL)
			tool_usage(&wrong,
			    "'%s': symbols need -N KERNEL, hexadecimal numbers a leading 0x",
			    address->text);
	}
	if (reading->writer.format != TOOL_BIT(TOOL_HEX) && reading->length % unit != 0)
		tool_usage(&wrong, "LENGTH: a multiple of %zu is expected, found %s", unit,
		    options->operands[1]);
	if (reading->writer.format == TOOL_BIT(TOOL_RAW) && tool_host_output_is_terminal())
		tool_usage(&wrong, "--raw: not to a terminal, which the dump would drive");
	return wrong.status == KVMSAFE_OK ? 0 : tool_refuse(options, &wrong);
}

static int
open_and_answer(struct reading *reading, const struct tool_address *address)
{
	struct tool_target *const target = &reading->target;
	int code = tool_target_init(target, reading->options);

	if (code == 0) {
		reading->writer.big_endian = target->about.big_endian;
		tool_target_address(target, address, &reading->start, &reading->err);
		reading->writer.at = reading->start;
		if (reading->err.status != KVMSAFE_OK)
			code = tool_give_up(reading->options, target->name, &reading->err);
		else
			code = answer(reading);
	}
	tool_target_fini(target);
	return code;
}

int
tool_cmd_read(const struct tool_options *options)
{
	const uint32_t format = options->given & TOOL_FORMATS;
	struct reading reading = { .options = options,
		.physical = tool_given(options, TOOL_PHYS),
		.writer = { .format = format != 0 ? format : TOOL_BIT(TOOL_HEX) },
		.piece_bytes = format == TOOL_BIT(TOOL_STRING) ? STRING_PIECE : PIECE };
	struct tool_address address;
	int code = parse(options, &reading, &address);

	if (code != 0)
		return code;
	reading.piece = malloc(reading.piece_bytes);
	if (reading.piece == NULL)
		return tool_no_memory();
	code = open_and_answer(&reading, &address);
	free(reading.piece);
	return code;
}
