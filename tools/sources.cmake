# SPDX-License-Identifier: BSD-2-Clause
# What the tool is made of, but for its main and its host: the fuzz target `tool` has its own.
set(KVS_TOOL_SOURCES
  bytes.c cmd_check.c cmd_dmesg.c cmd_info.c cmd_pages.c cmd_read.c cmd_symbols.c
  cmd_translate.c cmdline.c escape.c exit.c help.c json.c number.c progress.c run.c table.c
  target.c)
list(TRANSFORM KVS_TOOL_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/tools/")
