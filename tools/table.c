/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands and options. */
#include "table.h"

#include <string.h>

const struct tool_option tool_option_table[TOOL_OPTIONS] = {
	{ TOOL_HELP, 'h', "help", NULL, "this text, or that of the command" },
	{ TOOL_VERSION, 0, "version", NULL, "versions of tool and library, machines it knows" },
	{ TOOL_JSON, 0, "json", NULL, "answer as JSON, \"schema\": 1" },
	{ TOOL_QUIET, 'q', "quiet", NULL, "no progress bar" },
	{ TOOL_DUMP, 'M', NULL, "VMCORE", "the dump; then it is no operand" },
	{ TOOL_KERNEL, 'N', NULL, "KERNEL", "the kernel file that the dump came from" },
	{ TOOL_ARCH, 0, "arch", "NAME",
	    "the machine, where the dump does not say: amd64, mipsn32" },
	{ TOOL_PAGE_SIZE, 0, "page-size", "N", "page size, where the dump does not say: arm64" },
	{ TOOL_ENTRY_SIZE, 0, "entry-size", "N", "bytes of a map's entry, likewise: mips" },
	{ TOOL_PHYS, 0, "phys", NULL, "ADDRESS is physical" },
	{ TOOL_RAW, 0, "raw", NULL, "the bytes as they are (not to a terminal)" },
	{ TOOL_HEX, 0, "hex", NULL, "hexadecimal and ASCII, with addresses (default)" },
	{ TOOL_U8, 0, "u8", NULL, "a number of 1 byte a line" },
	{ TOOL_U16, 0, "u16", NULL, "numbers of 2 bytes, in the dump's byte order" },
	{ TOOL_U32, 0, "u32", NULL, "numbers of 4 bytes, likewise" },
	{ TOOL_U64, 0, "u64", NULL, "numbers of 8 bytes, likewise" },
	{ TOOL_STRING, 0, "string", NULL, "text up to the first NUL, escaped" },
	{ TOOL_VNET, 0, "vnet", "ADDRESS", "of which struct vnet (default: vnet0)" },
	{ TOOL_CPU, 0, "cpu", "N", "of which CPU (default: 0)" },
	{ TOOL_MAPPINGS, 0, "mappings", NULL, "entries of the kernel map in place of pages" },
	{ TOOL_KERNEL_LINES, 0, "kernel", NULL, "leave out what dmesg(8) leaves out without -a" },
};

