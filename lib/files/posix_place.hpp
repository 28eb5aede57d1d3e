#pragma once

#include "files/guard.hpp"

#include <string>

// Where an open directory is, as the system sees it now. `path` is for messages.
namespace rs::files {

// Its path without links. `not-found` where it has none (removed meanwhile), `unsupported` without /proc.
Result<std::string> real_path(int directory, const std::string& path);

// `forbidden` where it, or a directory above it, is one that the guard forbids.
Result<void> check_above(int directory, const Guard& guard, const std::string& path);

enum class ProcPlace { none, root, below }; // in the root of a proc file system, or somewhere below that

// `forbidden` inside the directory of a process.
Result<ProcPlace> find_proc_place(int directory, const std::string& path);

// Entries of the root of a proc file system that show a process, or the memory of all.
bool is_out_of_reach_in_proc(std::string_view name);

} // namespace rs::files
