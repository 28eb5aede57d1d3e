#pragma once

#include "files/disk.hpp"
#include "files/jail.hpp"
#include "files/messages.hpp"

namespace rs::agent {

// An entry as `ls` and `stat` show it, `name` as given.
files::FileEntry file_entry(const std::string& name, const files::FileStat& stat, files::Owners& owners);

} // namespace rs::agent