const struct tool_command tool_command_table[] = {
	{
	    .name = "info",
	    .synopsis = "[-N KERNEL] VMCORE",
	    .summary = "what the dump is, and how sound",
	    .details =
		"Lines of a key and its value. Version and panic text need -N for most dumps.",
	    .examples = "kvmsafe info vmcore.0\n"
			"kvmsafe info --json -N /boot/kernel/kernel -M vmcore.0",
	    .takes = TOOL_NEEDS_DUMP,
	    .run = tool_cmd_info,
	},
	{
	    .name = "check",
	    .synopsis = "[-N KERNEL] VMCORE",
	    .summary = "every structural check, with the place of what is wrong",
	    .details =
		"A line a check: ok, bad, note (a guess: it does not make the dump unsound) or\n"
		"- (not there). The last line is \"sound\" or the number of findings.",
	    .examples = "kvmsafe check vmcore.0",
	    .takes = TOOL_NEEDS_DUMP,
	    .run = tool_cmd_check,
	},
	{
	    .name = "read",
	    .synopsis = "[-N KERNEL] VMCORE ADDRESS|SYMBOL[+OFFSET] LENGTH [--phys]\n"
			"[--raw|--hex|--u8|--u16|--u32|--u64|--string]",
	    .summary = "bytes of memory",
	    .details = "Bytes that could be read are written before an error is. SYMBOL needs -N.",
	    .examples = "kvmsafe read vmcore.0 0xfffff80000200040 64\n"
			"kvmsafe read -N kernel vmcore.0 ticks 4 --u32\n"
			"kvmsafe read -N kernel vmcore.0 version 256 --string\n"
			"kvmsafe read vmcore.0 0x1000 4096 --phys --raw > page",
	    .options = TOOL_BIT(TOOL_PHYS) | TOOL_FORMATS,
	    .takes = TOOL_NEEDS_DUMP,
	    .operands = { "ADDRESS|SYMBOL[+OFFSET]", "LENGTH" },
	    .run = tool_cmd_read,
	},
	{
	    .name = "symbols",
	    .synopsis = "-N KERNEL [--vnet ADDRESS] [--cpu N] [VMCORE] NAME...",
	    .summary = "value, type and rule of kernel symbols",
	    .details =
		"Columns: value, bytes, type, rule (plain, vnet, dpcpu), name. Without -M the\n"
		"first operand is the dump where a file of that name exists, else a name;\n"
		"without a dump the values are those that were linked.",
	    .examples = "kvmsafe symbols -N kernel allproc msgbufp\n"
			"kvmsafe symbols -N kernel --cpu 1 vmcore.0 pcputicks",
	    .options = TOOL_BIT(TOOL_VNET) | TOOL_BIT(TOOL_CPU),
	    .takes = TOOL_MAY_HAVE_DUMP,
	    .operands = { "NAME" },
	    .repeats = true,
	    .run = tool_cmd_symbols,
	},
	{
	    .name = "translate",
	    .synopsis = "[-N KERNEL] VMCORE ADDRESS|SYMBOL[+OFFSET]...",
	    .summary = "where a virtual address lies, with each step of the walk",
	    .details = "Steps are printed as far as the walk came, also when it failed.",
	    .examples = "kvmsafe translate vmcore.0 0xfffffe0000005123\n"
			"kvmsafe translate -N kernel vmcore.0 allproc allproc+8",
	    .takes = TOOL_NEEDS_DUMP,
	    .operands = { "ADDRESS|SYMBOL[+OFFSET]" },
	    .repeats = true,
	    .run = tool_cmd_translate,
	},
	{
	    .name = "pages",
	    .synopsis = "[-N KERNEL] [--mappings] VMCORE",
	    .summary = "every page in the dump, or every mapping",
	    .details =
		"Columns: physical address, direct-map address, file offset, bytes in the file.\n"
		"With --mappings: virtual and physical address, file offset, bytes mapped,\n"
		"protection. - is none. JSON: one object a line.",
	    .examples = "kvmsafe pages vmcore.0\n"
			"kvmsafe pages --mappings --json vmcore.0",
	    .options = TOOL_BIT(TOOL_MAPPINGS),
	    .takes = TOOL_NEEDS_DUMP,
	    .run = tool_cmd_pages,
	},
	{
	    .name = "dmesg",
	    .synopsis = "[-N KERNEL] [--kernel|--raw] VMCORE",
	    .summary = "the kernel's message buffer, oldest line first",
	    .details =
		"Every line without its priority mark, escaped as vis(3) does: no byte of the\n"
		"dump drives the terminal.",
	    .examples = "kvmsafe dmesg vmcore.0\n"
			"kvmsafe dmesg --kernel vmcore.0 | tail\n"
			"kvmsafe dmesg --json vmcore.0",
	    .options = TOOL_BIT(TOOL_RAW) | TOOL_BIT(TOOL_KERNEL_LINES),
	    .takes = TOOL_NEEDS_DUMP,
	    .run = tool_cmd_dmesg,
	},
	{ .name = NULL },
};

const char *const tool_exit_codes =
    "  0  answered; the dump is sound (a guess, or the checksum of the messages, leaves 0)\n"
    "  1  answered, but something is missing or contradicts itself\n"
    "  2  usage: wrong option, operand or number\n"
    "  3  not a dump, or of a version or machine that is not supported\n"
    "  4  the answer, or one of several, could not be had or not be written";

const struct tool_command *
tool_command_find(const char *name)
{
	for (const struct tool_command *c = tool_command_table; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
