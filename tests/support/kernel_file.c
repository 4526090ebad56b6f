/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds the file, reads it as a session does, and looks at what came out. */
#include "support/kernel_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "format/kernel.h"

const struct kernel_kind kernel_kinds[KERNEL_KINDS] = { { ELF_32, ELF_LSB }, { ELF_32, ELF_MSB },
	{ ELF_64, ELF_LSB }, { ELF_64, ELF_MSB } };

void
kernel_init(struct kernel_file *kernel, enum elf_class class, enum elf_data data)
{
	*kernel = (struct kernel_file){ .limit = 1 << 24 };
	elf_init(&kernel->elf, class, data);
	elf_add_section(&kernel->elf, (struct elf_section){ .type = 1, .flags = 6 });
	elf_add_section(&kernel->elf, (struct elf_section){ .type = 1, .flags = 3 });
	elf_add_section(&kernel->elf, (struct elf_section){ .type = 8, .flags = 3 });
	elf_add_section(&kernel->elf, (struct elf_section){ .type = 7, .flags = 2 });
}

enum kvmsafe_status
kernel_read(struct kernel_file *kernel)
{
	struct kvs_elfsym_file file = { NULL, &kernel->header, kernel->limit };
	enum kvmsafe_status status;

	if (kernel->elf.bytes == NULL)
		elf_finish(&kernel->elf);
	kernel->memory = (struct kvs_memory){ UINT64_C(1) << 32, UINT64_C(1) << 32, 0 };
	kvs_findings_init(&kernel->findings, &kernel->memory, 64);
	assert_int_equal(
	    kvmsafe_source_memory(kernel->elf.bytes, kernel->elf.len, &kernel->source, NULL),
	    KVMSAFE_OK);
	file.source = kernel->source;
	status = kvs_kernel_header_read(kernel->source, &kernel->header, &kernel->err);
	if (status != KVMSAFE_OK)
		return status;
	return kvs_elfsym_create(
	    &kernel->memory, &file, &kernel->findings, &kernel->index, &kernel->err);
}

void
kernel_fini(struct kernel_file *kernel)
{
	kvs_elfsym_destroy(kernel->index);
	kvs_findings_fini(&kernel->findings);
	assert_int_equal(kernel->memory.used, 0);
	kvmsafe_source_close(kernel->source);
	elf_fini(&kernel->elf);
}

void
assert_symbol(
    const struct kernel_file *kernel, const char *name, uint8_t nlist_type, uint64_t value)
{
	struct kvmsafe_symbol symbol = { .name = "the caller's" };

	assert_true(kvs_elfsym_lookup(kernel->index, name, &symbol));
	assert_string_equal(symbol.name, "the caller's");
	assert_true(symbol.found);
	assert_int_equal(symbol.rule, KVMSAFE_SYM_PLAIN);
	assert_int_equal(symbol.nlist_type, nlist_type);
	assert_int_equal(symbol.value, value);
}

void
assert_none(const struct kernel_file *kernel, const char *name)
{
	struct kvmsafe_symbol symbol = { .value = 77 };

	assert_false(kvs_elfsym_lookup(kernel->index, name, &symbol));
	assert_int_equal(symbol.value, 77);
}

void
assert_findings(
    const struct kernel_file *kernel, uint64_t n, enum kvmsafe_status status, const char *word)
{
	struct kvmsafe_error finding;

	assert_int_equal(kvs_findings_count(&kernel->findings), n);
	assert_true(kvs_findings_get(&kernel->findings, n - 1, &finding));
	assert_int_equal(finding.status, status);
	assert_non_null(strstr(finding.message, word));
}
