/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the header fields of every machine's minidump as `machine version field offset width`,
 * to be compared with the generator's, which were typed separately.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"

/* Names of own[], which are the machines' alone. */
static const struct {
	const char *machine;
	const char *names[KVS_OWN_FIELDS];
} own_names[] = {
	{ "amd64", { NULL } },
	{ "i386", { "paemode" } },
	{ "arm64", { "flags" } },
	{ "arm", { "mmuformat" } },
	{ "riscv", { NULL } },
	{ "mips", { NULL } },
	{ "powerpc64", { "kernend", "hw_direct_map", "startkernel", "endkernel" } },
};

/* The name behind the slash of the magic, which is what the generator calls it. */
static const char *
magic_name(const struct kvs_minidump *minidump)
{
	const char *const slash = strchr(minidump->magic, '/');

	return slash != NULL ? slash + 1 : minidump->magic;
}

static const char *
own_name(const char *machine, size_t n)
{
	for (size_t i = 0; i < sizeof(own_names) / sizeof(own_names[0]); i++)
		if (strcmp(own_names[i].machine, machine) == 0 && own_names[i].names[n] != NULL)
			return own_names[i].names[n];
	return "unnamed";
}

static void
print_field(const char *machine, uint32_t version, const char *name, struct kvs_field field)
{
	if (field.width != 0)
		printf(
		    "%s %" PRIu32 " %s %u %u\n", machine, version, name, field.offset, field.width);
}

static void
print_frame(const struct kvs_minidump *minidump, const struct kvs_frame *frame)
{
	const char *const machine = magic_name(minidump);
	const struct kvs_field version = { minidump->version_offset, 4 };
	const struct {
		const char *name;
		struct kvs_field field;
	} fields[] = {
		{ "version", version },
		{ "msgbufsize", frame->msgbufsize },
		{ "bitmapsize", frame->bitmapsize },
		{ "mapsize", frame->mapsize },
		{ "dumpavailsize", frame->dumpavailsize },
		{ "kernbase", frame->kernbase },
		{ "dmapbase", frame->dmapbase },
		{ "dmapend", frame->dmapend },
		{ "dmapphys", frame->dmapphys },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		print_field(machine, frame->version, fields[i].name, fields[i].field);
	for (size_t i = 0; i < KVS_OWN_FIELDS; i++)
		print_field(machine, frame->version, own_name(machine, i), frame->own[i]);
}

int
main(void)
{
	for (size_t i = 0; i < kvs_narches; i++) {
		const struct kvs_minidump *const minidump = kvs_arches[i]->minidump;

		for (size_t j = 0; minidump != NULL && j < minidump->nframes; j++)
			print_frame(minidump, &minidump->frames[j]);
	}
	return 0;
}
